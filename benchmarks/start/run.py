"""How soon a command starts: `--help`, `status` and `export` beside `llm --help`, one article by the rules beside Pydantic.

    python benchmarks/start/run.py [--llm .venv-bench/bin/llm] [--runs 9]

Whole processes, turn by turn, user and system time; the median of the ratios of each turn.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = [sys.executable, "-m", "summarizer"]
ARTICLE = str(ROOT / "examples" / "harbour-talks.txt")
PYDANTIC = [sys.executable, "-c", "import pydantic"]


def main() -> None:
    """Fill a small store, then print the table."""
    options = argparse.ArgumentParser()
    options.add_argument("--llm", help="where the llm command line is; without it, the lines beside it are left out")
    options.add_argument("--runs", type=int, default=9)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = str(Path(folder) / "x.store")
        quiet([*OURS, "batch", str(ROOT / "examples"), "-o", store, "--model", "builtin", "-q"])
        pairs = [(["import summarizer"], [sys.executable, "-c", "import summarizer"], PYDANTIC)]
        pairs += [(["ARTICLE --model builtin"], [*OURS, ARTICLE, "--model", "builtin"], PYDANTIC)]
        if chosen.llm:
            commands = (["--help"], ["status", store], ["export", store])
            pairs += [(words, [*OURS, *words], [chosen.llm, "--help"]) for words in commands]
        print("| command | beside | ratio of CPU | ms |\n|---|---|---|---|")
        for words, ours, other in pairs:
            row(words[0], ours, other, chosen.runs)


def row(name: str, ours: list[str], other: list[str], runs: int) -> None:
    """One line: two commands in turn."""
    quiet(ours), quiet(other)  # once to warm up
    turns = [(quiet(ours), quiet(other)) for _ in range(runs)]
    ratio = statistics.median(one / two for one, two in turns)
    beside = "import pydantic" if other is PYDANTIC else "llm --help"
    print(f"| {name} | {beside} | {ratio:.2f} | {1000 * statistics.median(one for one, _ in turns):.0f} |", flush=True)


def quiet(command: list[str]) -> float:
    """User and system seconds of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=False, env={"PATH": os.environ["PATH"]})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
