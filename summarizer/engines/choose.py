"""Which engine runs: from what the user said and what the environment holds, with the reason in words."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from summarizer.engines import keys
from summarizer.engines.base import Engine, ReplyMode
from summarizer.errors import UsageError

DEFAULT_OPENAI_MODEL = "gpt-6-luna"
"""OpenAI's least expensive current model with structured outputs (its model page, November 2026)."""

_LOCAL = {"ollama": "http://127.0.0.1:11434/v1"}
"""Names for endpoints that speak chat completions and need no key."""

_NO_MODEL = "no model was named and OPENAI_API_KEY is not set"


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine and a model by name, and why these."""

    engine: str
    model: str
    base_url: str | None
    why: str

    @property
    def is_builtin(self) -> bool:
        """Whether rules answer instead of a model."""
        return self.engine == "builtin"

    @property
    def is_fallback(self) -> bool:
        """Whether the rules answer because nothing else was named."""
        return self.why == _NO_MODEL


def choose(model: str | None, base_url: str | None = None, environ: Mapping[str, str] = os.environ) -> Choice:
    """Decide which engine runs; reads names and whether a key is set, never a key's value."""
    why = "asked for"
    if base_url == "":  # a variable that is not set must not mean another company
        raise UsageError(
            "--base-url is empty; leave it out, or say where the model is, such as http://127.0.0.1:8000/v1"
        )
    if model is None and (model := environ.get("SUMMARIZER_MODEL") or None):
        why = "SUMMARIZER_MODEL is set"
    if model is None and environ.get("OPENAI_API_KEY"):
        model, why = f"openai/{DEFAULT_OPENAI_MODEL}", "OPENAI_API_KEY is set and no model was named"
    if model is None and base_url:
        raise UsageError("--base-url needs --model openai/NAME: which model should the endpoint run?")
    if model is None:
        return Choice("builtin", "rules-2", None, _NO_MODEL)
    if model == "builtin":
        return Choice("builtin", "rules-2", None, why)
    engine, slash, name = model.partition("/")
    if not slash or not name:
        raise UsageError(f"--model is ENGINE/NAME or builtin, such as openai/{DEFAULT_OPENAI_MODEL}; got {model!r}")
    if engine == "openai":
        base_url = base_url or environ.get("OPENAI_BASE_URL") or None
    return Choice(engine, name, base_url or _LOCAL.get(engine), why)


def build(
    choice: Choice,
    *,
    mode: ReplyMode = "json_schema",
    timeout: float = 120.0,
    max_output_tokens: int = 16_384,
    environ: Mapping[str, str] = os.environ,
) -> Engine:
    """The engine itself, loading only what it needs. Raises SetupError where a key or a package is missing."""
    if choice.is_builtin:
        from summarizer.engines.builtin import Builtin

        return Builtin()
    from summarizer.engines.llm import ChatEngine, Options, ProviderEngine

    options = Options(mode, timeout, max_output_tokens)
    if choice.engine != "openai" and choice.base_url is None:
        return ProviderEngine(choice.engine, choice.model, options, environ)
    _check_address(choice.base_url)
    key = keys.read("OPENAI_API_KEY", environ)
    if not key and choice.base_url is None:
        raise keys.missing("openai", choice.model, "OPENAI_API_KEY")
    # The SDK insists on a key; a server of one's own usually wants none.
    return ChatEngine(choice.engine, choice.model, base_url=choice.base_url, key=key or "none", options=options)


def _check_address(base_url: str | None) -> None:
    if base_url is None:
        return
    try:
        parts = urlsplit(base_url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if "@" in base_url:
        raise UsageError("--base-url may hold no name and no password; a key belongs into OPENAI_API_KEY")
    if not (sound and base_url.isprintable()):
        shown = base_url.partition("?")[0]  # behind it a key may stand
        raise UsageError(f"--base-url is an http or https address, such as http://127.0.0.1:8000/v1; got {shown!r}")
