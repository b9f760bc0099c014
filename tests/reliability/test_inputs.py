"""Odd articles and torn sources: each entry has a defined outcome of its own, and its neighbours have theirs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from summarizer import feeds
from summarizer.fetch import Fetcher
from summarizer.records import Article
from summarizer.sources import Broken, Reader, Taken
from tests.reliability.conftest import article
from tests.reliability.failing import Runs, driver
from tests.support.faults import Faults

# "Peace" or a greeting, in fifty languages and twenty-five scripts.
WORDS = [
    "سلام عليكم",
    "שלום",
    "صلح",
    "امن",
    "સલામ",
    "नमस्ते",
    "ਸਤ ਸ੍ਰੀ ਅਕਾਲ",
    "নমস্কার",
    "வணக்கம்",
    "నమస్కారం",
    "ನಮಸ್ಕಾರ",
    "നമസ്കാരം",
    "ආයුබෝවන්",
    "สวัสดี",
    "ສະບາຍດີ",
    "မင်္ဂလာပါ",
    "សួស្តី",
    "བཀྲ་ཤིས",
    "你好",
    "你們好",
    "こんにちは",
    "안녕하세요",
    "Здравствуйте",
    "Добрий день",
    "Здраво",
    "Добър ден",
    "Сайн байна уу",
    "Сәлем",
    "გამარჯობა",
    "Բարեւ",
    "Γειά σας",
    "ሰላም",
    "ⴰⵣⵓⵍ",
    "Xin chào",
    "Günaydın",
    "Dobrý den",
    "Cześć",
    "Jó napot",
    "Bună ziua",
    "Góðan dag",
    "Héllò",
    "Sveiki",
    "Labas",
    "Tere",
    "Hyvää päivää",
    "Dia dhuit",
    "Kaixo",
    "Habari",
    "Sannu",
    "Kedụ",
    "ꓡꓲ",
    "ᎣᏏᏲ",
    "ᐊᐃ",
    "𞤶𞤢𞤥",
]
ODD = {
    "large": "They met again in the long hall. " * 155_000,
    "one line": "word " * 200_000,
    "rtl": "\u200fالتقى الوزيران في عمّان\u200e يوم 5 أيار. " * 40,
    "emoji": "🤝🇫🇷🇯🇵👩‍👩‍👧‍👦👍🏽" * 50,
    "zalgo": ("H" + "\u0316\u0317\u0318" * 30 + "e met ") * 50,
    "decomposed": "Se\u0301ance a\u0300 Lie\u0300ge. " * 20,
    "controls": "They met\x1b[2J\x07 \x9d and \u202edelgnat\u202c. ",
    "soft": "They\u00ad met\u200b\u00a0in\u2028the\u2029hall\ufeff. ",
    "not characters": "\ufffe\uffff\U0010ffff\U0001fffe " * 9,
    "entities": "&lt;b&gt; &amp;amp; {{ 7*7 }} {% raw %} ${x} %s {0} \\u0041 ",
    "brackets": "[[[[((((<<<<{{{{" * 5000,
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with driver(tmp_path_factory.mktemp("driver")) as running:
        yield running


def asking(source: Path, store: Path, url: str) -> list[object]:
    return ["batch", source, "-o", store, "--model", "openai/x", "--base-url", url, "-q", "--timeout", "60"]


def stored(store: Path) -> dict[str, tuple[str, dict[str, Any], str]]:
    """Status, record and text of each article, by the name of its source."""
    with closing(sqlite3.connect(store)) as db:
        query = "SELECT meta, status, record, text FROM articles JOIN texts ON texts.id = text_id"
        found = db.execute(query).fetchall()
    return {
        Path(json.loads(meta)["source"]).name: (status, json.loads(record), text)
        for meta, status, record, text in found
    }


def test_r47_odd_articles_are_answered(server: Faults, runs: Runs, tmp_path: Path) -> None:
    """5 MB, fifty languages, right to left, emoji, controls: each is ok, and its quote stands where its offsets say."""
    folder = tmp_path / "articles"
    folder.mkdir()
    texts = {
        **{f"odd {name}": text for name, text in ODD.items()},
        **{f"word {i}": f"{word}. " for i, word in enumerate(WORDS)},
    }
    assert len(WORDS) >= 50 and len(ODD["large"]) > 5_000_000
    for number, (name, text) in enumerate(texts.items()):
        (folder / f"{name}.txt").write_text(f"{text}\n{article(number).text}\n", encoding="utf-8", newline="")
    ended = runs.run(*asking(folder, tmp_path / "o.store", server.url()))
    assert ended.status == 0, ended.said
    rows = stored(tmp_path / "o.store")
    assert rows.keys() == {f"{name}.txt" for name in texts} and server.count == len(texts)
    for number, name in enumerate(texts):
        status, record, text = rows[f"{name}.txt"]
        [ask] = record["summary"]["asks"]
        [quote] = ask["evidence"]
        assert status == "ok" and not record["problems"], name
        assert text[quote["start"] : quote["end"]] == quote["quote"] == f"Li asked Lee to wait for report {number}", (
            name
        )


def test_r47_next_to_nothing(server: Faults, runs: Runs, tmp_path: Path) -> None:
    """Nothing is no article; one character is one, and what is not in it is not confirmed."""
    folder = tmp_path / "articles"
    folder.mkdir()
    nothing = {"empty": b"", "spaces": b" \t\r\n ", "mark": b"\xef\xbb\xbf", "wide": "\u3000\u2003\u2028".encode()}
    little = {"letter": b"x", "emoji": "🤝".encode(), "stop": b".", "han": "会".encode()}
    for name, data in {**nothing, **little}.items():
        (folder / f"{name}.txt").write_bytes(data)
    ended = runs.run(*asking(folder, tmp_path / "o.store", server.url()))
    assert ended.status == 1 and ended.said.count("UNREADABLE") == len(nothing), ended.said
    rows = stored(tmp_path / "o.store")
    assert rows.keys() == {f"{name}.txt" for name in little}
    for status, record, _ in rows.values():
        assert status == "ok" and record["summary"]["asks"] == []
        assert {problem["kind"] for problem in record["problems"]} == {"quote_not_found"}


async def read(path: Path) -> list[Article | Broken | Taken]:
    async with Fetcher() as fetcher:
        return [entry async for entry in Reader(fetcher, follow="never").read([str(path)])]


LINES: dict[str, str | None] = {
    '{"text": "They met."}': "They met.",
    '\ufeff{"text": "They met."}': None,
    '{"text": "a\\ud800b"}': "a?b",
    '{"text": "a\\u0000b"}': "a\x00b",
    '{"text": ""}': None,
    '{"text": "\\u200b\\ufeff"}': None,
    '{"text": "\\n \\t"}': None,
    '{"text": 5}': None,
    '{"text": null, "body": "They met."}': "They met.",
    '{"text": ["They met."]}': None,
    '{"text": {"value": "They met."}}': None,
    '{"text": "x", "published": "the day before"}': None,
    '{"text": "x", "published": 1773900000000}': "x",
    '{"text": "x", "published": 9e18}': None,
    '{"text": "x", "title": 5, "language": [], "url": {}}': "x",
    '{"text": "x", "text": "y"}': "y",
    '{"text": "x"': None,
    '{"text": NaN}': None,
    '{"text": "x"} {"text": "y"}': None,
    "null": None,
    '"They met."': None,
    "[" * 100_000: None,
    '{"a":' * 100_000: None,
    "9" * 10_000: None,
    "\x00\x01": None,
}


async def test_r47_odd_lines(tmp_path: Path) -> None:
    """A line is an article or is named with its number, whatever stands in it; the lines around it come."""
    path = tmp_path / "a.jsonl"
    good = '{"text": "Between."}\n'
    path.write_text("".join(f"{good}{line}\n" for line in LINES) + good, encoding="utf-8")
    entries = await read(path)
    assert len(entries) == 2 * len(LINES) + 1
    for number, (line, text) in enumerate(LINES.items()):
        between, entry = entries[2 * number], entries[2 * number + 1]
        assert isinstance(between, Article) and between.text == "Between."
        if text is None:
            assert isinstance(entry, Broken) and entry.place == f"{path}:{2 * number + 2}", line[:80]
        else:
            assert isinstance(entry, Article) and entry.text == text, line[:80]


@pytest.mark.parametrize("value", [20260319, 2026, 0, True])
def test_r47_a_number_that_is_no_moment(value: object) -> None:
    """A day that is written as a number is that day or none; it is never guessed to be in 1970."""
    try:
        found = feeds.day(value)
    except ValueError:
        return
    assert found is None or found.year == 2026


async def test_r05_torn_at_every_byte(tmp_path: Path) -> None:
    """Wherever the last line is torn, in the middle of a character too, that line alone is lost, and by its number."""
    path = tmp_path / "a.jsonl"
    lines = [
        json.dumps({"text": f"They met in Łódź 🤝 {i}.", "title": "é"}, ensure_ascii=False).encode() for i in range(3)
    ]
    head = lines[0] + b"\n" + lines[1] + b"\n"
    for length in range(len(lines[2]) + 1):
        path.write_bytes(head + lines[2][:length])
        entries = await read(path)
        assert [entry.text for entry in entries[:2] if isinstance(entry, Article)] == [
            f"They met in Łódź 🤝 {i}." for i in (0, 1)
        ]
        rest = entries[2:]
        if length in (0, len(lines[2])):
            assert len(rest) == bool(length) and all(isinstance(entry, Article) for entry in rest)
        else:
            assert len(rest) == 1 and isinstance(rest[0], Broken) and rest[0].place == f"{path}:3", length


def test_r05_a_torn_source_that_is_whole_again(server: Faults, runs: Runs, tmp_path: Path) -> None:
    """The torn line is the only one that the next run asks for."""
    lines = [json.dumps({"text": article(i).text}) for i in range(4)]
    source = tmp_path / "a.jsonl"
    source.write_text("\n".join(lines)[:-9])
    torn = runs.run(*asking(source, tmp_path / "o.store", server.url()))
    assert torn.status == 1 and server.count == 3 and f"UNREADABLE {source}:4" in torn.said
    source.write_text("\n".join(lines))
    assert runs.run(*asking(source, tmp_path / "o.store", server.url())).status == 0
    assert dict(server.each) == {"0": 1, "1": 1, "2": 1, "3": 1}
