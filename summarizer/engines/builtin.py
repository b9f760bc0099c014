"""Rules in place of a model: the field's speech-act vocabulary, English only, no download, always the same answer.

It makes the first run work without a key and gives every evaluation its floor. It answers a `MeetingSummary` as a model
would, in JSON, and is verified like one. What it knows stands in builtin.toml.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from summarizer import countries, dates
from summarizer.errors import CallError, SchemaError
from summarizer.failures import Action, Kind, Verdict
from summarizer.records import Reply, Request
from summarizer.schemas import MeetingSummary

_LONGEST = 2000
"""Code points of a sentence that is read as one."""
_ENGLISH = "the built-in rules know English only; name a model for other languages: --model openai/NAME"
# Bounded and anchored, so that no run of capitals is tried from each of its letters.
_WORD = r"(?<!\w)(?:O[’'])?[A-Z][\w-]{0,30}\w\b"
_PART = rf"(?:{_WORD}|[A-Z]\.|bin|al-\w+|de|da|van|von|el)"
_NAME = rf"{_PART}(?: {_PART})*(?:,? (?:Jr|Sr|II|III)\b\.?)?"


class Builtin:
    """The rules as an engine. It never sends anything; asking it again would not help."""

    name = "builtin"
    model = "rules-1"
    repairs = False
    endpoint: str | None = None

    async def complete(self, request: Request) -> Reply:
        """Apply the rules. Raises SchemaError for another schema, CallError for a text that is not English."""
        if request.schema is not MeetingSummary:
            raise SchemaError(
                f"the built-in rules fill MeetingSummary only, not {request.schema.__name__}; name a model"
            )
        if not _is_english(request.article.text):
            raise CallError(Verdict(Action.FAIL_ITEM, Kind.LANGUAGE, _ENGLISH, tries=1))
        return Reply(json.dumps(_Reading(request.article.text).summary(), ensure_ascii=False), self.model)

    async def aclose(self) -> None:
        """Nothing to close."""


def has_signs(text: str) -> bool:
    """Whether a text has any sign of a meeting, agreement, ask or offer. What is not English is let pass: it is not known."""
    if not _is_english(text):
        return True
    acts, meeting = _words()["acts"], _words()["meeting"]
    signs = [
        *acts["agreement"],
        *acts["ask"],
        *acts["hope"],
        *acts["offer"],
        *meeting["reported"],
        *meeting["announced"],
    ]
    return _has(signs, text)


@dataclass
class _Person:
    name: str
    role: str | None
    organization: str | None
    country: str | None
    quote: str
    present: bool = False

    @property
    def short(self) -> str:
        words = [word for word in re.split(r"[ ,]+", self.name) if word not in ("Jr", "Jr.", "Sr.", "II", "III")]
        return words[-1]

    @property
    def label(self) -> str:
        return f"{self.name} ({self.country})" if self.country else self.name


@dataclass
class _Clause:
    """A stretch of one sentence with a trigger in it: who acts, on whom, and the words that say so."""

    quote: str
    who: list[str]
    whom: list[str]
    what: str


@dataclass
class _Reading:
    text: str
    people: list[_Person] = field(default_factory=list)
    speaker: str | None = None
    sides: list[str] = field(default_factory=list)
    lands: set[str] = field(default_factory=set)

    def summary(self) -> dict[str, Any]:
        """The article as a MeetingSummary, as JSON data."""
        sentences = list(_sentences(self.text))
        kind, meeting = self._meeting(sentences)
        for sentence in sentences:
            self._find_people(sentence)
        self._place_people(meeting)
        self.sides = list(dict.fromkeys(p.country for p in self.people if p.country))[:2]
        items: dict[str, list[dict[str, Any]]] = {"agreements": [], "asks": [], "offers": []}
        # A headline says again what the body says better.
        headline = self.text.lstrip().partition("\n")[0].strip()
        for sentence in sentences:
            if sentence != headline or sentence.endswith(".") or len(sentences) == 1:
                self._find_acts(sentence, items)
        date = self._date(sentences, meeting) if kind != "none" else None
        participants = [self._participant(person) for person in self.people]
        overview = self._overview(kind, items)
        return {
            "overview": overview,
            "meeting": kind,
            "date": date,
            "other_meetings": [],
            "participants": participants,
            **items,
        }

    # --- the meeting --------------------------------------------------------------------------------------------------

    def _meeting(self, sentences: list[str]) -> tuple[str, str]:
        for kind, patterns in (
            ("reported", _words()["meeting"]["reported"]),
            ("announced", _words()["meeting"]["announced"]),
        ):
            for pattern in patterns:  # the clearest sign first: "met" before "session"
                for sentence in sentences[:12]:
                    if re.search(pattern, sentence) and not (kind == "reported" and _announced().search(sentence)):
                        return kind, sentence
        return "none", ""

    def _date(self, sentences: list[str], meeting: str) -> dict[str, Any] | None:
        ordered = [
            meeting,
            *[s for s in sentences[:8] if s != meeting and _any(tuple(_words()["meeting"]["reported"])).search(s)],
        ]
        for sentence in [*ordered, *sentences[:4]]:
            found = dates.first_in(sentence)
            if found:
                return {"text": found.text, "edtf": found.edtf, "basis": "explicit" if found.edtf else "relative"}
        return None

    def _overview(self, kind: str, items: dict[str, list[dict[str, Any]]]) -> str:
        met = [person.name for person in self.people if person.present]
        counts = ", ".join(f"{len(found)} {name if len(found) != 1 else name[:-1]}" for name, found in items.items())
        who = " and ".join(met[:2]) + (" and others" if len(met) > 2 else "") if met else "The article's actors"
        verb = {"reported": "met", "announced": "are to meet", "none": "are named"}[kind]
        return f"{who} {verb}. Rules found {counts}."

    # --- people -------------------------------------------------------------------------------------------------------

    def _find_people(self, sentence: str) -> None:
        listed = re.match(rf"\s*[-•*–]\s*({_NAME}), (.+)\Z", sentence)
        if listed and " " in listed[1]:
            role, _, organization = listed[2].rpartition(", ")
            self._add(listed[1], role or listed[2], organization if role else None, sentence, present=True)
            return
        for match in _titled().finditer(sentence):
            role = " ".join((match["role"] + (match["of"] or "")).split())
            country = self._land(match)
            self._add(match["name"], role, None, match.group(), country=country)
        for match in re.finditer(rf"(?P<name>{_WORD}(?: (?:{_WORD}|[A-Z]\.))+)(?= (?:{_VERBS})\b)", sentence):
            self._add(match["name"], None, None, match.group())

    def _land(self, match: re.Match[str]) -> str | None:
        """The country that an office is of; one that is in no list is learnt from an ambassador's or king's title."""
        words = " ".join(filter(None, (match["land"], match["of"], match["after"])))
        known = countries.named(words)
        of = re.search(rf" of (?:the )?({_WORD})\Z", (match["after"] or match["of"] or "").rstrip())
        if known or not of or not _any(tuple(_words()["people"]["of_a_country"])).search(match["role"]):
            return known
        self.lands.add(of[1])
        return of[1]

    def _add(
        self, name: str, role: str | None, organization: str | None, quote: str, *, country: str | None = None,
        present: bool = False,
    ) -> None:  # fmt: skip
        name = _trimmed(name)
        if not name or countries.named(name) or _TITLE_ONLY.fullmatch(name):
            return
        for person in self.people:
            if name == person.name or name in person.name.split() or person.name.endswith(" " + name):
                person.role, person.country = person.role or role, person.country or country
                return
            if name.endswith(" " + person.name):
                person.name = name
                person.role, person.country = person.role or role, person.country or country
                return
        if role or " " in name:
            self.people.append(_Person(name, role, organization, country, quote.strip(), present))

    def _place_people(self, meeting: str) -> None:
        """A person is present who stands in the sentence that tells of the meeting, or talks to one who does."""
        for person in self.people:
            person.present = person.present or (bool(meeting) and (person.name in meeting or person.short in meeting))

    def _participant(self, person: _Person) -> dict[str, Any]:
        return {
            "name": person.name, "role": person.role, "organization": person.organization, "country": person.country,
            "kind": "person", "present": person.present, "evidence": [{"quote": person.quote}],
        }  # fmt: skip

    # --- acts ---------------------------------------------------------------------------------------------------------

    def _find_acts(self, sentence: str, items: dict[str, list[dict[str, Any]]]) -> None:
        acts = _words()["acts"]
        if ask := self._ask(sentence):
            items["asks"].append({"by": ask.who, "of": ask.whom, "what": ask.what, "response": None, **_quoted(ask)})
        elif offer := self._act(sentence, "offer"):
            status = (
                "existing"
                if _has(acts["existing"], offer.quote)
                else "continuing"
                if _has(acts["continuing"], offer.quote)
                else "new"
            )
            items["offers"].append(
                {
                    "by": offer.who,
                    "to": offer.whom,
                    "what": offer.what,
                    "status": status,
                    "condition": _condition(sentence),
                    **_quoted(offer),
                }
            )
        if agreement := self._act(sentence, "agreement"):
            status = "existing" if _has(acts["existing"], agreement.quote) else "new"
            parties = list(dict.fromkeys(agreement.who if len(agreement.who) > 1 else agreement.who + agreement.whom))
            items["agreements"].append(
                {
                    "parties": parties,
                    "what": agreement.what,
                    "status": status,
                    "condition": _condition(sentence),
                    **_quoted(agreement),
                }
            )
        self._remember_speaker(sentence)

    def _act(self, sentence: str, kind: str) -> _Clause | None:
        for match in _any(tuple(_words()["acts"][kind])).finditer(sentence):
            if _has(_words()["acts"]["negation"], sentence[max(0, match.start() - 40) : match.end() + 12]):
                continue
            who, start = self._subject(sentence, match.start())
            # What somebody only hopes for is nobody's commitment.
            if who and not _has(_words()["acts"]["hope"], sentence[: match.start()]):
                return self._clause(sentence, start, match.start(), match.end(), who)
        return None

    def _ask(self, sentence: str) -> _Clause | None:
        hope = _any(tuple(_words()["acts"]["hope"])).search(sentence)
        if hope:
            who, start = self._subject(sentence, hope.start())
            wanted = re.search(r"\b(?:will|would|could)\b", sentence[hope.end() :])
            actors = self._actors(sentence[hope.end() : hope.end() + wanted.start()]) if wanted else []
            # A hope without somebody who should act is no ask.
            if who and actors and actors[-1] not in who:
                return _Clause(_stop(sentence[start:]), who, actors[-1:], _stop(sentence[hope.end() :]).strip())
        clause = self._act(sentence, "ask")
        return clause if clause and clause.whom and " about " not in clause.what[:40] else None

    def _clause(self, sentence: str, start: int, trigger: int, end: int, who: list[str]) -> _Clause:
        whom = [actor for actor in self._actors(sentence[end:]) if actor not in who][:1]
        if not whom:
            mine = {countries.named(name) for name in who}
            whom = (
                [side for side in self.sides if side not in mine and side not in who][:1]
                if mine & set(self.sides)
                else []
            )
        return _Clause(_stop(sentence[start:]), who, whom, _stop(sentence[trigger:]))

    def _subject(self, sentence: str, before: int) -> tuple[list[str], int]:
        """Who acts, and where the clause begins: the nearest actor before the trigger, a pronoun, or both sides."""
        head = sentence[:before]
        found: list[tuple[int, list[str]]] = [(at, [label]) for at, label in self._mentions(head)]
        if self.speaker:
            found += ((match.start(), [self.speaker]) for match in re.finditer(r"\b(?:He|She|he|she)\b", head))
        together = _any(tuple(_words()["acts"]["together"])).finditer(head)
        found += ((match.start(), self.sides if len(self.sides) > 1 else [match.group()]) for match in together)
        if not found:
            return [], 0
        at, who = max(found, key=lambda entry: entry[0])
        return who, at

    def _mentions(self, text: str) -> list[tuple[int, str]]:
        found = {}
        for person in self.people:
            for match in re.finditer(rf"\b{re.escape(person.short)}\b", text):
                whole = text.rfind(person.name, 0, match.end())
                found[whole if whole >= 0 and whole + len(person.name) == match.end() else match.start()] = person.label
        own = [match for land in self.lands for match in re.finditer(rf"\b{re.escape(land)}\b", text)]
        for match in [*countries.pattern().finditer(text), *own]:
            if not text[match.end() :].startswith(("’", "'")):
                country = match.group() if match.group() in self.lands else countries.named(match.group())
                # "The Australian ambassador Pablo Kang" is one actor, not two.
                own_office = any(
                    0 <= at - match.start() < 25 and country in label for at, label in found.items() if country
                )
                if country and not own_office:
                    found.setdefault(match.start(), country)
        return sorted(found.items())

    def _actors(self, text: str) -> list[str]:
        return [label for _, label in self._mentions(text)]

    def _remember_speaker(self, sentence: str) -> None:
        for _, label in self._mentions(sentence):
            if any(person.label == label for person in self.people):
                self.speaker = label
                break


_VERBS = "said|told|met|thanked|noted|added|agreed|asked|urged|offered|pledged|welcomed|hoped|stressed|applauded|called|announced"
_TITLE_ONLY = re.compile(r"(?:[A-Z]\.|[a-z]+|[A-Z])")


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((resources.files("summarizer.engines") / "builtin.toml").read_text(encoding="utf-8"))


@cache
def _any(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


def _announced() -> re.Pattern[str]:
    return _any(tuple(_words()["meeting"]["announced"]))


def _has(patterns: list[str], text: str) -> bool:
    return bool(_any(tuple(patterns)).search(text))


@cache
def _titled() -> re.Pattern[str]:
    titles = "|".join(_words()["people"]["title"])
    of = rf"(?: (?:of|for) (?:the )?{_WORD}(?: (?:and |of |the )?{_WORD})*?| to (?:the )?{_WORD})?"
    land = countries.pattern().pattern
    return re.compile(
        rf"(?:(?P<land>{land}) )?(?P<role>(?:\b(?:[Ii]nterior|[Ff]oreign|[Dd]efen[cs]e) )?\b(?:{titles})\b)"
        rf"(?P<of>{of}),? (?P<name>{_NAME})(?P<after> of (?:the )?(?:{land}|{_WORD}))?"
    )


def _trimmed(name: str) -> str:
    """The name without leading titles and without capitalised words that are no name."""
    title = re.compile(rf"(?:{_any(tuple(_words()['people']['title'])).pattern})\b,? ?")
    while match := title.match(name):
        name = name[match.end() :]
    words, stop = name.split(), set(_words()["people"]["not_name"])
    while words and words[0] in stop:
        words.pop(0)
    kept: list[str] = []
    for word in words:
        if word.rstrip(",") in stop:
            break
        kept.append(word)
    while kept and kept[-1] in ("de", "da", "van", "von", "bin", "el"):
        kept.pop()
    return re.sub(r"[’']s$", "", " ".join(kept)).rstrip(",")


def _sentences(text: str) -> Iterator[str]:
    """The sentences of each line; a list entry is one. Each is a stretch of the text as it stands."""
    shortened = "|".join(re.escape(word) for word in _words()["people"]["abbreviation"])
    end = re.compile(r"(?<!\b[A-Z])(?:(?<=[a-z0-9)”\"’])|(?<=[A-Z]{2}))[.!?][”\"’]?(?=\s+[“\"A-Z]|[A-Z][a-z])")
    for line in text.splitlines():
        dateline = dates.DATELINE.match(line)
        done = dateline.end() if dateline else 0
        for match in end.finditer(line):
            if not re.search(rf"\b(?:{shortened})\Z", line[done : match.start()]):
                if match.end() - done <= _LONGEST:
                    yield line[done : match.end()].strip()
                done = match.end()
        # Nobody writes such a sentence; patterns that look back and forth in one would take time with its square.
        yield from (
            part.strip() for part in re.findall(rf"(?s).{{1,{_LONGEST}}}(?:\s|\Z)|\S+", line[done:]) if part.strip()
        )


def _stop(clause: str) -> str:
    return clause.strip().rstrip(".!?;:, ")


def _condition(sentence: str) -> str | None:
    match = _any(tuple(_words()["acts"]["condition"])).search(sentence)
    return _stop(sentence[match.start() :]) if match else None


def _quoted(clause: _Clause) -> dict[str, Any]:
    return {"evidence": [{"quote": clause.quote}]}


def _is_english(text: str) -> bool:
    """At least one word in eight is one of English's most frequent."""
    words = re.findall(r"\w+", text.lower()[:20_000])
    known = set(_words()["language"]["english"])
    hits = sum(word in known for word in words)
    return hits * 8 >= len(words) > 0
