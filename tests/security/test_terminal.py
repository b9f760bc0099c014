"""A real terminal, and everything that could act on it: S19. What comes out is compared byte by byte with what may."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.endpoint import Answer, Endpoint, completion
from tests.test_verify import ask, reply

# Clear the screen, write the clipboard, a link, a title, overwrite the line, go back, ring, C1 forms of the same, direction.
EVIL = "\x1b[2J\x1b]52;c;aGk=\x07\x1b]8;;http://127.0.0.1/\x1b\\link\x1b]8;;\x1b\\\x1b]0;t\x07\rover\x08\x07\x9b2J\x9d52;c;aGk=\x9c\x90q\x9c\x85\x0e\x7f\x1bc\x1b[?1049h"
TURN = "\u202eabc\u202c\u2066d\u2069\u200f\u200e\u061c"
TEXT = f"Ann Lee met Bo Li on May 5. Li asked Lee to {EVIL} wait{TURN} for the report. They signed a lease on the mill."
# Our own: colours and styles, and what a progress line on a terminal needs to erase itself and hide the cursor.
STYLE = re.compile(r"\x1b\[[0-9;]*m")
LIVE = re.compile(r"\x1b\[(?:\?25[lh]|1A|2K)|\r")


def shown(*args: object, keys: str = "dumb", cwd: Path | None = None) -> tuple[int, str]:
    """What a terminal gets to see of a command, both outputs, and its exit status."""
    main, other = pty.openpty()
    env = {"PATH": os.environ["PATH"], "COLUMNS": "100", "TERM": keys, "HOME": "/nonexistent", "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "summarizer", *map(str, args)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=other, stderr=other, env=env, cwd=cwd)
    os.close(other)
    seen, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline:
        if not select.select([main], [], [], 0.2)[0]:
            continue
        try:
            chunk = os.read(main, 65536)
        except OSError:  # the terminal's end when the process has gone
            break
        seen += chunk
        if not chunk:
            break
    os.close(main)
    return process.wait(timeout=10), seen.decode("utf-8", "strict")


def acting(text: str, *, live: bool = False) -> list[str]:
    """What of a text could act on a terminal, once the line discipline's line ends and our own styles are taken away."""
    left = STYLE.sub("", text.replace("\r\n", "\n"))
    left = LIVE.sub("", left) if live else left
    return re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", left)


def evil_reply() -> Answer:
    item = ask(TEXT[28 : TEXT.index("report") + 6], what=f"w{EVIL}{TURN}", by=[f"Li{EVIL}"], of=[f"Lee{TURN}"])
    person: dict[str, object] = {"name": f"Ann{EVIL}", "role": EVIL, "organization": TURN, "country": None, "kind": "person", "present": True, "evidence": []}  # fmt: skip
    lost = ask(f"gone {EVIL}", what=EVIL)
    return Answer(
        completion({**reply(overview=f"o{EVIL}{TURN}", asks=[item, lost], participants=[person]), f"f{EVIL}": EVIL})
    )


def test_s19_the_check_itself_sees_every_attack() -> None:
    """S19: each of the sequences is found where it is not removed; ours are not taken for one."""
    assert len(acting(EVIL)) == sum(ord(char) < 32 or 127 <= ord(char) < 160 for char in EVIL)
    assert len(acting(TURN)) == 7 and acting("\x1b[1;31mred\x1b[0m\tx\r\n") == [] and acting("x\ry") == ["\r"]


@pytest.mark.parametrize("keys", ["dumb", "xterm-256color"])
@pytest.mark.parametrize("form", ["table", "md", "json"])
def test_s19_one_article(endpoint: Endpoint, tmp_path: Path, form: str, keys: str) -> None:
    """S19: article, file name and every field of a reply, in every view, with colours and without."""
    path = tmp_path / f"a{EVIL.replace('/', '')}.txt"
    path.write_text(TEXT, newline="")
    endpoint.play(evil_reply())
    status, text = shown(
        path, "--model", "openai/x", "--base-url", endpoint.url, "--format", form, "--debug", keys=keys
    )
    assert status == 0 and "aGk=" in text and "abc" in text, "the attacks were not shown"
    assert acting(text) == []
    assert form != "table" or keys == "dumb" or STYLE.search(text), "the view in colours was not seen"


@pytest.mark.parametrize("keys", ["dumb", "xterm-256color"])
def test_s19_a_batch(endpoint: Endpoint, tmp_path: Path, keys: str) -> None:
    """S19: the progress line, the last words, what could not be read, and `status`, `retry` and `render` after it."""
    rows = [{"text": TEXT, "title": EVIL, "url": f"http://x/{EVIL}"}, {"title": EVIL}, {"text": "x", "date": EVIL}]
    odd = tmp_path / f"b{EVIL.replace('/', '')}.jsonl"
    odd.write_text("".join(json.dumps(row) + "\n" for row in rows) + f"{EVIL}\n")
    endpoint.play(evil_reply())
    to = ("--model", "openai/x", "--base-url", endpoint.url)
    status, text = shown("batch", odd, "-o", tmp_path / "o.store", *to, keys=keys)
    assert status == 1 and text.count("UNREADABLE") == 3 and "1 ok" in text
    assert acting(text, live=keys != "dumb") == []
    for command in (
        ["status", tmp_path / "o.store"],
        ["retry", tmp_path / "o.store"],
        ["export", tmp_path / "o.store"],
    ):
        status, text = shown(*command)
        assert status in (0, 1) and acting(text) == [], command
    article = tmp_path / "a.txt"
    article.write_text(TEXT, newline="")
    status, text = shown("render", article, *to)
    assert status == 0 and "wait" in text and acting(text) == []


def test_s19_errors(endpoint: Endpoint, tmp_path: Path) -> None:
    """S19: names in messages, and what an endpoint says of itself."""
    endpoint.play(Answer({"error": {"message": EVIL, "code": EVIL, "type": TURN, "param": EVIL}}, 400))
    (tmp_path / "a.txt").write_text("Ann Lee met Bo Li on May 5.")
    to = ("--model", "openai/x", "--base-url", endpoint.url)
    name = EVIL.replace("/", "").replace("\0", "")
    for arguments in (
        [tmp_path / name], [tmp_path / "a.txt", *to], [tmp_path / "a.txt", "--model", f"x{EVIL}"], [tmp_path / "a.txt", "--schema", EVIL],
        [tmp_path / "a.txt", "--model", "openai/x", "--base-url", f"x{EVIL}"], [tmp_path / "a.txt", f"--{EVIL}"], ["batch", EVIL, "--model", "builtin"],
        ["status", tmp_path / name], ["export", tmp_path / name, tmp_path / "x.csv"], [f"http://127.0.0.1/{EVIL}"], [tmp_path / "a.txt", "--published", EVIL],
    ):  # fmt: skip
        status, text = shown(*arguments)
        assert status in (1, 2, 3) and "summarizer: " in text and acting(text) == [], text


def test_s19_the_records_of_a_strangers_store(tmp_path: Path) -> None:
    """S19: records that this program wrote escape controls; those of a store from a stranger need not."""
    (tmp_path / "a.txt").write_text("Ann Lee met Bo Li on May 5. Li asked Lee to wait for the report.")
    assert shown("batch", tmp_path / "a.txt", "-o", tmp_path / "o.store", "--model", "builtin", "-q")[0] == 0
    with closing(sqlite3.connect(tmp_path / "o.store", isolation_level=None)) as db:
        db.execute(
            "UPDATE articles SET record = ?", (json.dumps({"x": EVIL}, ensure_ascii=False).replace("\\u001b", "\x1b"),)
        )
    status, text = shown("export", tmp_path / "o.store")
    assert status == 0 and acting(text) == []
