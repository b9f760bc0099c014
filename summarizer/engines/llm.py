"""Models behind an API: chat completions through the openai SDK, other providers through instructor.

instructor turns a schema into the request parts of a mode, and the openai SDK knows the address and the headers, once per
schema. Neither sits in the loop: `wire` sends a prebuilt body, and `envelope` reads the answer. The two SDKs are imported
here alone.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import httpx2
import instructor
import openai
from instructor import Mode, Provider
from instructor.v2 import mode_registry
from pydantic import BaseModel
from pydantic_core import from_json, to_json

from summarizer import rates
from summarizer import schema as schemas
from summarizer.engines import envelope, keys
from summarizer.engines.base import ReplyMode
from summarizer.engines.wire import Answer, Wire, WireError
from summarizer.errors import CallError, SetupError
from summarizer.failures import Shape, Signal, classify
from summarizer.proxies import proxy_of
from summarizer.records import Reply, Request, Usage

_HERE = "the article's place"


# instructor logs whole prompts and replies with its errors; neither belongs into a log.
logging.getLogger("instructor").addHandler(logging.NullHandler())
logging.getLogger("instructor").propagate = False

_MODES = {"json_schema": Mode.JSON_SCHEMA, "tools": Mode.TOOLS, "json": Mode.JSON}


@dataclass(frozen=True, slots=True)
class Options:
    """How to ask. `timeout` is seconds for one call, `max_output_tokens` bounds what one reply can cost."""

    mode: ReplyMode = "json_schema"
    timeout: float = 120.0
    max_output_tokens: int = 16_384


class ChatEngine:
    """Any endpoint that speaks chat completions: one POST a call, no retries, no redirects.

    The SDK says where and with which headers, instructor in which form: once. What is the same for every article is
    made into bytes once.
    """

    repairs = True

    def __init__(self, name: str, model: str, *, base_url: str | None, key: str, options: Options) -> None:
        self.name = name
        self.model = model
        self._options = options
        try:
            # With a transport it reads no proxies from the environment, which it would refuse; `wire` connects.
            unused = httpx2.AsyncClient(transport=httpx2.AsyncHTTPTransport())
            self._client = openai.AsyncOpenAI(api_key=key, base_url=base_url, max_retries=0, http_client=unused)
        except OSError as error:
            raise SetupError(
                f"the certificates to trust cannot be read ({error.strerror}); see SSL_CERT_FILE"
            ) from None
        # An endpoint may send the key back in what should be a reply. A stand-in for no key is a word like any other.
        self._secret = key.encode() if len(key) >= 12 else None
        self.url = f"{str(self._client.base_url).rstrip('/')}/chat/completions"
        proxy_of(self.url)  # one that cannot be used is told before anything is asked
        self.endpoint: str | None = urlsplit(self.url).netloc.rpartition("@")[2]
        # OpenAI's newer models take the limit under this name only; some compatible servers know the older one only.
        self._limit = "max_completion_tokens" if name == "openai" else "max_tokens"
        self._bodies: dict[tuple[type[BaseModel], str], tuple[dict[str, Any], bytes, bytes]] = {}
        self._wires: dict[asyncio.AbstractEventLoop, Wire] = {}
        weakref.finalize(self, _drop, self._wires)  # a session that nobody closed ends in silence

    def body(self, request: Request) -> dict[str, Any]:
        """The exact JSON body of the call: what is the same for every article first, the article last."""
        same, _, _ = self._prepared(request)
        return {**same, "messages": [same["messages"][0], {"role": "user", "content": _user(request)}]}

    async def complete(self, request: Request) -> Reply:
        """Send the request once and read the answer. Raises CallError."""
        _, before, after = self._prepared(request)
        body = b"".join((before, to_json(_user(request)), after))
        try:
            answer = self._without_key(await self._ours().post(body))
        except WireError as error:
            raise CallError(classify(Signal(shape=error.shape)), Usage(complete=False)) from None
        if answer.status >= 300:
            raise CallError(classify(_refused(answer)), Usage())  # a refused request is not billed
        reply = envelope.read(answer.content, answer.headers.get("content-type", ""), answer.headers)
        return replace(reply, quotas=found) if (found := rates.quotas(answer.headers)) else reply

    async def probe(self) -> str:
        """One line on whether the endpoint answers and takes the key; costs nothing."""
        try:
            answer = self._without_key(await self._ours().send("GET", self.url.replace("/chat/completions", "/models")))
        except WireError as error:
            return f"does not answer: {classify(Signal(shape=error.shape)).message}"
        if answer.status >= 300:
            return f"answers with status {answer.status}: {classify(_refused(answer)).message}"
        return "answers"

    async def aclose(self) -> None:
        """Close the connections; a later call opens new ones."""
        own = self._wires.pop(asyncio.get_running_loop(), None)
        if own is not None:
            await own.aclose()
        _drop(self._wires)

    def _without_key(self, answer: Answer) -> Answer:
        if self._secret is None or self._secret not in answer.content:
            return answer
        return answer._replace(content=answer.content.replace(self._secret, b"[key]"))

    def _ours(self) -> Wire:
        """The connections of the running loop: those of one loop are of no use in another."""
        loop = asyncio.get_running_loop()
        if loop not in self._wires:
            _drop(self._wires, [other for other in self._wires if other.is_closed()])
            known = {**self._client.auth_headers, **self._client.default_headers}
            headers = {name: value for name, value in known.items() if isinstance(value, str)}
            self._wires[loop] = Wire(self.url, headers, self._options.timeout / 2)
        return self._wires[loop]

    def _prepared(self, request: Request) -> tuple[dict[str, Any], bytes, bytes]:
        """The body without the article, and the bytes that stand before and after the article in it."""
        known = (request.schema, request.system)
        if known not in self._bodies:
            system, parts = _parts(request.schema, request.system, self._options.mode)
            messages = [{"role": "system", "content": system}, {"role": "user", "content": _HERE}]
            body = {"model": self.model, **parts, self._limit: self._options.max_output_tokens, "messages": messages}
            before, after = json.dumps(body, ensure_ascii=False).encode().rsplit(json.dumps(_HERE).encode(), 1)
            self._bodies[known] = body, before, after
        return self._bodies[known]


class ProviderEngine:
    """Another provider's own API, through instructor's client for it; its SDK must be installed."""

    repairs = True

    def __init__(self, provider: str, model: str, options: Options, environ: Mapping[str, str] = os.environ) -> None:
        self.name = provider
        self.model = model
        self._options = options
        self._variable = keys.variable(provider)
        key = keys.read(self._variable, environ)
        try:
            self._client: Any = instructor.from_provider(f"{provider}/{model}", async_client=True, api_key=key)
        except Exception as error:  # noqa: BLE001 - every provider's SDK fails in its own way
            raise _no_provider(provider, model, error, None if key else self._variable) from None
        sdk: Any = self._client.client
        if self._variable and not key and not _has_credentials(sdk):
            raise keys.missing(provider, model, self._variable)
        # The provider's SDK retries by itself; retries have one owner (summarizer.failures).
        if hasattr(sdk, "max_retries"):
            sdk.max_retries = 0
        # A redirect would carry the article elsewhere. No SDK takes this through instructor; the ones tested keep it here.
        http: Any = getattr(sdk, "_client", None)
        if hasattr(http, "follow_redirects"):
            http.follow_redirects = False
        self.endpoint: str | None = urlsplit(str(getattr(sdk, "base_url", ""))).netloc.rpartition("@")[2] or None

    async def complete(self, request: Request) -> Reply:
        """Send the request once and read the answer. Raises CallError."""
        try:
            value, raw = await self._client.create_with_completion(
                response_model=request.schema,
                messages=[{"role": "system", "content": request.system}, {"role": "user", "content": _user(request)}],
                max_retries=0,
                max_tokens=self._options.max_output_tokens,
                timeout=httpx2.Timeout(self._options.timeout),
            )
            text = _said(_data(raw)) or value.model_dump_json(by_alias=True, round_trip=True)
        except Exception as error:  # noqa: BLE001 - instructor and every SDK behind it have classes of their own
            raw = _completion(error)
            if raw is None:
                raise self._with_its_key(_call_error(error)) from None
            text = _unparsed(raw, error)
        return Reply(text, getattr(raw, "model", None), _tokens(raw))

    def _with_its_key(self, error: CallError) -> CallError:
        """The error with the provider's variable in the place of OpenAI's."""
        message = error.verdict.message.replace("OPENAI_API_KEY", self._variable or "the provider's account")
        return CallError(replace(error.verdict, message=message), error.usage)

    async def aclose(self) -> None:
        """Close the connections, where the SDK can."""
        close = getattr(self._client.client, "close", None)
        if close is not None:
            await close()


def _drop(
    wires: dict[asyncio.AbstractEventLoop, Wire], loops: Iterable[asyncio.AbstractEventLoop] | None = None
) -> None:
    """Let go of the connections of other loops, in which nothing can be awaited from here; of all, unless some are named."""
    for loop in list(wires if loops is None else loops):
        if (wire := wires.pop(loop, None)) is not None:  # another thread may close at the same moment
            wire.drop()


def _user(request: Request) -> str:
    """The user's message; a repair comes last, so that what was cached of the article serves it too."""
    return request.user if request.repair is None else f"{request.user}\n\n{request.repair}"


def _parts(schema: type[BaseModel], system: str, mode: ReplyMode) -> tuple[str, dict[str, Any]]:
    """The system text and the request parts that make a model of `mode` answer in `schema`."""
    messages = [{"role": "system", "content": system}]
    handlers = mode_registry.get_handlers(Provider.OPENAI, _MODES[mode])
    _, parts = handlers.request_handler(schema, {"messages": messages})
    messages = parts.pop("messages")
    sent = schemas.sent(schema)
    if mode == "json_schema":
        parts["response_format"]["json_schema"] |= {"schema": sent, "strict": True, "name": _name(schema)}
    elif mode == "tools":
        parts["tools"][0]["function"] |= {"parameters": sent, "strict": True, "name": _name(schema)}
        parts["tool_choice"] = {"type": "function", "function": {"name": _name(schema)}}
    else:
        # In JSON mode the schema stands in the text; instructor puts its own rendering there, titles and all.
        messages[0]["content"] = f"{system}\n\nAnswer with one JSON object of this JSON schema:\n{json.dumps(sent)}"
    return messages[0]["content"], parts


def _name(schema: type[BaseModel]) -> str:
    """As OpenAI takes it: a generic model has brackets in its name."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", schema.__name__).strip("_")[:64]


def _refused(answer: Answer) -> Signal:
    """What an answer with a bad status says, if it says it in JSON."""
    try:
        data = from_json(answer.content)
    except ValueError:
        data = None
    error = data.get("error", data) if isinstance(data, dict) else None
    return envelope.error_signal(error if isinstance(error, dict) else {}, answer.status, answer.headers)


def _completion(error: BaseException) -> Any:
    """The answer that instructor could not read: it was paid for, and our own checks may read it part by part."""
    found: BaseException | None = error
    while found is not None:
        last = getattr(found, "last_completion", None)
        if last is not None:
            return last
        found = found.__cause__
    return None


def _tokens(raw: Any) -> Usage:
    usage = getattr(raw, "usage", None)
    sent, received = (getattr(usage, name, None) for name in ("input_tokens", "output_tokens"))
    if isinstance(sent, int) and isinstance(received, int):
        return Usage(sent, received)
    return Usage(complete=False)


def _unparsed(raw: Any, error: BaseException) -> str:
    """The text that should have been the object. Raises CallError for a refusal, a cut reply, or one without an object."""
    reason = getattr(raw, "stop_reason", None)
    data = _data(raw)
    shapes = {"max_tokens": Shape.LENGTH, "refusal": Shape.REFUSAL}
    if reason in shapes:
        raise CallError(
            classify(Signal(shape=shapes[reason])), _tokens(raw), getattr(raw, "model", None), data
        ) from None
    if (said := _said(data)) is not None:
        return said
    known = _call_error(error)
    raise CallError(known.verdict, _tokens(raw), getattr(raw, "model", None), data) from None


def _data(raw: Any) -> Any:
    return raw.model_dump(mode="json") if isinstance(raw, BaseModel) else None


def _said(data: Any) -> str | None:
    """The object in an answer as the model wrote it, where the answer has one and no other."""
    blocks = data.get("content") if isinstance(data, dict) else None
    inputs = [
        block["input"] for block in blocks or () if isinstance(block, dict) and isinstance(block.get("input"), dict)
    ]
    return json.dumps(inputs[0], ensure_ascii=False) if len(inputs) == 1 else None


def _call_error(error: BaseException) -> CallError:
    """What lies under instructor's wrapping, as a verdict; the wrapping holds the article and is dropped."""
    cause: BaseException | None = error
    while cause is not None:
        status = next(
            (found for name in ("status_code", "code") if isinstance(found := getattr(cause, name, None), int)), None
        )
        if status is not None:
            body = getattr(cause, "body", None)
            inner = body.get("error", body) if isinstance(body, dict) else {}
            headers = getattr(getattr(cause, "response", None), "headers", None)
            return CallError(classify(envelope.error_signal(inner if isinstance(inner, dict) else {}, status, headers)))
        if type(cause).__name__ == "APITimeoutError":
            return CallError(classify(Signal(shape=Shape.TIMEOUT)), Usage(complete=False))
        if type(cause).__name__ == "APIConnectionError":
            return CallError(classify(Signal(shape=Shape.CONNECTION)), Usage(complete=False))
        if type(cause).__name__ == "ValidationError":
            return CallError(classify(Signal(shape=Shape.INVALID)))
        cause = cause.__cause__
    return CallError(classify(Signal()))


def _has_credentials(sdk: Any) -> bool:
    """Whether a client knows who asks."""
    # Anthropic's is made without, and fails when it is to send; those that do not show their headers refuse to be made.
    known = getattr(sdk, "auth_headers", None)
    if known is None or getattr(sdk, "credentials", None) is not None:
        return True
    headers = {**known, **getattr(sdk, "default_headers", {})}
    return any(headers[name] for name in headers if name.lower() in ("authorization", "x-api-key"))


def _no_provider(provider: str, model: str, error: Exception, unset: str | None) -> SetupError:
    """Why a client could not be made; `unset` is the key's variable where nothing is in it."""
    text = str(error)
    command = re.search(r"pip install ['\"]?[\w-]+(?:\[[\w,-]+\]['\"]?)?", text)
    if command or isinstance(error, ImportError):
        hint = command[0].replace('"', "'") if command else f"pip install {provider}"
        return SetupError(f"the model {provider}/… needs the provider's SDK: {hint}")
    if "Unsupported provider" in text:
        return SetupError(
            f"no provider is called {provider!r}; for a compatible endpoint use openai/NAME with --base-url"
        )
    named = re.search(r"\b([A-Z]+(?:_[A-Z]+)+) is not set", text)
    if unset and (named is None or named[1] == unset):
        return keys.missing(provider, model, unset)
    hint = f"set {named[1]}" if named else f"{type(error).__name__}; see the documentation of its SDK"
    return SetupError(f"the provider {provider!r} cannot be set up: {hint}")
