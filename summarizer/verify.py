"""Check a reply against its schema and its article: what passes is a summary, what does not is a problem.

`check` works on any Pydantic model. Wherever one nests `Evidence`, the quote is looked up and gets its offsets; wherever
one nests `ArticleDate`, the date is resolved. What fails is taken out whole, at the nearest list entry or optional field
around it, and stands in `problems`; where there is none, there is no summary.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Generic

from jiter import from_json
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, to_json

from summarizer import dates
from summarizer.characters import writable
from summarizer.claims import Ground
from summarizer.grounding import Fault, Walk
from summarizer.records import Path, S

__all__ = ["Checked", "Fault", "Ground", "check", "get", "parse", "unreadable"]

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
    """Validate the reply's data and look up what it claims. Never raises for what a model can say."""
    faults: list[Fault] = []
    value, kept = _validate(data, schema, faults)
    if value is None:
        return Checked(None, data, faults)
    # The built-in schema says whether its meeting is still to come: then its date counts forward.
    meeting = getattr(value, "meeting", None)
    future = {"announced": True, "reported": False}.get(meeting) if isinstance(meeting, str) else None
    article = ground.article
    walk = Walk(ground, kept, dates.Context(article.published, article.text, future))
    verified = walk.node(value, ())
    faults += (replace(fault, value=get(data, fault.path)) for fault in walk.faults)
    if walk.loose:
        return Checked(None, data, [*faults, Fault((), *walk.loose[0][1:], value=data)])
    return Checked(verified, data, faults)


def unreadable(text: str) -> Checked[Any]:
    """The result of checking a reply that is no JSON object."""
    return Checked(None, None, [Fault((), "invalid_json", "the reply is no JSON object", text)])


# --- the schema -------------------------------------------------------------------------------------------------------


def _validate(data: Any, schema: type[S], faults: list[Fault]) -> tuple[S | None, dict[str, list[int]]]:
    """The data as a model, without the parts that do not fit; and which entries of each list were kept."""
    kept: dict[str, list[int]] = {}
    for _ in range(3):  # surplus fields first, then entries, then whole fields
        try:
            return schema.model_validate_json(to_json(data)), kept  # as JSON: a strict date is a text there
        except ValidationError as error:
            errors = error.errors(include_url=False, include_context=False, include_input=False)
            try:
                data = _without(data, errors, schema, faults, kept)
            except (LookupError, TypeError, AttributeError):  # a union's place has parts that the reply has not
                faults.append(Fault((), *_reason(errors[0]), value=data))
                break
            if data is None:
                break
        except Exception as error:  # noqa: BLE001 - a validator of a user's schema may raise anything
            faults.append(Fault((), "invalid_reply", f"a validator of the schema failed: {type(error).__name__}", data))
            break
    return None, kept


def _without(
    data: Any, errors: list[ErrorDetails], schema: type[BaseModel], faults: list[Fault], kept: dict[str, list[int]]
) -> Any:
    """A copy of the data without the parts that the errors are about; None if that cannot be."""
    found = [Fault(tuple(error["loc"]), *_reason(error)) for error in errors]
    surplus = [fault for fault in found if fault.kind == "extra_field"]
    if surplus:
        for fault in surplus:
            faults.append(Fault(fault.path, fault.kind, fault.message, get(data, fault.path), final=True))
            data = _delete(data, fault.path)
        return data
    units = {fault.unit: fault for fault in reversed(found)}
    if () in units or not isinstance(data, dict):
        faults.append(Fault((), "invalid_reply", "the reply is no object of the schema", data))
        return None
    data = dict(data)
    for unit, fault in units.items():
        faults.append(Fault(_original(unit, kept), fault.kind, fault.message, get(data, unit)))
    for name in {unit[0] for unit in units}:
        entries = {unit[1] for unit in units if unit[0] == name and len(unit) > 1}
        if entries and (name,) not in units:
            kept[str(name)] = [i for i in range(len(data[name])) if i not in entries]
            data[name] = [data[name][i] for i in kept[str(name)]]
        elif (empty := _empty(data, str(name), schema)) is not ...:
            data[name] = empty
        else:
            return None
    return data


def _reason(error: ErrorDetails) -> tuple[str, str]:
    place = "/".join(map(str, error["loc"][2:] or error["loc"]))
    if error["type"] == "extra_forbidden":
        return "extra_field", "the schema has no such field"
    if error["type"] == "too_short" and error["loc"][-1] == "evidence":
        return "no_quote", "no quote supports it"
    return "invalid_reply", f"{place}: {error['msg']}"


def _original(unit: Path, kept: dict[str, list[int]]) -> Path:
    if len(unit) > 1 and str(unit[0]) in kept and isinstance(unit[1], int):
        return (unit[0], kept[str(unit[0])][unit[1]])
    return unit


def _empty(data: dict[str, Any], name: str, schema: type[BaseModel]) -> Any:
    """What a field may hold instead of something wrong: null or an empty list, else `...`."""
    candidates: tuple[Any, ...] = (None, [])
    for candidate in candidates:
        try:
            schema.model_validate_json(to_json({**data, name: candidate}))
        except ValidationError as error:
            if any(found["loc"][:1] == (name,) for found in error.errors()):
                continue
        except Exception:  # noqa: BLE001, S112 - a validator of a user's schema may raise anything
            continue
        return candidate
    return ...


def get(data: Any, path: Path) -> Any:
    """What stands at the path, or None."""
    for key in path:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _delete(data: Any, path: Path) -> Any:
    """A copy of the data without what stands at the path; copies only what lies on it."""
    if not path or not isinstance(data, dict | list):
        return data
    head: Any = path[0]
    copied: Any = dict(data) if isinstance(data, dict) else list(data)
    if len(path) == 1:
        copied.pop(head, None) if isinstance(copied, dict) else copied.pop(head)
    elif (isinstance(copied, dict) and head in copied) or (isinstance(head, int) and head < len(copied)):
        copied[head] = _delete(copied[head], path[1:])
    return copied
