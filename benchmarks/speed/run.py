"""How fast a batch is against the least that any client can do, and against instructor, side by side in one run.

    python benchmarks/speed/run.py [--articles N] [--concurrency 64 256] [--latency 0 300] [--runs 3]

The client has one core and the server another, where the system lets them be chosen. Throughput is from the first request to
the last answer at the server, so starting up is not in it. Machines are noisy: read the ratios of one run.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from benchmarks.speed import material

NAMES = ("floor", "summarizer", "instructor_plain")


def main() -> None:
    """Run everything and print the tables."""
    options = argparse.ArgumentParser()
    options.add_argument("--articles", type=int, default=0)
    options.add_argument("--concurrency", type=int, nargs="+", default=[64, 256])
    options.add_argument("--latency", type=int, nargs="+", default=[0, 300], help="milliseconds")
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()
    for latency in chosen.latency:
        for concurrency in chosen.concurrency:
            count = chosen.articles or (2000 if not latency else concurrency * (8 if concurrency < 200 else 4))
            table(count, concurrency, latency, chosen.runs)


def table(count: int, concurrency: int, latency: int, runs: int) -> None:
    """All contenders, turn by turn, under one load."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in NAMES}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "articles.jsonl"
        source.write_text(
            "".join(json.dumps({"text": material.text(i), "published": "2026-05-07"}) + "\n" for i in range(count))
        )
        for run in range(runs):
            for name in NAMES if run % 2 == 0 else reversed(NAMES):
                few = count if name != "instructor_plain" or latency else max(50, count // 4)
                found[name].append(measured(name, source, few, concurrency, latency))
    print(f"\n{latency} ms, {concurrency} at once, {count} articles, median of {runs}\n")
    print(
        "| client | of the floor | of instructor | CPU ms an article | % of the ideal | passed | server busy |\n|---|---|---|---|---|---|---|"
    )
    rates = {name: statistics.median(one["rate"] for one in every) for name, every in found.items()}
    for name, every in found.items():
        rate = rates[name]
        ideal = f"{100 * rate * latency / 1000 / concurrency:.0f}" if latency else ""
        cpu = statistics.median(one["cpu"] for one in every)
        busy = statistics.median(one["busy"] for one in every)
        passed = statistics.median(one["passed"] for one in every)
        print(
            f"| {name} | {rate / rates['floor']:.2f} | {rate / rates['instructor_plain']:.1f} | {cpu:.2f} | {ideal} | {passed:.0%} | {busy:.0%} |",
            flush=True,
        )


def measured(name: str, source: Path, count: int, concurrency: int, latency: int) -> dict[str, float]:
    """One client over so many articles."""
    few = source.with_name(f"{count}.jsonl")
    few.write_text("".join(source.read_text().splitlines(keepends=True)[:count]))
    with serving(latency) as url:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ran = subprocess.run(
            command(name, few, url, concurrency), capture_output=True, text=True, check=False, env={**os.environ, "OPENAI_API_KEY": "none"},
            preexec_fn=lambda: pin(1),
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        stats = json.load(urllib.request.urlopen(f"{url}/stats"))
    if ran.returncode:
        raise SystemExit(f"{name}: {ran.stderr[-2000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    passed = good(few) if name == "summarizer" else float(int(ran.stdout) == count)
    return {
        "rate": count / stats["span"],
        "cpu": 1000 * cpu / count,
        "busy": stats["cpu"] / stats["span"],
        "passed": passed,
    }


def command(name: str, source: Path, url: str, concurrency: int) -> list[str]:
    """How each client is called; ours is the whole product, store and export included."""
    if name != "summarizer":
        return [sys.executable, str(HERE / f"{name}.py"), str(source), url, str(concurrency)]
    out = source.with_suffix(".out.jsonl")
    for old in (out, out.with_name(out.name + ".store"), out.with_name(out.name + ".store.lock")):
        old.unlink(missing_ok=True)
    options = ["--concurrency", str(concurrency), "--model", "local/bench", "--base-url", url, "-q"]
    return [sys.executable, "-m", "summarizer", "batch", str(source), "-o", str(out), *options]


def good(source: Path) -> float:
    """The share of articles whose reply passed verification whole, in one call."""
    records = [json.loads(line) for line in source.with_suffix(".out.jsonl").read_text().splitlines()]
    whole = [
        record["status"] == "ok" and not record["problems"] and record["provenance"]["attempts"] == 1
        for record in records
    ]
    return sum(whole) / len(whole)


@contextmanager
def serving(latency: int) -> Iterator[str]:
    """A fresh server."""
    server: Any = subprocess.Popen(
        [sys.executable, str(HERE / "server.py"), str(latency)],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: pin(0),
    )
    try:
        yield f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
    finally:
        server.kill()
        server.wait()


def pin(core: int) -> None:
    """Keep this process to one core, where the system lets it and there is more than one."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
    if len(cores) > 1:
        os.sched_setaffinity(0, {cores[math.floor(core) % len(cores)]})


if __name__ == "__main__":
    main()
