"""Numbers of claims in quotes of many languages: words, scales, metres and millions."""

from __future__ import annotations

import pytest

from summarizer import Article, MeetingSummary, amounts, numerals, verify
from tests.test_verify import reply


def offered(what: str, text: str) -> bool:
    """Whether the first sentence of the text bears the claim."""
    item = {
        "by": [],
        "to": [],
        "what": what,
        "status": "new",
        "condition": None,
        "evidence": [{"quote": text.partition(".")[0]}],
    }
    result = verify.check(reply(offers=[item]), MeetingSummary, verify.Ground(Article(text)))
    return result.value is not None and bool(result.value.offers)


@pytest.mark.parametrize(
    ("what", "text", "stands"),
    [
        ("send 11 boats", "Kang was once more ready to send boats. It is the plan of the ministers.", False),
        ("pay 100 dollars", "Kang would not lose a cent and offered dollars. It is the plan of the ministers.", False),
        ("send 2 boats", "O ministro falou dos barcos e da ajuda que enviará. A ministra não disse mais.", False),
        ("send 8 boats", "Nehmen Sie sich in Acht vor dem Fluss, sagte der Minister zu den Gästen in Bonn.", True),
        ("send 11 boats", "El ministro ofreció once barcos a la ministra. La visita de la ministra a Lima sigue.", True),
        ("send six boats", "Il ministro ha offerto sei barche. La ministra era a Roma per la visita del presidente.", True),
        ("send 10 boats", "De minister biedt ten minste boten aan. De minister van het land was op bezoek.", False),
        ("send ten boats", "Kang was ready to send ten boats. It is the plan of the ministers.", True),
        ("send 12 boats", "Douze bateaux offerts", True),  # no small word tells the language
        ("send 11 boats", "Once upon a time", False),
    ],
)  # fmt: skip
def test_number_words_of_the_texts_own_language(what: str, text: str, stands: bool) -> None:
    """An ordinary word of one language is a number of another: "once" is no eleven in English."""
    assert offered(what, text) is stands


@pytest.mark.parametrize(
    ("claim", "quote", "language", "missing"),
    [
        ("two ships", "They sent two ships with grain.", None, []),
        ("two ships", "They sent two ships.", "en", []),
        ("two ships", "They sent two ships.", "", []),
        ("7 schools", "Kitap seven bir okul istedi.", "tr", ["7"]),
        ("5 firms", "Die Big Five der Branche sind da.", "de", ["5"]),
        ("20 ships", "They sent twenty-four ships.", "en", ["20"]),
        ("24 ships", "They sent twenty-four ships.", "en", []),
        ("2 ships", "They sent two billion.", "en", ["2"]),
        ("4 ovens", "Ils ont offert un four.", "fr", ["4"]),
        ("six boats", "Ils ont offert vingt-six navires.", "fr", ["6"]),
        ("6 soldiers", "Ils enverront six cents soldats.", "fr", ["6"]),
        ("1 million euros", "Ils ont offert vingt millions d'euros.", "fr", ["1,000,000"]),
        ("two meetings", "Ils ont proposé un second sommet.", "fr", ["2"]),
        ("1 billion euros", "Ils ont offert deux billions d'euros.", "fr", ["1,000,000,000"]),
        ("1 million", "De tilbød en halv million kroner.", "da", ["1,000,000"]),
        ("four ships", "They offered four ships.", "", []),
        ("24 ships", "They offered twenty-four ships.", "", []),
        ("2 billion dollars", "They offered two billion dollars.", "", []),
        ("2 dollars", "They offered two billion dollars.", "", ["2"]),
        ("100 ships", "They offered four hundred ships.", "", ["100"]),
        ("12 parcels", "Zij gaven dozen.", "nl", ["12"]),
        ("ten talks", "Zij zijn ten einde.", "nl", ["10"]),
    ],
)
def test_english_number_words(claim: str, quote: str, language: str | None, missing: list[str]) -> None:
    """A quote that shows that it is English needs no look around it; another one does, and no part of a number counts for it."""

    def asked() -> set[str]:
        assert language is not None, "the language was asked for"
        return {language} if language else set()

    assert amounts.unsupported(claim, [quote], asked) == missing


def test_each_part_of_a_text_in_its_own_language() -> None:
    """In a text of two languages a quote is read in the one around it."""
    english = "The minister said to the press that it was the end of the talks. " * 20
    french = (
        "La France offre trois bateaux à la ville. Le ministre est à Paris pour la visite de la ministre de la ville."
    )
    assert offered("send three boats", f"{french} Il y est du lundi au mardi.\n\n{english}")


@pytest.mark.parametrize(
    ("claim", "quote", "missing"),
    [
        ("5 tanks", "двадцать пять танков", ["5"]),
        ("25 tanks", "двадцати пяти танков", []),
        ("the 25th round", "двадцать пятый раунд", []),
        ("4 boats", "четырнадцать катеров", ["4"]),
        ("2.5 million people", "два миллиона пятьсот тысяч человек", []),
        ("1.5 million", "полтора миллиона рублей", []),
        ("half a million", "полмиллиона рублей", []),
        ("1 million", "5 миллионов рублей", ["1,000,000"]),
        ("52 boats", "п'ятдесят два катери", []),
        ("200 million hryvnias", "двісті мільйонів гривень", []),
        ("7 boats", "министр пришёл с семью", []),  # nothing was read as a number, and a small one may stand in words
        ("7 boats", "министр пришёл с семью на 5 катерах", ["7"]),
    ],
)
def test_russian_and_ukrainian_words(claim: str, quote: str, missing: list[str]) -> None:
    """Whole numbers in every case, and not their last word alone."""
    assert amounts.unsupported(claim, [quote]) == missing


@pytest.mark.parametrize(
    ("claim", "quote", "missing"),
    [
        ("5 billion", "5 mld euro", []),
        ("5 billion", "cinco de 5 mil millones", []),
        ("5 million riyals", "5 مليون ريال", []),
        ("10 million", "١٠ ملايين", []),
        ("3 billion", "3 مليارات دولار", []),
        ("2 trillion yen", "2兆円", []),
        ("500 megawatts", "500兆瓦", []),
        ("50 million rupees", "Rs 5 crore", []),
        ("500,000 rupees", "5 lakh rupees", []),
        ("2 trillion rupees", "2 lakh crore rupees", []),
        ("1.2 billion dollars", "$1.2B", []),
        ("1 dollar", "$1.2B", ["1"]),
        ("3 billion", "€3bn", []),
        ("2 trillion", "$2tn", []),
        ("5 million", "5M people", []),
        ("30 million yen", "3千万円", []),
        ("10 million yen", "3千万円", ["10,000,000"]),
        ("120 million", "1亿2000万美元", []),
        ("120 million", "1억 2000만 달러", []),
        ("article 5", "제5조 위반", []),
    ],
)
def test_scales_of_many_languages(claim: str, quote: str, missing: list[str]) -> None:
    assert amounts.unsupported(claim, [quote]) == missing


@pytest.mark.parametrize(
    ("claim", "quote", "missing"),
    [
        ("100 million of pipe", "100 m of pipe", ["100,000,000"]),
        ("100 metres of pipe", "100 m of pipe", []),
        ("100 million", "a 100-m fence", ["100,000,000"]),
        ("100 million", "$100 m for pipes", []),
        ("100 million", "100 m euros for pipes", []),
        ("100 million", "EUR 100 m for pipes", []),
        ("50 million doses", "50m doses", []),
        ("50 metres", "a 50m pool", []),
        ("5 tonnes", "5 t of aid", []),
        ("5 billion", "Gate 5B", ["5,000,000,000"]),
    ],
)
def test_metres_and_millions(claim: str, quote: str, missing: list[str]) -> None:
    """An "m" apart from its figure is millions only beside money; close to it, it may be either."""
    assert amounts.unsupported(claim, [quote]) == missing


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("half a million doses", "ofreció medio millón de dosis"),
        ("half a million doses", "un demi-million de doses"),
        ("half a million doses", "eine halbe Million Dosen"),
        ("1.5 million doses", "anderthalb Millionen Dosen"),
        ("1.5 million doses", "un millón y medio de dosis"),
        ("2.5 million doses", "two and a half million doses"),
        ("two and a half million doses", "2.5 million doses"),
    ],
)
def test_halves_in_other_languages(claim: str, quote: str) -> None:
    """A half in a claim does not lose its quote because that is in another language."""
    assert amounts.unsupported(claim, [quote]) == []
    assert amounts.unsupported("one million doses", [quote]) == ["1e+06"] or amounts.unsupported("9 million", [quote])


def test_characters_that_are_no_numerals() -> None:
    """Chinese words such as "very" hold numerals, and a text of one character thousands of times is no crash."""
    assert numerals.in_han("双方十分重视") == [] and numerals.in_han("百分之三十") == [30]
    assert numerals.in_han("二十分钟，五十人") == [20, 50]
    assert amounts.unsupported("9 boats", ["一" * 5000]) == ["9"]


@pytest.mark.parametrize(
    ("claim", "quote", "language", "missing"),
    [
        ("24 howitzers", "They would send two dozen howitzers.", "en", []),
        ("two dozen howitzers", "They would send two howitzers.", "en", ["24"]),
        ("A dozen tanks", "They would send two tanks.", "en", ["12"]),
        ("six jets", "They would send half a dozen jets.", "en", []),
        ("About a dozen guns", "La France livrera une douzaine de canons.", "fr", []),
        ("100 doctors", "El ministerio enviará un centenar de médicos.", "es", []),
        ("250,000 homes", "They would build a quarter of a million homes.", "en", []),
        ("one million homes", "They would build a quarter of a million homes.", "en", ["1,000,000"]),
        ("Raise it by 0.5 points", "It would rise by half a percentage point.", "en", []),
        ("50 percent of the cost", "The city would pay half the cost.", "en", []),
        ("Two meetings a year", "They would meet twice a year.", "en", []),
        ("1 count of fraud", "The firm would plead guilty to one count of fraud.", "en", []),
        ("0% tariffs", "They agreed on zero tariffs.", "en", []),
        ("4.25 percent", "The rate would be 4¼ percent.", "en", []),
        ("From 2026 to 2028", "They would pay it in 2026-28.", "en", []),
        ("In the 2026/27 season", "They would play in 2026-2027.", "en", []),
        ("In 2028", "They will meet on 2026-05-28.", "en", ["2028"]),
        ("Invest Rs 5,000 crore", "They would invest Rs5,000 crore.", "en", []),
        ("Invest Rs5,000 crore", "They would invest Rs500 crore.", "en", ["50,000,000,000"]),
        ("Invest 2.5 billion rand", "They would invest R2.5bn.", "en", []),
        ("Invest R3.5 billion", "They would invest R2.5 billion.", "en", ["3,500,000,000"]),
        ("Pay 4,500 kroner", "They would pay NOK4,500.", "en", []),
        ("Begin at 6 p.m.", "They would begin at 6pm.", "en", []),
        ("Begin at 8pm", "They would begin at 6pm.", "en", ["8"]),
        ("Begin at 18:30", "Ils commenceront à 18h30.", "fr", []),
        ("Keep it below 1.5C", "They would keep it below 1.5 degrees.", "en", []),
        ("Send 40 tonnes", "They would send 40t of grain.", "en", []),
        ("200,000 shells", "They would send 200,000 155mm shells.", "en", []),
        ("1.5 million euros", "El Gobierno pagará 1.500 millones de euros.", "es", ["1,500,000"]),
        ("1.5 billion euros", "El Gobierno pagará 1.500 millones de euros.", "es", []),
        ("Lend $50 million", "They would lend $50\nmillion to the port.", "en", []),
        ("Hold a third round", "Les parties tiendront une troisième réunion.", "fr", []),
        ("Meet on June 1", "Les parties se retrouveront le 1er juin.", "fr", []),
        ("The two sides will meet", "Both sides agreed to meet again.", "en", []),
        ("The three countries will meet", "They agreed to meet again.", "en", []),
        ("The three ships will sail", "They agreed to sail again.", "en", ["3"]),
    ],
)  # fmt: skip
def test_amounts_that_no_number_word_says(claim: str, quote: str, language: str, missing: list[str]) -> None:
    """Dozens, halves, years and times, and figures that their currency or unit touches."""
    assert amounts.unsupported(claim, [quote], lambda: [language]) == missing
