"""The shapes of one text find in it what the shapes of any text find."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from summarizer import countries
from summarizer.engines.builtin_shapes import Shapes, folded
from summarizer.engines.builtin_text import listed, words
from tests.conftest import ROOT, SHARED

PATTERNS = ("office_noun", "titled", "described", "before_name", "several", "acting", "mention")
WHOLE = Shapes()
ODD = (
    "MİNİSTER Ann Lee said. The mınıster, Bo Ek, and SPOKEſMAN Cy Orr of Kenya met PREſIDENT Dan Ode. CLERKS Eve Fox and Gil Hu.",
    "Émile Ött, le maire, said Ångström Ørsted. Škoda Works' owner Žan Černý met the Ħal Council's head, Ċensu Abela.",
    "Fisheries ministers Ann Lee and Bo Ek met MİNİSTERS Cy Orr and Dan Ode. Union clerKs Eve Fox and Gil Hu of Kenya spoke.",
    "Task force members and the council\u00a0member, Ida Jo, agreed. The vice-chancellor of Mrs. Kay Lu's Workers' Federation said.",
)


def soups() -> Iterator[str]:
    """Sentences of the vocabulary's own words in any order, as no article has them; each has some of them only."""
    chance = random.Random(7)
    # Sorted, since a set has another order in every process, and the soups would be others each time.
    vocabulary = sorted(listed("body", "person", "stop")) + words()["people"]["starts"] + words()["people"]["speaks"]
    lands = [alias for alias in countries.spelled()[6:-7].split("|") if alias.replace(" ", "").isalpha()]
    names = [
        "Ann",
        "Lee",
        "Öst",
        "Bexley",
        "O’Hara",
        "U.N.",
        "J.",
        "de",
        "Foreign Minister",
        "Mayor",
        "Mr",
        "Dr.",
        "said",
    ]
    for _ in range(150):
        some = chance.sample(vocabulary, 8) + chance.sample(names, 6) + chance.sample(lands, 2)
        made = [chance.choice(some) for _ in range(50)]
        cased = [chance.choice((word, word, word.capitalize(), word.upper(), word + "s", word + "’s")) for word in made]
        yield "".join(word + chance.choice((" ", " ", " ", ", ", ". ", " and ", " of the ")) for word in cased)


def texts() -> list[str]:
    """Articles, word soups, and the oddities of case."""
    files = [*sorted((ROOT / "examples").glob("*.txt")), *sorted((SHARED / "corpus").glob("*.txt"))]
    return [*(path.read_text(encoding="utf-8") for path in files), *soups(), *ODD]


@pytest.mark.parametrize("name", PATTERNS)
def test_a_texts_own_patterns_find_the_same(name: str) -> None:
    """Every match and every group of it; and they do find something."""
    found = 0
    for text in texts():
        own, whole = (
            [match.regs for line in text.splitlines() for match in getattr(shapes, name).finditer(line)]
            for shapes in (Shapes(text), WHOLE)
        )
        assert own == whole, text
        found += len(own)
    assert found > 5


def test_names_are_the_same() -> None:
    """The shapes that have no pattern of their own."""
    for text in texts():
        own = Shapes(text)
        assert list(own.names(text)) == list(WHOLE.names(text))
        for shape in ("word", "name", "proper"):
            one, other = getattr(own, shape), getattr(WHOLE, shape)
            assert [m.span() for m in re.finditer(one, text)] == [m.span() for m in re.finditer(other, text)]


def test_folding_knows_every_letter_that_ignoring_case_knows() -> None:
    """Else a word would be left out of a pattern that would have found it."""
    letters = [chr(code) for code in range(sys.maxunicode) if re.match("(?i:[a-z])", chr(code))]
    assert len(letters) > 52  # the long s and others
    assert all(
        re.fullmatch(f"(?i:{re.escape(folded(letter))})", letter) and folded(letter).isascii() for letter in letters
    )


def test_countries_are_left_out_by_words_that_must_stand_in_the_text() -> None:
    """No way to write a country may begin with a word that a text could write in another way."""
    assert not [alias for alias in countries.spelled()[6:-7].split("|") if re.match(r"\w*[?*+{(]", alias)]
    assert countries.spelled("no land at all") == r"\b(?:(?!))(?!\w)"
    assert re.findall(countries.spelled("Norwegians of Norway"), "Norway, Oman, a Norwegian") == ["Norway", "Norwegian"]


def test_an_article_is_read_the_same_whether_it_is_a_processs_first_or_not() -> None:
    """The first one has patterns of its own, the others those for any text; never those of the first one."""
    code = (
        "import sys; from pathlib import Path; from summarizer import summarize\n"
        "for name in sys.argv[1:]: print(summarize(Path(name).read_text(), model='builtin').summary.model_dump_json())\n"
    )
    files = [str(ROOT / "examples" / name) for name in ("harbour-talks.txt", "rail-link.txt")]
    one, other = (
        subprocess.run(
            [sys.executable, "-c", code, *order], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for order in (files, files[::-1])
    )
    assert one == other[::-1]
    assert "Mara Veld" in one[0] and "Mara Veld" not in one[1]
