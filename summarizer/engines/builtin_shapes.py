"""The shapes of names, of offices and of whoever may act, for the built-in rules, as patterns.

They are long, because they know a vocabulary several times over, and making them is most of the work of one article.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from functools import cache, cached_property

from summarizer import countries
from summarizer.engines.builtin_text import listed, source, words

_CAPITALS = "".join(chr(code) for code in range(0xC0, 0x250) if chr(code).isupper())
# What a pattern that ignores case takes for an ASCII letter, and `lower` does not make one.
_LETTERS = {ord("ı"): "i", ord("ſ"): "s", 0x307: None}
_SOME = (
    "[Hh]undreds of|[Dd]ozens of|[Tt]housands of|[Ss]cores of|[Tt]he|[Aa]n?|[Ii]ts|[Tt]heir|[Hh]is|[Hh]er|[Oo]ur|[Ss]ome|"
    "[Ss]everal|[Mm]any|[Oo]ther|[Tt]wo|[Tt]hree|[Ll]ocal"
)


class Shapes:
    """Patterns for one text, or for any text where none is given.

    Those for one text hold only the words that it has, so they find in it, and in any stretch of it, what the others find.
    """

    def __init__(self, text: str | None = None) -> None:
        self._text = text
        self._folded = None if text is None else folded(text)
        self.upper = "A-Z" + "".join(letter for letter in _CAPITALS if text is None or letter in text)
        upper = self.upper
        # Bounded and anchored, so that no run of capitals is tried from each of its letters. A word that only begins a
        # sentence is no name; "Workers' Federation" is one.
        starts = rf"(?!(?:{self._any(words()['people']['starts'])})\b(?![’'-]\w))"
        self.word = rf"(?<!\w){starts}(?:O[’'])?[{upper}][\w-]{{0,30}}\w\b(?:(?<=s)[’'](?= [{upper}]))?"
        part = rf"(?:{self.word}|[{upper}]\.|bin|al-\w+|de|da|van|von|el|der|del)"
        self.name = rf"(?:{self.word}|(?<!\w)[{upper}]\.(?= ))(?: {part}){{0,5}}(?:,? (?:Jr|Sr|II|III)\b\.?)?"
        """A person's name."""
        short = rf"(?<!\w)(?:[{upper}]\.){{2,4}}"
        self.proper = (
            rf"(?:{self.word}|{short})(?: (?:(?:of the |of |for |& )?(?:{self.word}|{short})|\d{{1,2}}\b)){{0,8}}"
        )
        """Any name: of a body, a place, a person."""
        self._stop = rf"(?!(?:{self._any(sorted(listed('stop')))})\b)"
        self._roles = self._any(sorted(listed("person"), key=len, reverse=True))
        self._office = rf"(?i:(?<!-)(?:{self._roles}))"
        self._modifier = rf"(?:{self._stop}[\w’'&/-]{{2,25}} ){{0,4}}?"

    def _any(self, vocabulary: Iterable[str]) -> str:
        """Alternatives for the words of a vocabulary that the text may have."""
        held = (word for word in vocabulary if self._folded is None or word.lower() in self._folded)
        return "|".join(map(re.escape, held)) or "(?!)"

    def names(self, text: str) -> Iterator[str]:
        """The capitalised names of a text."""
        return (re.sub(r"[’']s?$", "", match.group()) for match in re.finditer(self.proper, text))

    @cached_property
    def office_noun(self) -> re.Pattern[str]:
        """A noun for an office, in the singular or the plural."""
        return re.compile(rf"\b{self._office}s?\b")

    @cached_property
    def titled(self) -> re.Pattern[str]:
        """A name after its title: "Foreign Minister Mara Veld of Veldania"."""
        word = self.word
        titles = source("people", "title")
        of = rf"(?: (?:of|for) (?:the )?{word}(?: (?:and |of |the |of the )?{word}){{0,6}}?| to (?:the )?{word})?"
        land = countries.spelled(self._text)
        return re.compile(
            rf"(?:(?P<land>{land}|{word}(?=[’'])) ?(?:[’']s )?)?"
            rf"(?P<role>(?:\b{self._stop}[\w-]{{3,20}} )?\b(?<!-)(?:{titles})(?!\w))(?P<of>{of}),? "
            rf"(?P<name>{self.name})(?P<after> of (?:the )?(?:Republic of |Kingdom of )?(?:{land}|{word}))?"
        )

    @cached_property
    def described(self) -> re.Pattern[str]:
        """A name before its office: "Dee Ramsgate, a councilmember,"; but not if the office is that of the next name."""
        return re.compile(
            rf"(?P<name>{self.name}),(?: \d\d,)? (?P<role>(?:(?:the|a|an|its|their) )?{self._modifier}"
            rf"{self._office}\b"
            rf"(?: (?:of|at|for|with|from) [^,.;:()]{{2,60}})?)(?=[,.;:)]|\Z| (?:and|who)\b)"
            rf"(?!, (?:(?:Mr|Mrs|Ms|Dr)\.? )?{self.word} {self.word}[,.;])"
        )

    @cached_property
    def before_name(self) -> re.Pattern[str]:
        """A name after its office: "the head of the Rail Authority, Daniel Okoro,"; "Restaurant owner Theo M."."""
        word = rf"{self._stop}[\w-]{{2,25}} "
        owner = (
            rf"\b(?:the|The|its|their) {self._modifier}|{self.word}[’']s (?:{word}){{0,3}}?|"
            rf"(?:{self.proper} )?\b(?:{word})?"
        )
        body = (
            rf"(?:of|at|for|to) (?:the )?(?:[\w’']+ ){{0,3}}?{self.word}(?: (?:of )?(?:the )?{self.word}){{0,5}}(?=,)"
        )
        field = r"(?:of|for|at) (?:the )?[a-z][\w’'-]*(?: [a-z][\w’'-]*)?"
        return re.compile(
            rf"(?P<role>(?:{owner})\b{self._office}(?: {body}| {field})?),? "
            rf"(?:(?:Mr|Mrs|Ms|Dr)\.? )?(?P<name>{self.name})(?=[,.;:)]|\Z| [a-z(])"
        )

    @cached_property
    def several(self) -> re.Pattern[str]:
        """Two names after the plural of their office: "Fisheries ministers A and B"."""
        return re.compile(
            rf"(?P<role>(?:\b[\w-]{{3,25}} )?\b(?i:{self._roles}))s (?P<name>{self.name}) and (?P<second>{self.name})"
        )

    @cached_property
    def acting(self) -> re.Pattern[str]:
        """A name of two words and more that speaks or acts, has an age, or stands after "said"."""
        verbs = source("people", "speaks")
        two = rf"{self.word}(?: (?:{self.word}|[{self.upper}]\.|de|van|von|bin)){{1,5}}"
        acts = rf"(?: (?:also|then|later|who|\w+ly))? (?:{verbs})\b"
        return re.compile(rf"(?P<name>{two})(?={acts}|, \d\d,|, who\b)|\b(?:said|added|says) (?P<after>{two})")

    @cached_property
    def mention(self) -> re.Pattern[str]:
        """Every stretch that may mention an actor; where several readings begin at one place, the first one holds."""
        nouns = self._any(sorted(listed("body", "person"), key=len, reverse=True))
        stop, proper = self._stop, self.proper
        word = rf"{stop}[\w-]{{1,30}}(?:[’']s?)? "
        noun, after = rf"(?i:{nouns})(?:s|men)?(?![\w’'-])", r"(?![\w’'-])"
        of = rf"(?: (?:of|(?<=man|son|ive|als|ers) for) (?P<of>(?:the )?(?:{proper}|(?:{word}){{0,2}}?{noun})))?"
        kinds = (
            rf"(?P<together>{source('acts', 'together')})",
            r"\b(?P<pronoun>[Hh]e|[Ss]he|[Ii]t|[Tt]hey|[Ww]e|I|him)\b(?![’'-])",
            # "the crane drivers' union", "the roofing firm Foss & Daughter", "a spokesman for the ministry"
            rf"(?P<phrase>\b(?:{_SOME}) (?:{word}){{0,4}}?(?P<noun>{noun})(?: (?P<second>{noun}))?)"
            rf"(?: (?P<apposed>{proper})(?![’'])|{of})",
            rf"\b{stop}[\w-]{{2,20}} (?:{noun}) (?P<holder>{proper})",  # "Restaurant owner Theo Marchetta"
            # "Human rights groups"
            rf"(?P<plain>(?:\A[A-Z][\w-]{{1,20}} (?:{word})?|\b(?:[A-Z][a-z]{{2,20}} )?(?:(?:{nouns}) )?)"
            rf"(?P<plural>(?i:{nouns})(?:s|men){after}|[Pp]olice)(?! [{self.upper}]))",
            rf"(?P<thing>\b[Tt]he (?:{stop}[a-z][\w-]{{1,20}} ){{1,3}}{proper})",
            rf"(?:\b[Tt]he )?(?:\b(?:Mr|Mrs|Ms|Dr)\.? )?(?P<proper>{proper})",
        )
        return re.compile("|".join(kinds))


def folded(text: str) -> str:
    """A text in lower case, with every letter that a pattern which ignores case takes for an ASCII one as that one."""
    return text.lower().translate(_LETTERS)


_LONG = 100_000
"""Code points of a text in which looking for the vocabulary takes longer than patterns with all of it."""
_texts = itertools.count()
_whole = cache(Shapes)


def shapes(text: str) -> Shapes:
    """The shapes to read a text with: for a process's first text, often its only one, what that needs; then the whole ones."""
    return Shapes(text) if next(_texts) == 0 and len(text) < _LONG else _whole()
