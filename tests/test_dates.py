"""Dates are arithmetic: EDTF in, a day out, counted from publication and from nothing else."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from summarizer import dates, datewords

DAY = date(2026, 3, 19)  # a Thursday


@pytest.mark.parametrize("edtf", [
    "2026-03-17", "XXXX-10-13", "2014-10-08/2014-10-11", "/2025-05-12", "{2021-12-09,2021-12-14}", "2004-07-XX", "2013-02",
    "2025-06-13?", "2025", "2001-21",
])  # fmt: skip
def test_valid(edtf: str) -> None:
    """The forms that the field uses."""
    assert dates.valid(edtf)


@pytest.mark.parametrize("edtf", [
    "", "soon", "2026-13-40", "2026-02-30", "XXXX-02-30", "2026-1X", "20260317", "03/17/2026", "2026-W12-2", "0" * 200, "..",
    "2026-03-17\n",
])  # fmt: skip
def test_invalid(edtf: str) -> None:
    """What is no date, or a day that does not exist, or another way of writing."""
    assert not dates.valid(edtf)


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The parser prints about some texts; standard output belongs to results."""
    dates.valid("2026-1X")
    assert capsys.readouterr().out == ""


def read(
    words: str | None,
    edtf: str | None = None,
    published: date | None = DAY,
    text: str = "",
    future: bool | None = False,
) -> dates.Reading:
    return dates.resolve(words, edtf, "explicit", dates.Context(published, text or words or "", future))


@pytest.mark.parametrize(("words", "published", "edtf", "resolved"), [
    # Rule 1: without a year, the latest such day not after publication.
    ("October 13", date(2022, 10, 14), "2022-10-13", "2022-10-13"),
    ("October 13", date(2022, 10, 13), "2022-10-13", "2022-10-13"),
    ("October 13", date(2023, 3, 1), "2022-10-13", "2022-10-13"),
    ("October 13", None, "XXXX-10-13", None),
    ("February 29", date(2026, 3, 1), "2024-02-29", "2024-02-29"),
    ("6 мая 2025 года", None, "2025-05-06", "2025-05-06"),
    ("13. Oktober", date(2022, 10, 14), "2022-10-13", "2022-10-13"),
    ("le 13 octobre", date(2022, 10, 14), "2022-10-13", "2022-10-13"),
    ("13 de octubre", date(2022, 10, 14), "2022-10-13", "2022-10-13"),
    ("10月13日", date(2022, 10, 14), "2022-10-13", "2022-10-13"),
    ("September 8 and 9", date(2026, 9, 30), "2026-09-08/2026-09-09", "2026-09-08/2026-09-09"),
    # Rule 2: relative words count from publication, in several languages.
    ("yesterday", DAY, "2026-03-18", "2026-03-18"), ("hier", DAY, "2026-03-18", "2026-03-18"),
    ("ayer", DAY, "2026-03-18", "2026-03-18"), ("gestern", DAY, "2026-03-18", "2026-03-18"),
    ("ce jour", DAY, "2026-03-19", "2026-03-19"), ("am heutigen Tag", DAY, "2026-03-19", "2026-03-19"),
    ("вчера", DAY, "2026-03-18", "2026-03-18"), ("Today", DAY, "2026-03-19", "2026-03-19"),
    ("on Tuesday", DAY, "2026-03-17", "2026-03-17"), ("mardi", DAY, "2026-03-17", "2026-03-17"),
    ("el martes", DAY, "2026-03-17", "2026-03-17"), ("am Dienstag", DAY, "2026-03-17", "2026-03-17"),
    ("во вторник", DAY, "2026-03-17", "2026-03-17"), ("Thursday", DAY, "2026-03-19", "2026-03-19"),
    ("last Thursday", DAY, "2026-03-12", "2026-03-12"), ("two days ago", DAY, "2026-03-17", "2026-03-17"),
    ("next Monday", DAY, "2026-03-23", "2026-03-23"),
    ("yesterday", None, None, None), ("on Monday", None, None, None), ("la semana pasada", None, None, None),
    # Rule 5: months, weeks and years resolve to no day.
    ("last month", DAY, "2026-02", None), ("le mois prochain", DAY, "2026-04", None), ("nächsten Monat", DAY, "2026-04", None),
    ("last week", DAY, "2026-03-09/2026-03-15", None), ("на прошлой неделе", DAY, "2026-03-09/2026-03-15", None),
    ("en février 2013", None, "2013-02", None), ("2026", DAY, "2026", None), ("December", DAY, "2025-12", None),
    ("jeudi soir", DAY, "2026-03-19", "2026-03-19"), ("gestern Abend", DAY, "2026-03-18", "2026-03-18"),
    ("вчера вечером", DAY, "2026-03-18", "2026-03-18"), ("в минувшую пятницу", DAY, "2026-03-13", "2026-03-13"),
    ("el próximo viernes", DAY, "2026-03-20", "2026-03-20"), ("昨天", DAY, "2026-03-18", "2026-03-18"), ("周四", DAY, "2026-03-19", "2026-03-19"),
    ("6월 5일", DAY, "2025-06-05", "2025-06-05"), ("3月3日至5日", DAY, "2026-03-03/2026-03-05", "2026-03-03/2026-03-05"),
    ("05.03.2026", DAY, "2026-03-05", "2026-03-05"), ("2026/03/05", DAY, "2026-03-05", "2026-03-05"),
    ("2026-03-05T10:00:00Z", DAY, None, None), ("au mois de février", DAY, "2026-02", None),
    # No dates, whatever a parser takes them for.
    *((words, DAY, None, None) for words in ("in the 1990s", "now", "two hours later", "at 10 a.m.", "at noon", "an hour ago", "one day",
                                             "for three days", "в 10 часов", "令和5年6月5日")),
    # What else stands beside a date may change it: then nothing is read, and nothing is guessed.
    ("the day before yesterday", DAY, "2026-03-17", "2026-03-17"), ("the day after tomorrow", DAY, "2026-03-21", "2026-03-21"),
    ("Monday last week", DAY, "2026-03-09", "2026-03-09"), ("Tuesday of last week", DAY, "2026-03-10", "2026-03-10"), ("a week from Monday", DAY, None, None),
    ("the first Monday in October", DAY, None, None), ("two days after Monday", DAY, None, None), ("a day after October 3", DAY, None, None),
    ("nächsten Montag", DAY, "2026-03-23", "2026-03-23"), ("lundi prochain", DAY, "2026-03-23", "2026-03-23"), ("vendredi dernier", DAY, "2026-03-13", "2026-03-13"),
    ("early on Tuesday morning", DAY, "2026-03-17", "2026-03-17"), ("by the end of May", DAY, "2025-05", None),
    ("at the summit", DAY, None, None), ("12/05/2025", DAY, None, None), ("13/05/2025", DAY, "2025-05-13", "2025-05-13"),
])  # fmt: skip
def test_words_alone(words: str, published: date | None, edtf: str | None, resolved: str | None) -> None:
    """What code reads by itself; without a publication date, nothing that needs one."""
    reading = read(words, None, published)
    assert (reading.edtf, reading.resolved, reading.problem) == (edtf, resolved, None)


@pytest.mark.parametrize(
    ("words", "resolved"), [("on Monday", "2026-03-23"), ("April 2", "2026-04-02"), ("March 1", "2027-03-01")]
)
def test_announced_meetings_count_forward(words: str, resolved: str) -> None:
    """With "will", a weekday or a day without a year is the next one."""
    assert read(words, future=True).resolved == resolved


@pytest.mark.parametrize(("words", "edtf", "published", "text", "expected"), [
    ("October 13", "XXXX-10-13", date(2022, 10, 14), "", ("2022-10-13", "2022-10-13", "relative")),
    ("October 13", "2022-10-13", date(2022, 10, 14), "", ("2022-10-13", "2022-10-13", "relative")),
    ("12 May 2025", "/2025-05-12", DAY, "", ("/2025-05-12", None, "inferred")),
    ("12 May 2025", "2025-05-12?", DAY, "", ("2025-05-12?", None, "inferred")),
    ("December 9", "{2021-12-09,2021-12-14}", date(2021, 12, 17), "December 9 and again on December 14",
     ("{2021-12-09,2021-12-14}", "2021-12-09/2021-12-14", "explicit")),
    ("13 et 14 mai", "2026-05-13/2026-05-14", date(2026, 5, 20), "Les 13 et 14 mai, à Corval",
     ("2026-05-13/2026-05-14", "2026-05-13/2026-05-14", "explicit")),
    ("on the same day", "2026-03-17", DAY, "on the same day as on March 17", ("2026-03-17", "2026-03-17", "explicit")),
    (None, "2026-03-17", DAY, "They met on 17 March.", ("2026-03-17", "2026-03-17", "inferred")),
])  # fmt: skip
def test_supported_proposals(
    words: str | None, edtf: str, published: date, text: str, expected: tuple[str, str | None, str]
) -> None:
    """A proposal may say the same, or more than its words where the article says it too."""
    reading = read(words, edtf, published, text)
    assert (reading.edtf, reading.resolved, reading.basis) == expected and reading.problem is None


@pytest.mark.parametrize(("words", "edtf", "published", "stays"), [
    ("October 13", "2021-10-13", date(2022, 10, 14), "2022-10-13"),
    ("October 13", "2022-10-13", None, "XXXX-10-13"),
    ("October 13", "2022-10-14", date(2022, 10, 20), "2022-10-13"),
    ("on Tuesday", "2026-03-18", DAY, "2026-03-17"),
    ("yesterday", "2026-03-18", None, None),
    ("at the summit", "2026-03-18", DAY, None),
    ("at the summit", "1999", DAY, None), ("at the summit", "2026-12", DAY, None), ("on 13 and 14 March", "2026-03-14/2026-03-13", DAY, "2026-03-13/2026-03-14"),
    ("in May", "2025-05-01", DAY, "2025-05"), ("on 13 March with 27 people", "2026-03-27", DAY, None),
    ("February 30", "2026-02-30", DAY, None),
    ("October 13", "13.10.2022", date(2022, 10, 14), "2022-10-13"),
    ("le 13 octobre", "2022-10-13/2022-10-19", date(2022, 10, 20), "2022-10-13"),
])  # fmt: skip
def test_unsupported_proposals(words: str, edtf: str, published: date | None, stays: str | None) -> None:
    """What the words do not say is a problem; their own reading stays, and nothing is guessed."""
    reading = read(words, edtf, published)
    assert reading.edtf == stays and edtf in (reading.problem or "")


@pytest.mark.parametrize(("words", "edtf", "resolved"), [
    ("in September", "2026-09", None), ("in September", "2025-09", None), ("before the end of May", "/2026-05-31", None),
    ("on April 2", "2026-04-02", "2026-04-02"), ("on April 2", "2025-04-02", "2025-04-02"),
])  # fmt: skip
def test_other_meetings_may_be_past_or_to_come(words: str, edtf: str, resolved: str | None) -> None:
    """Where nothing says which, the proposal may be the last such day or the next one, and no other."""
    reading = read(words, edtf, future=None)
    assert (reading.edtf, reading.resolved, reading.problem) == (edtf, resolved, None)
    assert read(words, edtf.replace("202", "201"), future=None).problem


def test_the_weekday_checks_the_date() -> None:
    """Rule 3: 30 June 2023 was a Friday; where they disagree the date is uncertain and not resolved."""
    assert read("On Friday, June 30", None, date(2023, 7, 3)).resolved == "2023-06-30"
    wrong = read("On Thursday, June 30", "2023-06-30", date(2023, 7, 3))
    assert (wrong.edtf, wrong.resolved) == ("2023-06-30?", None) and "was a Friday" in (wrong.problem or "")
    assert read("vendredi 30 juin", None, date(2023, 7, 3)).resolved == "2023-06-30"


@pytest.mark.parametrize(
    "words", ["October 13", "yesterday", "hier", "on Tuesday", "во вторник", "la semana pasada", "6 мая", "May"]
)
def test_the_present_day_is_never_used(words: str) -> None:
    """The same words give the same answer in every year that a clock may show, with a publication date and without."""
    answers = set()
    for now in ("2019-01-07", "2026-11-23", "2041-06-30"):
        datewords.read.cache_clear()
        datewords._asked.cache_clear()
        with time_machine.travel(now):
            answers.add((read(words), read(words, published=None)))
    assert len(answers) == 1
    assert all(str(year) not in str(answers) for year in (2019, 2041))


@pytest.mark.parametrize("published", [date.min, date.max])
@pytest.mark.parametrize("words", ["yesterday", "tomorrow", "last week", "next month", "last month"])
def test_the_ends_of_the_calendar(published: date, words: str) -> None:
    """Feeds carry years 1 and 9999 for "unknown"."""
    reading = read(words, published=published)
    assert reading.problem is None and (reading.edtf is None or dates.valid(reading.edtf))


@pytest.mark.parametrize(("edtf", "published", "expected"), [
    ("{XXXX-12-09,XXXX-12-14}", date(2021, 12, 17), ("{2021-12-09,2021-12-14}", "2021-12-09/2021-12-14")),
    ("XXXX-12-09/XXXX-12-14", date(2021, 12, 17), ("2021-12-09/2021-12-14", "2021-12-09/2021-12-14")),
    ("{XXXX-12-09,XXXX-12-14}", None, ("{XXXX-12-09,XXXX-12-14}", None)),
])  # fmt: skip
def test_several_days_without_a_year(edtf: str, published: date | None, expected: tuple[str, str | None]) -> None:
    """Two days of which neither says its year get it from the publication, as one does."""
    text = "The council met on December 9 and the board met on December 14."
    found = dates.resolve(
        "December 9 and the board met on December 14", edtf, "explicit", dates.Context(published, text)
    )
    assert (found.edtf, found.resolved) == expected and found.problem is None


@pytest.mark.parametrize(("words", "resolved"), [
    # The longer word holds the shorter one, and a week before a weekday says which.
    ("一昨日", "2026-03-17"), ("明後日", "2026-03-21"), ("下周五", "2026-03-27"), ("上周五", "2026-03-13"), ("本周一", "2026-03-16"),
    ("来週金曜日", "2026-03-27"), ("周五", "2026-03-13"), ("周二上午10", "2026-03-17"), ("去年3月5日", None), ("4月30日至5月2日", "2025-04-30/2025-05-02"),
    # From one month into the next; the year may stand with the last day alone.
    ("30 April - 2 May 2026", "2026-04-30/2026-05-02"), ("April 30 – May 2, 2026", "2026-04-30/2026-05-02"),
    ("from 30 December to 2 January 2026", "2025-12-30/2026-01-02"), ("du 30 avril au 2 mai 2026", "2026-04-30/2026-05-02"),
    ("с 30 апреля по 2 мая 2026 года", "2026-04-30/2026-05-02"), ("1 January - 5 June 2026", None), ("13 - 14 March", "2026-03-13/2026-03-14"),
    # A day without its month: the latest of that number.
    ("on the 14th", "2026-03-14"), ("the 31st", "2026-01-31"), ("14日", "2026-03-14"), ("le 14", "2026-03-14"), ("14 числа", "2026-03-14"),
    ("nesta segunda-feira (16)", "2026-03-16"), ("Tuesday (17)", "2026-03-17"), ("the 14th round", None), ("on the 14th of last month", None),
    # Idioms.
    ("last night", "2026-03-18"), ("late last night", "2026-03-18"), ("this morning", "2026-03-19"), ("this morning at 10", "2026-03-19"),
    ("le 1er mars", "2026-03-01"),
])  # fmt: skip
def test_days_in_other_words(words: str, resolved: str | None) -> None:
    reading = read(words)
    assert (reading.resolved, reading.problem) == (resolved, None)


@pytest.mark.parametrize(("words", "edtf"), [
    ("last year", "2025"), ("next year", "2027"), ("l'année dernière", "2025"), ("el año pasado", "2025"), ("в прошлом году", "2025"),
    ("去年", "2025"), ("for last year's summit", None), ("в августе", "2025-08"), ("в мае", "2025-05"), ("в марте 2025 года", "2025-03"),
    ("у серпні", "2025-08"), ("2026年3月", "2026-03"),
])  # fmt: skip
def test_years_and_months_in_other_words(words: str, edtf: str | None) -> None:
    """They resolve to no day."""
    reading = read(words)
    assert (reading.edtf, reading.resolved) == (edtf, None)


@pytest.mark.parametrize(("words", "edtf", "text", "stays"), [
    ("at the summit", "2026-03", "at the summit of 2026", None), ("at the summit", "2026-04", "au sommet de mars 2026", None),
    ("at the summit", "2026-03", "au sommet de mars 2026", "2026-03"), ("at the summit", "2026-03", "on 5 March 2026", "2026-03"),
    ("at the summit", "2026-03/2026-04", "in March 2026 and April 2026", "2026-03/2026-04"), ("at the summit", "2026", "in 2026", "2026"),
    ("on the 14th", "2025-10-14", "on 3 October 2025 and on the 14th", "2025-10-14"), ("on the 14th", "2025-10-15", "on 3 October 2025", "2026-03-14"),
    ("at the summit", "2026-05-01", "Le 1er mai 2026, au sommet", "2026-05-01"),
])  # fmt: skip
def test_a_month_needs_its_name_and_a_day_its_month(words: str, edtf: str, text: str, stays: str | None) -> None:
    """A month does not stand because the article names its year; "the 14th" may be of a month that the article names."""
    reading = read(words, edtf, DAY, text)
    assert reading.edtf == stays and (reading.problem is None) == (stays == edtf)


TUESDAY = date(2026, 5, 12)


@pytest.mark.parametrize(("words", "resolved"), [
    # "Morgen" and "mañana" are tomorrow alone, and the morning beside another word.
    *((words, "2026-05-12") for words in ("heute Morgen", "diesen Morgen", "an diesem Morgen", "Heute Morgen", "esta mañana", "Esta mañana", "hoy por la mañana",
                                          "vanmorgen", "ce matin", "cet après-midi", "stamattina", "nesta manhã", "heute früh am Morgen")),
    *((words, "2026-05-11") for words in ("gestern Morgen", "en la mañana de ayer", "ayer por la mañana", "gestern am frühen Morgen", "Montag Morgen", "la mañana del lunes")),
    *((words, "2026-05-13") for words in ("morgen", "Morgen", "mañana", "bis morgen", "morgen früh", "morgen Abend", "mañana por la mañana", "i morgen", "demain matin")),
    *((words, None) for words in ("am Morgen", "am frühen Morgen", "früh am Morgen", "jeden Morgen", "gegen Morgen", "am nächsten Morgen", "por la mañana", "de la mañana",
                                  "la mañana siguiente", "in de morgen", "le lendemain matin", "la veille au soir", "am Abend", "a las 5 de la tarde",
                                  "más tarde", "dos días más tarde", "um 10 Uhr am Morgen", "esta mañana y ayer")),
    ("el lunes a las 5 de la tarde", "2026-05-11"), ("am Morgen des 5. Mai", "2026-05-05"), ("la mañana del 5 de mayo", "2026-05-05"),
])  # fmt: skip
def test_a_part_of_the_day_is_no_day(words: str, resolved: str | None) -> None:
    reading = read(words, published=TUESDAY)
    assert (reading.resolved, reading.problem) == (resolved, None)


@pytest.mark.parametrize(("words", "edtf"), [
    ("5 May last year", "2025-05-05"), ("June 3 of this year", "2026-06-03"), ("le 5 mai de l'année dernière", "2025-05-05"), ("5 de mayo del año pasado", "2025-05-05"),
    ("5. Mai letzten Jahres", "2025-05-05"), ("5 мая прошлого года", "2025-05-05"), ("May last year", "2025-05"), ("29 February last year", "XXXX-02-29"),
    ("Tuesday last week", "2026-05-05"), ("on Wednesday next week", "2026-05-20"), ("Monday of last week", "2026-05-04"), ("Friday this week", "2026-05-15"),
    ("el martes de la semana pasada", "2026-05-05"), ("mardi de la semaine dernière", "2026-05-05"), ("am Dienstag letzter Woche", "2026-05-05"),
    ("во вторник на прошлой неделе", "2026-05-05"), ("this past Friday", "2026-05-08"), ("le 4 mai dernier", "2026-05-04"), ("el pasado 5 de mayo", "2026-05-05"),
    ("el próximo 5 de mayo", "2027-05-05"), ("last year's May 5 talks", None), ("5 May last week's", None),
])  # fmt: skip
def test_days_of_other_years_and_weeks(words: str, edtf: str | None) -> None:
    assert (read(words, published=TUESDAY).edtf, read(words, published=None).resolved) == (edtf, None)


@pytest.mark.parametrize(("text", "article", "edtf", "problem"), [
    ("May 5", "The ministers met on May 5, 2021 in Rome.", "2021-05-05", False), ("May 5", "They met on May 5th, 2021.", "2021-05-05", False),
    ("May 5", "The ministers met on May 5 in Rome.", "2026-05-05", False), ("June 3", "On June 3, 2024, the ministers met.", "2024-06-03", False),
    ("Friday", "They met on Friday, May 1, in Rome.", "2026-05-01", False), ("Friday", "They met on Friday (May 1).", "2026-05-01", False),
    ("Friday", "They met on May 1 (Friday).", "2026-05-01", False), ("Friday", "They met on Friday, 1 May 2020.", "2020-05-01", False),
    ("Friday", "On Friday, 5 marines were hurt.", "2026-05-08", False), ("Friday", "On Friday, 12 ministers met.", "2026-05-08", False),
    ("5 May", "They met on 5 May last year in Rome.", "2025-05-05", False), ("5 May", "Last year, on 5 May, they met.", "2025-05-05", False),
    ("5 May", "On 5 May last year's winner spoke.", "2026-05-05", False), ("May 5", "On May 5, 2,000 people met.", "2026-05-05", False),
    ("Tuesday", "They met on Tuesday last week.", "2026-05-05", False), ("on Tuesday", "They met last week on Tuesday.", "2026-05-05", False),
    ("Tuesday", "They meet next Tuesday.", "2026-05-19", False), ("May 5", "They met on May 5 and 6, 2021.", "2021-05-05", False),
    ("6 May", "They met on 5 and 6 May 2021.", "2021-05-06", False), ("December 30", "from December 30 to January 2, 2026", "2025-12-30", False),
    ("5 de mayo", "El 5 de mayo de 2021 se vieron.", "2021-05-05", False), ("5. Mai", "Am 5. Mai vergangenen Jahres", "2025-05-05", False),
    ("5 мая", "Встреча 5 мая 2021 года прошла", "2021-05-05", False), ("5月5日", "部长们于2021年5月5日会面", "2021-05-05", False), ("5月5日", "部长们去年5月5日会面", None, False),
    ("周五", "部长们上周五会面", "2026-05-08", False), ("周五", "周五（5月1日）会面", "2026-05-01", False), ("the 5th", "on the 5th of March", "2026-03-05", False),
    ("le 5", "Le 5 mars 2021, ils", "2021-03-05", False), ("Le 5", "Le 5 mars 2021, ils", "2021-03-05", False), ("in May", "It began in May 2021.", "2021-05", False),
    ("mañana", "Se vieron esta mañana en Roma.", "2026-05-12", False), ("Morgen", "Sie trafen sich am Morgen.", None, False), ("morgen", "Er trifft morgen ein.", "2026-05-13", False),
    ("5 May", "They met on 15 May 2021.", "2026-05-05", False), ("Friday", "On Friday, May 2, they met.", "2026-05-02?", True),
    ("weekend", "They met over the weekend.", "2026-05-09/2026-05-10", False), ("weekend", "They met on the weekend of March 7.", None, False), ("weekend", "They meet next weekend.", None, False),
    ("May 5", "They met on May 5. 2021 was long ago.", "2026-05-05", False), ("May 5", "May 5\n2021 was long ago.", "2026-05-05", False), ("May 5", "On May 5,\n2021, they met.", "2021-05-05", False),
    ("May 5", "on May 5 (2021)", "2021-05-05", False), ("May 5", "on May 5 of 2021", "2021-05-05", False), ("May 5", "on May 5, 2030 GMT", "2026-05-05", False),
    ("May 5", "Rome, May  5,  2021", "2021-05-05", False), ("Friday", "on Friday, the 1st of May", "2026-05-01", False), ("Friday", "on Friday evening, May 1", "2026-05-01", False),
    ("Tuesday", "the Tuesday before last", None, False), ("Tuesday", "a week ago Tuesday", None, False),
    # At several places: one reading for all of them, or no day.
    ("May 5", "On May 5, 2021 they met. The talks of May 5, 2021 were long.", "2021-05-05", False), ("May 5", "On May 5, 2026 they met. On May 5 they left.", "2026-05-05", False),
    ("May 5", "On May 5, 2021 they met. The May 5 talks were long.", "XXXX-05-05", False), ("Friday", "On Friday, May 1, they met; on Friday they left.", None, False),
])  # fmt: skip
def test_the_article_goes_on_where_the_words_end(text: str, article: str, edtf: str | None, problem: bool) -> None:
    """Words that are cut short are read with what stands directly beside them."""
    reading = read(text, None, TUESDAY, article)
    assert (reading.edtf, reading.problem is not None) == (edtf, problem)


@pytest.mark.parametrize(("article", "edtf", "stays"), [
    ("The ministers met on May 5, 2021 in Rome.", "2021-05-05", "2021-05-05"), ("The ministers met on May 5, 2021 in Rome.", "XXXX-05-05", "2021-05-05"),
    ("The ministers met on May 5, 2021 in Rome.", "2026-05-05", None), ("On May 5, 2021 they met. The May 5 talks were long.", "2021-05-05", "2021-05-05"),
    ("On May 5, 2021 they met. The May 5 talks were long.", "2026-05-05", "2026-05-05"), ("On May 5, 2021 they met. The May 5 talks were long.", "2020-05-05", None),
])  # fmt: skip
def test_a_proposal_for_words_that_are_cut_short(article: str, edtf: str, stays: str | None) -> None:
    """Of several readings, the proposal says which is meant, and no other."""
    reading = read("May 5", edtf, TUESDAY, article)
    assert (reading.edtf if not reading.problem else None) == stays


SATURDAY = date(2026, 5, 9)


@pytest.mark.parametrize(("words", "published", "future", "resolved"), [
    *((words, TUESDAY, False, "2026-05-09/2026-05-10") for words in ("over the weekend", "at the weekend", "Over the weekend", "this past weekend", "last weekend", "am Wochenende",
                                                                     "am vergangenen Wochenende", "le week-end", "ce week-end", "le week-end dernier", "el fin de semana pasado",
                                                                     "no fim de semana", "nel fine settimana", "in het weekend", "на выходных")),
    ("over the weekend", SATURDAY, False, "2026-05-09/2026-05-10"), ("at the weekend", date(2026, 5, 10), False, "2026-05-09/2026-05-10"),
    ("last weekend", SATURDAY, False, "2026-05-02/2026-05-03"), ("over the weekend", TUESDAY, True, "2026-05-16/2026-05-17"), ("last weekend", TUESDAY, True, "2026-05-09/2026-05-10"),
    ("over the weekend", SATURDAY, True, "2026-05-09/2026-05-10"), ("le week-end prochain", TUESDAY, False, "2026-05-16/2026-05-17"), ("next weekend", TUESDAY, False, None),
    ("the weekend of March 7", TUESDAY, False, None), ("a weekend", TUESDAY, False, None), ("over the weekend", None, False, None), ("over the weekend", date.max, True, None),
])  # fmt: skip
def test_weekends(words: str, published: date | None, future: bool, resolved: str | None) -> None:
    """Saturday and Sunday before the publication; on one of them, these."""
    assert read(words, published=published, future=future).resolved == resolved


@pytest.mark.parametrize(("words", "edtf"), [
    *((words, "2026-05-11") for words in ("am Montagabend", "in der Nacht auf Montag", "in der Nacht zum Montag", "el lunes por la mañana", "anoche", "ayer por la tarde", "hier soir",
                                          "ieri sera", "lunedì sera", "lunedì scorso", "maandagavond", "gisteravond", "na noite de segunda-feira", "ontem à noite", "am späten Montagabend")),
    ("Donnerstagabend", "2026-05-07"), ("Dienstagmorgen", "2026-05-12"), ("ce soir", "2026-05-12"),
    *((words, "2026-05-11/2026-05-17") for words in ("earlier this week", "later this week", "Earlier this week", "earlier this week,")),
    ("late last week", "2026-05-04/2026-05-10"), ("earlier this month", "2026-05"), ("earlier this year", "2026"), ("a day earlier", None), ("in der Nacht von Sonntag auf Montag", None),
])  # fmt: skip
def test_parts_of_days_and_weeks(words: str, edtf: str | None) -> None:
    assert read(words, published=TUESDAY).edtf == edtf


def test_the_last_one_is_not_to_come() -> None:
    """Not of a meeting that is still to come either."""
    assert read("last Friday", published=TUESDAY, future=True).resolved == "2026-05-08"


@pytest.mark.parametrize(("words", "resolved"), [
    # TUESDAY is 12 May 2026.
    *((words, "2026-05-11") for words in (
        "Monday at 10am", "at 10:30 a.m. on Monday", "Monday, 5 p.m.", "on Monday at 17:00 GMT", "on Monday evening at 8", "Monday at noon", "Monday from 9.30 a.m.",
        "el lunes a las 5", "el lunes a las 17:30 horas", "lundi à 17 heures", "lundi à 17h30", "lundi vers 9 h", "am Montag um 17 Uhr", "am Montag um 17.30 Uhr",
        "am Montag um 17 Uhr 30", "na segunda-feira às 15h", "segunda-feira às 15 horas", "lunedì alle 17", "lunedì alle ore 17.30", "maandag om 17 uur",
        "в понедельник в 17:00", "в понедельник в 17 часов", "yesterday at 5", "yesterday’s", "Monday's",
    )),
    *((words, "2026-05-05") for words in (
        "May 5 at 3 pm", "5 May 2026, 10:00", "at 10am on 5 May", "el 5 de mayo a las 10", "a las 10 del 5 de mayo", "le 5 mai à 10 heures", "am 5. Mai um 10 Uhr",
        "10am 05.05.2026", "2026-05-05 17:00", "17 Uhr am 5. Mai",
    )),
    *((words, None) for words in ("at 10am", "a las 5", "17h30", "um 17 Uhr", "24 hours ago", "at noon", "within 12 hours", "Monday's talks")),
    ("5 to 7 May", "2026-05-05/2026-05-07"),
    *((words, "2026-05-05") for words in ("on Tuesday, the 5th of May", "Tue 5 May", "Tues., May 5", "Tue, 5 May 2026 10:00 GMT")),
])  # fmt: skip
def test_an_hour_or_a_short_weekday_beside_a_day(words: str, resolved: str | None) -> None:
    reading = read(words, published=TUESDAY)
    assert (reading.resolved, reading.problem) == (resolved, None)


@pytest.mark.parametrize(("words", "article", "resolved"), [
    # TUESDAY is 12 May 2026; the meeting was held.
    ("5 June", "on 5 June, 2000 CET they met", "2025-06-05"), ("5 June", "on 5 June 2000 delegates met", "2025-06-05"),
    ("5 June", "They met on 5 June, 2024 in Oslo.", "2024-06-05"), ("8 May", "on 8 May\u202f2023 they met", "2023-05-08"),
    *(("May 8", article, "2023-05-08") for article in ("on May 8,2023 they met", "on May 8 , 2023", "on May 8 in 2023")),
    ("May 8", "on May 8, last year, they met", "2025-05-08"),
    *(("May 8", article, None) for article in ("the day after May 8", "in the week of May 8")),
    *(("May 8", article, "2026-05-08") for article in ("They met on May 8 in Oslo.", "on May 8. In 2023 they", "on May 8, 25 ministers met")),
    *(("Monday", f"They met on {article} in Oslo.", "2026-05-04") for article in (
        "Monday the 4th", "Monday, the 4th,", "Monday 4th", "Monday (04.05.2026)", "Monday (2026-05-04)", "Monday, last week,", "Monday of last week",
    )),
    *(("Monday", article, None) for article in ("the last Monday of April", "every Monday", "on Easter Monday", "a Monday in March 2024")),
    *(("Monday", article, "2026-05-11") for article in ("They met on Monday in Oslo.", "on Monday, 4th round talks began", "On Monday the two sides met.")),
    *(("the 8th", article, None) for article in ("on the 8th of last month", "on the 8th floor")), ("the 8th", "on the 8th in Oslo", "2026-05-08"),
    ("today", "a week ago today", None), ("today", "They met today.", "2026-05-12"), ("today", "They met at 10 am today.", "2026-05-12"), ("yesterday", "the day before yesterday", None),
    ("12日", "两国4月12日签署", "2026-04-12"), ("12日", "上月12日", None), ("12日", "双方12日会谈", "2026-05-12"),
])  # fmt: skip
def test_what_stands_around_decides(words: str, article: str, resolved: str | None) -> None:
    reading = dates.resolve(words, None, "relative", dates.Context(TUESDAY, article, False))
    assert (reading.resolved, reading.problem) == (resolved, None)


@pytest.mark.parametrize(("words", "resolved"), [
    *((words, "2026-05-08") for words in ("2-4 pm 8 May", "8 May, 2-4pm", "9 to 11 a.m. 8 May", "Friday (May 8)", "May 8 (Friday)", "8 May, Friday", "5月8日下午3点",
                                          "5月8日午後3時", "5월 8일 오후 3시")),
    *((words, "2026-05-09/2026-05-11") for words in ("from 9 to 11 May", "5月9日から11日まで", "5月9日～11日", "5월 9일부터 11일까지", "5월 9일~11일")),
    *((words, "2026-05-08") for words in ("the morning of May 8", "on the night of 8 May")),
    ("May 8 & 9", "2026-05-08/2026-05-09"), ("내일모레", "2026-05-14"),
    *((words, "2026-05-10") for words in ("avant-hier", "vorgestern", "anteayer", "l’altro ieri", "позавчора", "przedwczoraj", "おととい")),
    *((words, "2026-05-11") for words in ("вчора", "dün", "أمس", "きのう", "昨夜", "월요일", "월요일에")),
    *((words, "2026-05-14") for words in ("übermorgen", "pasado mañana", "depois de amanhã", "dopodomani", "overmorgen", "après-demain", "послезавтра", "あさって")),
    *((words, "2026-05-12") for words in ("сьогодні", "bugün", "本日", "今朝", "きょう", "화요일")), ("yarın", "2026-05-13"), ("غدا", "2026-05-13"),
    # More than one day, or another one: better none than the wrong one.
    *((words, None) for words in (
        "the night before May 8", "the Friday before", "30 to 1 May", "24 hours ago", "hace 24 horas", "il y a 24 heures", "13-14.04.2026", "11.–13.05.2026",
        "vom 30.04. bis 02.05.2026", "13.04.2026 - 15.04.2026", "2026/5/11—2026/5/13", "5月11日和12日", "5月12日或13日", "5月11日と12日", "周一至周三", "月曜日から水曜日",
        "昨天和今天", "어제와 오늘", "지난해 5월 12일", "오늘날", "再来週の月曜日", "5月12日前一天", "5月12日の翌日", "5월 12일 전날", "每周二", "农历5月12日", "5月12日まで",
        "지난주 화요일", "다음 주 월요일", "화요일부터 목요일까지", "昨夜と今朝",
    )),
])  # fmt: skip
def test_spans_bounds_and_neighbours(words: str, resolved: str | None) -> None:
    assert dates.resolve(words, None, "relative", dates.Context(TUESDAY, f"x {words} x", False)).resolved == resolved


def test_a_span_that_has_begun_is_not_next_years() -> None:
    reading = dates.resolve("11-13 May", None, "relative", dates.Context(TUESDAY, "Talks of 11-13 May", True))
    assert reading.resolved == "2026-05-11/2026-05-13"
