"""The clients, how each is called, and what its endpoint answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.bill.articles import HERE, ROOT, Sample, extractions, falsified
from benchmarks.bill.endpoint import Answer, Call, compact, recording
from summarizer import prompt

ONE_LINE = "Extract who met, when, what was agreed, asked for and offered, each with a verbatim quote of the article."
OUR_TEXT = prompt.load("meeting").system


@dataclass(frozen=True)
class Client:
    """One way to ask. `options` goes to the script; `flat` says that it wants langextract's form."""

    name: str
    script: str
    options: dict[str, Any] = field(default_factory=dict)
    flat: bool = False


OURS = Client("summarizer", "ours.py")
INSTRUCTOR = [
    Client(f"instructor {mode}, {said}", "instructor_plain.py", {"mode": mode, "system": system})
    for mode in ("TOOLS", "JSON_SCHEMA")
    for said, system in (("one line", ONE_LINE), ("our text", OUR_TEXT))
]


def langextract() -> list[Client]:
    """With its default of 1,000 characters a request, and with whole articles."""
    shown = json.loads((HERE / "example.json").read_text(encoding="utf-8"))
    example = {"text": shown["text"], "entries": extractions(shown["reply"])}
    return [
        Client(f"langextract {cut}, {said}", "langextract_plain.py",
               {"buffer": buffer, "system": system, "example": example}, flat=True)
        for cut, buffer in (("default", None), ("whole articles", 100_000))
        for said, system in (("one line", ONE_LINE), ("our text", OUR_TEXT))
    ]  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What a client sent and got, and its version."""

    client: Client
    calls: list[Call]
    version: str


def run(client: Client, samples: list[Sample], python: str, answer: Answer | None = None) -> Run:
    """All articles through one client, in a process of its own."""
    with recording(answer or (flat(samples) if client.flat else whole(samples))) as (url, calls):
        task = {"url": url, "articles": [sample.task for sample in samples], **client.options}
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENAI_API_KEY": "none", "NO_PROXY": "127.0.0.1"}
        ran = subprocess.run(
            [python, str(HERE / client.script)], input=json.dumps(task), capture_output=True, text=True, check=False,
            timeout=600, env=environment,
        )  # fmt: skip
    if ran.returncode:
        sys.exit(f"{client.name}: {ran.stderr[-2000:]}")
    said = json.loads(ran.stdout.splitlines()[-1])
    assert all(one["good"] for one in said["done"]), f"{client.name} refused a right reply: {said['done']}"
    if client.flat:
        assert told(calls) == entries(samples), f"{client.name}: a part of the answers fell between two requests"
    return Run(client, calls, said["version"])


def whole(samples: list[Sample]) -> Answer:
    """The whole reply to the article that stands in the messages."""

    def answer(said: str) -> tuple[str, Any]:
        sample = next(sample for sample in samples if sample.text in said)
        return sample.name, sample.reply

    return answer


def in_turn(samples: list[Sample], fault: str, second: Callable[[dict[str, Any]], Any]) -> Answer:
    """A wrong reply when an article is seen first; when it is seen again, what `second` makes of the right one."""
    seen: set[str] = set()

    def answer(said: str) -> tuple[str, Any]:
        sample = next(sample for sample in samples if sample.text in said)
        again = sample.name in seen
        seen.add(sample.name)
        return sample.name, second(sample.reply) if again else falsified(sample.reply, fault)

    return answer


def flat(samples: list[Sample]) -> Answer:
    """Those entries of the reply whose text stands in the part of an article that is asked about."""
    now = samples[0]

    def answer(said: str) -> tuple[str, Any]:
        nonlocal now
        part = said.rpartition("\nQ: ")[2].removesuffix("\nA: ")
        if part not in document(now):
            now = next(sample for sample in samples if part in document(sample))
        return now.name, {"extractions": [one for one in extractions(now.reply) if next(iter(one.values())) in part]}

    return answer


def entries(samples: list[Sample]) -> set[tuple[str, str]]:
    """Every entry that must be told, with its article."""
    return {(sample.name, compact(one)) for sample in samples for one in extractions(sample.reply)}


def told(calls: list[Call]) -> set[tuple[str, str]]:
    """Every entry that was told, with its article."""
    return {(call.name, compact(one)) for call in calls for one in json.loads(call.reply)["extractions"]}


def document(sample: Sample) -> str:
    """The text that langextract is given."""
    return f"Published: {sample.published}\n\n{sample.text}"
