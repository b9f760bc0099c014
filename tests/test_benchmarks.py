"""The benchmarks run, so that they do not rot; their figures stand in their own pages."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.conftest import ROOT


def test_grounding_table() -> None:
    """The two contenders that are installed here; this project's column has no wrong outcome."""
    command = [sys.executable, str(ROOT / "benchmarks" / "grounding" / "run.py")]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert re.search(r"\| wrong of 9 \| 0 \| \d \|", ran.stdout)


def test_scale_table() -> None:
    """It runs, at a small size."""
    command = [sys.executable, str(ROOT / "benchmarks" / "scale" / "run.py"), "50"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert re.search(r"\| 50 \| empty \| .*\n\| 50 \| full \| ", ran.stdout)


def test_bill_table() -> None:
    """Our own line, without a tokenizer: the static part is byte-identical, and a wrong item is asked for again."""
    command = [sys.executable, "-m", "benchmarks.bill.run", "--articles", "1", "--only", "summarizer"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, cwd=ROOT)
    assert "byte-identical in all 5 requests" in ran.stdout
    assert re.search(r"\| a quote \| summarizer \|.*%\) \| \d\d% \| \d\d% \|", ran.stdout)


def test_speed_table() -> None:
    """Every reply of the benchmark's server passes verification in one call, for the whole product."""
    command = [sys.executable, str(ROOT / "benchmarks" / "speed" / "run.py"), "--articles", "40", "--concurrency", "8"]
    ran = subprocess.run(
        [*command, "--latency", "0", "--runs", "1"], capture_output=True, text=True, check=True, timeout=120
    )
    assert re.search(r"\| summarizer \|.*\| 100% \|", ran.stdout)


def test_start_table() -> None:
    """It runs, without llm."""
    command = [sys.executable, str(ROOT / "benchmarks" / "start" / "run.py"), "--runs", "1"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert re.search(r"\| ARTICLE --model builtin \| import pydantic \| [\d.]+ \|", ran.stdout)


def test_rate_table() -> None:
    """It runs, for a second or two a phase."""
    command = [sys.executable, str(ROOT / "benchmarks" / "rate" / "run.py"), "--rate", "20", "--seconds", "3"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert len(re.findall(r"\| [\d.]+% \| [\d.]+% of \d+ \|", ran.stdout)) == 6
