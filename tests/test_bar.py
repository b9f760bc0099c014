"""Every row of the reliability and the security bar has a test of its name, or a reason in docs/decisions/bar.md."""

from __future__ import annotations

import re

from tests.conftest import ROOT

ROWS = {f"r{i:02}" for i in range(1, 65)} | {f"s{i:02}" for i in range(1, 31)}


def test_every_row_is_tested_or_explained() -> None:
    """A row without a test and without a reason would be forgotten; a reason for a row that is tested would be old."""
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    names = re.findall(r"def test_((?:[rs]\d\d_)+)", tests)
    tested = {row for name in names for row in name.split("_") if row}
    page = (ROOT / "docs" / "decisions" / "bar.md").read_text(encoding="utf-8")
    explained = {row.lower() for row in re.findall(r"^\*\*([RS]\d\d)", page, re.MULTILINE)}
    assert tested | explained == ROWS
    assert not tested & explained
