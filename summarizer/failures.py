"""Every way a call can fail, and the one right answer to it.

`classify` is a pure table from what a failure looked like (status, code, type, headers, shape; never message text) to
a verdict. `retrying` is the only place in the project that retries a call.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TypeVar

from summarizer.errors import CallError

T = TypeVar("T")

MOST_EXCUSED = 100
"""So many refusals of one article, while others are answered: it is refused for itself, such as for its size."""
BASE = 0.5
"""Seconds: the first wait between two tries is at most this long, each further one at most twice the one before."""


class Action(StrEnum):
    """What to do about a failed call."""

    RETRY = "retry"
    FAIL_ITEM = "fail_item"
    STOP_BATCH = "stop_batch"


class Kind(StrEnum):
    """What users see in records; the names stay from release to release."""

    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    SERVER = "server"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    BROKEN_REPLY = "broken_reply"
    EMPTY = "empty"
    QUOTA = "quota"
    AUTH = "auth"
    FORBIDDEN = "forbidden"
    MODEL_NOT_FOUND = "model_not_found"
    NOT_AN_API = "not_an_api"
    REDIRECT = "redirect"
    REPLY_TOO_LARGE = "reply_too_large"
    BAD_REQUEST = "bad_request"
    NO_TEXT = "no_text"
    TOO_LONG = "too_long"
    TRUNCATED = "truncated"
    CONTENT_FILTER = "content_filter"
    REFUSED = "refused"
    INVALID_REPLY = "invalid_reply"
    UNSUPPORTED = "unsupported"
    LANGUAGE = "language"
    POISON = "poison"
    INTERNAL = "internal"
    NEAR_DUPLICATE = "near_duplicate"
    NO_MEETING = "no_meeting"
    UNKNOWN = "unknown"


HOPELESS = frozenset((
    Kind.TOO_LONG, Kind.TRUNCATED, Kind.CONTENT_FILTER, Kind.REFUSED, Kind.BAD_REQUEST, Kind.REPLY_TOO_LARGE, Kind.LANGUAGE,
    Kind.NO_TEXT,
))  # fmt: skip
"""What ends in the same way when the same is asked again; docs/operators.md says it too."""


class Shape(StrEnum):
    """What an answer looked like where its status does not tell."""

    TIMEOUT = "timeout"
    DEADLINE = "deadline"
    CONNECTION = "connection"
    OVERSIZE = "oversize"
    BROKEN_JSON = "broken_json"
    NOT_JSON = "not_json"
    NO_CHOICES = "no_choices"
    NO_CONTENT = "no_content"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"
    REFUSAL = "refusal"
    SEVERAL_CALLS = "several_calls"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Signal:
    """One failed call, without a word of its text."""

    status: int | None = None
    code: str | None = None
    type: str | None = None
    param: str | None = None
    shape: Shape | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, what to call it, how long to wait at least (seconds), how often to try in all, and what to say.

    `excused`: the endpoint is to blame and its pace sees to the waiting, so the try is not counted against the article.
    """

    action: Action
    kind: Kind
    message: str
    wait: float = 0.0
    tries: int = 4
    excused: bool = False


_NAME = re.compile(r"[a-z0-9_.\[\]-]{1,64}", re.IGNORECASE)
_RETRY, _FAIL, _STOP = Action.RETRY, Action.FAIL_ITEM, Action.STOP_BATCH

_SHAPES: dict[Shape, tuple[Action, Kind, str, int]] = {
    Shape.TIMEOUT: (_RETRY, Kind.TIMEOUT, "the endpoint did not answer in time; see --timeout", 2),
    Shape.DEADLINE: (_FAIL, Kind.TIMEOUT, "the article took longer than --timeout allows, with all tries", 1),
    Shape.OVERSIZE: (_FAIL, Kind.REPLY_TOO_LARGE, "the endpoint's answer is larger than any reply can be", 1),
    Shape.CONNECTION: (
        _RETRY,
        Kind.CONNECTION,
        "the connection to the endpoint failed; is the address right, is it up?",
        4,
    ),
    Shape.BROKEN_JSON: (_RETRY, Kind.BROKEN_REPLY, "the endpoint's answer broke off or is no valid JSON", 4),
    Shape.NOT_JSON: (
        _STOP,
        Kind.NOT_AN_API,
        "the endpoint did not answer JSON; check --base-url (it often ends in /v1)",
        1,
    ),
    Shape.NO_CHOICES: (_RETRY, Kind.EMPTY, "the endpoint answered without a choice", 2),
    Shape.NO_CONTENT: (_RETRY, Kind.EMPTY, "the model answered nothing", 2),
    Shape.LENGTH: (_FAIL, Kind.TRUNCATED, "the reply was cut off at the output limit; raise --max-output-tokens", 1),
    Shape.CONTENT_FILTER: (_FAIL, Kind.CONTENT_FILTER, "the provider's content filter stopped the reply", 1),
    Shape.REFUSAL: (_FAIL, Kind.REFUSED, "the model refused; its words stand in problems", 1),
    Shape.SEVERAL_CALLS: (
        _RETRY,
        Kind.INVALID_REPLY,
        "the model answered several tool calls where one was asked for",
        2,
    ),
    Shape.INVALID: (_RETRY, Kind.INVALID_REPLY, "the reply does not fit the schema", 2),
}
_STATUSES: dict[int, tuple[Action, Kind, str]] = {
    401: (_STOP, Kind.AUTH, "the endpoint refused the key; check OPENAI_API_KEY"),
    402: (_STOP, Kind.QUOTA, "the account has no credit left"),
    403: (_STOP, Kind.FORBIDDEN, "the endpoint forbids this account or region to use it"),
    404: (_STOP, Kind.MODEL_NOT_FOUND, "the endpoint knows no such model or path; check --model and --base-url"),
    405: (_STOP, Kind.NOT_AN_API, "the endpoint takes no chat completions; check --base-url"),
    408: (_RETRY, Kind.TIMEOUT, "the endpoint gave up waiting"),
    409: (_RETRY, Kind.SERVER, "the endpoint reports a conflict"),
    413: (_FAIL, Kind.TOO_LONG, "the article is too long for this model"),
    429: (_RETRY, Kind.RATE_LIMITED, "the endpoint's rate limit is reached"),
    503: (_RETRY, Kind.OVERLOADED, "the endpoint is overloaded"),
    529: (_RETRY, Kind.OVERLOADED, "the endpoint is overloaded"),
}
# Names of errors, which say more than a status does.
_CODES: tuple[tuple[frozenset[str], tuple[Action, Kind, str]], ...] = (
    (
        frozenset((
            "insufficient_quota", "credit_balance_exhausted", "organization_spend_limit_exceeded",
            "project_spend_limit_exceeded", "organization_usage_limit_exceeded", "billing_hard_limit_reached",
        )),
        (_STOP, Kind.QUOTA, "the account's quota or spending limit is used up"),
    ),
    (
        frozenset(("context_length_exceeded", "string_above_max_length", "request_too_large")),
        (_FAIL, Kind.TOO_LONG, "the article is too long for this model"),
    ),
    (
        frozenset(("content_filter", "content_policy_violation")),
        (_FAIL, Kind.CONTENT_FILTER, "the provider's content filter stopped the request"),
    ),
    (
        frozenset(("slow_down", "server_is_overloaded", "overloaded_error")),
        (_RETRY, Kind.OVERLOADED, "the endpoint is overloaded"),
    ),
    (frozenset(("model_not_found",)), _STATUSES[404]),
    (frozenset(("invalid_api_key",)), _STATUSES[401]),
    (frozenset(("unsupported_country_region_territory",)), _STATUSES[403]),
)  # fmt: skip
# What the names of OpenAI's, Anthropic's and Google's errors stand for, where no status says it.
_NAMES = {
    "rate_limit_exceeded": 429, "rate_limit_error": 429, "RESOURCE_EXHAUSTED": 429, "server_error": 500, "api_error": 500,
    "internal_error": 500, "INTERNAL": 500, "UNAVAILABLE": 503, "DEADLINE_EXCEEDED": 504, "authentication_error": 401,
    "UNAUTHENTICATED": 401, "permission_error": 403, "PERMISSION_DENIED": 403, "not_found_error": 404, "NOT_FOUND": 404,
    "invalid_request_error": 400, "INVALID_ARGUMENT": 400,
}  # fmt: skip


def classify(signal: Signal) -> Verdict:
    """The verdict on one failed call. What is not in the table fails the article: never the batch, never for ever."""
    wait = retry_after(signal.headers)
    if signal.shape is not None:
        action, kind, message, tries = _SHAPES[signal.shape]
        return Verdict(action, kind, message, wait, tries)
    names = {name for name in (signal.code, signal.type) if name}
    for known, (action, kind, message) in _CODES:
        if names & known:
            named = Verdict(action, kind, message, wait)
            return _as_asked(named, signal) if action is _RETRY else replace(named, tries=1)
    return _as_asked(_by_status(signal, names, wait), signal)


def _by_status(signal: Signal, names: set[str], wait: float) -> Verdict:
    """By the status, or by the one that a name of the error stands for where an answer with status 200 holds it."""
    status = signal.status or next((_NAMES[name] for name in sorted(names) if name in _NAMES), 0)
    if status in _STATUSES:
        action, kind, message = _STATUSES[status]
    elif 300 <= status < 400:
        action, kind, message = (
            _STOP,
            Kind.REDIRECT,
            "the endpoint redirects elsewhere, which is not followed; check --base-url",
        )
    elif 400 <= status < 500:
        action, kind, message = _FAIL, Kind.BAD_REQUEST, f"the endpoint refused the request ({_named(signal)})"
    elif status >= 500:
        action, kind, message = _RETRY, Kind.SERVER, f"the endpoint failed (status {status})"
    else:
        action, kind, message = _FAIL, Kind.UNKNOWN, "the call failed in a way that is not known"
    return Verdict(action, kind, message, wait)


def _as_asked(verdict: Verdict, signal: Signal) -> Verdict:
    """The verdict as `x-should-retry` wants it; what stops a batch stops it whatever a header says."""
    asked = signal.headers.get("x-should-retry")
    if verdict.action is _STOP or asked not in ("true", "false"):
        return verdict if verdict.action is _RETRY else replace(verdict, tries=1)
    return replace(verdict, action=_RETRY) if asked == "true" else replace(verdict, action=_FAIL, tries=1)


def _named(signal: Signal) -> str:
    """Status, code and parameter, where they are names: anything else might be a text, and texts may hold the article."""
    named = {"code": signal.code, "parameter": signal.param}
    parts = [f"{what} {name}" for what, name in named.items() if name and _NAME.fullmatch(name)]
    return ", ".join([f"status {signal.status}", *parts])


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float:
    """Seconds that the server asks to wait: `retry-after-ms`, else `retry-after` (seconds or a date); 0 if unreadable."""
    if milliseconds := _number(headers.get("retry-after-ms")):
        return milliseconds / 1000
    value = headers.get("retry-after")
    if value is None:
        return 0.0
    seconds = _number(value)
    if seconds is not None:
        return seconds
    try:
        when = parsedate_to_datetime(value)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else None
    except ValueError:
        return None
    return number if number is not None and math.isfinite(number) and number >= 0 else None


async def retrying(call: Callable[[], Awaitable[T]], *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> T:
    """Call until it succeeds or its verdict says to stop; then raise that CallError.

    Between tries: full jitter, from BASE seconds up. A try that is excused neither counts nor waits here: the pace of
    the endpoint sees to it. `sleep` may raise to end the waiting.
    """
    try:
        return await call()
    except CallError as error:
        if error.verdict.action is not Action.RETRY:
            raise
        first = error
    from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

    jitter = wait_random_exponential(multiplier=BASE, max=20)
    counted = excused = 0
    known: list[CallError] = [first]

    async def once() -> T:
        nonlocal counted, excused
        try:
            if known:  # tenacity is for the few calls that need a second try; it counts the first all the same
                raise known.pop()
            return await call()
        except CallError as error:
            counted += not error.verdict.excused
            excused += error.verdict.excused
            raise

    def wait(state: RetryCallState) -> float:
        return 0.0 if _verdict(state).excused else max(jitter(state), _verdict(state).wait)

    def stop(state: RetryCallState) -> bool:
        return excused >= MOST_EXCUSED or (counted >= _verdict(state).tries and not _verdict(state).excused)

    def again(error: BaseException) -> bool:
        return isinstance(error, CallError) and error.verdict.action is Action.RETRY

    async for attempt in AsyncRetrying(
        wait=wait, stop=stop, retry=retry_if_exception(again), sleep=sleep, reraise=True
    ):
        with attempt:
            return await once()
    raise AssertionError("tenacity ends with a value or an error")


def _verdict(state: object) -> Verdict:
    error = state.outcome.exception()  # type: ignore[attr-defined]
    assert isinstance(error, CallError)  # noqa: S101 - only these are retried
    return error.verdict
