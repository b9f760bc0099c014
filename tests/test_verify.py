"""What a reply may say, what becomes of what it may not, and what is asked again."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, BeforeValidator, Field

from summarizer import Article, Evidence, MeetingSummary, SchemaError, repair, verify
from summarizer import schema as schemas
from summarizer.evidence import Folded

TEXT = "Ann Lee met Bo Li on May 5. Lee was prepared to offer 50 million dollars. Li asked Lee to wait. They signed an MoU."
ARTICLE = Article(TEXT)
FOLDED = Folded(TEXT)


def reply(**changes: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"overview": "They met.", "meeting": "reported", "date": None, "other_meetings": [],
                             "participants": [], "agreements": [], "asks": [], "offers": []}  # fmt: skip
    return {**empty, **changes}


def ask(quote: str | None, **changes: Any) -> dict[str, Any]:
    return {"by": ["Li"], "of": ["Lee"], "what": quote or "wait", "response": None,
            "evidence": [] if quote is None else [{"quote": quote}], **changes}  # fmt: skip


def check(data: Any, schema: Any = MeetingSummary) -> Any:
    return verify.check(data, schema, verify.Ground(ARTICLE))


def test_offsets_are_filled_whatever_the_model_says() -> None:
    """The model's own offsets count for nothing."""
    item = ask("Li asked Lee to wait")
    item["evidence"][0] |= {"start": 3, "end": 4}
    checked = check(reply(asks=[item]))
    (quote,) = checked.value.asks[0].evidence
    assert TEXT[quote.start : quote.end] == quote.quote == "Li asked Lee to wait"
    assert checked.faults == []


def test_unfound_items_leave_the_summary_whole() -> None:
    """The item stands in problems as the model gave it, at its place in the reply; its neighbours stay."""
    data = reply(asks=[ask("Li asked Lee to wait"), ask("Li begged Lee to wait"), ask("They signed an MoU")])
    checked = check(data)
    assert [a.evidence[0].quote for a in checked.value.asks] == ["Li asked Lee to wait", "They signed an MoU"]
    (fault,) = checked.faults
    assert fault.problem.path == "asks/1" and fault.kind == "quote_not_found"
    assert fault.problem.value == data["asks"][1]


def test_one_false_quote_fails_its_item() -> None:
    """A true quote beside a false one does not carry the claim that the false one was for."""
    item = ask("Li asked Lee to wait")
    item["evidence"].append({"quote": "Li threatened Lee"})
    assert check(reply(asks=[item])).value.asks == []


def test_an_item_without_a_quote_is_no_fact() -> None:
    """Agreements, asks and offers need at least one quote."""
    checked = check(reply(asks=[ask(None)]))
    assert checked.value.asks == [] and checked.faults[0].kind == "no_quote"


def test_wrong_parts_keep_their_place() -> None:
    """After an invalid entry was taken out, the path of the next fault is still the one in the reply."""
    checked = check(reply(asks=[ask("Li asked Lee to wait", response="maybe"), ask("nowhere in the text")]))
    assert {fault.problem.path: fault.kind for fault in checked.faults} == {
        "asks/0": "invalid_reply",
        "asks/1": "quote_not_found",
    }


def test_invented_fields_are_shown_and_cost_nothing() -> None:
    """A field that the schema does not have is a problem without a re-ask."""
    checked = check(reply(mood="good", asks=[ask("Li asked Lee to wait", certainty=1)]))
    assert checked.value.asks
    assert {fault.problem.path for fault in checked.faults} == {"mood", "asks/0/certainty"}
    assert checked.repairable == []


@pytest.mark.parametrize("data", [[], "text", 3, None, {}, {"overview": 1}, {"asks": {"0": []}}])
def test_what_is_no_summary(data: Any) -> None:
    """Nothing is made up where the reply is no object of the schema; the data stands in a fault."""
    checked = check(data)
    assert checked.value is None and checked.faults


def test_optional_parts_become_null() -> None:
    """A wrong date costs the date, not the summary."""
    checked = check(reply(date={"text": 7}))
    assert checked.value.date is None and checked.faults[0].problem.path == "date"


def test_fenced_json_is_read() -> None:
    """One fenced block is taken off; two are not a reply."""
    assert verify.parse('Here you are:\n```json\n{"a": 1}\n```\nDone.') == {"a": 1}
    for text in ('{"a": 1', "", "```json\n[1]\n```"):
        with pytest.raises(ValueError):  # noqa: PT011 - pydantic_core's own words
            verify.parse(text)


class Leaf(BaseModel):
    claim: str
    proof: Evidence


class Branch(BaseModel):
    leaves: list[Leaf]
    best: Leaf | None = None
    by_name: dict[str, Leaf] = {}
    pair: tuple[Evidence, ...] = ()
    either: Leaf | str | None = None


class Tree(BaseModel):
    branches: list[Branch]
    root: Leaf


def leaf(quote: str) -> dict[str, Any]:
    return {"claim": "c", "proof": {"quote": quote}}


def test_custom_schemas_are_verified_at_any_depth() -> None:
    """Lists, optionals, unions, dicts and tuples: the nearest entry or optional field goes, the rest stays."""
    good, bad = leaf("They signed an MoU"), leaf("They burned an MoU")
    branch = {"leaves": [good, bad], "best": bad, "by_name": {"x": bad, "y": good}, "either": bad,
              "pair": [{"quote": "Ann Lee met"}]}  # fmt: skip
    checked = check({"branches": [branch], "root": good}, Tree)
    value = checked.value.branches[0]
    assert len(value.leaves) == 1 and value.best is None and value.either is None and list(value.by_name) == ["y"]
    assert TEXT[value.pair[0].start : value.pair[0].end] == "Ann Lee met"
    paths = {fault.problem.path for fault in checked.faults}
    assert paths == {"branches/0/leaves/1", "branches/0/best", "branches/0/by_name/x", "branches/0/either"}


def test_a_required_part_without_support_leaves_no_summary() -> None:
    """Where nothing around a false quote can be taken out, there is no summary to show."""
    checked = check({"branches": [], "root": leaf("never said")}, Tree)
    assert checked.value is None and checked.faults[-1].value["root"]["proof"]["quote"] == "never said"


def test_the_note_is_small_and_names_the_parts() -> None:
    """At most 2 KB, whatever failed; path, reason and the article's nearest words."""
    checked = check(reply(asks=[ask("Lee was prepared to offer 10 million dollars")]))
    note = repair.note(checked, FOLDED)
    assert "asks/0" in note and "offer 50 million dollars" in note
    many = check(reply(asks=[ask(f"invented {i} " + "ж" * 500) for i in range(100)]))
    assert len(repair.note(many, FOLDED).encode()) <= repair.MAX_NOTE


def test_merge_replaces_one_by_one() -> None:
    """As many answers as were asked for take the places of the failed ones."""
    data = reply(asks=[ask("a"), ask("Li asked Lee to wait"), ask("b")])
    answer = reply(asks=[ask("They signed an MoU"), ask("Ann Lee met Bo Li")])
    merged = repair.merge(check(data), answer)
    assert [a["evidence"][0]["quote"] for a in merged["asks"]] == [
        "They signed an MoU",
        "Li asked Lee to wait",
        "Ann Lee met Bo Li",
    ]


def test_what_the_model_takes_back_stays_a_problem() -> None:
    """An answer without a quote withdraws: the first claim stays among the problems, word for word."""
    data = reply(asks=[ask("an invented quote")])
    merged = repair.merge(check(data), reply(asks=[ask(None)]))
    checked = check(merged)
    assert checked.value.asks == []
    assert checked.faults[0].value["evidence"] == [{"quote": "an invented quote"}]


@pytest.mark.parametrize("answer", [None, [], {}, {"asks": None}, {"asks": []}, {"asks": [1, 2, 3]}])
def test_a_useless_answer_changes_nothing_for_the_better(answer: Any) -> None:
    """Whatever comes back, what was found stays and what was not stays a problem."""
    data = reply(asks=[ask("Li asked Lee to wait"), ask("invented")])
    checked = check(repair.merge(check(data), answer))
    assert [a.evidence[0].quote for a in checked.value.asks] == ["Li asked Lee to wait"]
    assert any(json.dumps("invented") in json.dumps(fault.value) for fault in checked.faults)


class Said(BaseModel, frozen=True):
    text: str
    evidence: tuple[Evidence, ...]


class Sayings(BaseModel):
    items: frozenset[Said]


def test_a_field_that_keeps_fewer_than_the_model_gave() -> None:
    """Two equal entries of a set beside one that does not fit: the good one stands, the other is a problem."""
    good = {"text": "wait", "evidence": [{"quote": "Li asked Lee to wait"}]}
    checked = check({"items": [good, {"text": 5, "evidence": []}, good]}, Sayings)
    assert [one.text for one in checked.value.items] == ["wait"]
    assert [fault.problem.path for fault in checked.faults] == ["items/1"]


class Deques(BaseModel):
    quotes: deque[Evidence]


class Numbered(BaseModel):
    kind: Literal[1]
    count: int
    proof: Evidence


class Other(BaseModel):
    kind: Literal[2]
    proof: Evidence


class Either(BaseModel):
    item: Annotated[Numbered | Other, Field(discriminator="kind")]


class Eithers(BaseModel):
    items: list[Annotated[Numbered | Other, Field(discriminator="kind")]]


class Stripped(BaseModel):
    title: Annotated[str, BeforeValidator(lambda value: value.strip()), Field(max_length=5)]


class Kind(BaseModel):
    name: str


class Meeting(BaseModel):
    meeting: Kind


class ReadOnce(BaseModel):
    quotes: Iterable[Evidence]


_TRUE, _FALSE = {"quote": "They signed an MoU"}, {"quote": "They signed nothing"}


@pytest.mark.parametrize(
    ("schema", "data"),
    [
        (Either, {"item": {"kind": 1, "count": "many", "proof": _TRUE}}),
        (Stripped, {"title": "too long by far"}),
    ],
)
def test_a_reply_that_does_not_fit_never_raises(schema: type[BaseModel], data: Any) -> None:
    """Not even where Pydantic names a place that the reply has not, or a user's validator cannot take null."""
    found = verify.check(data, schema, verify.Ground(ARTICLE))
    assert found.value is None and found.faults


def test_a_surplus_field_in_a_union_is_left_out_as_elsewhere() -> None:
    data = {"items": [{"kind": 1, "count": 1, "proof": {**_TRUE, "page": 3}}]}
    found = verify.check(data, Eithers, verify.Ground(ARTICLE))
    assert found.value is not None and found.value.items[0].proof.start > 0
    assert [(fault.problem.path, fault.kind) for fault in found.faults] == [("items/0/proof/page", "extra_field")]


def test_quotes_are_verified_in_any_collection() -> None:
    found = verify.check({"quotes": [_TRUE, _FALSE]}, Deques, verify.Ground(ARTICLE))
    assert found.value is not None and [quote.start >= 0 for quote in found.value.quotes] == [True]
    assert [fault.kind for fault in found.faults] == ["quote_not_found"]


def test_what_is_read_once_is_refused() -> None:
    with pytest.raises(SchemaError, match="read once"):
        schemas.sent(ReadOnce)


def test_a_field_of_a_users_schema_may_be_called_meeting() -> None:
    assert verify.check({"meeting": {"name": "talks"}}, Meeting, verify.Ground(ARTICLE)).value == Meeting(
        meeting=Kind(name="talks")
    )
