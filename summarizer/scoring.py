"""Score a summary against its label: which labelled entries were found, which were missed, what was made up.

Entries are paired one to one so that the pairs together fit best. Items fit by their quotes' places in the text and their
actors; people by their names. What a label calls optional is no error when it is missing and none when it is given;
`accept_as` lets an item stand in another list. A labelled act that is given in parts, or parts that are given as one act,
are neither right nor wrong beyond the first.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from summarizer import countries

ITEMS = ("agreements", "asks", "offers")
ACTORS = {"agreements": ("parties",), "asks": ("by",), "offers": ("by",)}

Entry = dict[str, Any]


@dataclass
class Found:
    """What became of the entries of one field of one article; each is named so that two runs can be compared."""

    right: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def counts(self) -> tuple[int, int, int]:
        """True positives, false positives, false negatives."""
        return len(self.right), len(self.wrong), len(self.missed)


@dataclass
class Scored:
    """One article's score. `date` is None where neither the label nor the summary has one."""

    fields: dict[str, Found]
    date: bool | None
    given: int
    empty: bool


def score(gold: Entry, summary: Entry | None) -> Scored:
    """Score one summary (None for an article that failed) against its label; both are JSON data of the schema's shape."""
    given = summary or {"participants": [], **{name: [] for name in ITEMS}, "date": None}
    fields = {"participants": _people(gold["participants"], given["participants"])}
    fields |= _items(gold, given)
    labelled = [item for name in ITEMS for item in gold[name]]
    count = sum(len(given[name]) for name in ITEMS)
    return Scored(fields, _date(gold.get("date"), given.get("date")), count, not labelled)


# --- items ------------------------------------------------------------------------------------------------------------


def _items(gold: Entry, given: Entry) -> dict[str, Found]:
    labels = [(name, item) for name in ITEMS for item in gold[name]]
    claims = [(name, item) for name in ITEMS for item in given[name]]
    sides = _sides([*gold["participants"], *given["participants"]])
    weights = [[_fit(label, claim, sides) for claim in claims] for label in labels]
    pairs = best_pairs(weights)
    found = {name: Found() for name in ITEMS}
    taken = {claim for _, claim in pairs}
    for place, (name, item) in enumerate(labels):
        paired = any(label == place for label, _ in pairs)
        if paired and not item.get("optional"):
            found[name].right.append(_named(name, item))
        elif not paired and not item.get("optional") and not _part_of(weights[place], taken):
            found[name].missed.append(_named(name, item))
    for place, (name, item) in enumerate(claims):
        if place not in taken and not any(row[place] for row in weights):
            found[name].wrong.append(_named(name, item))
    return found


def _part_of(row: list[float], taken: set[int]) -> bool:
    """Whether a label that no claim is left for is part of what a claim, paired with another label, says."""
    return any(weight and claim in taken for claim, weight in enumerate(row))


def _fit(label: tuple[str, Entry], claim: tuple[str, Entry], sides: dict[str, str]) -> float:
    """How well a claim fits a label: 0 where it does not, else above 1 by the share of common characters."""
    (name, item), (given_as, given) = label, claim
    if given_as != name and given_as not in _accepted(item):
        return 0.0
    common: float = max((_overlap(one, other) for one in item["evidence"] for other in given["evidence"]), default=0.0)
    if common < 0.5 or not _same_actors(item, given, sides):
        return 0.0
    return 1.0 + common + 0.1 * _alike(item["what"], given["what"]) + 0.05 * (given_as == name)


def _accepted(item: Entry) -> list[str]:
    accepted = item.get("accept_as") or []
    return [accepted] if isinstance(accepted, str) else list(accepted)


def _overlap(one: Entry, other: Entry) -> float:
    """Common characters of two stretches, as a share of the shorter one."""
    common = min(one["end"], other["end"]) - max(one["start"], other["start"])
    shorter = min(one["end"] - one["start"], other["end"] - other["start"])
    return float(max(0, common)) / max(1, int(shorter))


def _same_actors(item: Entry, given: Entry, sides: dict[str, str]) -> bool:
    """Whether one who acts in the label acts in the claim: by name, by country, or as a person of that side."""
    mine, theirs = (_actors(entry) for entry in (item, given))
    if not mine or not theirs:
        return True
    mine, theirs = ([_with_side(actor, sides) for actor in actors] for actors in (mine, theirs))
    return any(_same_side(one, other) for one in mine for other in theirs)


def _actors(item: Entry) -> list[str]:
    names = [names for key in ("parties", "by") for names in item.get(key) or []]
    return [name for name in names if not set(_words(name)) <= _ANYBODY]


def _with_side(actor: str, sides: dict[str, str]) -> str:
    return " ".join([actor, *(side for name, side in sides.items() if _common(name, actor))])


def _sides(participants: list[Entry]) -> dict[str, str]:
    """Who belongs where, so that a minister may stand for his country."""
    sides: dict[str, str] = {}
    for entry in participants:
        if entry.get("name"):
            own = (sides.get(entry["name"]), entry.get("country"), entry.get("organization"))
            sides[entry["name"]] = " ".join(filter(None, own))
    return sides


def _alike(one: str, other: str) -> float:
    mine, theirs = set(_words(one)), set(_words(other))
    return len(mine & theirs) / max(1, len(mine | theirs))


# --- people -----------------------------------------------------------------------------------------------------------


def _people(labels: list[Entry], claims: list[Entry]) -> Found:
    weights = [[_same_person(label, claim) for claim in claims] for label in labels]
    pairs = best_pairs(weights)
    found = Found()
    for place, label in enumerate(labels):
        if any(one == place for one, _ in pairs):
            if not _may_miss(label):
                found.right.append(_who(label))
        elif not _may_miss(label):
            found.missed.append(_who(label))
    taken = {claim for _, claim in pairs}
    found.wrong = [
        _who(claim)
        for place, claim in enumerate(claims)
        if place not in taken and not _may_miss(claim) and not any(row[place] for row in weights)
    ]
    return found


def _may_miss(entry: Entry) -> bool:
    """Absent people and unnamed groups are optional throughout."""
    unnamed = not entry.get("name") and entry.get("kind") == "group"
    return bool(entry.get("optional")) or not entry.get("present", True) or unnamed


def _same_person(label: Entry, claim: Entry) -> float:
    if label.get("name") and claim.get("name"):
        return _common(label["name"], claim["name"])
    if label.get("name") or claim.get("name"):
        people = "person" in (label.get("kind") or "person", claim.get("kind"))
        return 0.0 if people else _common(_whole(label), _whole(claim))
    return 1.0 if _same_side(_described(label), _described(claim)) else 0.0


def _whole(entry: Entry) -> str:
    return " ".join(entry[key] for key in ("name", "role", "organization") if entry.get(key))


def _described(entry: Entry) -> str:
    return " ".join(entry[key] for key in ("country", "organization") if entry.get(key)) or entry.get("role") or ""


def _who(entry: Entry) -> str:
    parts = (entry.get("name"), entry.get("role"), entry.get("organization"), entry.get("country"))
    return "participants: " + ", ".join(part for part in parts if part)


# --- names, dates -----------------------------------------------------------------------------------------------------

_SMALL = frozenset(
    "the of and for a an de la le les du des et y government president minister secretary jr sr public".split()  # noqa: SIM905
)
# Who says no more than these names nobody in particular; whom they stand for is not judged.
_ANYBODY = frozenset(
    "both two three four all they we it sides side parties party leaders presidents ministers delegations participants "  # noqa: SIM905
    "officials countries nations governments".split()
)


@cache
def _words(text: str) -> tuple[str, ...]:
    """The words of a name, folded: case, accents and small words do not count; a country is one word in English."""
    english = countries.pattern().sub(lambda match: f" {countries.named(match.group()) or ''} ".replace(" ", "_"), text)
    plain = unicodedata.normalize("NFD", english.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(word for word in re.findall(r"[\w]+", plain) if word not in _SMALL and len(word) > 1)


def _common(one: str, other: str) -> float:
    """How well two names agree: 0, or above 1 by the share of their words that both have.

    All words of the shorter one must be in the longer one, or the last ones must agree: first names are shortened.
    """
    mine, theirs = _words(one), _words(other)
    if not mine or not theirs:
        return 0.0
    shared = sum(any(_same_word(word, another) for another in theirs) for word in mine)
    if _is_short_for(one, theirs) or _is_short_for(other, mine):
        return 1.5
    last = _same_word(mine[-1], theirs[-1]) and not mine[-1].startswith("_")
    return 1 + shared / max(len(mine), len(theirs)) if last or shared >= min(len(mine), len(theirs)) else 0.0


def _is_short_for(name: str, words: tuple[str, ...]) -> bool:
    """Whether a name in capitals is made of the first letters of the other one's words: USDA, US Department of Agriculture."""
    initials = "".join(part[0] for word in words for part in word.split("_") if part)
    return (
        bool(re.fullmatch(r"[A-Z]{3,}", name.strip())) and bool(initials) and name.strip().casefold().endswith(initials)
    )


def _same_side(one: str, other: str) -> bool:
    """Whether two actors are of one country, or have a name in common."""
    lands = [_lands(name) for name in (one, other)]
    return bool(lands[0] & lands[1]) or _common(one, other) > 0


def _lands(name: str) -> set[str]:
    """The countries of an actor, in whichever language: "Russia", "российская сторона"."""
    words = _words(name)
    found = {word for word in words if word.startswith("_")}
    foreign = (countries.abroad(word) for word in words if not word.isascii()) if not found else ()
    return found | {f"_{country.replace(' ', '_')}_".casefold() for country in foreign if country}


def _same_word(one: str, other: str) -> bool:
    """Equal up to an ending: languages inflect names."""
    stem = max(4, min(len(one), len(other)) - 2)
    return one == other or (
        min(len(one), len(other)) >= 4 and abs(len(one) - len(other)) <= 3 and one[:stem] == other[:stem]
    )


def _date(label: Entry | None, claim: Entry | None) -> bool | None:
    """By EDTF, then by what it resolves to."""
    if label is None and claim is None:
        return None
    if label is None or claim is None:
        return False
    if label.get("edtf") and label["edtf"] == claim.get("edtf"):
        return True
    return bool(label.get("resolved")) and label["resolved"] == claim.get("resolved")


def _named(name: str, item: Entry) -> str:
    return f"{name}: {item['what']}"


# --- pairs ------------------------------------------------------------------------------------------------------------


def best_pairs(weights: list[list[float]]) -> list[tuple[int, int]]:
    """The one-to-one pairs of rows and columns with the greatest sum of weights; what weighs nothing is no pair.

    Kuhn's Hungarian method with potentials, cubic in the number of entries.
    """
    columns = max((len(row) for row in weights), default=0)
    size = max(len(weights), columns)
    cost = [[-_at(weights, row, column) for column in range(size)] for row in range(size)]
    match = _assigned(cost, size)
    return sorted((row, column) for column, row in match.items() if _at(weights, row, column) > 0)


def _at(weights: list[list[float]], row: int, column: int) -> float:
    return weights[row][column] if row < len(weights) and column < len(weights[row]) else 0.0


def _assigned(cost: list[list[float]], size: int) -> dict[int, int]:
    """Column to row, at the least cost."""
    rows, columns, match = [0.0] * (size + 1), [0.0] * (size + 1), [0] * (size + 1)
    for row in range(1, size + 1):
        match[0], column = row, 0
        least, seen, before = [float("inf")] * (size + 1), [False] * (size + 1), [0] * (size + 1)
        while match[column]:
            seen[column] = True
            delta, nearest = float("inf"), 0
            for other in range(1, size + 1):
                if seen[other]:
                    continue
                reduced = cost[match[column] - 1][other - 1] - rows[match[column]] - columns[other]
                if reduced < least[other]:
                    least[other], before[other] = reduced, column
                if least[other] < delta:
                    delta, nearest = least[other], other
            for other in range(size + 1):
                if seen[other]:
                    rows[match[other]] += delta
                    columns[other] -= delta
                else:
                    least[other] -= delta
            column = nearest
        while column:
            match[column], column = match[before[column]], before[column]
    return {column - 1: match[column] - 1 for column in range(1, size + 1)}
