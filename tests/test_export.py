"""The flat rows of a record: what each of them says of its own entry, and what of the article."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from summarizer import export

MAIN = {"text": "on May 5", "edtf": "2026-05-05", "resolved": "2026-05-05", "basis": "relative"}
EARLIER = {"text": "February 4, 2026", "edtf": "2026-02-04", "resolved": "2026-02-04", "basis": "explicit"}
NOT_DATED = {"text": "in the spring", "edtf": None, "resolved": None, "basis": "unknown"}


def record(**summary: Any) -> dict[str, Any]:
    article = {"id": "sha256:0", "source": "a.txt", "url": None, "title": None, "published": None, "language": "en"}
    return {"article": article, "status": "ok", "summary": summary, "problems": [], "provenance": None, "error": None}


def read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            return [{name: cell or None for name, cell in row.items()} for row in csv.DictReader(file)]
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_row_of_another_meeting_has_its_own_date(tmp_path: Path, ending: str) -> None:
    """Also where it has none: the main meeting's would be a false one. An act's row has the date of the main meeting."""
    others = [{"what": "first round", **EARLIER}, {"what": "a visit", **NOT_DATED}]
    ask = {"by": ["Li"], "of": ["Lee"], "what": "wait", "response": None, "evidence": []}
    made = record(meeting="reported", date=MAIN, other_meetings=others, asks=[ask])
    export.export([json.dumps(made)], tmp_path / f"x.{ending}")
    rows = read(tmp_path / f"x.{ending}")
    dates = [(row["what"], row["date_text"], row["date_edtf"], row["date_resolved"]) for row in rows]
    assert dates == [
        ("first round", "February 4, 2026", "2026-02-04", "2026-02-04"),
        ("a visit", "in the spring", None, None),
        ("wait", "on May 5", "2026-05-05", "2026-05-05"),
    ]
