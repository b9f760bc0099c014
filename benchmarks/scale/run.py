"""Time and memory of a batch against the number of articles, from an empty store and again from a full one.

    python benchmarks/scale/run.py 1000 10000 100000 [--concurrency 256]

A loopback endpoint answers every article with a summary that passes. Seconds depend on the machine: read how the time of
one article changes with their number.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.speed.run import articles, command, serving

RUN = (
    "import resource\nfrom summarizer.cli import main\n"
    "try: main()\nexcept SystemExit as ended: assert ended.code == 0, ended.code\n"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
)


def main() -> None:
    """Run the sizes that were asked for, and print the table."""
    options = argparse.ArgumentParser()
    options.add_argument("sizes", type=int, nargs="*", default=[1000, 10_000])
    options.add_argument("--concurrency", type=int, default=256)
    chosen = options.parse_args()
    print("| articles | store | seconds | ms an article | peak MiB |\n|---|---|---|---|---|")
    for count in chosen.sizes:
        with tempfile.TemporaryDirectory() as folder, serving(0) as url:
            source = articles(Path(folder), count)
            for store in ("empty", "full"):
                seconds, peak = measured(command("summarizer", source, url, chosen.concurrency))
                print(f"| {count} | {store} | {seconds:.1f} | {1000 * seconds / count:.2f} | {peak} |", flush=True)


def measured(batch: list[str]) -> tuple[float, str]:
    """Seconds and peak MiB of one run of the command line."""
    ours = [sys.executable, "-c", RUN, *batch[batch.index("summarizer") + 1 :]]
    start = time.perf_counter()
    ran = subprocess.run(ours, capture_output=True, text=True, check=True, env={**os.environ, "OPENAI_API_KEY": "none"})
    return time.perf_counter() - start, ran.stdout.split()[-1]


if __name__ == "__main__":
    main()
