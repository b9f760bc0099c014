"""Schemas: what is sent, what is written, and how they are found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from summarizer import Evidence, MeetingSummary, SchemaError, schema
from tests.conftest import ROOT

SNAPSHOTS = Path(__file__).parent / "snapshots"
# What OpenAI's structured outputs accept in strict mode.
KEYWORDS = {"$defs", "$ref", "additionalProperties", "anyOf", "const", "description", "enum", "items", "properties",
            "required", "type"}  # fmt: skip


def nodes(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every JSON schema inside a JSON schema."""
    if isinstance(node, dict):
        yield place, node
        for key, value in node.items():
            inside = value.items() if key in ("properties", "$defs") else [(key, value)]
            for name, entry in inside:
                yield from nodes(entry, f"{place}/{name}")
    elif isinstance(node, list):
        for i, entry in enumerate(node):
            yield from nodes(entry, f"{place}/{i}")


def test_sent_schema_is_strict() -> None:
    """Strict outputs want every property required, no free keys and no keyword that they do not know."""
    for place, node in nodes(schema.sent(MeetingSummary)):
        assert set(node) <= KEYWORDS, place
        if node.get("type") == "object":
            assert node["additionalProperties"] is False, place
            assert node["required"] == list(node["properties"]), place


def test_code_fills_what_is_not_sent() -> None:
    """The model is asked for no offset and no resolved date; the record has them."""
    sent = json.dumps(schema.sent(MeetingSummary))
    assert '"start"' not in sent and '"end"' not in sent and '"resolved"' not in sent
    written = MeetingSummary.model_json_schema(mode="serialization")["$defs"]
    assert {"quote", "start", "end"} == set(written["Evidence"]["properties"])
    assert "resolved" in written["ArticleDate"]["properties"]


@pytest.mark.parametrize("kind", ["sent", "written"])
def test_schema_snapshot(kind: str) -> None:
    """A change of the schema is seen in a diff. After a wanted one: make snapshots."""
    shown = schema.sent(MeetingSummary) if kind == "sent" else MeetingSummary.model_json_schema(mode="serialization")
    assert json.loads((SNAPSHOTS / f"meeting.{kind}.json").read_text()) == shown


def test_contract_fields() -> None:
    """The names that other tools rely on."""
    item = {"what", "evidence"}
    definitions = MeetingSummary.model_json_schema(mode="serialization")["$defs"]
    assert set(MeetingSummary.model_fields) == {
        "overview", "meeting", "date", "other_meetings", "participants", "agreements", "asks", "offers",
    }  # fmt: skip
    assert set(definitions["Agreement"]["properties"]) == item | {"parties", "status", "condition"}
    assert set(definitions["Ask"]["properties"]) == item | {"by", "of", "response"}
    assert set(definitions["Offer"]["properties"]) == item | {"by", "to", "status", "condition"}
    assert set(definitions["ArticleDate"]["properties"]) == {"text", "edtf", "resolved", "basis"}
    assert set(definitions["OtherMeeting"]["properties"]) == {"what", "text", "edtf", "resolved", "basis"}
    assert set(definitions["Participant"]["properties"]) == {
        "name", "role", "organization", "country", "kind", "present", "evidence",
    }  # fmt: skip


def test_frozen_and_closed() -> None:
    """A summary cannot be changed in place and takes no field of the model's invention."""
    quote = Evidence(quote="a quote")
    with pytest.raises(ValidationError):
        quote.quote = "another"
    with pytest.raises(ValidationError):
        Evidence.model_validate({"quote": "a", "mood": "b"})


class Inner(BaseModel):
    """An inner part."""

    proof: Evidence | None = None


class Odd(BaseModel):
    """Defaults, bounds, a described reference and a union, as users write them."""

    count: int = Field(3, ge=0, le=9)
    text: str = Field("x", min_length=1, max_length=5, pattern="^x")
    inner: Inner = Field(description="described")
    either: Inner | Evidence | None = None


def test_users_schemas_are_made_strict() -> None:
    """Defaults and lengths leave what is sent; everything is required; references keep their target."""
    sent = schema.sent(Odd)
    assert sent["required"] == ["count", "text", "inner", "either"]
    assert "default" not in json.dumps(sent) and "maxLength" not in json.dumps(sent)
    assert sent["properties"]["count"]["maximum"] == 9


class Free(BaseModel):
    """A model with free keys."""

    scores: dict[str, int]


def test_what_cannot_be_promised_is_refused() -> None:
    """Free keys cannot be sent strictly; the error names the field and what to do."""
    with pytest.raises(SchemaError, match=r"scores allows free keys.*list of pairs"):
        schema.sent(Free)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("meting", "no schema is called 'meting'; did you mean 'meeting'"),
        ("nowhere.py:X", "no schema file 'nowhere.py'"),
        ("no.such.module:X", "the module 'no.such.module' does not load"),
        ("summarizer.schemas:Evidenc", "no Pydantic model 'Evidenc'; did you mean 'Evidence'"),
        ("json:dumps", "'json' has no Pydantic model 'dumps'"),
    ],
)
def test_load_errors(spec: str, message: str) -> None:
    """What is wrong, with which name, and what to write instead."""
    with pytest.raises(SchemaError, match=message):
        schema.load(spec)


def test_load_by_name_file_and_module(tmp_path: Path) -> None:
    """The three ways of `--schema`; two files of one name do not mix."""
    for folder, field in (("a", "one"), ("b", "two")):
        (tmp_path / folder).mkdir()
        lines = ["from __future__ import annotations", "from pydantic import BaseModel", "class M(BaseModel):"]
        text = "\n".join([*lines, f"    {field}: list[M] = []", ""])
        (tmp_path / folder / "mine.py").write_text(text)
    assert schema.load("meeting") is MeetingSummary
    assert schema.load("summarizer.schemas:MeetingSummary") is MeetingSummary
    assert set(schema.load(f"{tmp_path}/a/mine.py:M").model_fields) == {"one"}
    assert set(schema.load(f"{tmp_path}/b/mine.py:M").model_fields) == {"two"}
    (tmp_path / "broken.py").write_text("import nothing_like_it")
    with pytest.raises(SchemaError, match="does not load: ModuleNotFoundError"):
        schema.load(f"{tmp_path}/broken.py:M")


def test_schemas_do_no_io() -> None:
    """A schema file imports nothing of the project but other schemas."""
    for path in (ROOT / "schemas").glob("*.py"):
        imports = [
            line for line in path.read_text().splitlines() if line.startswith(("from summarizer", "import summarizer"))
        ]
        assert all("summarizer.schemas" in line for line in imports), path
