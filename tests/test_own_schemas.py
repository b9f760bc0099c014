"""Schemas as developers write them: what a reply in one becomes, and what stands in a record."""

from __future__ import annotations

import json
import time
from dataclasses import InitVar, dataclass
from dataclasses import field as dataclass_field
from datetime import date
from enum import Enum, IntFlag
from typing import Annotated, Any, Literal, NamedTuple, Self

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, Json, RootModel, field_validator, model_validator
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass as pydantic_dataclass
from typing_extensions import TypeAliasType, TypedDict

from summarizer import Evidence, Summarizer, repair, verify
from tests.support.endpoint import Endpoint
from tests.test_verify import ARTICLE

TRUE, FALSE = {"quote": "They signed an MoU"}, {"quote": "They signed nothing"}


def check(data: Any, schema: Any) -> Any:
    return verify.check(data, schema, verify.Ground(ARTICLE))


def paths(checked: Any) -> list[str]:
    return [fault.problem.path for fault in checked.faults]


class Colour(Enum):
    RED = "red"


class StrictByConfig(BaseModel):
    model_config = ConfigDict(strict=True)

    day: date
    colour: Colour
    proof: tuple[Evidence, ...]


class StrictByField(BaseModel):
    day: date = Field(strict=True)
    colour: Colour = Field(strict=True)
    proof: tuple[Evidence, ...] = Field(strict=True)


@pytest.mark.parametrize("schema", [StrictByConfig, StrictByField])
def test_a_strict_schema_takes_what_json_can_say(schema: type[BaseModel]) -> None:
    """A reply is JSON, in which a date and an enum are texts and a tuple is a list; a number is still no text."""
    data = {"day": "2026-05-05", "colour": "red", "proof": [TRUE]}
    found = check(data, schema).value
    assert found.day == date(2026, 5, 5) and found.colour is Colour.RED and found.proof[0].start > 0
    assert check({**data, "day": 20260505}, schema).value is None
    assert check({**data, "proof": 3}, schema).value.proof == ()


class Act(BaseModel):
    claim: str = Field(alias="theClaim")
    proof: Evidence = Field(validation_alias=AliasChoices("theProof", "proof"), serialization_alias="proven")


class Acts(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)

    all_acts: list[Act]
    one_act: Act | None


def act(quote: Any, claim: Any = "c") -> dict[str, Any]:
    return {"theClaim": claim, "theProof": quote}


def test_problems_and_repairs_name_fields_as_the_reply_does() -> None:
    data = {"allActs": [act(TRUE), act(FALSE)], "oneAct": act(FALSE)}
    checked = check(data, Acts)
    assert len(checked.value.all_acts) == 1 and checked.value.one_act is None
    found = {fault.problem.path: fault.value for fault in checked.faults}
    assert found == {"allActs/1": act(FALSE), "oneAct": act(FALSE)}
    merged = repair.merge(checked, {"allActs": [act(TRUE)], "oneAct": act(TRUE)})
    assert merged == {"allActs": [act(TRUE), act(TRUE)], "oneAct": act(TRUE)}


def test_a_field_with_an_alias_that_does_not_fit_is_left_out() -> None:
    checked = check({"allActs": [act(TRUE), act(TRUE, claim=3)], "oneAct": act(TRUE, claim=3)}, Acts)
    assert len(checked.value.all_acts) == 1 and checked.value.one_act is None
    assert sorted(paths(checked)) == ["allActs/1", "oneAct"]


def test_every_form_of_a_record_names_fields_alike(endpoint: Endpoint) -> None:
    """As the schema of what is written does: by their aliases."""
    endpoint.say({"allActs": [act(TRUE)], "oneAct": None})
    with Summarizer("openai/test", base_url=endpoint.url, schema=Acts) as session:
        result = session.summarize(ARTICLE)
    data = result.to_dict()
    assert data == json.loads(result.to_json()) == json.loads(result.to_json(indent=2))
    assert set(data["summary"]) == set(Acts.model_json_schema(mode="serialization")["properties"])
    assert set(data["summary"]["allActs"][0]) == {"theClaim", "proven"}


class Listed(RootModel[list[Act]]):
    """A list with a name of its own."""


class Lists(BaseModel):
    acts: Listed


def test_a_root_model_has_no_place_of_its_own() -> None:
    checked = check({"acts": [act(TRUE), act(FALSE)]}, Lists)
    assert len(checked.value.acts.root) == 1
    assert [(fault.problem.path, fault.value) for fault in checked.faults] == [("acts/1", act(FALSE))]


class Watched(BaseModel):
    words: list[str]

    @field_validator("words")
    @classmethod
    def _some(cls, words: list[str]) -> list[str]:
        if not words:
            raise ValueError("at least one")
        return words


def test_a_field_is_not_emptied_against_its_own_validator() -> None:
    """There is no summary, and the field is a problem once."""
    checked = check({"words": 3}, Watched)
    assert checked.value is None and paths(checked) == ["words"]


@dataclass
class Counted:
    claim: str
    proof: Evidence
    made: InitVar[int]
    times: int = 0
    first: Evidence | None = dataclass_field(init=False)
    unset: str = dataclass_field(init=False)

    def __post_init__(self, made: int) -> None:
        self.times += made
        self.first = self.proof


@dataclass(frozen=True, slots=True)
class Fixed:
    proof: Evidence


@pydantic_dataclass
class Renamed:
    proof: Evidence = Field(alias="theProof")


class Classes(BaseModel):
    counted: list[Counted] = []
    fixed: list[Fixed] = []
    renamed: list[Renamed] = []
    one: Renamed | None = None


def test_a_dataclass_is_checked_without_being_made_again() -> None:
    """What its class does when one is made is done once; a quote that it puts elsewhere is checked there too."""
    item = {"claim": "c", "made": 1, "proof": TRUE}
    [made] = check({"counted": [item]}, Classes).value.counted
    assert made.times == 1 and made.first.start == made.proof.start > 0


def test_dataclasses_that_cannot_be_made_by_name() -> None:
    """Frozen ones, and those whose fields have aliases; an optional one goes without the rest."""
    data = {
        "fixed": [{"proof": TRUE}],
        "renamed": [{"theProof": TRUE}, {"theProof": FALSE}],
        "one": {"theProof": FALSE},
    }
    checked = check(data, Classes)
    assert len(checked.value.fixed) == len(checked.value.renamed) == 1 and checked.value.one is None
    assert [(fault.problem.path, fault.value) for fault in checked.faults] == [
        ("renamed/1", {"theProof": FALSE}),
        ("one", {"theProof": FALSE}),
    ]


class Rights(IntFlag):
    READ = 1
    WRITE = 2


class Allowed(BaseModel):
    rights: Rights
    proof: list[Evidence]


def test_a_flag_is_one_value() -> None:
    """Though Python takes it for a collection of flags."""
    assert check({"rights": 3, "proof": [TRUE]}, Allowed).value.rights == Rights.READ | Rights.WRITE


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


def test_many_parts_that_do_not_hold_take_their_time_once() -> None:
    """Four times as many take four times as long, or little more."""

    def seconds(count: int) -> float:
        begun = time.process_time()
        groups = [{"items": [{"claim": "c", "proof": FALSE}]} for _ in range(count)]
        assert check({"groups": groups}, Bounded).value.groups == []
        items = [{"claim": f"{count - i:05}", "proof": {"quote": f"no such {i}"}} for i in range(count)]
        assert check({"items": [*items, *({"claim": 3} for _ in range(count))]}, Sorted).value.items == []
        return time.process_time() - begun

    seconds(10)
    assert min(seconds(2000) for _ in range(2)) < 8 * seconds(500)
