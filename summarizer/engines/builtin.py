"""Rules in place of a model: the field's speech-act vocabulary, English only, no download, always the same answer.

It makes the first run work without a key and gives every evaluation its floor. It answers a `MeetingSummary` as a model
would, in JSON, and is verified like one. What it knows stands in builtin.toml; a text is read in steps: who is there
(`builtin_people`), whom words stand for (`builtin_cast`), who acts in a sentence (`builtin_actors`), where an act may be
(`builtin_acts`), and what it is (`builtin_readers`).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from summarizer import countries, dates, datewords
from summarizer.engines.builtin_actors import Line, lead_sides
from summarizer.engines.builtin_acts import Acts
from summarizer.engines.builtin_cast import Cast
from summarizer.engines.builtin_people import People, Person
from summarizer.engines.builtin_shapes import shapes
from summarizer.engines.builtin_text import has, is_english, listed, pattern, sentences, source
from summarizer.errors import CallError, SchemaError
from summarizer.failures import Action, Kind, Verdict
from summarizer.records import Reply, Request
from summarizer.schemas import MeetingSummary

_ENGLISH = "the built-in rules know English only; name a model for other languages: --model openai/NAME"
# A sentence that says one of these tells of no such meeting.
_OTHERWISE = {"reported": ("announced", "unheld"), "announced": ("unheld",)}
_SIGNS = ("hope", "offer", "agree", "decide", "ask_noun", "instrument")


class Builtin:
    """The rules as an engine. It never sends anything; asking it again would not help."""

    name = "builtin"
    model = "rules-2"
    repairs = False
    endpoint: str | None = None

    async def complete(self, request: Request) -> Reply:
        """Apply the rules. Raises SchemaError for another schema, CallError for a text that is not English."""
        if request.schema is not MeetingSummary:
            raise SchemaError(
                f"the built-in rules fill MeetingSummary only, not {request.schema.__name__}; name a model"
            )
        if not is_english(request.article.text):
            raise CallError(Verdict(Action.FAIL_ITEM, Kind.LANGUAGE, _ENGLISH, tries=1))
        return Reply(json.dumps(_Reading(request.article.text).summary(), ensure_ascii=False), self.model)

    async def aclose(self) -> None:
        """Nothing to close."""


def has_signs(text: str) -> bool:
    """Whether a text has any sign of a meeting, agreement, ask or offer. What is not English is let pass: it is not known."""
    if not is_english(text):
        return True
    # "Told" and "must" stand in most news; by themselves they are no sign.
    asks = any(not has("acts", "ask_to", sign.group()) for sign in pattern("acts", "ask").finditer(text))
    acts = asks or any(has("acts", kind, text) for kind in _SIGNS)
    return acts or has("meeting", "reported", text) or has("meeting", "announced", text)


@dataclass
class _Reading:
    text: str
    sentences: list[str] = field(init=False)
    people: People = field(init=False)

    def __post_init__(self) -> None:
        self.sentences = list(sentences(self.text))
        self.people = People(self.text, shapes(self.text))
        self.by_word: dict[str, list[str]] = {}
        for sentence in self.sentences:
            for word in set(re.findall(r"\w+", sentence)):
                self.by_word.setdefault(word, []).append(sentence)

    def summary(self) -> dict[str, Any]:
        """The article as a MeetingSummary, as JSON data."""
        kind, meeting = self._meeting()
        for sentence in self.sentences:
            self.people.read(sentence)
        self._place_people(kind, meeting)
        items = self._items(meeting)
        acting = json.dumps(items, ensure_ascii=False)
        return {
            "overview": self._overview(kind, items),
            "meeting": kind,
            "date": self._date(meeting) if kind != "none" else None,
            "other_meetings": [],
            "participants": [_participant(person) for person in self.people.found if self._takes_part(person, acting)],
            **items,
        }

    def _items(self, meeting: str) -> dict[str, list[dict[str, Any]]]:
        cast = Cast(self.people, self.text)
        cast.sides = self._sides(cast)
        self._bodies(cast, meeting)
        acts = Acts(cast)
        for sentence in self._body():
            acts.read(sentence)
        return acts.items

    def _body(self) -> list[str]:
        """The sentences without the headline, which says again what the body says better."""
        headline = self.text.lstrip().partition("\n")[0].strip()
        return [s for s in self.sentences if s != headline or s.endswith(".") or len(self.sentences) == 1]

    def _sides(self, cast: Cast) -> tuple[str, ...]:
        """The two that a text calls "both sides": the persons' countries, else what its first sentences join by "and"."""
        lands = list(dict.fromkeys(person.country for person in self.people.found if person.country))
        if len(lands) > 1:
            return tuple(lands[:2])
        joined = (lead_sides(sentence, cast) for sentence in self._body()[:4])
        other = (land for land in _countries(self.text) if land not in lands)
        met = tuple(person.label for person in self.people.found if person.present)
        pair = next((sides for sides in joined if sides), ())
        return pair or ((*lands, *other)[:2] if lands else ()) or (met if len(met) == 2 else ())

    # --- the meeting --------------------------------------------------------------------------------------------------

    def _meeting(self) -> tuple[str, str]:
        """Whether a meeting is reported or announced, and the sentence that says so most clearly."""
        for sentence in self.sentences[:3]:
            if has("meeting", "announced", sentence):
                return "announced", sentence
            if has("meeting", "held", sentence):
                break  # what comes behind it is another meeting
        for kind in ("reported", "announced"):
            for alternative in source("meeting", kind).split("|\\b"):
                sign = re.compile(alternative if alternative.startswith("\\b") else "\\b" + alternative)
                for sentence in self.sentences[:12]:
                    if sign.search(sentence) and not any(has("meeting", other, sentence) for other in _OTHERWISE[kind]):
                        return kind, sentence
        return "none", ""

    def _date(self, meeting: str) -> dict[str, Any] | None:
        """The date beside the verb that tells of the meeting, else one of the sentences near the beginning."""
        told = [s for s in self.sentences[:8] if s != meeting and has("meeting", "reported", s)]
        for sentence in (meeting, *told, *self.sentences[:4]):
            sign = pattern("meeting", "reported").search(sentence)
            # "will be back on Friday after they met yesterday": what stands behind the verb is nearer.
            found = (_day(sentence[sign.start() :]) if sign else None) or _day(sentence)
            if found:
                # A span without a year gets it from the publication; by itself it is no date that can be checked.
                edtf = None if found.edtf and re.search("XXXX.*/", found.edtf) else found.edtf
                return {"text": found.text, "edtf": edtf, "basis": "explicit" if edtf else "relative"}
        return None

    def _overview(self, kind: str, items: dict[str, list[dict[str, Any]]]) -> str:
        met = [person.name for person in self.people.found if person.present and person.name]
        counts = ", ".join(f"{len(found)} {name if len(found) != 1 else name[:-1]}" for name, found in items.items())
        who = " and ".join(met[:2]) + (" and others" if len(met) > 2 else "") if met else "The article's actors"
        verb = {"reported": "met", "announced": "are to meet", "none": "are named"}[kind]
        return f"{who} {verb}. Rules found {counts}."

    # --- who was there ------------------------------------------------------------------------------------------------

    def _place_people(self, kind: str, meeting: str) -> None:
        """Present are who stand in the sentence that tells of the meeting, attend it, or speak in a body's sitting."""
        if kind != "reported":
            return
        sitting = has("meeting", "sitting", meeting)
        for person in self.people.found:
            own = self._own(person)
            near = any(s == meeting or has("meeting", "attended", s) for s in own)
            speaks = sitting and not any(has("meeting", "elsewhere", s) for s in own)
            person.present = person.present or near or speaks

    def _own(self, person: Person) -> list[str]:
        """The sentences that name a person."""
        return self.by_word.get((re.findall(r"\w+", person.short) or [""])[-1], [])

    def _takes_part(self, person: Person, acting: str) -> bool:
        """Whether somebody was there or acts; a mere mention is no participant, nor a body for which persons stand."""
        if person.kind != "person":
            return not any(other.present and other.kind == "person" for other in self.people.found)
        return (
            person.present
            or person.name in acting
            or any(has("acts", "reporting", s) or has("people", "speaks", s) for s in self._own(person))
        )

    def _bodies(self, cast: Cast, meeting: str) -> None:
        """Where no named person stands for them, those that the first sentence on the meeting joins are the participants."""
        if not meeting or any(person.present and person.kind == "person" for person in self.people.found):
            return
        told = [s for s in self._body()[:12] if has("meeting", "reported", s)]
        line = Line((told or [meeting])[0], cast)
        known = {person.label for person in self.people.found}
        free = [m for m in line.mentions if not line.governed(m)][:1]
        other = [
            m
            for m in line.mentions
            if m not in free and re.search(r"\b(?:with|met|received|hosted) \Z", line.text[: m.start])
        ]
        for label in [label for mention in free + other[:1] for label in mention.labels]:
            if label not in known:
                self.people.found.append(_unnamed(label, line.text, self.people))


def _unnamed(label: str, quote: str, people: People) -> Person:
    """A country's delegation, somebody who is only called by an office, or a body."""
    land = people.land(label)
    if land == label:
        return Person("", "delegation", None, land, quote, present=True, kind="delegation")
    office = re.match(r"(?:[\w-]+ )*?(\w+(?:-\w+)?)(?: of .+)?\Z", label)
    if office and office[1].casefold() in listed("person"):
        return Person("", label, None, land, quote, present=True)
    if label[:1].islower() or label.casefold().removesuffix("s") in listed("person"):
        return Person("", label, None, land, quote, present=True, kind="group")
    return Person(label, None, None, None, quote, present=True, kind="organization")


def _day(text: str) -> dates.Found | None:
    """The first date of some words that is no deadline, a calendar date before a relative one."""
    found = []
    for match in datewords.ENGLISH.finditer(text):
        day = dates.first_in(match.group())
        until = has("meeting", "deadline", text[max(0, match.start() - 20) : match.start()])
        if day and (not until or "/" in (day.edtf or "")):
            found.append(day)
    return next((day for day in found if day.edtf), found[0] if found else None)


def _countries(text: str) -> list[str]:
    """The countries that a text names, the most frequent first."""
    named = (countries.named(match.group()) for match in countries.pattern().finditer(text[:100_000]))
    return [land for land, _ in Counter(filter(None, named)).most_common()]


def _participant(person: Person) -> dict[str, Any]:
    return {
        "name": person.name or None, "role": person.role, "organization": person.organization, "country": person.country,
        "kind": person.kind, "present": person.present, "evidence": [{"quote": person.quote}],
    }  # fmt: skip
