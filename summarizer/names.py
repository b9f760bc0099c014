"""Whether a name stands in an article: as it is, inflected, without its title, or as a country's other form.

A label is a name with its side in brackets, such as "Ann Lee (France)"; the name and the side must both stand in the
article. Accents, case, titles and brackets do not count; the last letters may be inflected where a language does that. The
order and the nearness of the words count: two halves of different names make no name.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property, lru_cache

from summarizer import countries

# Words that a label may add to a name, or leave out of it.
_TITLES = frozenset(
    "mr mrs ms dr sir president minister prime foreign secretary ambassador king queen prince chancellor governor senator "  # noqa: SIM905
    "chair chairman general director the of and for to a an de la le les du des der die das und et y и of office government "
    "side delegation authorities leaders officials representatives jr sr".split()
)
_SEVERAL = re.compile(r"\s+(?:and|et|und|y|e|и)\s+(?:the )?|[,;/&]")
_SMALL = frozenset("of the and for to a an de la le les du des der die das und et y в и".split())  # noqa: SIM905
_AND = frozenset("and et und y и or ou oder".split())  # noqa: SIM905
_ABBREVIATED = frozenset("mr mrs ms dr st gen sen gov rep lt col prof jr sr us uk un eu usa inc ltd co no".split())  # noqa: SIM905
_PLAIN = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")
_APART = 10
# Case endings without their accents, as the words are compared: й is и.
_CASES = frozenset(
    "|а|я|у|ю|е|и|ы|о|ом|ем|ои|еи|ою|ею|ым|им|ого|его|ому|ему|ах|ям|ями|ами|ов|ев|ых|их|ии|ыи|ая|яя|ую|юю|"  # noqa: SIM905
    "є|і|єм|єю|іі|ові|еві|єві|ім|оі".split("|")
)
_ADJECTIVE = ("ыи", "ии", "ои")
# Letters with a stroke and the like, which Unicode does not take apart, as names are written without them.
_ONE_LETTER = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_SPACED = re.compile("[\u0370-\u052f]")  # scripts whose words stand apart, and begin with their name
# What stands for a letter where a keyboard has none.
_TWO = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
_TWO_LETTERS = re.compile("[äöüøåÄÖÜØÅ]")
_CAPITAL_BEFORE, _CAPITAL_AFTER = re.compile(r"[A-Z]\w*[ -]\Z"), re.compile(r"[ -][A-Z]")
_INITIALS = re.compile(r"[A-Z]{3,6}")
_REST_OF_WORD, _BETWEEN = r"[^\W\d_]+", "(?:of|the|for|and|on|in|to)"
_SENTENCE_GOES_ON = re.compile(r"[^\W\d_A-Z],?\n[a-z]")
_LINE_END = re.compile(r"(?<=\S)\n(?=\S)")
_LONGEST_LINE = 120
# As names are spelled in Britain and in the United States.
_AMERICAN = {"isation": "ization", "defence": "defense", "labour": "labor", "centre": "center", "programme": "program"}
_GAP = 2  # words, small ones aside, that may stand between two words of one name: a middle name, a title


class Names:
    """An article's words, prepared once for looking up names."""

    def __init__(self, text: str) -> None:
        self._text = _unwrapped(text)
        self._known: dict[str, bool] = {}
        self._labels: dict[str, bool] = {}

    def stands(self, label: str) -> bool:
        """Whether the label's name stands in the article, and its side, if it has one."""
        if label not in self._labels:
            main, side = parts(label)
            self._labels[label] = self._name(main) and (side is None or self._name(side))
        return self._labels[label]

    def without_side(self, label: str) -> str | None:
        """The label without its side, where the name stands in the article and the side does not; else None."""
        main, side = parts(label)
        return main if side is not None and main and self._name(main) and not self._name(side) else None

    def _name(self, name: str) -> bool:
        if name not in self._known:
            self._known[name] = self._as_it_is(name) or self._looked_up(name)
        return self._known[name]

    def _as_it_is(self, name: str) -> bool:
        """Whether the article has the name letter by letter: most are, and the words need no index then."""
        if not _PLAIN.fullmatch(name) or not _AND.isdisjoint(name.casefold().split()):
            return False
        at = self._text.find(name)
        while at >= 0:
            end = at + len(name)
            if not _in_word(self._text[at - 1 : at]) and not _in_word(self._text[end : end + 1]):
                return not self._may_be_another(name, at, end)
            at = self._text.find(name, at + 1)
        return False

    def _looked_up(self, name: str) -> bool:
        several = [part for part in _SEVERAL.split(name) if part.strip()]
        if self._one(name) or (len(several) > 1 and all(self._one(part) for part in several)):
            return True
        spelled = _spelled(name)
        return (spelled != name and self._one(spelled)) or self._abbreviated(name)

    def _abbreviated(self, name: str) -> bool:
        """Whether the article has a name's initials, or a name whose initials these are: WTO."""
        if _INITIALS.fullmatch(name):
            written_out = rf"{_REST_OF_WORD}[ -](?:{_BETWEEN}[ -])*".join(name)
            return re.search(rf"\b{written_out}{_REST_OF_WORD}", self._text) is not None
        words = [word for word in name.split() if word not in _SMALL]
        initials = "".join(word[0] for word in words if word[0].isupper())
        return len(initials) == len(words) > 2 and re.search(rf"\b{initials}\b", self._text) is not None

    def _one(self, name: str) -> bool:
        if self._country(name):
            return True
        if self._is_told(name):
            return False
        words = [word for word in _words(name) if word not in _TITLES]
        if not words:
            return bool(_words(name)) and all(self._places(word) for word in _words(name) if word not in _SMALL)
        # A country's adjective beside a name stands when its country does: "the Australian ambassador".
        adjectives = {word: country for word in words if (country := countries.adjective(word.capitalize()))}
        if any(not self._country(country) for country in adjectives.values()):
            return False
        places = [self._places(word) for word in words if word not in adjectives]
        if not places:
            return True
        if not _is_proper(name):
            # A description, such as "government agencies", need not be the article's own words, but two thirds of them.
            return 3 * sum(map(bool, places)) >= 2 * len(places)
        return all(places) and _near(places)

    @cached_property
    def _index(self) -> dict[str, list[int]]:
        """The places of each word; small words have none, and a name does not go on over a comma, an "and" or a stop."""
        index: dict[str, list[int]] = {}
        place = end = 0
        folded, spelled = _prepared(self._text), _spelled(self._text)
        matches = list(re.finditer(r"\w+", folded))
        others = _words(spelled) if spelled != self._text else [match.group() for match in matches]
        previous = ""
        for match, other in zip(matches, others, strict=False):
            word = match.group()
            between = folded[end : match.start()]
            if word in _AND or (between != " " and _parted(between, after=previous)):
                place += _APART
            end, previous = match.end(), word
            if word not in _SMALL:
                place += 1
                index.setdefault(word, []).append(place)
                if other != word:
                    index.setdefault(other, []).append(place)
        return index

    @cached_property
    def _by_start(self) -> dict[str, list[str]]:
        starts: dict[str, list[str]] = {}
        for word in self._index:
            starts.setdefault(word[:3], []).append(word)
        return starts

    def _places(self, word: str) -> list[int]:
        found = list(self._index.get(word, ()))
        if len(word) > 3:
            for other in self._by_start.get(word[:3], ()):
                if other != word and _inflected(word, other) and not _another_country(word, other):
                    found += self._index[other]
        if not found and not word.isascii() and word in _folded(self._text):
            return [0]  # a script without spaces: the words of the article are not told apart
        return found

    def _country(self, name: str) -> bool:
        """Whether a country or a body stands in the article by one of its names."""
        forms = countries.forms(name.strip(), ())
        if forms is None:
            return False
        if forms.english.search(self._text):
            return True
        forms = countries.forms(name.strip(), self._languages) if self._languages else None
        return forms is not None and any(self._foreign(foreign) for foreign in forms.foreign)

    @cached_property
    def _languages(self) -> tuple[str, ...]:
        return tuple(language for language in countries.languages(self._text) if language != "en")

    def _may_be_another(self, name: str, start: int, end: int) -> bool:
        """Whether a country's name may be part of another one's there: South Sudan is not Sudan."""
        around = max(0, start - 30), end + 30
        if countries.known(name) is not None:
            longer = countries.longer(name)
        elif " " in name or not (
            _CAPITAL_BEFORE.search(self._text, around[0], start) or _CAPITAL_AFTER.match(self._text, end)
        ):
            return False
        else:  # the library that knows the rest takes a tenth of a second to load
            longer = getattr(countries.forms(name, ()), "longer", None)
        return longer is not None and longer.search(self._text, *around) is not None

    def _is_told(self, name: str) -> bool:
        """Whether it is known how a country would stand in the article: its words are not looked up one by one then."""
        forms = countries.forms(name.strip(), self._languages)
        if forms is None:
            return False
        return bool(forms.foreign) or (forms.longer is not None and forms.longer.search(self._text) is not None)

    def _foreign(self, foreign: countries.Foreign) -> bool:
        """A country's name in the article's language, or its adjective: "Россия" and "российской", "Allemagne", "allemand"."""
        words = _content(foreign.name)
        if len(words) != 1:
            found = [self._places(word) for word in words]
            return bool(found) and all(found) and _near(found)
        alike, hiding = _rivals(foreign)
        places = self._places(words[0]) if len(words[0]) < 5 else self._land(words[0], alike)
        return any(not self._hidden(place, hiding) for place in places) or self._unspaced(words[0], foreign.rivals)

    def _land(self, name: str, rivals: list[str]) -> list[int]:
        """The places of a country's name or adjective; a word that is nearer to another country's name is that one's."""
        stem = name[: 5 if len(name) > 6 else 4]  # what the adjective has of the name
        found = [word for word in self._by_start.get(stem[:3], ()) if word.startswith(stem)]
        own = [word for word in found if all(_likeness(word, name) >= _likeness(word, rival) for rival in rivals)]
        return [place for word in own for place in self._index[word]]

    def _unspaced(self, name: str, rivals: tuple[str, ...]) -> bool:
        """Whether a name stands inside the words of a script that joins them, and there in no longer name."""
        if name.isascii() or _SPACED.search(name):
            return False
        text = _folded(self._text)
        for longer in map(_folded, rivals) if name in text else ():
            text = text.replace(longer, "") if name in longer else text
        return name in text

    def _hidden(self, place: int, hiding: list[list[str]]) -> bool:
        """Whether the word there is part of another country's name: Soudan du Sud."""
        return any(_close(place, [self._places(word) for word in rest]) for rest in hiding)


def _in_word(char: str) -> bool:
    """Whether a word goes on with this character; accents may stand apart from their letters."""
    return bool(char) and (char.isalnum() or char == "_" or unicodedata.combining(char) > 0)


def parts(label: str) -> tuple[str, str | None]:
    """A label's name, and what stands in brackets behind it."""
    label = " ".join(label.split())
    if label[-1:] != ")" or "(" not in label:
        return label, None
    main, _, side = label[:-1].rpartition("(")
    return main.strip(), side.strip() or None


def _parted(between: str, *, after: str) -> bool:
    """Whether a name cannot go on over these signs; a stop behind an initial or an abbreviation does not end it."""
    if "." in between and not (len(after) == 1 or after in _ABBREVIATED):
        return True
    return not {";", ":", "!", "?", "\n", ","}.isdisjoint(between)


def _words(text: str) -> list[str]:
    """The words of a text without case and accents; "U.S." is one word, and so is a word with an apostrophe's ending."""
    return re.findall(r"\w+", _prepared(text))


def _prepared(text: str) -> str:
    folded = _folded(text)
    for british, american in _AMERICAN.items():
        folded = folded.replace(british, american)
    return re.sub(r"[’']s\b|(?<=\b\w)\.(?=\w\b)|(?<=\b\w\.\w)\.", "", folded)


def _unwrapped(text: str) -> str:
    """The text with its sentences' lines joined, where it is wrapped at a width: a name goes on over the ends of lines."""
    if text.count("\n") * _LONGEST_LINE < len(text) or len(_SENTENCE_GOES_ON.findall(text)) < 3:
        return text
    return _LINE_END.sub(" ", text)


def _spelled(text: str) -> str:
    """The text with the two letters that are written where there is no ü: Müller is Mueller."""
    if text.isascii():
        return text
    return _TWO_LETTERS.sub(_two_letters, unicodedata.normalize("NFC", text))


def _two_letters(letter: re.Match[str]) -> str:
    two = _TWO[letter[0].casefold()]
    return two.capitalize() if letter[0].isupper() else two


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize(
        "NFD", text.casefold().translate(_ONE_LETTER) if not text.isascii() else text.casefold()
    )
    # Only the accents of Latin, Greek and Cyrillic letters are dropped; other scripts' marks are letters.
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", decomposed))


def _inflected(name: str, word: str) -> bool:
    """Whether `word` is `name` with another ending.

    Latin script: up to three letters more, or a last vowel changed, never dropped. Cyrillic: a case ending after the stem,
    which may lose a last letter and a fleeting vowel (Мария, Марией; Павел, Павлом).
    """
    if re.search("[\u0400-\u04ff]", name):
        long = len(name) > 5 or name.endswith(_ADJECTIVE)
        stems = {name, name[:-1], name[:-2] if long else name[:-1], name[:-2] + name[-1]}
        return any(len(stem) >= 3 and word.startswith(stem) and word[len(stem) :] in _CASES for stem in stems)
    if word.startswith(name):
        return len(word) - len(name) <= 3
    stem = name[:-1] if name[-1] in "aeiouy" else name
    return len(stem) >= 4 and word.startswith(stem) and 0 <= len(word) - len(name) <= 2


def _another_country(name: str, word: str) -> bool:
    """Whether a word that begins like a name is a country's, and that is not the name's: Nigeria is no form of Niger."""
    country = countries.known(word.capitalize())
    return country is not None and country != countries.known(name.capitalize())


@lru_cache(maxsize=1024)
def _rivals(foreign: countries.Foreign) -> tuple[list[str], list[list[str]]]:
    """The names of one word that begin like a country's, and the other words of the longer names that it is a part of."""
    (name,) = _content(foreign.name)
    rivals = [_content(rival) for rival in foreign.rivals]
    alike = [rival[0] for rival in rivals if len(rival) == 1 and rival[0][0] == name[0]]
    return alike, [[word for word in rival if word != name] for rival in rivals if name in rival and len(rival) > 1]


def _content(name: str) -> list[str]:
    return [word for word in _words(name) if word not in _SMALL]


def _likeness(word: str, name: str) -> tuple[int, int]:
    """How well a word goes with a name: by their common beginning; of two with the same, the shorter name."""
    common = next(
        (place for place, (one, other) in enumerate(zip(word, name, strict=False)) if one != other), len(name)
    )
    return min(common, len(word)), -len(name)


def _is_proper(name: str) -> bool:
    """Whether the label names something: it has a capital, or its script has none."""
    return any(char.isupper() for char in name) or not any(char.islower() for char in name)


def _near(places: list[list[int]]) -> bool:
    """Whether one place of each word can be chosen so that they follow one another, or stand closely in any order."""
    return _follow(places) or any(_close(start, places[1:]) for start in places[0])


def _follow(places: list[list[int]]) -> bool:
    """Whether the words follow one another somewhere: which places can be reached from those of the word before."""
    reached = set(places[0])
    for found in places[1:]:
        reached = {place for place in found if any(place - gap in reached for gap in range(1, _GAP + 2))}
    return bool(reached)


def _close(start: int, rest: list[list[int]]) -> bool:
    """The interior ministry is the ministry of the interior."""
    return all(any(abs(other - start) <= len(rest) for other in found) for found in rest)
