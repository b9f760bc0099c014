"""Check a reply against its schema and its article: what passes is a summary, what does not is a problem.

`check` works on any Pydantic model. Wherever one nests `Evidence`, the quote is looked up and gets its offsets; wherever
one nests `ArticleDate`, the date is resolved. What fails is taken out whole, at the nearest list entry or optional field
around it, and stands in `problems`; where there is none, there is no summary.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Generic

from jiter import from_json
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, to_json

from summarizer import dates
from summarizer.characters import writable
from summarizer.claims import Ground
from summarizer.errors import SummarizerError
from summarizer.grounding import Fault, Walk, get, stands
from summarizer.records import Path, S

__all__ = ["Checked", "Fault", "Ground", "check", "parse", "unreadable"]

_FENCED = re.compile(r"\A[^{\[]*```(?:json)?\s*(\{.*\})\s*```[^{\[]*\Z", re.DOTALL)


# How a control character stands in JSON: as itself or escaped.
_CONTROLS = re.compile(r"\\(?:u00[0189]|u007f|u[dD][89a-fA-F]|[bfr])|[\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Checked(Generic[S]):
    """A checked reply: the summary without what failed (None if nothing is left), the reply's data, the faults."""

    value: S | None
    data: Any
    faults: list[Fault]

    @property
    def repairable(self) -> list[Fault]:
        """The faults for which asking again may help."""
        return [fault for fault in self.faults if not fault.final]


def parse(text: str) -> Any:
    """The data of a reply's JSON; one fenced block around it is taken off. Raises ValueError.

    Also for what other readers let pass: a key twice in one object, NaN and infinities, numbers of thousands of digits.
    Control characters in its strings are replaced: they would act in whatever shows a record.
    """
    try:
        data = _strict(text)
    except ValueError:
        fenced = _FENCED.match(text)
        if fenced is None:
            raise
        data = _strict(fenced[1])
    may_hold = "\\" in text or "\x7f" in text or not text.isascii()
    return writable(data) if may_hold and _CONTROLS.search(text) else data


def _strict(text: str) -> Any:
    return from_json(text.encode(errors="replace"), allow_inf_nan=False, catch_duplicate_keys=True)


def check(data: Any, schema: type[S], ground: Ground) -> Checked[S]:
    """Validate the reply's data and look up what it claims. Never raises for what a model can say.

    Where the schema does not hold without what was taken out, a list that is now too short for example, what it does not
    hold for goes as well.
    """
    reply = _Reply(data, data)
    while (value := _validate(reply, schema)) is not None:
        walk = Walk(ground, reply.left, _context(value, ground))
        verified = walk.node(value, ())
        found = [reply.fault(fault) for fault in walk.faults]
        if walk.loose:
            return Checked(None, data, [*reply.faults, *found, Fault((), *walk.loose[0][1:], value=data)])
        if not walk.taken or _holds(schema, _without(reply.left, walk.taken)):
            return Checked(verified, data, [*reply.faults, *found])
        gone = {path for path, _ in walk.taken}
        reply.faults += (fault for fault, own in zip(found, walk.faults, strict=True) if _below(own.path, gone))
        reply.take_out(walk.taken)
        reply.final = True  # asking for what was taken out first is enough
    return Checked(None, data, reply.faults)


def _below(path: Path, places: set[Path]) -> bool:
    return any(path[:length] in places for length in range(1, len(path) + 1))


def _context(value: Any, ground: Ground) -> dates.Context:
    """The built-in schema says whether its meeting is still to come: then its date counts forward."""
    meeting = getattr(value, "meeting", None)
    future = {"announced": True, "reported": False}.get(meeting) if isinstance(meeting, str) else None
    return dates.Context(ground.article.published, ground.article.text, future)


def unreadable(text: str) -> Checked[Any]:
    """The result of checking a reply that is no JSON object."""
    return Checked(None, None, [Fault((), "invalid_json", "the reply is no JSON object", text)])


# --- the schema -------------------------------------------------------------------------------------------------------


@dataclass
class _Reply:
    """A reply's data, and what is left of it. `kept` says which entries of a list of the whole those that are left were."""

    whole: Any
    left: Any
    faults: list[Fault] = field(default_factory=list)
    kept: dict[Path, list[int]] = field(default_factory=dict)
    final: bool = False

    def fault(self, found: Fault) -> Fault:
        """A fault of what is left, as one of the whole."""
        path = self._place(found.path)
        return replace(found, path=path, value=get(self.whole, path) if found.value is None else found.value)

    def blame(self, found: Iterable[Fault]) -> None:
        """Note faults of what is left."""
        self.faults += (replace(self.fault(fault), final=fault.final or self.final) for fault in found)

    def take_out(self, parts: list[tuple[Path, bool]]) -> None:
        """Leave out what stands at some places, or put null there."""
        for path, null in sorted(set(parts), reverse=True):
            entries = get(self.left, path[:-1])
            if isinstance(entries, list) and not null and stands(entries, path[-1]):
                place = self._place(path[:-1])
                if place not in self.kept:
                    self.kept[place] = list(range(len(entries)))
                self.kept[place].pop(int(path[-1]))
        self.left = _without(self.left, parts)

    def _place(self, path: Path) -> Path:
        """Where in the whole stands what is left at a path."""
        place: Path = ()
        for key in path:
            rest = self.kept.get(place, ())
            place = (*place, rest[key] if isinstance(key, int) and key < len(rest) else key)
        return place


def _validate(reply: _Reply, schema: type[S]) -> S | None:
    """What is left of a reply as a model; what does not fit is taken out of it first."""
    for _ in range(10):  # surplus fields first, then entries, then whole fields, then what their loss makes wrong
        try:
            return _as_model(reply.left, schema)
        except ValidationError as error:
            if not _shorten(reply, error.errors(include_url=False, include_context=False, include_input=False), schema):
                break
        except Exception as error:  # noqa: BLE001 - a validator of a user's schema may raise anything
            why = f": {error}" if isinstance(error, SummarizerError) else ""  # another's words may hold the article
            reply.blame([Fault((), "invalid_reply", f"a validator of the schema failed: {type(error).__name__}{why}")])
            break
    return None


def _as_model(data: Any, schema: type[S]) -> S:
    """The data as a model. In JSON a strict date is a text, which takes another pass: for what does not fit without it."""
    try:
        return schema.model_validate(data)
    except ValidationError:
        return schema.model_validate_json(to_json(data))


def _holds(schema: type[BaseModel], data: Any) -> bool:
    try:
        _as_model(data, schema)
    except Exception:  # noqa: BLE001 - a validator of a user's schema may raise anything
        return False
    return True


def _shorten(reply: _Reply, errors: list[ErrorDetails], schema: type[BaseModel]) -> bool:
    """Take out of a reply what the errors are about; whether that can be."""
    found = [_located(error, reply.left) for error in errors]
    if surplus := _surplus(found):
        reply.blame(replace(fault, final=True) for fault in surplus)
        reply.take_out([(fault.path, False) for fault in surplus])
        return True
    faults = [fault for fault, _ in found if fault.kind != "extra_field"] or [fault for fault, _ in found]
    units = {fault.unit: replace(fault, path=fault.unit) for fault in reversed(faults)}
    if () in units or not isinstance(reply.left, dict):
        why = units[()].message if isinstance(reply.left, dict) else "the reply is no object of the schema"
        reply.blame([Fault((), "invalid_reply", why)])
        return False
    reply.blame(units.values())
    reply.take_out([(unit, False) for unit in units if len(unit) > 1 and unit[:1] not in units])
    for name in [str(unit[0]) for unit in units if len(unit) == 1]:
        empty = _empty(reply.left, name, schema)
        if empty is ...:
            return False
        reply.left = {**reply.left, name: empty}
    return True


def _located(error: ErrorDetails, data: Any) -> tuple[Fault, Path | None]:
    """An error as a fault at its place in the data, and the part of its `loc` up to a branch of a union, if there is one."""
    path: Path = ()
    loc, branch = error["loc"], None
    for number, part in enumerate(loc, 1):
        if stands(data, part):
            path, data = (*path, part), data[part]
        elif error["type"] == "missing" and number == len(loc):
            path = (*path, part)
        else:
            branch = branch or loc[:number]
    kind, message = _reason(error)
    return Fault(path, "invalid_reply" if path[-1:] != loc[-1:] and kind == "extra_field" else kind, message), branch


def _surplus(found: list[tuple[Fault, Path | None]]) -> list[Fault]:
    """The fields to leave out: in a union, those of a branch with which nothing else is wrong, or of the only one tried."""
    unions: dict[Path, dict[Path, list[Fault]]] = {}
    for fault, branch in found:
        if branch is not None:
            unions.setdefault(branch[:-1], {}).setdefault(branch, []).append(fault)
    meant = [fault for fault, branch in found if branch is None]
    for tried in unions.values():
        fitting = [
            own for own in tried.values() if len(tried) == 1 or all(fault.kind == "extra_field" for fault in own)
        ]
        meant += fitting[0] if fitting else []
    return [fault for fault in meant if fault.kind == "extra_field"]


def _reason(error: ErrorDetails) -> tuple[str, str]:
    place = "/".join(map(str, error["loc"][2:] or error["loc"]))
    if error["type"] == "extra_forbidden":
        return "extra_field", "the schema has no such field"
    if error["type"] == "too_short" and error["loc"][-1] == "evidence":
        return "no_quote", "no quote supports it"
    return "invalid_reply", f"{place}: {error['msg']}" if place else error["msg"]


def _empty(data: dict[str, Any], name: str, schema: type[BaseModel]) -> Any:
    """What a field may hold instead of something wrong: null or an empty list, else `...`."""
    candidates: tuple[Any, ...] = (None, [])
    for candidate in candidates:
        try:
            _as_model({**data, name: candidate}, schema)
        except ValidationError as error:
            if any(found["loc"][:1] == (name,) for found in error.errors()):
                continue
        except Exception:  # noqa: BLE001, S112 - a validator of a user's schema may raise anything
            continue
        return candidate
    return ...


def _without(data: Any, parts: list[tuple[Path, bool]]) -> Any:
    """A copy of the data without what stands at some places, or with null there; the last first, so that places stay."""
    inside: dict[Path, list[tuple[str | int, bool]]] = {}
    for path, null in set(parts):
        inside.setdefault(path[:-1], []).append((path[-1], null))
    for path in sorted(inside, reverse=True):
        data = _thinned(data, path, inside[path])
    return data


def _thinned(data: Any, path: Path, keys: list[tuple[Any, bool]]) -> Any:
    """A copy of the data without some parts of what stands at the path; copies only what lies on it."""
    if not isinstance(data, dict | list) or (path and not stands(data, path[0])):
        return data
    copied: Any = data.copy()
    if path:
        copied[path[0]] = _thinned(copied[path[0]], path[1:], keys)
        return copied
    for key, null in sorted(keys, reverse=True):
        if stands(copied, key) and null:
            copied[key] = None
        elif stands(copied, key):
            copied.pop(key)
    return copied
