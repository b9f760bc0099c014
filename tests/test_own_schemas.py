"""Schemas as developers write them: what a reply in one becomes, and what stands in a record."""

from __future__ import annotations

import json
from dataclasses import InitVar, dataclass
from dataclasses import field as dataclass_field
from datetime import date
from enum import Enum, IntFlag
from typing import Annotated, Any

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, RootModel, create_model, field_validator
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass as pydantic_dataclass

from summarizer import Evidence, Summarizer, repair, verify
from summarizer.schemas.claims import Mark
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


@pytest.mark.parametrize("mark", list(Mark))
@pytest.mark.parametrize(
    ("kind", "value"), [(int, 3), (list[int], [3]), (list[list[int]], [[1]]), (list[str | None], ["A (B)", None])]
)
def test_marked_fields_of_any_type_never_raise(mark: Mark, kind: Any, value: Any) -> None:
    """A mark on what holds no text checks nothing."""
    marked: Any = Annotated[kind, mark]
    item = create_model("Item", x=(marked, ...), proofs=(list[Evidence], ...))
    schema = create_model("Own", items=(list[item], ...))  # type: ignore[valid-type]
    assert check({"items": [{"x": value, "proofs": [TRUE]}] * 2}, schema).data["items"]
