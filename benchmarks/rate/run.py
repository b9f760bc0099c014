"""How much of an endpoint's rate a batch holds without being told it, and how many of its calls are refused.

    python benchmarks/rate/run.py [--rate 40] [--seconds 60]

The endpoint of the tests (`tests/support/faults.py`) has a token bucket; half-way its rate is halved, then doubled again.
Real sockets and a real clock; `tests/test_pace.py` has the same in virtual time, for many more limits.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.reliability.conftest import article
from tests.support.faults import Asked, Bucket, Faults, faults

LATENCY = 0.2


def main() -> None:
    """Three phases for each kind of endpoint: one that says nothing of its limit, and one that states it."""
    options = argparse.ArgumentParser()
    options.add_argument("--rate", type=float, default=40.0)
    options.add_argument("--seconds", type=float, default=60.0, help="of each phase")
    chosen = options.parse_args()
    print("| the endpoint | limit, calls a second | held | refused |\n|---|---|---|---|")
    for states in (False, True):
        measured(chosen.rate, chosen.seconds, states=states)


def measured(rate: float, seconds: float, *, states: bool) -> None:
    """One run of `summarizer batch` through all phases."""
    phases = [rate, rate / 2, rate]
    with tempfile.TemporaryDirectory() as folder, faults() as server:
        server.latency, server.bucket = LATENCY, Bucket(rate, rate, states)
        source = Path(folder) / "in.jsonl"
        count = int(1.2 * seconds * sum(phases))
        source.write_text("".join(f'{{"text": "{article(i).text}"}}\n' for i in range(count)))
        batch = started(server, source)
        ends = [change(server, phase, seconds) for phase in phases]
        batch.kill()
        batch.wait()
        for number, phase in enumerate(phases):
            begin = ends[number - 1] if number else ends[0] - seconds
            show(states, phase, [one for one in server.asked if begin <= one.at < ends[number]], ends[number])


def started(server: Faults, source: Path) -> subprocess.Popen[bytes]:
    """The batch, once its first call has come."""
    command = ["batch", str(source), "-o", str(source.with_name("out.store")), "-q", "--concurrency", "64"]
    model = ["--model", "local/bench", "--base-url", server.url()]
    env = {"PATH": os.environ["PATH"]}
    batch = subprocess.Popen([sys.executable, "-m", "summarizer", *command, *model], env=env, stderr=subprocess.DEVNULL)
    while not server.count:
        time.sleep(0.01)
    return batch


def change(server: Faults, rate: float, seconds: float) -> float:
    """Let the endpoint have this rate for so long; gives the time at the end."""
    assert server.bucket is not None
    server.bucket.rate = rate
    threading.Event().wait(seconds)
    return time.monotonic()


def show(states: bool, rate: float, asked: list[Asked], end: float) -> None:
    """One line: of the last two thirds of a phase, when the limit has been found, what was held; refusals of all of it."""
    refused = sum(one.refused for one in asked)
    if not asked:
        raise SystemExit("no call came in a whole phase; is it too short?")
    settled = asked[0].at + (end - asked[0].at) / 3
    held = sum(not one.refused for one in asked if one.at >= settled) / ((end - settled) * rate)
    name = "states its limit" if states else "says nothing"
    print(f"| {name} | {rate:g} | {held:.1%} | {refused / len(asked):.2%} of {len(asked)} |", flush=True)


if __name__ == "__main__":
    main()
