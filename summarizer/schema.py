"""Find a schema by name, file or module, and turn it into the JSON schema that a model is sent.

A schema is any Pydantic model. `--schema` takes a built-in name (`meeting`), `FILE.py:Class` or `module:Class`.
"""

from __future__ import annotations

import difflib
import functools
import hashlib
import importlib
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

from summarizer.errors import SchemaError
from summarizer.paths import is_file
from summarizer.records import SchemaRef

# The keywords that structured outputs of the OpenAI kind accept ("Structured Outputs", supported schemas). What else
# Pydantic puts into a schema is left out of what is sent; the reply is still validated against all of it. List lengths
# are left out although they are accepted: an empty `evidence` is how a model takes an item back (see `verify`).
_ACCEPTED = {
    "$defs", "$ref", "additionalProperties", "anyOf", "const", "description", "enum", "exclusiveMaximum",
    "exclusiveMinimum", "items", "maximum", "minimum", "multipleOf", "pattern", "properties", "required", "type",
}  # fmt: skip


_FORMATS = {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}


def names() -> list[str]:
    """The names of the built-in schemas."""
    return ["meeting"]


def load(spec: str) -> type[BaseModel]:
    """Return the model class that `spec` names. Raises SchemaError with the reason."""
    place, separator, class_name = spec.rpartition(":")
    if not separator:
        return _built_in(spec)
    module = _module_from_file(Path(place)) if place.endswith(".py") else _module(place)
    return _model_class(module, class_name, place)


def sent(schema: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema for the model: strict, without titles and without the fields that code fills.

    Strict structured outputs want every property required and no property beside them; a schema that allows free
    keys (`dict[str, int]`) cannot be sent strictly and raises SchemaError.
    """
    try:
        strict: dict[str, Any] = _strict(_rooted(schema.model_json_schema()), schema.__name__)
        if _is_read_once(schema.__pydantic_core_schema__):
            raise SchemaError(
                f"{schema.__name__} has an Iterable, which is read once and cannot be checked; use a list"
            )
    except SchemaError:
        raise
    except Exception as error:  # Pydantic has several classes for "this type has no JSON schema"
        raise SchemaError(f"the schema {schema.__name__!r} has no JSON schema: {error}") from error
    once: dict[str, Any] = _said_once(strict, set())
    return once


def name_in_reply(name: str, info: FieldInfo) -> str:
    """What a field is called in a reply: as in what is sent, by its alias where it has one."""
    alias = info.validation_alias or info.alias
    first = alias.choices[0] if isinstance(alias, AliasChoices) else alias
    return first if isinstance(first, str) else name


def _said_once(node: Any, said: set[str]) -> Any:
    """The schema without descriptions that stand in it before, such as that of a field in several models: tokens are paid."""
    if isinstance(node, list):
        return [_said_once(entry, said) for entry in node]
    if not isinstance(node, dict):
        return node
    kept = {}
    for key, value in node.items():
        if key == "description" and isinstance(value, str):
            if value in said:
                continue
            said.add(value)
        kept[key] = _said_once(value, said)
    return kept


def _is_read_once(node: Any) -> bool:
    """Whether a part of Pydantic's own schema is a generator: it would be read after the check, unchecked."""
    if isinstance(node, dict):
        return node.get("type") == "generator" or any(map(_is_read_once, node.values()))
    return isinstance(node, list | tuple) and any(map(_is_read_once, node))


@functools.cache
def reference(schema: type[BaseModel]) -> SchemaRef:
    """Name and hash of a schema, for the record and for the key of a stored answer."""
    return SchemaRef(schema.__name__, hashlib.sha256(sent_json(schema).encode()).hexdigest())


@functools.cache
def sent_json(schema: type[BaseModel]) -> str:
    """`sent` as canonical JSON text."""
    return json.dumps(sent(schema), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _built_in(name: str) -> type[BaseModel]:
    from summarizer.schemas import MeetingSummary

    known: dict[str, type[BaseModel]] = {"meeting": MeetingSummary, "MeetingSummary": MeetingSummary}
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else "built in: meeting; your own: FILE.py:Class or module:Class"
        raise SchemaError(f"no schema is called {name!r}; {hint}")
    return known[name]


def _module_from_file(path: Path) -> ModuleType:
    if not is_file(path):
        raise SchemaError(f"no schema file {str(path)!r}; give a path such as brief.py:Brief")
    path = path.resolve()
    # The name is unique to the file, so that two schema files of one name do not share a module.
    name = f"summarizer_schema_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SchemaError(f"{str(path)!r} is no Python file")
    module = importlib.util.module_from_spec(spec)
    # Pydantic looks postponed annotations up in sys.modules.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise SchemaError(f"{str(path)!r} does not load: {type(error).__name__}: {error}") from error
    return module


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise SchemaError(f"the module {name!r} does not load: {type(error).__name__}: {error}") from error


def _model_class(module: ModuleType, class_name: str, place: str) -> type[BaseModel]:
    found = getattr(module, class_name, None)
    if isinstance(found, type) and issubclass(found, BaseModel):
        return found
    models = [
        n for n, v in vars(module).items() if isinstance(v, type) and issubclass(v, BaseModel) and v is not BaseModel
    ]
    near = difflib.get_close_matches(class_name, models, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"it has: {', '.join(sorted(models)) or 'no Pydantic model'}"
    raise SchemaError(f"{place!r} has no Pydantic model {class_name!r}; {hint}")


def _rooted(node: dict[str, Any]) -> dict[str, Any]:
    """A schema that refers to itself has a bare reference at its root; strict outputs want the object itself there."""
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        node = {**node["$defs"][name], "$defs": node["$defs"]}
    if node.get("type") != "object":
        raise SchemaError("the root of a schema must be an object: a Pydantic model with fields, no RootModel")
    return node


def _strict(node: Any, place: str) -> Any:
    """`node` of a JSON schema as strict structured outputs want it."""
    if isinstance(node, list):
        return [_strict(entry, place) for entry in node]
    if not isinstance(node, dict):
        return node
    node = _without_single_all_of(node)
    if "$ref" in node and len(node) > 1:  # a described reference; nothing may stand beside the reference itself
        described = {"description": node["description"]} if "description" in node else {}
        return {"anyOf": [{"$ref": node["$ref"]}], **described} if described else {"$ref": node["$ref"]}
    out = {key: _inside(key, value, place) for key, value in node.items() if key in _ACCEPTED}
    if node.get("format") in _FORMATS:
        out["format"] = node["format"]
    if "oneOf" in node:
        out["anyOf"] = _strict(node["oneOf"], place)
    if node.get("type") == "object" or "properties" in node:
        if node.get("additionalProperties") not in (None, False):
            raise SchemaError(f"{place} allows free keys, which structured outputs cannot promise; use a list of pairs")
        out["properties"] = out.get("properties", {})
        out["additionalProperties"] = False
        out["required"] = list(out["properties"])
    if "prefixItems" in node:
        raise SchemaError(f"{place} has a tuple of fixed places, which structured outputs cannot promise; use a model")
    return out


def _inside(key: str, value: Any, place: str) -> Any:
    if key in ("properties", "$defs"):
        return {name: _strict(entry, name) for name, entry in value.items()}
    if key in ("enum", "required", "const"):
        return value
    return _strict(value, place)


def _without_single_all_of(node: dict[str, Any]) -> dict[str, Any]:
    """Pydantic wraps a described reference as `allOf: [ref]`, which strict outputs refuse."""
    if len(node.get("allOf", ())) == 1:
        return {**node["allOf"][0], **{key: value for key, value in node.items() if key != "allOf"}}
    return node
