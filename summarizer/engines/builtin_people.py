"""Who takes part, for the built-in rules: persons by their offices, appositions and lists, and bodies that met."""

from __future__ import annotations

import re
from dataclasses import dataclass

from summarizer import countries
from summarizer.engines.builtin_shapes import Shapes
from summarizer.engines.builtin_text import has, listed, pattern, source

_MOST = 200
_CIVIL = re.compile(r"(?:\w+ )?(?:Mr|Mrs|Ms|Dr|Sir|Lord|Lady|Dame|Majesty|Prof|Rev)\.?")
_PLACED = re.compile(r"\b(?:in|at|near|from|of|for) \Z")
_ENDINGS = ("Jr", "Jr.", "Sr", "Sr.", "II", "III")


@dataclass
class Person:
    """A participant in the making. A body is one without a person's name."""

    name: str
    role: str | None
    organization: str | None
    country: str | None
    quote: str
    present: bool = False
    kind: str = "person"

    @property
    def short(self) -> str:
        """The name by which a text goes on."""
        return [word for word in re.split(r"[ ,]+", self.name) if word not in _ENDINGS][-1]

    @property
    def label(self) -> str:
        """The name with its side."""
        side = self.country or (self.organization if self.kind == "person" else None)
        return f"{self.name} ({side})" if side else self.name


class People:
    """The persons of an article, found sentence by sentence; `lands` are countries that no list has."""

    def __init__(self, text: str, shapes: Shapes) -> None:
        self.text = text
        self.shapes = shapes
        self.found: list[Person] = []
        self.lands = _lands(text, shapes)
        self.names = [name for name in dict.fromkeys(shapes.names(text[:200_000])) if " " in name][:500]
        self._section: str | None = None

    def read(self, sentence: str) -> None:
        """Add the persons of one sentence."""
        if self._list_entry(sentence) or len(self.found) > _MOST:
            return
        self._in_line(sentence)
        for match in self.shapes.titled.finditer(sentence):
            role = None if _CIVIL.fullmatch(match["role"]) else _plain_role(match["role"] + (match["of"] or ""))
            self._add(match["name"], role, None, match.group(), country=self._land(match))
        if self.shapes.office_noun.search(sentence):
            for rule in (self.shapes.before_name, self.shapes.described, self.shapes.several):
                for match in rule.finditer(sentence):
                    self._office(match)
        for match in self.shapes.acting.finditer(sentence):
            name = match["name"] or match["after"]
            if not self._is_body(name, sentence[: match.start()]) and not _PLACED.search(
                sentence[: match.start()][-9:]
            ):
                self._add(name, None, None, match.group())

    def _office(self, match: re.Match[str]) -> None:
        """A name beside a description of an office: "Lorna Petrie, the federation's chief negotiator"."""
        role = _plain_role(match["role"])
        proper = self.shapes.proper
        owner = re.match(rf"({proper}|(?:(?!of\b)\w+ ?){{1,4}}?)[’']s? (.+)", role) or re.match(
            rf"((?=\w+ {proper}|[A-Z]{{3}}){proper}) ((?!of\b)[a-z].+)", role
        )
        of = re.search(rf"\b(?:of|at|for|with) (?:the )?({proper})\Z", role)
        body = self.whole(owner[1]) if owner else of[1] if of else None
        role = owner[2] if owner else role
        if body and body.isalpha() and has("people", "of_a_state", role):
            self.lands.setdefault(body, re.compile(rf"\b{body}\b"))
        land = self.land(body or role)
        for name in filter(None, (match["name"], match.groupdict().get("second"))):
            self._add(name, role, None if land else body, match.group(), country=land)

    def whole(self, noun: str) -> str | None:
        """The body that a noun or a short form stands for: "federation", "Bexley"; capitalised words are one themselves."""
        full = next((name for name in self.names if name.casefold().endswith(" " + noun.casefold())), None)
        return full or (noun if noun[:1].isupper() else None)

    def land(self, words: str) -> str | None:
        """The country that some words name, be it one that only the article knows."""
        own = next((land for land, forms in self.lands.items() if forms.search(words)), None)
        return own or countries.named(words)

    def _land(self, match: re.Match[str]) -> str | None:
        """The country that an office is of; one that is in no list is learnt from an ambassador's or king's title."""
        around = " ".join(filter(None, (match["land"], match["of"], match["after"])))
        known = self.land(around)
        of = re.search(rf" of (?:the )?({self.shapes.word})\Z", (match["after"] or match["of"] or "").rstrip())
        if known or not of or not has("people", "of_a_country", match["role"]):
            return known
        self.lands.setdefault(of[1], re.compile(rf"\b{re.escape(of[1])}\b"))
        return of[1]

    def _list_entry(self, line: str) -> bool:
        """An entry of a list of participants: "- Ann Lee, President, AFT", or "Ann Lee (mayor)" under such a heading."""
        if has("people", "absent", line):
            self._section = "absent"
        elif len(line) < 60 and has("people", "heading", line) and not re.search(r":\s*\S", line):
            self._section = "present"
            return True
        elif len(line) > 160 or re.search(r"\w\.\Z", line):
            self._section = None
        bullet = re.match(r"\s*(?:[-•*–]|\d+[.)])\s*", line)
        rest = line[bullet.end() :] if bullet else line
        match = re.match(
            rf"(?:Mr\.?|Ms\.?|Mrs\.?|Dr\.?)? ?(?P<name>{self.shapes.name})(?:, | [–—-] | \(|: )(?P<role>[^;]{{3,150}})\Z",
            rest,
        )
        if not match or " " not in match["name"] or not (bullet or self._section):
            return False
        role, _, organization = match["role"].rstrip(") ").rpartition(", ")
        of = (
            re.fullmatch(rf"(.+?) (?:of|at|for) (?:the )?({self.shapes.proper})", match["role"].rstrip(") "))
            if not role
            else None
        )
        role, organization = (of[1], of[2]) if of else (role or organization, organization if role else "")
        self._add(match["name"], role, organization or None, line, present=self._section != "absent")
        return True

    def _in_line(self, sentence: str) -> None:
        """Lists within a sentence: "Present were A, B (mayor) and C"; "representatives from A, B and C" are bodies."""
        start = pattern("people", "listed").search(sentence)
        if not start:
            return
        rest = sentence[start.end() :]
        bodies = pattern("people", "bodies_from").match(rest.lstrip())
        names = rest.lstrip()[bodies.end() if bodies else 0 :].rstrip(".")
        for part in re.split(r";(?: and)? " if ";" in names else r", (?:and )?| and ", names):
            whole = re.match(
                rf"(?:the )?(?P<name>{self.shapes.proper})(?: \((?P<role>[^)]+)\)|, (?P<office>.+))?\Z", part.strip()
            )
            if whole and bodies:
                self.add_body(whole["name"], sentence)
            elif whole and " " in whole["name"] and not self._is_body(_trimmed(whole["name"]) or whole["name"], ""):
                self._add(whole["name"], whole["role"] or whole["office"], None, sentence, present=True)

    def add_body(self, name: str, quote: str, *, kind: str = "organization", present: bool = True) -> None:
        """Enter a body once."""
        if all(name != known.name for known in self.found):
            self.found.append(Person(name, None, None, None, quote.strip(), present, kind))

    def _is_body(self, name: str, before: str) -> bool:
        """Whether a name is of a body: by its words, its "the", its first word used alone, or the noun before it."""
        parts = name.split()
        if "&" in parts or listed("not_name", section="people") & set(parts) or countries.named(name):
            return True
        first = re.escape(parts[0])
        alone = re.search(rf"\b{first}(?:[’']s)?(?! ?{re.escape(parts[-1])})\b(?! [{self.shapes.upper}])", self.text)
        last = re.search(
            rf"(?<!{first} )\b{re.escape(parts[-1])}\b(?= [a-z])|\b(?:Mr|Ms|Mrs|Dr)\.? {re.escape(parts[-1])}",
            self.text,
        )
        noun = re.search(r"(\w+) \Z", before)
        return bool(re.search(r"\b[Tt]he \Z", before)) or bool(alone and not last and len(parts) > 1) or bool(
            noun and noun[1].casefold() in listed("body", "company") - listed("person")
        )  # fmt: skip

    def _add(
        self, name: str, role: str | None, organization: str | None, quote: str, *, country: str | None = None,
        present: bool = False,
    ) -> None:  # fmt: skip
        name = _trimmed(name)
        if not name or countries.named(name) or name in self.lands or len(name) < 2:
            return
        for person in self.found:
            if name == person.name or name in person.name.split() or person.name.endswith(" " + name):
                self._more(person, role, organization, country)
                return
            if name.endswith(" " + person.name):
                person.name = name if " " not in person.name else person.name
                self._more(person, role, organization, country)
                return
        if role or " " in name:
            self.found.append(Person(name, role, organization, country, quote.strip(), present))

    def _more(self, person: Person, role: str | None, organization: str | None, country: str | None) -> None:
        person.role = person.role or role
        person.organization = person.organization or organization
        person.country = person.country or country

    def by_role(self, noun: str) -> Person | None:
        """Who is meant by "the minister": the only one, or the first, whose office has that noun."""
        found = [
            person for person in self.found if person.name and person.role and noun.casefold() in person.role.casefold()
        ]
        return found[0] if found else None


def _plain_role(words: str) -> str:
    return re.sub(r"^(?i:the|an?|its|their|his|her) ", "", " ".join(words.split()))


def _lands(text: str, shapes: Shapes) -> dict[str, re.Pattern[str]]:
    """Countries that no list has, by their adjectives: "Kestria" where the text has "Kestrian" before a noun."""
    capitals = set(re.findall(rf"(?<!\w)[{shapes.upper}][a-z]{{3,20}}\b", text))
    adjectives = {word for word in capitals if re.search(r"(?:an|ese|ish|i)\Z", word)}
    found = {}
    for adjective in sorted(adjectives):
        stem = re.sub(r"(?:ian|ean|an|ese|ish|i)\Z", "", adjective)
        for land in (stem, stem + "a", stem + "ia", stem + "ea", stem + "y", stem + "e"):
            used = (
                land in capitals and land != adjective and len(stem) > 2 and re.search(rf"\b{adjective}s? [a-z]", text)
            )
            if used and not countries.named(land) and not countries.named(adjective):
                found[land] = re.compile(rf"\b(?:{land}|{adjective}s?)\b")
    return found


def _trimmed(name: str) -> str:
    """The name without leading titles and without capitalised words that are no name."""
    title = re.compile(rf"(?:{source('people', 'title')})(?!\w),? ?")
    while match := title.match(name):
        name = name[match.end() :]
    kept: list[str] = []
    for word in name.split():
        if word.rstrip(",") in listed("not_name", section="people"):
            return ""
        kept.append(word)
    while kept and kept[-1] in ("de", "da", "van", "von", "bin", "el", "der", "del"):
        kept.pop()
    return re.sub(r"[’']s?$", "", " ".join(kept)).rstrip(",")
