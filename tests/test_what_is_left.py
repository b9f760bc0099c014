"""What is taken out of a reply in a developer's schema, what is left of it, and what stands in problems."""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, Json, field_validator, model_validator
from typing_extensions import TypeAliasType, TypedDict

from summarizer import Evidence, repair
from tests.test_own_schemas import FALSE, TRUE, check, paths


class Item(BaseModel):
    claim: str
    proof: Evidence


class Mixed(BaseModel):
    one: Item | Evidence | None = None
    some: list[Item | Evidence] = []


def test_a_surplus_field_in_a_union_is_left_out_alone() -> None:
    """Of the branch that fits but for it; what fits no branch goes whole."""
    more = {**TRUE, "page": 3}
    data = {"one": more, "some": [more, {"claim": "c", "proof": more}, {"claim": 3, "proof": more}]}
    checked = check(data, Mixed)
    assert checked.value.one.start > 0 and [type(entry) for entry in checked.value.some] == [Evidence, Item]
    assert sorted(paths(checked)) == ["one/page", "some/0/page", "some/1/proof/page", "some/2"]


class Offered(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["offer"]
    offer: Item


class Asked(BaseModel):
    kind: Literal["ask"]
    proof: Evidence


class Tagged(BaseModel):
    some: list[Annotated[Offered | Asked, Field(discriminator="kind")]]


def test_a_branch_that_is_called_as_a_field_is() -> None:
    """Where a place cannot be told for certain, nothing but the entry goes."""
    item = {"claim": "c", "proof": TRUE}
    data = {"some": [{"kind": "offer", "offer": item, "mood": "good"}, {"kind": "offer", "offer": item}]}
    checked = check(data, Tagged)
    assert len(checked.value.some) == 1 and paths(checked) == ["some/0"]


class Nested(BaseModel):
    quotes: list[list[Evidence]]
    items: list[list[Item]] = []


def test_lists_of_lists() -> None:
    """A quote without an item around it goes alone, and so does an item."""
    item, wrong = {"claim": "c", "proof": TRUE}, {"claim": "c", "proof": FALSE}
    checked = check({"quotes": [[TRUE, FALSE], [TRUE]], "items": [[wrong, item]]}, Nested)
    assert [len(entries) for entries in checked.value.quotes] == [1, 1]
    assert [(fault.problem.path, fault.value) for fault in checked.faults] == [
        ("quotes/0/1", FALSE),
        ("items/0/0", wrong),
    ]


class Group(BaseModel):
    items: Annotated[list[Item], Field(min_length=1)]


class Noted(TypedDict):
    claim: str
    item: Item


class Bounded(BaseModel):
    groups: list[Group] = []
    noted: list[Noted] = []
    group: Group | None = None
    pair: Annotated[list[Evidence], Field(min_length=2)] | None = None


class Counting(BaseModel):
    items: list[Item]
    count: int

    @model_validator(mode="after")
    def _all(self) -> Self:
        if self.count != len(self.items):
            raise ValueError("not all")
        return self


def test_what_the_schema_does_not_hold_for_goes_as_well() -> None:
    """A list that is too short without its false quote; a part that is required. What is left keeps the schema."""
    item, wrong = {"claim": "c", "proof": TRUE}, {"claim": "c", "proof": FALSE}
    data: dict[str, Any] = {"groups": [{"items": [wrong]}, {"items": [wrong, item]}], "group": {"items": [wrong]},
            "noted": [{"claim": "c", "item": wrong}, {"claim": "c", "item": item}], "pair": [TRUE, FALSE]}  # fmt: skip
    checked = check(data, Bounded)
    value = checked.value
    assert len(value.groups) == len(value.noted) == 1 and len(value.groups[0].items) == 1
    assert value.group is None and value.pair is None
    assert Bounded.model_validate(value.model_dump()) == value
    found = {fault.problem.path: fault.value for fault in checked.faults}
    assert found["groups/0"] == data["groups"][0] and found["pair"] == [TRUE, FALSE]
    assert sorted(fault.problem.path for fault in checked.repairable) == [
        "group/items/0", "groups/0/items/0", "groups/1/items/0", "noted/0/item", "pair/1",
    ]  # fmt: skip


def test_a_validator_that_the_rest_does_not_pass_leaves_no_summary() -> None:
    data = {"items": [{"claim": "c", "proof": TRUE}, {"claim": "c", "proof": FALSE}], "count": 2}
    checked = check(data, Counting)
    assert checked.value is None and paths(checked) == ["items/1", ""]
    assert "not all" in checked.faults[-1].message and checked.faults[-1].value == data


def test_entries_that_stay_keep_their_places_in_the_reply() -> None:
    """However many were taken out before them, and null among them."""
    wrong = {"claim": "c", "proof": FALSE}
    checked = check({"some": [None, wrong, {"claim": 3}, {**TRUE, "page": 3}, wrong]}, Mixed)
    found = {fault.problem.path: fault.value for fault in checked.faults}
    assert found == {"some/0": None, "some/1": wrong, "some/2": {"claim": 3}, "some/3/page": 3, "some/4": wrong}


class Place(NamedTuple):
    name: str
    proof: Evidence


class Places(BaseModel):
    some: list[Place]


def test_a_named_tuple_goes_whole() -> None:
    checked = check({"some": [["a", TRUE], ["b", FALSE]]}, Places)
    assert [place.name for place in checked.value.some] == ["a"] and paths(checked) == ["some/1"]


Maybe = TypeAliasType("Maybe", Item | None)


class Aliased(BaseModel):
    item: Maybe


def test_a_named_type_may_be_null() -> None:
    assert check({"item": {"claim": "c", "proof": FALSE}}, Aliased).value.item is None


class Proven(BaseModel):
    claim: str
    proofs: list[Evidence]


class Proofs(BaseModel):
    items: list[Proven]


class Sorted(BaseModel):
    items: list[Item]

    @field_validator("items")
    @classmethod
    def _by_claim(cls, items: list[Item]) -> list[Item]:
        return sorted(items, key=lambda item: item.claim)


def test_a_validator_may_sort_what_a_reply_says() -> None:
    """The problem is still what the model said, at its place in the reply, and so is what a repair replaces."""
    true, wrong = {"claim": "b", "proof": TRUE}, {"claim": "a", "proof": FALSE}
    checked = check({"items": [true, wrong]}, Sorted)
    assert [item.claim for item in checked.value.items] == ["b"]
    assert [(fault.problem.path, fault.value) for fault in checked.faults] == [("items/1", wrong)]
    better = {"claim": "a", "proof": {"quote": "Ann Lee met"}}
    assert repair.merge(checked, {"items": [better]}) == {"items": [true, better]}


class Written(BaseModel):
    quotes: Json[list[Evidence]]


def test_what_has_no_place_in_a_reply_is_shown_all_the_same() -> None:
    """A part of what a text of the reply holds, for one."""
    [fault] = check({"quotes": json.dumps([TRUE, FALSE])}, Written).faults
    assert fault.value["quote"] == FALSE["quote"]


def test_a_problem_is_word_for_word_what_the_model_said() -> None:
    """Also where another quote of the item was found in other characters."""
    item = {"claim": "c", "proofs": [{"quote": "They  signed an MoU"}, FALSE]}
    checked = check({"items": [item]}, Proofs)
    assert checked.value.items == [] and [fault.value for fault in checked.faults] == [item]


def test_many_parts_that_do_not_hold_are_taken_out_once() -> None:
    """Four times as many take four times as many calls, or little more."""

    def calls(count: int) -> int:
        groups = [{"items": [{"claim": "c", "proof": FALSE}]} for _ in range(count)]
        items = [{"claim": f"{count - i:05}", "proof": {"quote": f"no such {i}"}} for i in range(count)]
        reply, made = {"items": [*items, *({"claim": 3} for _ in range(count))]}, Counter[str]()
        sys.setprofile(lambda _, event, __: made.update((event,)))
        try:
            checked = [check({"groups": groups}, Bounded).value.groups, check(reply, Sorted).value.items]
        finally:
            sys.setprofile(None)
        assert checked == [[], []]
        return made["call"] + made["c_call"]

    calls(10)
    assert calls(400) < 5 * calls(100)
