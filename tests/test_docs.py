"""Documentation that cannot rot: the README's example is its real output, and the commands' help is what it says."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from summarizer import Article, Summarizer, prompt, summarize
from tests.conftest import ROOT
from tests.support import documents


def test_readme_example() -> None:
    """The block shows what the command prints (make snapshots writes it)."""
    assert documents.readme() == (ROOT / "README.md").read_text(encoding="utf-8")


def test_command_line_page() -> None:
    """docs/command-line.md is every command's help (make snapshots writes it)."""
    assert documents.command_line() == (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")


PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "cassettes" / "README.md"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    """Every relative link of a page is a file."""
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_python_in_the_pages_runs() -> None:
    """The schema of the developers' page is a schema; its prompt is a prompt."""
    page = (ROOT / "docs" / "developers.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"```(\w+)\n(.*?)```", page, re.DOTALL)[2:])
    del blocks["console"]
    assert prompt.parse(blocks["markdown"], "page").schema_name == "Brief"
    space: dict[str, object] = {"__name__": "page"}
    exec(compile(blocks["python"].replace("list[Promise]", "list['Promise']"), "page", "exec"), space)
    assert "Brief" in space


@pytest.mark.parametrize("called", [Summarizer.__init__, summarize])
def test_the_developers_page_has_every_argument(called: Callable[..., Any]) -> None:
    """What can be passed is found on the page, an article's parts too."""
    page = (ROOT / "docs" / "developers.md").read_text(encoding="utf-8")
    names = {*inspect.signature(called).parameters, *(field.name for field in fields(Article))} - {"self", "article"}
    assert {name for name in names if f"`{name}`" not in page} == set()


def test_replies_are_named_as_they_are_read() -> None:
    """The analysts' page names the files that `eval --replies` reads."""
    page = (ROOT / "docs" / "analysts.md").read_text(encoding="utf-8")
    for ending in (".request.json", ".reply.json", ".request-2.json", ".reply-2.json"):
        assert f"`NAME-HASH{ending}`" in page
