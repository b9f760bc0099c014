"""An engine that answers with replies that were produced elsewhere: files beside the requests that they answer.

A request's file is named by the article and by its own content, so that a reply can never be used for another prompt,
schema, model or text: `NAME-HASH.request.json`, and beside it `NAME-HASH.reply.json`. For a repair the names end in
`-2.json`; a reply to it counts only beside the request that it answers.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from summarizer import files
from summarizer.engines import envelope
from summarizer.errors import CallError, UsageError
from summarizer.failures import Action, Kind, Verdict
from summarizer.paths import is_file, is_folder
from summarizer.records import Article, Reply, Request, Usage

if TYPE_CHECKING:
    from summarizer.engines.llm import ChatEngine


def name_of(article: Article) -> str:
    """The name of an article's file, without its ending."""
    return Path(article.source).stem


def stem(article: Article, body: dict[str, Any]) -> str:
    """`NAME-HASH`: the hash is of the request's body, as canonical JSON."""
    canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{name_of(article)}-{hashlib.sha256(canonical.encode(errors='replace')).hexdigest()[:16]}"


class Replies:
    """Plays the replies of a folder; `asking` says what a model would have been sent. `missing` names what was not there."""

    repairs = True
    endpoint = None

    def __init__(self, folder: Path, asking: ChatEngine) -> None:
        if not is_folder(folder):
            raise UsageError(f"no folder {str(folder)!r}; summarizer render CORPUS --out {folder} makes it")
        self.name, self.model = asking.name, asking.model
        self.missing: list[Path] = []
        self._folder, self._asking = folder, asking
        self._first: dict[str, str] = {}

    async def complete(self, request: Request) -> Reply:
        """The reply to exactly this request. Raises CallError where there is none."""
        body = self._asking.body(request)
        first = stem(request.article, body) if request.repair is None else self._first[request.article.id]
        self._first[request.article.id] = first
        found = self._folder / f"{first}.reply.json"
        if request.repair is not None:
            found = self._folder / f"{first}.reply-2.json"
            self._check_repair(self._folder / f"{first}.request-2.json", found, body)
        if not is_file(found):
            self.missing.append(found)
            raise CallError(Verdict(Action.FAIL_ITEM, Kind.EMPTY, f"no reply {found.name}", tries=1), Usage())
        return _read(found.read_bytes())

    async def aclose(self) -> None:
        """Nothing is open."""

    def _check_repair(self, asked: Path, found: Path, body: dict[str, Any]) -> None:
        """Write what the repair asks; a reply to another note is put aside, since it answers something else."""
        text = json.dumps(body, ensure_ascii=False, indent=2)
        known = asked.read_text(encoding="utf-8") if asked.is_file() else None
        if known is not None and known != text and found.is_file():
            found.replace(found.with_suffix(".old.json"))
        if known != text:
            files.write(asked, text)


def _read(data: bytes) -> Reply:
    """A chat-completions response, or the bare text of a reply."""
    try:
        loaded = json.loads(data)
    except ValueError:
        loaded = None
    if isinstance(loaded, dict) and "choices" in loaded:
        return envelope.read(data)
    return Reply(data.decode(errors="replace"), None, Usage(complete=False))
