"""Who acts, for the built-in rules: the actors that a sentence mentions, and which of them is a verb's subject.

An actor is a person, a country, a capitalised name, or a description whose last noun can act ("the crane drivers' union").
Pronouns are resolved to what the sentence, or the one before, said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from summarizer.engines.builtin_cast import STANDS_FOR, Cast, Labels, bare
from summarizer.engines.builtin_text import has, listed

# Auxiliaries and adverbs that may stand between a subject and its verb.
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_AUXILIARY = re.compile(
    r"(?:[ ,]+(?:ha[sd]|have|having|is|are|was|were|be|been|will|would|also|already|then|later|again|now|once|both|all|each|"
    r"jointly|today|yesterday|on \w+day|\w+ly|did|does|do|not|never|in turn|for (?:its|his|her|their) part|meanwhile|however|"
    rf"(?:last|this) \w+|(?:he|she|it|they|\w+) said|too|in (?:{_MONTH}|return|response|reply|addition|principle)|"
    r"on \w+ \d+|on \d+ \w+|afterwards|\w+ times?|\d+ ?[-–] ?\d+))*[ ,]*"
)
_INSERTED = re.compile(r",[^,;]{1,140},(?:[^,;]{1,80},)?(?P<rest>.*)|\s?\([^)]{1,80}\)(?P<more>.*)", re.DOTALL)
_RELATIVE = re.compile(r",? (?:who|which)(?P<rest>\b.*)", re.DOTALL)
_JOINED = re.compile(
    r"(?:\b(?:and|but|or|then)|,|;)(?: (?:also|then|later|jointly|\w+ly|in turn|has|have|had|were|was|is|are|will|would))*[ ,]*\Z"
)
_VERB = re.compile(
    r",?(?: also| then| later| \w+ly)* (?:\w+ed|said|says|told|met|held|took|gave|made|came|went|spoke|began|sat|left|put|sent|"
    r"brought|wrote|led|kept|drew|chose|paid|has|have|had|is|are|was|were|will|would|welcomes|calls)\b"
)
_CLAUSE = re.compile(r"[;“\"]|: |, (?:while|but|whereas|although) ")
# "His country" is the one that he speaks for.
_OWN = re.compile(
    r"(?:[Hh]is|[Hh]er) (?:country|government|nation|side|company|ministry|department|union|council|office|party|city|team)"
)
_PRONOUN = {
    "he": "person",
    "she": "person",
    "it": "body",
    "they": "several",
    "we": "speaker",
    "i": "speaker",
    "him": "object",
}


@dataclass(frozen=True)
class Mention:
    """A stretch of a sentence that mentions actors. `kind`: person, country, body, group, name, several, or a pronoun."""

    start: int
    end: int
    labels: Labels
    kind: str
    head: str = ""


class Line:
    """One sentence with the actors that it mentions."""

    def __init__(self, text: str, cast: Cast) -> None:
        self.text = text
        self.cast = cast
        self.mentions = _joined(list(self._scan()), text)

    def _scan(self) -> list[Mention]:
        found = []
        for match in self.cast.people.shapes.mention.finditer(self.text):
            start, end = match.span()
            if match["thing"]:
                continue  # "the survey ship Arnfirdingur" does not act
            if match["together"]:
                found.append(Mention(start, end, self.cast.sides or (bare(match["together"]),), "several"))
            elif match["pronoun"]:
                found.append(Mention(start, end, (), match["pronoun"].lower()))
            elif match["plural"]:
                found.append(
                    Mention(start, end, *self.cast.described(match["plain"], match["plural"]), match["plural"])
                )
            elif match["noun"]:
                found.append(self._description(match))
            else:
                name = match["proper"] or match["holder"]
                found.append(Mention(start, end, *self.cast.named(name), name.split()[-1]))
        return found

    def _description(self, match: re.Match[str]) -> Mention:
        start, end = match.span()
        words, noun = match["phrase"], match["second"] or match["noun"]
        if _OWN.fullmatch(words):
            return Mention(start, end, (), "he", noun)
        if re.fullmatch(self.cast.people.shapes.proper, bare(match.group())):  # "the United States of America"
            return Mention(start, end, *self.cast.named(bare(match.group())), noun)
        if match["apposed"]:
            labels, kind = self.cast.named(match["apposed"])
            return Mention(start, end, labels, "body" if kind == "name" else kind, noun)
        if match["of"] and (noun.casefold() in STANDS_FOR or noun.casefold().startswith("spokes")):
            return Mention(start, end, *self.cast.named(re.sub(r"^[Tt]he ", "", match["of"])), noun)
        labels, kind = self.cast.described(words, noun)
        if match["of"] and labels == (bare(words),):
            labels = (bare(match.group()),)
        return Mention(start, end, labels, kind, noun)

    def governed(self, mention: Mention) -> bool:
        """Whether a preposition stands before the mention, so that it is no subject."""
        before = self.text[max(0, mention.start - 16) : mention.start].split()
        return bool(before) and before[-1].lower() in listed("place") and self.text[mention.start - 1] == " "

    def after(self, place: int, reach: int = 2) -> Mention | None:
        """The mention that begins at a place, or a few characters behind it."""
        near = (m for m in self.mentions if place <= m.start <= place + reach)
        return next(near, None)

    def within(self, start: int, end: int) -> Mention | None:
        """The first actor in a stretch."""
        return next((m for m in self.mentions if start <= m.start and m.end <= end and m.kind not in _PRONOUN), None)

    def subject(self, before: int) -> Mention | None:
        """The subject of the verb at a place: what stands right before it, or what began the clause that it goes on with."""
        near = [m for m in self.mentions if m.end <= before and m.kind != "him"]
        inserted = self._before_insertion(near[-4:], before)
        if inserted is not None:
            return self.resolved(inserted)
        for mention in reversed(near[-4:]):
            between = self.text[mention.end : before]
            if beside(between):
                whole = self._whole(mention)
                if whole is not None:
                    return self.resolved(whole)
        joined = _JOINED.search(self.text, max(0, before - 40), before)
        return self.leading(before) if joined or (near and before - near[-1].end < 70) else None

    def _before_insertion(self, near: list[Mention], before: int) -> Mention | None:
        """The subject before ", which represents 4,000 doctors,"; of an apposition, the person whose office it is."""
        if not near or not re.match(r", \w", self.text[near[-1].end : before + 4]):
            return None
        for place, mention in enumerate(near):
            match = _INSERTED.fullmatch(self.text, mention.end, before)
            if match and _AUXILIARY.fullmatch(match["rest"] or match["more"] or "") and not self.governed(mention):
                following = near[place + 1] if place + 1 < len(near) else None
                apposed = following is not None and self.text[mention.end : following.start] == ", "
                named = apposed and self._is_named(following) and not self._is_named(mention)
                return following if named else mention
        return None

    def _is_named(self, mention: Mention | None) -> bool:
        return mention is not None and any(person.label in mention.labels for person in self.cast.people.found)

    def _whole(self, mention: Mention) -> Mention | None:
        """The noun phrase that the mention ends: "leaders of the unions" are the leaders."""
        if not self.governed(mention) or mention.kind == "several":
            return mention
        earlier = [m for m in self.mentions if m.end < mention.start]
        if earlier and re.fullmatch(
            r" (?:of|in|from|at|for|representing|with|on) ", self.text[earlier[-1].end : mention.start]
        ):
            return self._whole(earlier[-1])
        return None

    def leading(self, before: int) -> Mention | None:
        """The first actor of the clause that is nobody's complement."""
        starts = [match.end() for match in _CLAUSE.finditer(self.text[:before])]
        start = starts[-1] if starts else 0
        free = [
            m
            for m in self.mentions
            if start <= m.start and m.end <= before and m.kind != "him" and not self.governed(m)
        ]
        acting = [m for m in free if _VERB.match(self.text, m.end)]
        return self.resolved((acting or free)[0]) if free else None

    def resolved(self, mention: Mention) -> Mention | None:
        """A pronoun with the labels of whom it means; other mentions as they are; None for who is not known."""
        wanted = _PRONOUN.get(mention.kind)
        if wanted is None:
            return mention
        labels = self._meant(mention, wanted)
        return Mention(mention.start, mention.end, labels, wanted, mention.kind) if labels else None

    def _meant(self, pronoun: Mention, wanted: str) -> Labels:
        kinds = {"person": ("person",), "body": ("body", "country", "name"), "several": ("several", "group")}
        if wanted == "speaker":
            return self.speaker()
        if wanted == "object":
            return self._other(pronoun)
        before = [
            m for m in self.mentions if m.end <= pronoun.start and m.kind in kinds[wanted] and not self.governed(m)
        ]
        if before:
            return before[0].labels
        cast = self.cast
        return {"person": cast.person, "body": cast.body, "several": cast.several or cast.sides}[wanted]

    def _other(self, pronoun: Mention) -> Labels:
        """Whom "him" means: the last person that was named and is not the subject."""
        subject = self.leading(pronoun.start)
        labels = [label for m in self.mentions if m.end <= pronoun.start for label in m.labels]
        persons = {person.label for person in self.cast.people.found}
        known = (one for one in reversed([*self.cast.seen, *labels]) if one in persons)
        return next(((one,) for one in known if subject is None or one not in subject.labels), ())

    def remember(self) -> None:
        """After a sentence: whom the next one's pronouns may mean."""
        self.cast.seen = [*self.cast.seen, *(label for m in self.mentions for label in m.labels)][-60:]
        free = [m for m in self.mentions if not self.governed(m)] or self.mentions
        for mention in reversed(free):
            if mention.kind == "person":
                self.cast.person = mention.labels
            elif mention.kind in ("body", "country", "name"):
                self.cast.body = mention.labels
            elif mention.kind in ("several", "group"):
                self.cast.several = mention.labels

    def speaker(self) -> Labels:
        """Whose words the sentence gives: "..., Brekkan said." or "Brekkan said ..."."""
        for match in re.finditer(r"\b(?:said|says|told|added|replied|wrote)\b", self.text):
            behind = self.after(match.end(), 1)
            beside = [
                m
                for m in self.mentions
                if m.end <= match.start() and _AUXILIARY.fullmatch(self.text[m.end : match.start()])
            ]
            who = beside[-1] if beside else behind
            if who is not None:
                resolved = self.resolved(who) if _PRONOUN.get(who.kind) != "speaker" else None
                return resolved.labels if resolved else ()
        return ()


def beside(between: str) -> bool:
    """Whether only auxiliaries, an insertion or "who" stand between a subject and its verb."""
    if len(between) > 300:
        return False
    if _AUXILIARY.fullmatch(between):
        return True
    for rule in (_INSERTED, _RELATIVE):
        match = rule.fullmatch(between)
        if match:
            rest = match["rest"] if rule is _RELATIVE or match["rest"] is not None else match["more"]
            return bool(_AUXILIARY.fullmatch(rest))
    return False


def _joined(mentions: list[Mention], text: str) -> list[Mention]:
    """Mentions joined by "and", commas before it included, as one."""
    merged: list[Mention] = []
    for mention in mentions:
        if merged and mention.kind not in _PRONOUN and merged[-1].kind not in _PRONOUN:
            between = text[merged[-1].end : mention.start]
            if between in (" and ", " as well as ", " & ", ", and ") and _parallel(merged[-1], mention, between):
                run = [merged.pop()]
                while merged and text[merged[-1].end : run[0].start] == ", " and merged[-1].kind == run[0].kind:
                    run.insert(0, merged.pop())
                if between == ", and " and len(run) == 1:
                    merged += [*run, mention]
                    continue
                labels = tuple(dict.fromkeys(label for one in (*run, mention) for label in one.labels))
                mention = Mention(run[0].start, mention.end, labels, "several")  # noqa: PLW2901
        merged.append(mention)
    return merged


def _parallel(one: Mention, other: Mention, between: str) -> bool:
    """Whether two mentions can be two of a kind."""
    living = ("person", "group", "several", "body", "country", "name")
    return (one.kind in living and other.kind in living and between != ", and ") or one.kind == other.kind


def lead_sides(sentence: str, cast: Cast) -> Labels:
    """Two named actors that a sentence joins with "and", be they in brackets or with descriptions."""
    line = Line(sentence, cast)
    for mention in line.mentions:
        if (
            mention.kind == "several"
            and 2 <= len(mention.labels) <= 4
            and not has("acts", "together", sentence[mention.start : mention.end])
        ):
            return mention.labels
    return ()
