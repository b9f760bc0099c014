"""Measure a model, a prompt or a schema on labelled articles: run, score, sum up, compare.

Precision, recall and F1 are over all entries of all articles (micro averages). The intervals are of a bootstrap over
articles: 1,000 resamples, always the same ones, 95 %.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from summarizer.batch import outcomes
from summarizer.corpus import Labelled
from summarizer.flow import Flow
from summarizer.records import Article, Failure, Result
from summarizer.scoring import ITEMS, Scored, score

FIELDS = ("participants", *ITEMS, "items")
Counts = tuple[int, int, int]


@dataclass(frozen=True)
class Evaluated:
    """One article's outcome beside its label."""

    labelled: Labelled
    outcome: Result[Any] | Failure
    scored: Scored


async def run(
    flow: Flow[Any], corpus: list[Labelled], concurrency: int = 8, goes_on: Callable[[], bool] = lambda: True
) -> AsyncIterator[Evaluated]:
    """Summarise and score every article, each as it ends; no more are begun once `goes_on` says no.

    An article that fails is scored as an empty summary. Raises SetupError or BudgetError, after what was in work has ended.
    """
    by_id = {id(labelled.article): labelled for labelled in corpus}
    async for outcome in outcomes(flow, _each(corpus, goes_on), concurrency):
        yield _evaluated(by_id[id(outcome.article)], outcome)


async def _each(corpus: list[Labelled], goes_on: Callable[[], bool]) -> AsyncIterator[Article]:
    for labelled in corpus:
        if not goes_on():
            return
        yield labelled.article


def _evaluated(labelled: Labelled, outcome: Result[Any] | Failure) -> Evaluated:
    return Evaluated(labelled, outcome, score(labelled.gold, outcome.to_dict()["summary"]))


def summed(evaluated: list[Evaluated]) -> dict[str, Any]:
    """The result as the contract has it, with the entries of every article for `compare`."""
    return {
        "engine": _only(one.outcome.provenance.engine for one in evaluated),
        "model": _only(one.outcome.provenance.model for one in evaluated),
        "articles": len(evaluated),
        **_part(evaluated),
        "fields": _fields(evaluated, intervals=True),
        "evidence_validity": _validity(evaluated),
        "false_positives_on_empty": sum(one.scored.given for one in evaluated if one.scored.empty),
        "by_language": _grouped(evaluated, lambda one: one.labelled.language),
        "by_kind": _grouped(evaluated, lambda one: one.labelled.kind),
        **spent(evaluated),
        "seconds": round(sum(one.outcome.provenance.seconds for one in evaluated), 3),
        "failed": {one.labelled.name: one.outcome.error.kind for one in evaluated if isinstance(one.outcome, Failure)},
        "entries": {one.labelled.name: _entries(one) for one in evaluated},
    }


def compare(before: dict[str, Any], after: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What the second result has right that the first had wrong ("+"), and the other way round ("-"), by article."""
    for name in sorted({*before["entries"], *after["entries"]}):
        old, new = (_verdicts(result["entries"].get(name, {})) for result in (before, after))
        for entry in sorted({*old, *new}, key=str):
            was, now = old.get(entry), new.get(entry)
            if was != now:
                better = now == "right" or (now is None and was == "wrong")
                yield "+" if better else "-", name, f"{was or 'not there'} -> {now or 'not there'}: {entry}"


def _verdicts(entries: dict[str, Any]) -> dict[str, str]:
    found = {entry: verdict for verdict in ("right", "missed", "wrong") for entry in entries.get(verdict, ())}
    date = entries.get("date")
    return found if date is None else {**found, "date": "right" if date else "wrong"}


def _part(evaluated: list[Evaluated]) -> dict[str, Any]:
    dates = [one.scored.date for one in evaluated if one.scored.date is not None]
    return {"fields": _fields(evaluated), "date": {"right": sum(dates), "of": len(dates)}}


def _grouped(evaluated: list[Evaluated], key: Callable[[Evaluated], str]) -> dict[str, Any]:
    groups: dict[str, list[Evaluated]] = {}
    for one in evaluated:
        groups.setdefault(key(one), []).append(one)
    return {name: {"articles": len(group), **_part(group)} for name, group in sorted(groups.items())}


def _fields(evaluated: list[Evaluated], *, intervals: bool = False) -> dict[str, Any]:
    fields = {}
    for name in FIELDS:
        each = [_counts(one.scored, name) for one in evaluated]
        fields[name] = rates(_added(each))
        if intervals:
            fields[name]["f1_interval"] = _interval(each)
    return fields


def _counts(scored: Scored, name: str) -> Counts:
    if name != "items":
        return scored.fields[name].counts
    return _added([scored.fields[field].counts for field in ITEMS])


def _added(counts: Iterable[Counts]) -> Counts:
    right, wrong, missed = 0, 0, 0
    for one in counts:
        right, wrong, missed = right + one[0], wrong + one[1], missed + one[2]
    return right, wrong, missed


def rates(counts: Counts) -> dict[str, Any]:
    """Precision, recall and F1; 1 where there was nothing to get wrong."""
    right, wrong, missed = counts
    precision = right / (right + wrong) if right + wrong else 1.0
    recall = right / (right + missed) if right + missed else 1.0
    f1 = 2 * right / (2 * right + wrong + missed) if right + wrong + missed else 1.0
    numbers = {"precision": precision, "recall": recall, "f1": f1}
    return {**{name: round(number, 4) for name, number in numbers.items()}, "tp": right, "fp": wrong, "fn": missed}


def _interval(each: list[Counts], resamples: int = 1000) -> list[float]:
    chosen = random.Random(1)  # noqa: S311 - the same resamples every time, so that two runs compare
    found = sorted(rates(_added(chosen.choices(each, k=len(each))))["f1"] for _ in range(resamples))
    return [found[int(resamples * 0.025)], found[int(resamples * 0.975) - 1]]


def _validity(evaluated: list[Evaluated]) -> float:
    """The share of quotes that stand in the article at the offsets that the record says; looked up anew."""
    checked = [
        one.labelled.article.text[quote["start"] : quote["end"]] == quote["quote"]
        for one in evaluated
        for quote in _quotes(one.outcome.to_dict()["summary"])
    ]
    return round(sum(checked) / len(checked), 4) if checked else 1.0


def _quotes(data: Any) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict) and {"quote", "start", "end"} <= data.keys():
        yield data
    elif isinstance(data, dict | list):
        for part in data.values() if isinstance(data, dict) else data:
            yield from _quotes(part)


def spent(evaluated: list[Evaluated]) -> dict[str, Any]:
    """The tokens of all articles, and the dollars, which are None where one of the prices is not known."""
    each = [one.outcome.provenance.usage.to_dict() for one in evaluated]
    usage = {name: sum(usage[name] for usage in each) for name in ("input_tokens", "output_tokens")}
    return {"usage": usage, "cost_usd": _sum(one.outcome.provenance.cost_usd for one in evaluated)}


def _sum(costs: Iterable[float | None]) -> float | None:
    known = list(costs)
    return None if None in known else sum(cost for cost in known if cost is not None)


def _only(values: Iterable[str]) -> str:
    return ", ".join(sorted(set(values)))


def _entries(one: Evaluated) -> dict[str, Any]:
    found = one.scored.fields.values()
    entries = {
        verdict: [entry for field in found for entry in getattr(field, verdict)]
        for verdict in ("right", "missed", "wrong")
    }
    return {**entries, "date": one.scored.date}
