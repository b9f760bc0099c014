"""Whom words stand for, for the built-in rules: the article's actors by their names, short forms and descriptions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from summarizer import countries
from summarizer.engines.builtin_people import People, Person
from summarizer.engines.builtin_text import listed

Labels = tuple[str, ...]
STANDS_FOR = ("government", "republic", "people", "kingdom", "city", "town", "side", "delegation", "authorities")
"""Nouns that stand for the country or the town that they are of."""


@dataclass
class Cast:
    """What is known of the article's actors while its sentences are read in order."""

    people: People
    text: str
    sides: Labels = ()
    person: Labels = ()
    body: Labels = ()
    several: Labels = ()
    names: dict[str, str] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    _known: dict[str, tuple[Labels, str]] = field(default_factory=dict)
    _by_last: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Short forms of names of bodies: "Bexley" for "Bexley Marine Handling"."""
        for name in self.people.names:
            first = name.split()[0]
            if not self._of_person(name) and not countries.named(name):
                self.names.setdefault(name, name)
                self._by_last.setdefault(name.casefold().split()[-1], name)
                if first not in listed("not_name", section="people"):
                    self.names.setdefault(first, name)

    def _of_person(self, name: str) -> bool:
        return any(person.name in name or name in person.name for person in self.people.found)

    # --- labels -------------------------------------------------------------------------------------------------------

    def named(self, name: str) -> tuple[Labels, str]:
        """The label of a capitalised name, and what kind of actor it is."""
        if name not in self._known:
            self._known[name] = self._named(name)
        return self._known[name]

    def _named(self, name: str) -> tuple[Labels, str]:
        bare = re.sub(r"[’']s?$", "", name)
        for person in self.people.found:
            if person.kind == "person" and (
                bare == person.short
                or bare in person.name
                or bare.endswith(" " + person.short)
                or (" " in person.name and person.name in bare)
            ):
                return (person.label,), "person"
        land = self._country(bare)
        if land:
            return (land,), "country"
        role = re.fullmatch(r"(?:[\w-]+ )*?(\w+)", bare)
        if role and role[1].casefold() in listed("person") and (holder := self.people.by_role(bare)):
            return (holder.label,), "person"
        longer = self.names.get(bare, bare) if " " not in bare and not self._alone(bare) else bare
        return (longer,), "name"

    def _country(self, name: str) -> str | None:
        known = countries.pattern().fullmatch(re.sub(r"^(?:Republic|Kingdom|Government|State) of (?:the )?", "", name))
        if known:
            return countries.named(known.group())
        return next(
            (land for land, forms in self.people.lands.items() if forms.fullmatch(name.rpartition(" of ")[2])), None
        )

    @staticmethod
    def _alone(word: str) -> bool:
        return word.isupper() or word.casefold() in listed("body", "person")

    def described(self, words: str, head: str) -> tuple[Labels, str]:
        """The label of a description, such as "the company" or "the Slovenian side"."""
        noun = head.casefold()
        kind = "person" if noun in listed("person") else "body"
        definite = words[:4].lower() == "the "
        if definite and kind == "person" and (holder := self._holder(words)):
            return (holder.label,), "person"
        land = self.people.land(words)
        if land and noun in STANDS_FOR:
            return (land,), "country"
        short = len(words.split()) <= 2 and definite
        if short and (whole := self._body(noun)):
            return (whole,), "body"
        longer = next((label for label in reversed(self.seen) if label.endswith(" " + noun)), None) if short else None
        if longer and not noun.endswith("s"):
            return (longer,), kind
        plural = (noun.endswith("s") and noun != "works") or noun in ("people", "men", "women", "police", "fishermen")
        return (bare(words),), "group" if plural else kind

    def _holder(self, words: str) -> Person | None:
        title = re.sub(r"^[Tt]he ", "", words)
        return self.people.by_role(title) if len(title.split()) <= 3 else None

    def _body(self, noun: str) -> str | None:
        """The name of the body that "the council" or "the company" stands for."""
        full = self._by_last.get(noun)
        if full or noun not in listed("company"):
            return full
        other = [name for name in (*self.sides, *self.body) if " " in name or name[:1].isupper()]
        official = listed("body") - listed("company") | {"workers"}
        return next(
            (name for name in other if not official & set(name.casefold().split()) and not self._country(name)), None
        )


def bare(words: str) -> str:
    """A description without its article."""
    return re.sub(r"^(?:[Tt]he|[Aa]n?|[Ii]ts|[Tt]heir|[Hh]is|[Hh]er|[Oo]ur) ", "", words.strip())
