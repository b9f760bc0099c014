"""Beyond the quote: names, numbers, weak quotes, duplicates, and both sides of an act."""

from __future__ import annotations

import time
from typing import Any

import pytest

from summarizer import Article, MeetingSummary, amounts, countries, verify
from summarizer.evidence import Folded
from summarizer.names import Names
from tests.test_verify import reply

TEXT = (
    "Interior Minister Sar Kheng met the Australian ambassador Pablo Kang on October 13. Australia was prepared to offer 50 "
    "million dollars in additional support. They signed an MoU on drug crime. Kang was not ready to promise more than that. "
    "Kheng asked Australia to send twenty-five trainers. They signed an MoU on drug crime, officials said again."
)
FOLDED = Folded(TEXT)


def offer(quote: str | list[str], **changes: Any) -> dict[str, Any]:
    quotes = [quote] if isinstance(quote, str) else quote
    return {"by": ["Australia"], "to": [], "what": "additional support", "status": "new", "condition": None,
            "evidence": [{"quote": one} for one in quotes], **changes}  # fmt: skip


def checked(data: dict[str, Any], text: str = TEXT) -> Any:
    return verify.check(data, MeetingSummary, verify.Ground(Article(text)))


def kinds(*offers: dict[str, Any]) -> list[str]:
    return [fault.kind for fault in checked(reply(offers=list(offers))).faults]


# --- the table of false quotes: peers accept or repair several of these (benchmarks/grounding) ---

CLAIMS = [
    ("true", "Australia was prepared to offer 50 million dollars", True),
    ("true, other typography", "Australia  was prepared\nto offer 50\u00a0million dollars", True),
    ("true, signed", "They signed an MoU", True),
    ("changed number", "Australia was prepared to offer 10 million dollars", False),
    ("longer number", "Australia was prepared to offer 150 million dollars", False),
    ("added not", "Australia was not prepared to offer 50 million dollars", False),
    ("opposite verb", "They refused an MoU", False),
    ("invented pledge", "Australia pledged a naval base", False),
    ("Cyrillic look-alike", "They signed аn MoU", False),
    ("other case", "they signed an mou", False),
    ("joined places", "Australia was prepared to offer an MoU", False),
    ("cut inside a number", "Australia was prepared to offer 50", False),
    ("left out words", "Australia was prepared to offer dollars", False),
    ("cut off a not", "ready to promise more than that", False),
]


@pytest.mark.parametrize(("name", "quote", "true"), CLAIMS, ids=[name for name, _, _ in CLAIMS])
def test_false_quotes(name: str, quote: str, true: bool) -> None:
    """Only what the article says, as it says it, supports an item."""
    result = checked(reply(offers=[offer(quote, what="support")]))
    assert bool(result.value.offers) is true
    assert bool(result.faults) is not true


@pytest.mark.parametrize(("label", "stands"), [
    ("Sar Kheng", True), ("sar kheng", True), ("Minister Sar Kheng", True), ("Pablo Kang (Australia)", True), ("Kang", True),
    ("Australia", True), ("Australian ambassador", True), ("Interior Minister", True), ("Kheng and Kang", True),
    ("the Australian government", True),
    ("Pablo Kheng", False), ("Pablo Kano", False), ("Pablo Kang (France)", False), ("France", False), ("Sar Khenghis", False),
    ("John Smith", False), ("", False), ("United Nations", False), ("Sar", True), ("Kheng Corporation", False),
    ("Sar Kang", False), ("vladimir kang", False), ("chinese ministry of interior", False), ("drug crime officials", True),
])  # fmt: skip
def test_names(label: str, stands: bool) -> None:
    """A name stands in the article, or it does not count; titles, case and a country's adjective do not matter."""
    assert Names(TEXT).stands(label) is stands


@pytest.mark.parametrize(("text", "label", "stands"), [
    ("Состоялся разговор Владимира Путина с Президентом Ирана Масудом Пезешкианом.", "Масуд Пезешкиан (Iran)", True),
    ("Состоялся разговор Владимира Путина с российской стороной.", "Владимир Путин (Russia)", True),
    ("Состоялся разговор Владимира Путина с Президентом Ирана.", "Владимир Медведев", False),
    ("La ministre Hélène Aubrac a reçu M. Toussaint en France.", "Helene Aubrac (France)", True),
    ("Der Bundeskanzler traf in Deutschland den Gast.", "Germany", True),
    ("中国国家主席习近平会见了普京。", "习近平 (China)", True),
    ("中国国家主席习近平会见了普京。", "李强", False),
    ("Die Gespräche zwischen den USA und dem Iran", "Iran and the United States", True),
    ("Premier Donald Tusk spotkał się z prezydentem Dudą.", "Duda", True),
    ("The U.S. and the U.K. agreed", "United States", True),
    ("President Joseph R. Biden, Jr. met", "Joseph R. Biden, Jr.", True),
    ("President Joseph R. Biden, Jr. met", "Joe Biden", False),
])  # fmt: skip
def test_names_in_other_languages(text: str, label: str, stands: bool) -> None:
    """Inflected, without accents, or a country by its name in the article's language."""
    assert Names(text).stands(label) is stands


@pytest.mark.parametrize(("text", "label", "stands"), [
    ("The minister indicated support to children in San Francisco.", "India", False),
    ("The minister indicated support to children in San Francisco.", "Chile", False),
    ("George Soros spoke in San Francisco.", "Georgia", False), ("George Soros spoke in San Francisco.", "France", False),
    ("Australia pledged aid.", "Austria", False), ("The talks were marooned.", "Morocco", False),
    ("Ministers Sar Kheng and Pablo Kang agreed.", "Sar Kang", False), ("Ministers Sar Kheng and Pablo Kang agreed.", "Kheng Pablo", False),
    ("Iran and Oman met; North Macedonia and South Korea signed.", "North Korea", False),
    ("Michael met officials in Jordan.", "Michael Jordan", False), ("Martin met Anna.", "Martina", False),
    ("Le chancelier allemand a reçu le ministre pour des entretiens.", "Germany", True),
    ("El canciller venezolano se reunió con los ministros.", "Venezuela", True),
    ("Türkiye'nin bakanı ve bir heyet", "Turkey", True), ("Встреча с министром Таджикистана", "Tajikistan", True),
    ("Лидеры ЕС приняли решение", "European Union", True), ("The EU and the UN agreed.", "European Union", True), ("中方表示欢迎", "China", True),
    ("Встреча с Марией Захаровой, Павлом Дуровым и Анной Кузнецовой", "Мария Захарова", True),
    ("Встреча с Марией Захаровой, Павлом Дуровым и Анной Кузнецовой", "Павел Дуров", True),
    ("Встреча с Марией Захаровой, Павлом Дуровым и Анной Кузнецовой", "Анна Кузнецова", True),
    ("The U.S. Mint and the U.S. Forest Service of the West", "U.S. Mint", True),
    ("a" + " " * 1900 + "b(c)d", "a" + " " * 1900 + "b(c)d", True),
])  # fmt: skip
def test_names_that_reviewers_tried(text: str, label: str, stands: bool) -> None:
    """Neither half of two names nor a word that only begins like a country; but inflection and other names of a country."""
    assert Names(text).stands(label) is stands


def test_a_label_from_a_loop_takes_no_time() -> None:
    """A model that repeats itself writes names of a hundred words."""
    start = time.process_time()  # machines are shared; the bound is far from what it takes
    Names("no " * 600 + "filler word " * 50 + "zz").stands("No " + "no " * 100 + "zz")
    assert time.process_time() - start < 15


def test_repeated_texts_and_close_amounts() -> None:
    """The same label twice is no crash; five dollars and five euros are two offers."""
    same = offer("They signed an MoU", by=["Australia", "Australia"])
    assert checked(reply(offers=[same])).value.offers
    two = [offer("They signed an MoU", what=f"pay {sign}5 million in support") for sign in "$€"]
    assert len(checked(reply(offers=two)).faults) == 2  # no quote says five million; neither is merged away


@pytest.mark.parametrize(("claim", "quotes"), [
    ("50 million dollars", ["offer $50m in aid"]), ("fifty million", ["$50,000,000"]), ("50,000,000", ["fifty million"]),
    ("12 million euros", ["douze millions d'euros"]), ("12 million", ["12 Millionen Euro"]),
    ("1.5 million", ["1,5 million d'euros"]),
    ("1,500 tons", ["1.500 Tonnen"]), ("5 percent", ["five per cent"]), ("25 trainers", ["twenty-five trainers"]),
    ("two 5-year plans", ["two five-year plans"]), ("2.5 billion", ["2,5 млрд долларов"]), ("50 million", ["5000万"]),
    ("3 boats", ["три катера"]), ("aid against COVID-19 for the G20", ["aid"]), ("one of the boats", ["a boat"]),
    ("two things", ["one thing", "and two things"]), ("50 million", ["中国将提供5000万美元"]), ("25 instructors", ["派遣25名教官"]),
    ("100 million dollars", ["提供1亿美元援助"]), ("50 million euros", ["EUR50 million"]), ("1,500", ["1.500 Tonnen"]),
    ("two aircraft and 60 rescuers", ["два самолёта и отряд из 60 спасателей"]), ("between the two countries on 17 May", ["17 мая"]),
])  # fmt: skip
def test_numbers_that_stand(claim: str, quotes: list[str]) -> None:
    """Figures, words, scales and separators are ways to write one number."""
    assert amounts.unsupported(claim, quotes) == []


@pytest.mark.parametrize(("claim", "quotes"), [
    ("10 million dollars", ["offer 50 million dollars"]), ("50 billion", ["50 million"]), ("sixty", ["sixteen"]), ("5%", ["50%"]),
    ("15 million", ["offer 1.5 million dollars"]), ("25%", ["grow by 2.5%"]), ("1.5 million", ["15 million"]),
    ("9 dollars", ["передать 8 миллионов долларов"]), ("9 helicopters", ["8 helicopters and a «ковёр»"]), ("by mid-2027", ["by mid-2025"]),
    ("the 15th round", ["the 14th round"]), ("60km of road", ["30km of road"]), ("500,000 euros", ["2 500 000 euros"]),
    ("by 2031", ["by 2030"]), ("three boats", ["two boats"]), ("300 boats", ["триста двадцать катеров"]), ("50 thousand", ["50"]),
    ("three aircraft and 60 rescuers", ["два самолёта и отряд из 60 спасателей"]),
])  # fmt: skip
def test_numbers_that_do_not(claim: str, quotes: list[str]) -> None:
    """A number that no quote has is a fault of its item."""
    assert len(amounts.unsupported(claim, quotes)) == 1


def test_a_number_in_what_needs_its_quote() -> None:
    """Also when the article has the number somewhere else."""
    assert kinds(offer("Australia was prepared to offer 50 million dollars", what="fifty million dollars")) == []
    assert kinds(offer("They signed an MoU on drug crime", what="50 million dollars")) == ["number_not_found"]


@pytest.mark.parametrize("quote", ["Sar Kheng", "Australian", "Pablo Kang", "to offer", "Interior Minister Sar Kheng"])
def test_a_name_or_two_words_support_nothing(quote: str) -> None:
    """They stand in the article, and say nothing of an act."""
    assert kinds(offer(quote)) == ["quote_too_short"]


def test_short_quotes_in_scripts_without_spaces() -> None:
    """There a clause has no spaces to count."""
    item = offer("双方签署了谅解备忘录", by=[], what="a memorandum")
    assert checked(reply(offers=[item]), "双方签署了谅解备忘录。").faults == []


@pytest.mark.parametrize(("text", "quote", "fine"), [
    ("Kang was not ready to promise more.", "ready to promise more", False),
    ("Kang did not only promise more boats.", "promise more boats", True),
    ("Le ministre n'a pas promis de bateaux.", "promis de bateaux", False),
    ("Министр не обещал новые катера.", "обещал новые катера", False),
    ("Er hat nicht versprochen, Boote zu senden.", "versprochen, Boote zu senden", False),
    ("No wonder. Kang was ready to promise more.", "Kang was ready to promise more", True),
    ("Kang refused to offer 50 boats.", "to offer 50 boats", False), ("No country pledged troops to it.", "pledged troops to it", False),
    ("Neither Kang nor Kheng agreed to a new deal.", "agreed to a new deal", False),
    ("It is not true that they signed a new deal.", "they signed a new deal", False), ("双方没有签署谅解备忘录。", "签署谅解备忘录", False),
    ("Will Oster help or not\n\nOster was ready to help them.", "Oster was ready to help them", True),
    ("Kang was not ready to promise boats. Later Kang was ready to promise boats.", "ready to promise boats", True),
    ("Kang was not immediately prepared to offer money.", "prepared to offer money", False),
    ("La France offrira 2 500 000 euros aux villes.", "500 000 euros aux villes", False),
    ("La France offrira 2 500 000 euros aux villes.", "La France offrira 2 500", False),
    ("They refused to sign an accord on fish.", "sign an accord on fish", False),
])  # fmt: skip
def test_a_cut_that_turns_the_meaning(text: str, quote: str, fine: bool) -> None:
    """A verbatim quote from which the "not" was cut off proves the opposite of what it is given for."""
    item = offer(quote, by=[], what="more")
    assert ([fault.kind for fault in checked(reply(offers=[item]), text).faults] == []) is fine


def test_nobody_offers_to_himself() -> None:
    """The same party on both sides is a mistake of the reading."""
    assert kinds(offer("They signed an MoU", by=["Australia"], to=["australia"])) == ["same_party"]
    item = offer("They signed an MoU", by=["Ann Lee"], to=["ann  lee"], what="sign")
    faults = checked(reply(offers=[item]), "Ann Lee met Bo Li. They signed an MoU.").faults
    assert [fault.kind for fault in faults] == ["same_party"]


def test_invented_parties_and_people() -> None:
    """A party or participant that the article does not name leaves the summary."""
    person: dict[str, Any] = {
        "name": "John Smith",
        "role": None,
        "organization": None,
        "country": None,
        "kind": "person",
        "present": True,
        "evidence": [],
    }
    result = checked(
        reply(
            offers=[offer("They signed an MoU", by=["Norway"])], participants=[person, person | {"name": "Sar Kheng"}]
        )
    )
    assert [p.name for p in result.value.participants] == ["Sar Kheng"] and result.value.offers == []
    assert [fault.kind for fault in result.faults] == ["name_not_found"] * 2


def test_a_persons_body_and_country_are_looked_up() -> None:
    """What the article does not name becomes null, and is shown."""
    person: dict[str, Any] = {
        "name": "Sar Kheng",
        "role": None,
        "organization": "CIA",
        "country": "Russia",
        "kind": "person",
        "present": True,
        "evidence": [],
    }
    result = checked(
        reply(participants=[person, {**person, "name": "Pablo Kang", "country": "Australia", "organization": None}])
    )
    assert [(p.organization, p.country) for p in result.value.participants] == [(None, None), (None, "Australia")]
    assert [fault.kind for fault in result.faults] == ["side_not_found"] * 2 and result.repairable == []


def test_a_country_from_the_readers_own_knowledge_is_taken_off() -> None:
    """The name stays, the side goes to the problems, and no second question is paid for it."""
    result = checked(reply(offers=[offer("They signed an MoU", by=["Sar Kheng (Cambodia)"])]))
    assert result.value.offers[0].by == ["Sar Kheng"]
    assert [fault.kind for fault in result.faults] == ["side_not_found"] and result.repairable == []


def test_duplicates_are_one_item_with_both_quotes() -> None:
    """The lead and its repetition are one act."""
    result = checked(reply(offers=[offer("Australia was prepared to offer 50 million", what="More support."),
                                   offer("They signed an MoU on drug crime", what="more support"),
                                   offer("They signed an MoU on drug crime", what="something else")]))  # fmt: skip
    assert [len(item.evidence) for item in result.value.offers] == [2, 1] and result.faults == []


def test_a_repeated_quote_is_taken_near_the_items_other_evidence() -> None:
    """The quote "They signed an MoU on drug crime" stands twice; the one beside "officials said again" is meant."""
    result = checked(reply(offers=[offer(["They signed an MoU on drug crime", "officials said again"], by=[])]))
    first = result.value.offers[0].evidence[0]
    assert first.start == TEXT.rindex("They signed an MoU")


def test_parties_on_both_sides_are_named_in_their_order() -> None:
    both = ["Sar Kheng", "Australia", "Pablo Kang"]
    faults = checked(reply(offers=[offer("They signed an MoU on drug crime", by=both, to=both[::-1])])).faults
    assert faults[0].message == "; ".join(f"{party!r} stands on both sides" for party in both)


def test_a_number_with_two_kinds_of_thousands_is_a_number() -> None:
    assert amounts.unsupported("pay 1 222,000,000 euros", ["it pays 1,222,000,000 euros"]) == []
    assert amounts.unsupported("pay 1 222,000,000 euros", ["it pays 1,222 euros"]) == ["1,222,000,000"]


@pytest.mark.parametrize(
    ("claim", "quote", "missing"),
    [
        ("$20 million to $30 million", "will give $20-30 million", []),
        ("20 to 30 million", "between $20 million and $30 million", []),
        ("300 million", "20 to 30 million", ["300,000,000"]),
        ("$500 million", "half a billion dollars", []),
        ("one billion dollars", "half a billion dollars", ["1,000,000,000"]),
        ("1.5 million", "one and a half million", []),
        ("1.5 billion", "a billion and a half", []),
        ("2,500 tons", "sent 2.5 tons", ["2500"]),
        ("2,500 tons", "2.500 Tonnen", []),
        ("150 aircraft", "一百五十架飞机", []),
        ("3,000 tons", "三千吨", []),
        ("5,000 tons", "三千吨", ["5000"]),
        ("34.9 percent", "百分之三十四点九", []),
        ("120 million people", "一亿二千万人", []),
        ("the eighth dialogue", "第九次战略对话", ["8"]),
        ("7 aircraft", "三千吨稀土和三架飞机", ["7"]),
        ("three accords", "签署三项协议，总额20亿美元", []),
    ],
)
def test_numbers_that_are_written_in_other_ways(claim: str, quote: str, missing: list[str]) -> None:
    """Ranges with one scale, English halves and thousands, and the numerals of Chinese and Japanese."""
    assert amounts.unsupported(claim, [quote]) == missing


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (
            "El canciller de Perú recibió en Lima a la ministra de Alemania, en una reunión en la sede de su ministerio.",
            "es",
        ),
        ("O ministro do Brasil recebeu em Lisboa a ministra da Alemanha, em uma reunião de emergência.", "pt"),
        ("Le ministre de la Défense a reçu en visite à Paris le ministre de l'Allemagne.", "fr"),
        ("Il ministro degli Esteri ha ricevuto a Roma la ministra della Germania.", "it"),
        ("De minister van Buitenlandse Zaken heeft in Den Haag met de minister van Duitsland gesproken.", "nl"),
    ],
)
def test_the_language_of_a_text_by_its_small_words(text: str, language: str) -> None:
    """Romance texts with many a "de" and "en" are no Dutch; a country is looked for in the language's own form."""
    assert countries.languages(text) == (language,) and Names(text).stands("Germany")


def test_letters_with_strokes_are_written_without_them() -> None:
    names = Names("Løkke met Władysław Kosiniak and Đặng Minh.")
    assert names.stands("Lokke") and names.stands("Wladyslaw Kosiniak") and names.stands("Dang Minh")
    assert not names.stands("Lakke")


@pytest.mark.parametrize(
    ("what", "quote", "stands"),
    [
        ("Attack each other", "Kang and Li agreed not to attack each other", False),
        ("Not to attack each other", "Kang and Li agreed not to attack each other", True),
        ("A schedule for the boats", "Kang and Li did not agree on a schedule for the boats", False),
        ("Send boats", "Kang said the city would not send boats before May", False),
        ("Send boats", "Kang refused to send boats to the city", False),
        ("Send boats", "Kang agreed to send boats, but not to the city", True),
        ("Send boats", "Kang did not only agree to send boats to the city", True),
        ("Send boats", "Kang did not hesitate to send boats to the city", True),
        ("Send the boats home", "Kang, who had not been there, agreed to send the boats home", True),
    ],
)
def test_a_claim_that_its_own_quote_denies(what: str, quote: str, stands: bool) -> None:
    """A whole quote may say the opposite of the item, whose words it has."""
    item = {"parties": [], "what": what, "status": "new", "condition": None, "evidence": [{"quote": quote}]}
    result = verify.check(
        reply(agreements=[item]), MeetingSummary, verify.Ground(Article(f"{quote}. They met in the city."))
    )
    assert result.value is not None and bool(result.value.agreements) is stands


def test_an_ask_that_was_refused_is_one() -> None:
    """Its quote may deny what was asked for."""
    quote = "Kang did not agree to send boats to the city"
    item = {"by": [], "of": ["Kang"], "what": "Send boats", "response": "refused", "evidence": [{"quote": quote}]}
    result = verify.check(reply(asks=[item]), MeetingSummary, verify.Ground(Article(f"{quote}.")))
    assert result.value is not None and len(result.value.asks) == 1
