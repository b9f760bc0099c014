"""How fast a batch is against the least that any client can do, and against instructor, side by side in one run.

    python benchmarks/speed/run.py [--articles N] [--concurrency 64 256] [--latency 0 300] [--runs 3]

The client has one core and the server another, where the system lets them be chosen. Throughput is from the first request to
the last answer at the server, and CPU is what an article costs beyond a run of one article, so starting up is in neither.
Machines are noisy: read the ratios of one run.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from benchmarks.speed import material

CLIENTS = ("floor", "summarizer", "instructor_plain")
SLOW = {"instructor_plain": 4}
"""Clients that get a part of the articles where nothing waits; all figures are per article."""
HEAD = (
    "| client | throughput, of the floor | of instructor | CPU, of the floor | % of the ideal | passed | server busy |"
)


@dataclass
class Load:
    """How many articles, so many at once, each answered after so many milliseconds."""

    articles: int
    concurrency: int
    latency: int


@dataclass
class Run:
    """What one run took: articles a second, CPU seconds in all, how busy the server was, and the share that passed."""

    articles: int
    rate: float
    cpu: float
    busy: float
    passed: float


def main() -> None:
    """Run everything and print the tables."""
    options = argparse.ArgumentParser()
    options.add_argument("--articles", type=int, default=0)
    options.add_argument("--concurrency", type=int, nargs="+", default=[64, 256])
    options.add_argument("--latency", type=int, nargs="+", default=[0, 300], help="milliseconds")
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()
    started = {name: measured(name, Load(1, 1, 0)).cpu for name in CLIENTS}
    for latency in chosen.latency:
        for concurrency in chosen.concurrency:
            waves = concurrency * (8 if concurrency < 200 else 4)
            table(Load(chosen.articles or (waves if latency else 2000), concurrency, latency), chosen.runs, started)


def table(load: Load, runs: int, started: dict[str, float]) -> None:
    """All clients, turn by turn, under one load."""
    found: dict[str, list[Run]] = {name: [] for name in CLIENTS}
    for number in range(runs):
        for name in CLIENTS if number % 2 == 0 else reversed(CLIENTS):
            few = load.articles // (1 if load.latency else SLOW.get(name, 1))
            found[name].append(measured(name, Load(max(few, 2), load.concurrency, load.latency)))
    print(f"\n{load.latency} ms, {load.concurrency} at once, {load.articles} articles, median of {runs}\n\n{HEAD}")
    print("|---" * HEAD.count(" |") + "|")
    rates = {name: statistics.median(run.rate for run in every) for name, every in found.items()}
    cpus = {
        name: statistics.median((run.cpu - started[name]) / run.articles for run in every)
        for name, every in found.items()
    }
    for name, every in found.items():
        rate = rates[name]
        cells = (
            f"{rate / rates['floor']:.2f} ({rate:.0f}/s)",
            f"{rate / rates['instructor_plain']:.1f}",
            f"{cpus[name] / cpus['floor']:.1f} ({1000 * cpus[name]:.2f} ms)",
            f"{100 * rate * load.latency / 1000 / load.concurrency:.0f}" if load.latency else "",
            f"{min(run.passed for run in every):.0%}",
            f"{statistics.median(run.busy for run in every):.0%}",
        )
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def measured(name: str, load: Load) -> Run:
    """One client under one load."""
    with tempfile.TemporaryDirectory() as folder, serving(load.latency) as url:
        source = articles(Path(folder), load.articles)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ran = subprocess.run(
            command(name, source, url, load.concurrency), capture_output=True, text=True, check=False,
            env={**os.environ, "OPENAI_API_KEY": "none"}, preexec_fn=lambda: pin(1),
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if ran.returncode:
            raise SystemExit(f"{name}: {ran.stderr[-2000:]}")
        stats = json.load(urllib.request.urlopen(f"{url}/stats"))
        passed = good(source) if name == "summarizer" else float(int(ran.stdout) == load.articles)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    span = max(stats["span"], 1e-6)
    return Run(load.articles, load.articles / span, cpu, stats["cpu"] / span, passed)


def articles(folder: Path, count: int) -> Path:
    """A file with so many articles."""
    source = folder / "articles.jsonl"
    with source.open("w") as file:
        for number in range(count):
            file.write(json.dumps({"text": material.text(number), "published": "2026-05-07"}) + "\n")
    return source


def command(name: str, source: Path, url: str, concurrency: int) -> list[str]:
    """How each client is called; ours is the whole product, store and export included."""
    if name != "summarizer":
        return [sys.executable, str(HERE / f"{name}.py"), str(source), url, str(concurrency)]
    options = ["--concurrency", str(concurrency), "--model", "local/bench", "--base-url", url, "-q"]
    return [sys.executable, "-m", "summarizer", "batch", str(source), "-o", str(exported(source)), *options]


def exported(source: Path) -> Path:
    """Where our records go."""
    return source.with_suffix(".out.jsonl")


def good(source: Path) -> float:
    """The share of articles whose reply passed verification whole, in one call."""
    records = [json.loads(line) for line in exported(source).read_text().splitlines()]
    whole = [one["status"] == "ok" and not one["problems"] and one["provenance"]["attempts"] == 1 for one in records]
    return sum(whole) / len(whole)


@contextmanager
def serving(latency: int) -> Iterator[str]:
    """A fresh server."""
    server = subprocess.Popen(
        [sys.executable, str(HERE / "server.py"), str(latency)], stdout=subprocess.PIPE, text=True, preexec_fn=lambda: pin(0),
    )  # fmt: skip
    assert server.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
    finally:
        server.kill()
        server.wait()


def pin(core: int) -> None:
    """Keep this process to one core, where the system lets it and there is more than one."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
    if len(cores) > 1:
        os.sched_setaffinity(0, {cores[core % len(cores)]})


if __name__ == "__main__":
    main()
