"""Look up in its article what a validated reply claims: quotes get their offsets, dates their day, or their item goes.

`Walk` goes through any Pydantic model. What fails is taken out whole, at the nearest list entry or optional field around it,
and stands in `faults`; what has neither around it stays in `loose`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, MutableSequence
from copy import copy
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from summarizer import claims, dates
from summarizer.claims import Ground
from summarizer.evidence import Span
from summarizer.records import Path, Problem
from summarizer.schema import name_in_reply
from summarizer.schemas import ArticleDate, Evidence


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


# A field, its place in the reply below its model's, and whether it may be null.
_Holding: TypeAlias = tuple[str, Path, bool]


@dataclass
class Walk:
    """One pass over a validated reply. `loose` are faults that wait for an entry around them to be taken out.

    `said` is the data of the reply; `taken` are the places in it of what was taken out, and whether null stands there now;
    `places` says where quotes stand in its lists, as far as that was asked; `listed` are the dates that are entries and can go.
    The model must be the walk's own: its lists are changed in place.
    """

    ground: Ground
    said: Any
    dates: dates.Context
    faults: list[Fault] = field(default_factory=list)
    loose: list[tuple[Path, str, str]] = field(default_factory=list)
    taken: list[tuple[Path, bool]] = field(default_factory=list)
    near: int | None = None
    places: dict[Path, dict[str, int]] = field(default_factory=dict)
    listed: set[Path] = field(default_factory=set)

    def node(self, value: Any, path: Path) -> Any:
        """The value as far as it stands."""
        visit = _VISITORS[type(value)]
        return visit(self, value, path) if visit else value

    def _entries(self, value: Any, path: Path) -> Any:
        """A list, tuple or set without the entries that did not pass."""
        if not value:
            return value
        entries = enumerate(value)
        kept = [new for place, old in entries if (new := self._entry(old, (*path, place))) is not _GONE]
        kept = claims.merged(kept)
        if isinstance(value, list):
            value[:] = kept
            return value
        if isinstance(value, MutableSequence):  # a deque has no slices
            value.clear()
            value.extend(kept)
            return value
        made: Any = type(value)
        return made(kept)

    def _places(self, value: Any, path: Path) -> Any:
        """A named tuple, of which nothing can be taken out."""
        return value._make(self.node(entry, (*path, place)) for place, entry in enumerate(value))

    def _named(self, value: dict[Any, Any], path: Path) -> dict[Any, Any]:
        named = {key: self._entry(entry, (*path, key)) for key, entry in value.items()}
        return {key: entry for key, entry in named.items() if entry is not _GONE}

    def _parts(self, value: Any, path: Path) -> Any:
        """A dataclass; its copy is not made again, which would check and count again what its class checks and counts."""
        made = copy(value)
        kind: type = type(value)
        for name, place in _parts_of(kind):
            old = getattr(value, name, None)  # what a class was to set itself may not be there
            if (new := self.node(old, (*path, place))) is not old:
                object.__setattr__(made, name, new)
        return made

    def _entry(self, value: Any, path: Path) -> Any:
        """An entry of a list: an item goes as a whole, a bare quote takes its owner along, or goes alone if it has none."""
        visit = _VISITORS[type(value)]
        if visit is None:
            return value
        if visit is Walk._entries or (visit is Walk._quote and _owned(path)):
            return visit(self, value, path)
        if isinstance(value, ArticleDate):
            self.listed.add(path)
        return self._removable(visit, value, path, _GONE)

    def _removable(self, visit: _Visit, value: Any, path: Path, instead: Any) -> Any:
        before = len(self.loose)
        checked = visit(self, value, path)
        if len(self.loose) == before:
            return checked
        own = self.loose[before:]
        del self.loose[before:]
        reasons = "; ".join(dict.fromkeys(message for _, _, message in own))
        if own[0][1] == "quote_not_found":
            path = self._where(value, path)
        lost = to_jsonable_python(value, fallback=str) if get(self.said, path) is None else None
        self.faults.append(Fault(path, own[0][1], reasons, lost))
        self.taken.append((path, instead is None))
        return instead

    def _where(self, value: Any, path: Path) -> Path:
        """The place in the reply of an item with a false quote; a validator may have sorted its list."""
        quotes = quoted(to_jsonable_python(value, fallback=str))
        entries, around = get(self.said, path[:-1]), path[:-1]
        if not isinstance(entries, list) or not set(quotes).isdisjoint(quoted(get(self.said, path))):
            return path
        if around not in self.places:
            self.places[around] = {quote: place for place, entry in enumerate(entries) for quote in quoted(entry)}
        return next(((*around, self.places[around][quote]) for quote in quotes if quote in self.places[around]), path)

    def _model(self, value: BaseModel, path: Path) -> BaseModel:
        plan, before = _plan(type(value)), len(self.loose)
        changed = self._fields(value, path, plan) if plan.holding else {}
        if plan.dated:
            changed |= self._date(value, path)
        checked = value.model_copy(update=changed) if changed else value
        if plan.marks is None or len(self.loose) > before:
            return checked
        sides, taken = claims.without_false_sides(checked, plan.marks, self.ground.names)
        if taken:
            self.faults += (Fault(path, *found, final=True) for found in taken)
            checked = checked.model_copy(update=sides)
        quotes = _own_quotes(checked, plan.quoting) if plan.marks.claim else []
        if found := claims.findings(checked, plan.marks, quotes, self.ground):
            self.loose += [(path, *one) for one in found]
        return checked

    def _fields(self, value: BaseModel, path: Path, plan: _Plan) -> dict[str, Any]:
        """What is new in the fields that can hold something to be checked."""
        changed: dict[str, Any] = {}
        quotes = _own_quotes(value, plan.quoting)
        anchor = self._anchor(quotes) if len(quotes) > 1 else None
        for name, place, optional in plan.holding:
            old = getattr(value, name)
            visit = _VISITORS[type(old)]
            if visit is None:
                continue
            self.near = anchor
            if optional and visit in _ITEMS:
                new = self._removable(visit, old, path + place, None)
            else:
                new = visit(self, old, path + place)
            if new is not old:
                changed[name] = new
        return changed

    def _anchor(self, quotes: list[Evidence]) -> int | None:
        """Where an item's evidence is: the first quote that stands only once. Of the others the nearest place is meant."""
        places = [self.ground.folded.find_all(quote.quote) for quote in quotes]
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

    def _date(self, value: Any, path: Path) -> dict[str, Any]:
        text, wrong = value.text, []
        if text and self.ground.folded.find(text) is None:
            wrong.append(f"the article does not say {_short(text)}")
            text = None
        context = self.dates if path == ("date",) else replace(self.dates, future=None)
        reading = dates.resolve(text, value.edtf, value.basis, context)
        wrong += [reading.problem] if reading.problem else []
        if wrong and not text and path in self.listed:  # nothing of the article is left that it could be about
            self.loose.append((path, "date_unsupported", wrong[0]))
        elif wrong:
            self.faults.append(Fault(path, "date_unsupported", "; ".join(wrong)))
        return {"text": text, "edtf": reading.edtf, "resolved": reading.resolved, "basis": reading.basis}


_GONE = object()
_PLAIN = frozenset((str, bool, int, float))

_Visit: TypeAlias = Callable[[Walk, Any, Path], Any]


class _Visitors(dict[type, _Visit | None]):
    """How the values of each type are walked through; None for what holds nothing to check. Asked once for each type."""

    def __missing__(self, kind: type) -> _Visit | None:
        self[kind] = found = self._of(kind)
        return found

    def _of(self, kind: type) -> _Visit | None:
        if issubclass(kind, BaseModel):
            return Walk._quote if issubclass(kind, Evidence) else Walk._model
        if issubclass(kind, dict):
            return Walk._named
        if hasattr(kind, "_make"):
            return Walk._places
        if issubclass(kind, Collection) and not issubclass(kind, str | bytes | Enum):  # a Flag is made of itself
            return Walk._entries
        return Walk._parts if is_dataclass(kind) else None


_VISITORS = _Visitors()
_ITEMS: tuple[_Visit, ...] = (Walk._model, Walk._quote, Walk._parts, Walk._named)


class _Plan(NamedTuple):
    """What there is to check in the models of a class, known once."""

    holding: tuple[_Holding, ...]
    quoting: tuple[str, ...]
    dated: bool
    marks: claims.Marks | None


@cache
def _plan(schema: type[BaseModel]) -> _Plan:
    # Plain fields are most; those that are left can hold something.
    fields = schema.model_fields.items()
    declared = [(name, info, info.annotation) for name, info in fields if not _is_plain(info.annotation)]
    holding = (
        (name, _place(schema, name, info), type(None) in get_args(getattr(what, "__value__", what)))
        for name, info, what in declared
    )
    quoting = (name for name, _, what in declared if _may_quote(what))
    return _Plan(tuple(holding), tuple(quoting), issubclass(schema, ArticleDate), claims.marks(schema))


@cache
def _parts_of(kind: type) -> tuple[tuple[str, str], ...]:
    """The fields of a dataclass, and what they are called in a reply."""
    infos: dict[str, FieldInfo] = getattr(kind, "__pydantic_fields__", {})
    names = [part.name for part in fields(kind)]
    return tuple((name, name_in_reply(name, infos[name]) if name in infos else name) for name in names)


def _place(schema: type[BaseModel], name: str, info: FieldInfo) -> Path:
    return () if schema.__pydantic_root_model__ else (name_in_reply(name, info),)  # a root stands where its model does


def _owned(path: Path) -> bool:
    """Whether an item stands around an entry, and not only lists."""
    return len(path) > 2 and (isinstance(path[-2], str) or any(isinstance(part, str) for part in path[1:]))


def get(data: Any, path: Path) -> Any:
    """What stands at a path in some data, or None."""
    for key in path:
        if not stands(data, key):
            return None
        data = data[key]
    return data


def stands(data: Any, key: str | int) -> bool:
    """Whether some data has a part of that name or number."""
    return key in data if isinstance(data, dict) else isinstance(data, list) and key in range(len(data))


def quoted(data: Any) -> list[str]:
    """Every quote in some data."""
    if isinstance(data, dict):
        own = [data["quote"]] if isinstance(data.get("quote"), str) else []
        return own + [quote for value in data.values() for quote in quoted(value)]
    return [quote for value in data for quote in quoted(value)] if isinstance(data, list) else []


def _own_quotes(value: BaseModel, names: tuple[str, ...]) -> list[Evidence]:
    quotes: list[Evidence] = []
    for name in names:
        entry = getattr(value, name)
        quotes += [one for one in (entry if isinstance(entry, list) else (entry,)) if isinstance(one, Evidence)]
    return quotes


def _found(text: str, span: Span) -> dict[str, Any]:
    return {"quote": text[span.start : span.end], "start": span.start, "end": span.end}


def _short(quote: str) -> str:
    return repr(quote if len(quote) <= 80 else quote[:77] + "...")


def _may_quote(declared: Any) -> bool:
    """Whether a field of this type can hold a quote itself, or in a list: not one of other models alone."""
    inner = get_args(getattr(declared, "__value__", declared))
    if inner:
        return any(map(_may_quote, inner))
    is_model = isinstance(declared, type) and issubclass(declared, BaseModel)
    return not is_model or issubclass(declared, Evidence) or issubclass(Evidence, declared)


def _is_plain(declared: Any) -> bool:
    """Whether a type holds only texts, numbers and the like, however nested."""
    if get_origin(declared) is Literal:
        return True
    if get_origin(declared) is Annotated:
        return _is_plain(get_args(declared)[0])
    inner = [part for part in get_args(declared) if part is not ...]
    return all(map(_is_plain, inner)) if inner else declared in _PLAIN or declared is type(None)
