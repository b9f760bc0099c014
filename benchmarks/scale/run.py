"""Time and memory of a batch against the number of articles, from an empty store and again from a full one.

    python benchmarks/scale/run.py 1000 10000 100000

The built-in rules answer, so that nothing but this program is measured. Seconds depend on the machine: read the ratios.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_TEXT = "Minister Ann Lee of France met President Bo Li on May 5. Li asked Lee to wait for report {i}. "
_FILL = "The two of them talked in the city for an hour and it was a long day. " * 30
_RUN = (
    "import resource\nfrom summarizer.cli import main\n"
    "try: main()\nexcept SystemExit as ended: assert ended.code == 0, ended.code\n"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
)


def main() -> None:
    """Run the sizes that were asked for, and print the table."""
    print("| articles | store | seconds | articles a second | peak MiB |\n|---|---|---|---|---|")
    for count in map(int, sys.argv[1:] or ("1000", "4000")):
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), count)


def measure(folder: Path, count: int) -> None:
    """One size, twice over the same store."""
    source = folder / "articles.jsonl"
    with source.open("w") as file:
        for i in range(count):
            file.write(json.dumps({"text": _TEXT.format(i=i) + _FILL, "published": "2026-05-07"}) + "\n")
    for store in ("empty", "full"):
        command = [
            sys.executable,
            "-c",
            _RUN,
            "batch",
            str(source),
            "-o",
            str(folder / "x.store"),
            "--model",
            "builtin",
            "-q",
        ]
        start = time.perf_counter()
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - start
        print(f"| {count} | {store} | {seconds:.1f} | {count / seconds:.0f} | {ran.stdout.split()[-1]} |", flush=True)


if __name__ == "__main__":
    main()
