"""Schemas as developers write them: what a reply in one becomes, and what stands in a record."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from summarizer import Evidence, verify
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
