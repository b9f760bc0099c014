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
