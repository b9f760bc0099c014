"""Read a chat-completions answer: from the bytes of the body to a `Reply`, or to the CallError that says what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from summarizer.errors import CallError
from summarizer.failures import Shape, Signal, classify
from summarizer.records import Reply, Usage


def read(body: bytes, content_type: str = "application/json", headers: Mapping[str, str] | None = None) -> Reply:
    """The one reply in a 200 answer's body. Raises CallError; one that was paid for carries its usage."""
    data = _object(body, content_type)
    if isinstance(data.get("error"), dict):
        raise CallError(classify(error_signal(data["error"], headers=headers)))
    usage, model = _usage(data.get("usage")), _text(data.get("model"))
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise _failed(_why_empty(choice), usage, model)
    _check_finish(choice, message, usage, model)
    return Reply(_content(message, usage, model), model, usage)


def error_signal(error: dict[str, Any], status: int | None = None, headers: Any = None) -> Signal:
    """What a provider's error object says, without its message."""
    code, kind, param, status_name = (_text(error.get(name)) for name in ("code", "type", "param", "status"))
    kind = kind or status_name  # Google's names stand under "status"
    return Signal(status or _status(error), code, kind, param, headers=headers or {})


def _object(body: bytes, content_type: str) -> dict[str, Any]:
    try:
        data = from_json(body)
    except ValueError as error:
        start = body.lstrip()[:1]
        broken = start in (b"", b"{", b"[") or ("json" in content_type and start != b"<")
        raise _failed(Shape.BROKEN_JSON if broken else Shape.NOT_JSON) from error
    if not isinstance(data, dict):
        raise _failed(Shape.NOT_JSON)
    return data


def _check_finish(choice: dict[str, Any], message: dict[str, Any], usage: Usage, model: str | None) -> None:
    refusal = message.get("refusal")
    if isinstance(refusal, str) and refusal:
        raise _failed(Shape.REFUSAL, usage, model, refusal)
    finish = choice.get("finish_reason")
    if finish == "length":
        raise _failed(Shape.LENGTH, usage, model, _said(message))
    if _is_filter(finish):
        raise _failed(Shape.CONTENT_FILTER, usage, model, _said(message))


def _said(message: dict[str, Any]) -> str | None:
    """What a reply that does not count had said so far; it was paid for."""
    calls = message.get("tool_calls")
    parts = [_arguments(call) for call in calls] if isinstance(calls, list) else []
    return _joined(message.get("content")) + "".join(parts) or None


def _content(message: dict[str, Any], usage: Usage, model: str | None) -> str:
    calls = message.get("tool_calls")
    if isinstance(calls, list) and calls:
        arguments = list(dict.fromkeys(_arguments(call) for call in calls))
        if len(arguments) > 1:
            raise _failed(Shape.SEVERAL_CALLS, usage, model, arguments)
        content = arguments[0]
    else:
        content = _joined(message.get("content"))
    if not content.strip():
        raise _failed(Shape.NO_CONTENT, usage, model)
    return content


def _arguments(call: Any) -> str:
    """The arguments of a tool call as text; some servers send them as an object."""
    function = call.get("function") if isinstance(call, dict) else None
    arguments = function.get("arguments") if isinstance(function, dict) else None
    return json.dumps(arguments, ensure_ascii=False) if isinstance(arguments, dict) else _joined(arguments)


def _joined(content: Any) -> str:
    """A content as text; some servers send it in parts."""
    if isinstance(content, list):
        return "".join(
            part.get("text", "") for part in content if isinstance(part, dict) and isinstance(part.get("text"), str)
        )
    return content if isinstance(content, str) else ""


def _why_empty(choice: Any) -> Shape:
    finish = choice.get("finish_reason") if isinstance(choice, dict) else None
    return Shape.CONTENT_FILTER if _is_filter(finish) else Shape.NO_CHOICES


def _is_filter(finish: Any) -> bool:
    """Whether a reason to end is a filter's; gateways write Google's name for it beside their own, in any case."""
    return isinstance(finish, str) and any(name in finish.lower() for name in ("content_filter", "prohibited_content"))


def _failed(shape: Shape, usage: Usage | None = None, model: str | None = None, value: Any = None) -> CallError:
    return CallError(classify(Signal(shape=shape)), usage=usage or Usage(complete=False), model=model, value=value)


def _usage(data: Any) -> Usage:
    """The usage as the answer tells it; one that is missing or makes no sense is not known, which is not the same as free."""
    counts = [data.get(name) if isinstance(data, dict) else None for name in ("prompt_tokens", "completion_tokens")]
    sent, received = (count if isinstance(count, int) and 0 <= count < 2**40 else None for count in counts)
    if sent is None or received is None:
        return Usage(complete=False)
    details = data.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    return Usage(sent, received, cached if isinstance(cached, int) and 0 <= cached <= sent else 0)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _status(error: dict[str, Any]) -> int | None:
    named = (str(error.get(name)) for name in ("code", "status"))
    return next((int(value) for value in named if re.fullmatch("[1-5][0-9][0-9]", value)), None)
