"""What does an article cost? Tokens of this project's requests and replies beside langextract's and instructor's.

    make bench-bill        installs langextract and a tokenizer into .venv-bench and prints the tables

Each client runs in a process of its own and asks an endpoint on 127.0.0.1, which keeps what it was sent and gives the right
reply. What would be billed of that is counted with one tokenizer. Nothing leaves the machine.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Any

from benchmarks.bill.articles import EXAMPLES, HERE, Sample, chosen, repaired, samples
from benchmarks.bill.clients import INSTRUCTOR, OUR_TEXT, OURS, Client, Run, in_turn, langextract, run
from benchmarks.bill.endpoint import Answer, Call, compact

CACHED, OUTPUT = 0.1, 8
"""What a cached input token and an output token cost; an input token costs 1."""
STEP, LEAST = 128, 1024
"""A provider caches prefixes of this many tokens and more, in steps."""


@dataclass(frozen=True)
class Bill:
    """Tokens of some calls; `cached` of the input stood at the provider already."""

    calls: float = 0
    input: float = 0
    cached: float = 0
    output: float = 0

    def __add__(self, other: Bill) -> Bill:
        return Bill(*(one + another for one, another in zip(self.parts, other.parts, strict=True)))

    @property
    def parts(self) -> tuple[float, float, float, float]:
        """All four figures."""
        return self.calls, self.input, self.cached, self.output

    def over(self, count: int) -> Bill:
        """The same, per article."""
        return Bill(*(part / count for part in self.parts))

    def price(self, *, cache: bool = True) -> float:
        """In units of one input token."""
        cached = self.cached if cache else 0
        return self.input - cached + CACHED * cached + OUTPUT * self.output


class Counter:
    """The tokens of texts: o200k_base where `python` has bpe-openai, or else a crude cut that only shows that this runs."""

    def __init__(self, python: str | None) -> None:
        self.python, self.name, self.known = python, "pieces of text, no tokens", {}

    def learn(self, texts: Iterable[str]) -> None:
        """Count all of them at once: a process is started for it."""
        new = list(dict.fromkeys(text for text in texts if text not in self.known))
        if self.python is None:
            self.known |= {text: re.findall(r"\w{1,5}|\W", text) for text in new}
            return
        ran = subprocess.run(
            [self.python, str(HERE / "count.py")], input=json.dumps(new), capture_output=True, text=True, check=True
        )
        said = json.loads(ran.stdout)
        self.name = f"o200k_base tokens (bpe-openai {said['version']})"
        self.known |= dict(zip(new, said["tokens"], strict=True))

    def __call__(self, *texts: str) -> list[Any]:
        """One text after the other; each is cut by itself, as a chat's parts are."""
        return [token for text in texts for token in self.known[text]]


def main() -> None:
    """Run everything and print the tables."""
    chosen = arguments()
    articles, count = samples(chosen.articles), Counter(chosen.python)
    peers = [client for client in INSTRUCTOR if client.name.startswith(chosen.only)]
    others = [client for client in langextract() if chosen.python and client.name.startswith(chosen.only)]
    runs = [run(client, articles, sys.executable) for client in (OURS, *peers)]
    runs += [run(client, articles, chosen.python) for client in others]
    learn(runs, count)
    bills = {one.client.name: billed(one, count) for one in runs}
    asking = [client for client in peers if client.options["system"] == OUR_TEXT]
    tables = [head(count, runs, articles), comparison(runs, bills, count), static(runs[0], bills[OURS.name], count)]
    tables += [repairs(articles, asking, count), *([every(bills)] if chosen.each else [])]
    print("\n\n".join(tables))


def arguments() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", help="an interpreter that has langextract[openai] and bpe-openai", default=None)
    parser.add_argument("--articles", type=int, default=20, help="of the speed benchmark; the examples are added")
    parser.add_argument("--only", default="", help="clients whose name begins so, beside ours")
    parser.add_argument("--each", action="store_true", help="also print a line for every article")
    return parser.parse_args()


def learn(runs: list[Run], count: Counter) -> None:
    """Count all that was sent and answered."""
    count.learn(text for one in runs for call in one.calls for text in (*parts(call), call.reply))


def parts(call: Call) -> list[str]:
    """The billed texts of a request in the order in which a provider sees them: the schema, then the messages."""
    body = call.body
    form = body.get("response_format", {}).get("json_schema")
    sent = body["tools"][0]["function"] if "tools" in body else form
    return [compact(sent) if sent else "", *(said(message) for message in body["messages"])]


def said(message: dict[str, Any]) -> str:
    """The text of a message; of a tool's call that is sent back, its arguments."""
    calls = message.get("tool_calls") or ()
    return message.get("content") or "".join(call["function"]["arguments"] for call in calls)


def common(one: list[Any], other: list[Any]) -> int:
    """The length of the longest common prefix."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def cached(before: list[Any], now: list[Any]) -> int:
    """How much of a request the provider has from the one before it."""
    found = common(before, now)
    return found // STEP * STEP if found >= LEAST else 0


def billed(one: Run, count: Counter) -> dict[str, Bill]:
    """The bill of each article. The first request has none before it and is taken as the second's equal."""
    sent = [count(*parts(call)) for call in one.calls]
    hits = [cached(before, now) for before, now in pairwise(sent)]
    bills: dict[str, Bill] = {}
    for call, tokens, hit in zip(one.calls, sent, [hits[0], *hits], strict=True):
        bills[call.name] = bills.get(call.name, Bill()) + Bill(1, len(tokens), hit, len(count(call.reply)))
    return bills


def mean(bills: dict[str, Bill], names: Iterable[str] | None = None) -> Bill:
    """An average article."""
    some = [bills[name] for name in (names or bills)]
    return sum(some, Bill()).over(len(some))


RATIOS: dict[str, Callable[[dict[str, Bill]], float]] = {
    "bill": lambda its: mean(its).price(),
    "without a cache": lambda its: mean(its).price(cache=False),
    "input alone": lambda its: mean(its).price() - OUTPUT * mean(its).output,
    "examples alone": lambda its: mean(its, EXAMPLES).price(),
}
"""What is compared with ours."""


def head(count: Counter, runs: list[Run], articles: list[Sample]) -> str:
    """What was counted, and with what."""
    versions = dict.fromkeys(f"{one.client.name.split()[0]} {one.version}" for one in runs)
    return f"{len(articles)} articles, {', '.join(versions)}; {count.name}"


def comparison(runs: list[Run], bills: dict[str, dict[str, Bill]], count: Counter) -> str:
    """The clients side by side, an average article each."""
    heads = ["client", "requests", "fixed part", "input", "of it cached", "output", *RATIOS]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for one in runs:
        its, ours = bills[one.client.name], bills[OURS.name]
        calls, *tokens, output = mean(its).parts
        figures = [f"{n:,.0f}" for n in (fixed(one, count), *tokens, output)]
        ratios = [f"{price(its) / price(ours):.2f}" for price in RATIOS.values()]
        lines.append(f"| {one.client.name} | {calls:.1f} | {' | '.join(figures + ratios)} |")
    return "\n".join(lines)


def fixed(one: Run, count: Counter) -> int:
    """Tokens with which every request of a client begins."""
    first, *others = (count(*parts(call)) for call in one.calls)
    return min(common(first, other) for other in others)


def static(ours: Run, its: dict[str, Bill], count: Counter) -> str:
    """What of our requests is the same for every article: byte for byte, and how many tokens."""
    assert len({frame(call) for call in ours.calls}) == 1, "the static part of the requests differs between articles"
    schema, system, user = (len(count(part)) for part in parts(ours.calls[0]))
    text = samples(1)[0].text
    count.learn([text])
    return (
        f"Our static part: system text {system:,}, schema {schema:,}; byte-identical in all {len(ours.calls)} requests. "
        f"Around the article: {user - len(count(text))} more (title, day, language, marks). "
        f"Output is {OUTPUT * mean(its).output / mean(its).price():.0%} of our bill."
    )


def frame(call: Call) -> tuple[bytes, bytes]:
    """The bytes of a body before and after the user's message."""
    message = json.dumps(call.body["messages"][-1]["content"], ensure_ascii=False).encode()
    before, found, after = call.raw.partition(message)
    assert found, "the user's message does not stand in the body as one string"
    return before, after


def repairs(articles: list[Sample], peers: list[Client], count: Counter) -> str:
    """One wrong item in each reply: what asking again adds to the first call."""
    asked = [sample for sample in articles if chosen(sample.reply)]
    lines = [
        "| wrong | client | first call: input | output | asking again: new input | output | bill | without a cache |",
        "|---|---|---|---|---|---|---|---|",
        repair("a quote", OURS, in_turn(asked, "quote", repaired), asked, count),
        repair("a value", OURS, in_turn(asked, "value", repaired), asked, count),
    ]
    lines += [repair("a value", client, in_turn(asked, "value", dict), asked, count) for client in peers]
    return "\n".join([*lines, f"\n{len(asked)} articles, one wrong item each."])


def repair(wrong: str, client: Client, answer: Answer, asked: list[Sample], count: Counter) -> str:
    """One client's line."""
    one = run(client, asked, sys.executable, answer)
    calls = one.calls
    assert [call.name for call in calls] == [sample.name for sample in asked for _ in "12"], (
        "not asked again exactly once"
    )
    learn([one], count)
    bills = [repair_bill(first, again, count) for first, again in zip(calls[::2], calls[1::2], strict=True)]
    first, again = (sum(some, Bill()).over(len(asked)) for some in zip(*bills, strict=True))
    new = again.input - first.input
    prices = [again.price(cache=cache) / first.price(cache=cache) for cache in (True, False)]
    return (
        f"| {wrong} | {client.name} | {first.input:,.0f} | {first.output:,.0f} | {new:,.0f} ({new / first.input:.0%}) "
        f"| {again.output:,.0f} ({again.output / first.output:.0%}) | {prices[0]:.0%} | {prices[1]:.0%} |"
    )


def repair_bill(first: Call, again: Call, count: Counter) -> tuple[Bill, Bill]:
    """The bills of a call, whose static part stands at the provider, and of asking again, where all of the first does."""
    sent, resent = count(*parts(first)), count(*parts(again))
    hit, rehit = cached(count(*parts(first)[:2]), sent), cached(sent, resent)
    return Bill(1, len(sent), hit, len(count(first.reply))), Bill(1, len(resent), rehit, len(count(again.reply)))


def every(bills: dict[str, dict[str, Bill]]) -> str:
    """Input, cached, output and ratio of each article and client."""
    lines = ["| article | client | requests | input | cached | output | bill |", "|---|---|---|---|---|---|---|"]
    for name, ours in bills[OURS.name].items():
        for client, its in bills.items():
            figures = " | ".join(f"{part:.0f}" for part in its[name].parts)
            lines.append(f"| {name} | {client} | {figures} | {its[name].price() / ours.price():.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
