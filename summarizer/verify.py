"""Check a reply against its schema and its article: what passes is a summary, what does not is a problem.

`check` works on any Pydantic model. Wherever one nests `Evidence`, the quote is looked up and gets its offsets; wherever
one nests `ArticleDate`, the date is resolved. What fails is taken out whole, at the nearest list entry or optional field
around it, and stands in `problems`; where there is none, there is no summary.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cache, cached_property
from typing import Annotated, Any, Generic, Literal, get_args, get_origin

from jiter import from_json
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from summarizer import claims, dates
from summarizer.characters import writable
from summarizer.evidence import Folded, Span
from summarizer.names import Names
from summarizer.records import Article, Path, Problem, S
from summarizer.schemas import ArticleDate, Evidence

_FENCED = re.compile(r"\A[^{\[]*```(?:json)?\s*(\{.*\})\s*```[^{\[]*\Z", re.DOTALL)


# How a control character stands in JSON: as itself or escaped.
_CONTROLS = re.compile(r"\\(?:u00[0189]|u007f|u[dD][89a-fA-F]|[bfr])|[\x7f-\x9f]")


@dataclass(frozen=True)
class Ground:
    """What the claims about an article stand on: it, made ready once for the checks of all replies."""

    article: Article

    @cached_property
    def folded(self) -> Folded:
        """For finding quotes."""
        return Folded(self.article.text)

    @cached_property
    def names(self) -> Names:
        """For finding names."""
        return Names(self.article.text)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not pass. `path` is its place in the reply, `unit` the part that would be asked for again."""

    path: Path
    kind: str
    message: str
    value: Any = None
    final: bool = False

    @property
    def unit(self) -> Path:
        """The list entry or field of the top level around it."""
        return self.path[:2] if len(self.path) > 1 and isinstance(self.path[1], int) else self.path[:1]

    @property
    def problem(self) -> Problem:
        """The fault as it stands in a record."""
        return Problem("/".join(map(str, self.path)), self.kind, self.message, self.value)


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
    future = {"announced": True, "reported": False}.get(getattr(value, "meeting", ""))
    article = ground.article
    walk = _Walk(ground, kept, dates.Context(article.published, article.text, future))
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
            return schema.model_validate(data), kept
        except ValidationError as error:
            errors = error.errors(include_url=False, include_context=False, include_input=False)
            data = _without(data, errors, schema, faults, kept)
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
        elif (empty := _empty(schema, str(name))) is not ...:
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


def _empty(schema: type[BaseModel], name: str) -> Any:
    """What a field may hold instead of something wrong: null or an empty list, else `...`."""
    info = schema.model_fields.get(name)
    if info is None:
        return ...
    annotated: Any = Annotated[info.annotation, info]
    adapter: TypeAdapter[Any] = TypeAdapter(annotated)
    candidates: tuple[Any, ...] = (None, [])
    for candidate in candidates:
        with contextlib.suppress(ValidationError):
            adapter.validate_python(candidate)
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


# --- the article ------------------------------------------------------------------------------------------------------


@dataclass
class _Walk:
    """One pass over a validated reply. `loose` are faults that wait for an entry around them to be taken out."""

    ground: Ground
    kept: dict[str, list[int]]
    dates: dates.Context
    faults: list[Fault] = field(default_factory=list)
    loose: list[tuple[Path, str, str]] = field(default_factory=list)
    near: int | None = None

    def node(self, value: Any, path: Path) -> Any:
        if value is None or type(value) in _PLAIN:
            return value
        if isinstance(value, BaseModel):
            return self._quote(value, path) if isinstance(value, Evidence) else self._model(value, path)
        if isinstance(value, list | tuple | set | frozenset) and value:
            entries = [self._entry(entry, (*path, self._place(path, i))) for i, entry in enumerate(value)]
            kept = claims.merged([entry for entry in entries if entry is not _GONE])
            made: Any = type(value)
            return made._make(kept) if hasattr(made, "_make") else made(kept)
        if isinstance(value, dict) and value:
            named = {key: self._entry(entry, (*path, key)) for key, entry in value.items()}
            return {key: entry for key, entry in named.items() if entry is not _GONE}
        if is_dataclass(value) and not isinstance(value, type):
            changed = {part.name: self.node(getattr(value, part.name), (*path, part.name)) for part in fields(value)}
            return replace(value, **changed)
        return value

    def _place(self, path: Path, index: int) -> int:
        return self.kept[str(path[0])][index] if len(path) == 1 and str(path[0]) in self.kept else index

    def _entry(self, value: Any, path: Path) -> Any:
        """An entry of a list: an item goes as a whole, a bare quote takes its owner along, or goes alone if it has none."""
        owned = isinstance(value, Evidence) and len(path) > 2
        if owned or not (isinstance(value, BaseModel | dict) or is_dataclass(value)):
            return self.node(value, path)
        return self._removable(value, path, _GONE)

    def _removable(self, value: Any, path: Path, instead: Any) -> Any:
        before = len(self.loose)
        checked = self.node(value, path)
        own = self.loose[before:]
        if not own:
            return checked
        del self.loose[before:]
        reasons = "; ".join(dict.fromkeys(message for _, _, message in own))
        self.faults.append(Fault(path, own[0][1], reasons))
        return instead

    def _model(self, value: BaseModel, path: Path) -> BaseModel:
        changed: dict[str, Any] = {}
        before, anchor, holding = len(self.loose), self._anchor(value), _holding(type(value))
        for name, optional in holding.items():
            old, self.near = getattr(value, name), anchor
            if optional and isinstance(old, BaseModel):
                new = self._removable(old, (*path, name), None)
            else:
                new = self.node(old, (*path, name))
            if new is not old:
                changed[name] = new
        if isinstance(value, ArticleDate):
            changed |= self._date(value, path)
        checked = value.model_copy(update=changed) if changed else value
        if len(self.loose) == before:
            sides, taken = claims.without_false_sides(checked, self.ground.names)
            self.faults += (Fault(path, *found, final=True) for found in taken)
            checked = checked.model_copy(update=sides) if sides else checked
            spans = [Span(quote.start, quote.end) for quote in _own_quotes(checked)] if holding else []
            self.loose += (
                (path, *found) for found in claims.findings(checked, spans, self.ground.folded, self.ground.names)
            )
        return checked

    def _anchor(self, value: BaseModel) -> int | None:
        """Where an item's evidence is: the first quote that stands only once. Of the others the nearest place is meant."""
        quotes = _own_quotes(value)
        places = [self.ground.folded.find_all(quote.quote) for quote in quotes] if len(quotes) > 1 else []
        return next((found[0].start for found in places if len(found) == 1), None)

    def _quote(self, value: Evidence, path: Path) -> Evidence:
        folded = self.ground.folded
        span = folded.find(value.quote, self.near)
        if span is not None and claims.turned(folded, span):  # said twice, it may be denied in one place only
            span = next((one for one in folded.find_all(value.quote) if not claims.turned(folded, one)), span)
        if span is None:
            self.loose.append((path, "quote_not_found", f"the article does not say {_short(value.quote)}"))
            return value
        found = _found(self.ground.article.text, span)
        return (
            Evidence(**found) if type(value) is Evidence else value.model_copy(update=found)
        )  # making is half of copying

    def _date(self, value: ArticleDate, path: Path) -> dict[str, Any]:
        text = value.text
        if text and self.ground.folded.find(text) is None:
            self.faults.append(Fault(path, "date_unsupported", f"the article does not say {_short(text)}"))
            text = None
        context = self.dates if path == ("date",) else replace(self.dates, future=None)
        reading = dates.resolve(text, value.edtf, value.basis, context)
        if reading.problem:
            self.faults.append(Fault(path, "date_unsupported", reading.problem))
        return {"text": text, "edtf": reading.edtf, "resolved": reading.resolved, "basis": reading.basis}


_GONE = object()
_PLAIN = frozenset((str, bool, int, float))


def _own_quotes(value: BaseModel) -> list[Evidence]:
    quotes: list[Evidence] = []
    for name in _holding(type(value)):
        entry = getattr(value, name)
        if isinstance(entry, list):
            quotes += (quote for quote in entry if isinstance(quote, Evidence))
        elif isinstance(entry, Evidence):
            quotes.append(entry)
    return quotes


def _found(text: str, span: Span) -> dict[str, Any]:
    return {"quote": text[span.start : span.end], "start": span.start, "end": span.end}


def _short(quote: str) -> str:
    return repr(quote if len(quote) <= 80 else quote[:77] + "...")


@cache
def _holding(schema: type[BaseModel]) -> dict[str, bool]:
    """The fields of a model that can hold something to be checked, and whether each may be null. Plain ones are most."""
    declared = {name: info.annotation for name, info in schema.model_fields.items()}
    return {name: type(None) in get_args(what) for name, what in declared.items() if not _is_plain(what)}


def _is_plain(declared: Any) -> bool:
    """Whether a type holds only texts, numbers and the like, however nested."""
    if get_origin(declared) is Literal:
        return True
    if get_origin(declared) is Annotated:
        return _is_plain(get_args(declared)[0])
    inner = [part for part in get_args(declared) if part is not ...]
    return all(map(_is_plain, inner)) if inner else declared in _PLAIN or declared is type(None)
