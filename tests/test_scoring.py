"""What a score means: the label against itself is perfect, and each kind of mistake costs what it should."""

from __future__ import annotations

import copy
import itertools
import json
import random
from pathlib import Path
from typing import Any

import pytest

from summarizer.corpus import read
from summarizer.evaluate import compare, rates
from summarizer.scoring import ITEMS, best_pairs, score


def person(name: str, country: str = "France", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "role": None,
        "organization": None,
        "country": country,
        "kind": "person",
        "present": True,
        **more,
    }


def act(what: str, start: int, end: int, **more: Any) -> dict[str, Any]:
    return {"what": what, "evidence": [{"quote": "…", "start": start, "end": end}], **more}


GOLD: dict[str, Any] = {
    "date": {"text": "May 5", "edtf": "2026-05-05", "resolved": "2026-05-05"},
    "participants": [person("Anne Dupré"), person("Joseph R. Biden, Jr.", "United States"), person("Xi", present=False)],
    "agreements": [act("build a bridge", 100, 160, parties=["France", "Spain"])],
    "asks": [act("wait", 200, 240, by=["Anne Dupré (France)"], of=["Spain"]), act("pay", 300, 340, by=["Spain"], of=["France"], optional=True)],
    "offers": [act("send tents", 400, 440, by=["Spain"], to=["France"], accept_as="agreements")],
}  # fmt: skip


def changed(**fields: Any) -> dict[str, Any]:
    return {**copy.deepcopy(GOLD), **fields}


def counts(summary: dict[str, Any], gold: dict[str, Any] = GOLD) -> dict[str, tuple[int, int, int]]:
    return {name: found.counts for name, found in score(gold, summary).fields.items()}


PERFECT = {"participants": (2, 0, 0), "agreements": (1, 0, 0), "asks": (1, 0, 0), "offers": (1, 0, 0)}


def test_the_label_against_itself() -> None:
    """Everything right, nothing missed, nothing wrong; so is every text of the shared corpus."""
    assert counts(GOLD) == PERFECT and score(GOLD, GOLD).date is True


def test_the_labels_of_the_corpus_against_themselves(corpus: Path) -> None:
    """The same for every labelled text."""
    for labelled in read(corpus):
        gold = labelled.gold
        scored = score(gold, gold)
        assert all(found.missed == [] and found.wrong == [] for found in scored.fields.values()), labelled.name
        assert scored.date is (None if gold["date"] is None else True)


def test_nothing_given_misses_everything_that_is_not_optional() -> None:
    """An article that failed counts as an empty summary."""
    assert counts({"participants": [], "date": None, **{name: [] for name in ITEMS}}) == {
        name: (0, 0, right) for name, (right, _, _) in PERFECT.items()
    }
    assert score(GOLD, None).date is False


@pytest.mark.parametrize(("summary", "field", "expected"), [
    (changed(asks=GOLD["asks"][1:]), "asks", (0, 0, 1)),
    (changed(asks=GOLD["asks"][:1]), "asks", (1, 0, 0)),  # the optional one
    (changed(asks=[*GOLD["asks"], act("dance", 500, 520, by=["Spain"])]), "asks", (1, 1, 0)),
    (changed(asks=[act("wait", 205, 235, by=["France"])]), "asks", (1, 0, 0)),  # a shorter quote; the person's country
    (changed(asks=[act("wait", 225, 300, by=["France"])]), "asks", (0, 1, 1)),  # less than half in common
    (changed(asks=[act("wait", 200, 240, by=["Spain"])]), "asks", (0, 1, 1)),  # somebody else asks
    (changed(asks=[act("wait", 200, 240, by=["both sides"])]), "asks", (1, 0, 0)),  # nobody in particular
    (changed(agreements=[act("a bridge", 100, 125, parties=["Spain"]), act("of stone", 130, 160, parties=["Spain"])]), "agreements", (1, 0, 0)),
    (changed(participants=[person("Anne Dupre"), person("Joe Biden", "United States")]), "participants", (2, 0, 0)),
    (changed(participants=[*GOLD["participants"], person("Ann Other")]), "participants", (2, 1, 0)),
    (changed(participants=[*GOLD["participants"], person("Ann Other", present=False)]), "participants", (2, 0, 0)),
    (changed(participants=[person("Anne Dupré")]), "participants", (1, 0, 1)),
    (changed(participants=[person("Anne Dupré"), person("Anne Martin")]), "participants", (1, 1, 1)),
])  # fmt: skip
def test_one_mistake(summary: dict[str, Any], field: str, expected: tuple[int, int, int]) -> None:
    """True positives, false positives, false negatives of the field; the others are as they were."""
    found = counts(summary)
    assert found == {**PERFECT, field: expected}


def test_an_item_in_the_other_list() -> None:
    """Where the label accepts it, it is right there too; where it does not, it is one wrong and one missed."""
    moved = changed(offers=[], agreements=[*GOLD["agreements"], act("send tents", 400, 440, parties=["Spain"])])
    assert counts(moved) == PERFECT
    wrong = changed(asks=[], offers=[*GOLD["offers"], act("wait", 200, 240, by=["France"])])
    assert counts(wrong) == {**PERFECT, "asks": (0, 0, 1), "offers": (1, 1, 0)}


def test_parts_of_one_act() -> None:
    """Two labels that one claim covers are neither missed nor found twice."""
    gold = changed(agreements=[act("a", 100, 120, parties=["France"]), act("b", 125, 160, parties=["France"])])
    assert counts(changed(), gold)["agreements"] == (1, 0, 0)


@pytest.mark.parametrize(("date", "right"), [
    ({"edtf": "2026-05-05", "resolved": None}, True), ({"edtf": "2026-05", "resolved": "2026-05-05"}, True),
    ({"edtf": "2026-05-06", "resolved": "2026-05-06"}, False), (None, False),
])  # fmt: skip
def test_dates(date: Any, right: bool) -> None:
    """By EDTF, then by what it resolves to; one that is missing or made up is wrong."""
    assert score(GOLD, changed(date=date)).date is right
    assert score(changed(date=None), changed(date=date)).date is (None if date is None else False)


def test_pairs_are_the_best_there_are() -> None:
    """As good as trying every assignment, where a greedy choice is not."""
    assert best_pairs([[0.9, 0.8], [0.8, 0.0]]) == [(0, 1), (1, 0)]
    chosen = random.Random(3)
    for _ in range(200):
        rows, columns = chosen.randint(0, 5), chosen.randint(0, 5)
        weights = [[chosen.choice([0.0, chosen.random()]) for _ in range(columns)] for _ in range(rows)]
        found = sum(weights[row][column] for row, column in best_pairs(weights))
        size = max(rows, columns)
        padded = [[weights[r][c] if r < rows and c < columns else 0.0 for c in range(size)] for r in range(size)]
        assert found == pytest.approx(
            max(sum(padded[i][p] for i, p in enumerate(order)) for order in itertools.permutations(range(size)))
        )


def test_rates() -> None:
    """Precision, recall and F1 of counts; nothing to find and nothing given is perfect."""
    assert (rates((6, 2, 4))["precision"], rates((6, 2, 4))["recall"], rates((6, 2, 4))["f1"]) == (0.75, 0.6, 0.6667)
    assert rates((0, 0, 0))["f1"] == 1.0 and rates((0, 1, 0))["f1"] == 0.0


def test_compare() -> None:
    """What the second run has right that the first had not, and the other way round."""
    old = {"entries": {"a": {"right": ["x"], "missed": ["y"], "wrong": ["z"], "date": True}}}
    new = {"entries": {"a": {"right": ["y"], "missed": ["x"], "wrong": [], "date": True}}}
    signs = {what.rpartition(": ")[2]: sign for sign, _, what in compare(json.loads(json.dumps(old)), new)}
    assert signs == {"x": "-", "y": "+", "z": "+"}
    assert list(compare(new, new)) == []
