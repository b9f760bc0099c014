"""Prompt files: load, check, render.

A prompt is one Markdown file: front matter with exactly `schema`, `version` and `description`, then a `# System` part
and an `# Article` part. Placeholders are `string.Template`'s: `$text` (required), `$title`, `$published`, `$language`,
`$url`. The System part takes none: it is the same for every article, so that providers' prompt caches serve it.
"""

from __future__ import annotations

import difflib
import functools
import hashlib
import re
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from summarizer.characters import clean, one_line
from summarizer.datekinds import WEEKDAYS
from summarizer.errors import PromptError
from summarizer.records import Article, PromptRef, Request

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

PLACEHOLDERS = ("text", "title", "published", "language", "url")

_LAYOUT = re.compile(
    r"\A---\n(?P<front>.*?)\n---\n\s*# System\n(?P<system>.*?)\n# Article\n(?P<article>.*)\Z", re.DOTALL
)


class _Front(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_name: str
    version: int
    description: str


@dataclass(frozen=True)
class Prompt:
    """A checked prompt. `schema_name` says what it was written for; `sha256` is of the whole template."""

    name: str
    version: int
    description: str
    schema_name: str
    system: str
    article: str
    sha256: str

    @functools.cached_property
    def _form(self) -> str:
        """The article's part for `%`, which is done in a tenth of the time that a Template takes."""
        return Template(self.article.replace("%", "%%")).substitute({name: f"%({name})s" for name in PLACEHOLDERS})

    @functools.cached_property
    def uses(self) -> tuple[str, ...]:
        """What of an article, beside its text, stands in a request: no answer depends on anything else that is known of it."""
        return tuple(sorted(set(Template(self.article).get_identifiers()) - {"text"}))

    @functools.cached_property
    def ref(self) -> PromptRef:
        """Name, version and hash, for the record."""
        return PromptRef(self.name, self.version, self.sha256)

    def render(self, article: Article, schema: type[BaseModel]) -> Request:
        """The request for one article. Nothing in the article can leave its place: see `_fence`."""
        values = {
            "text": _fence(article),
            "title": one_line(article.title)[:500] or "none",
            "published": _day(article.published) if article.published else "unknown",
            "language": one_line(article.language) or "unknown",
            "url": one_line(article.url) or "none",
        }
        return Request(article, schema, self.system, self._form % values)


def names() -> list[str]:
    """The names of the built-in prompts."""
    return sorted(entry.name[:-3] for entry in _folder().iterdir() if entry.name.endswith(".md"))


def load(spec: str) -> Prompt:
    """The built-in prompt of that name, or the one in that file as it is now. Raises PromptError."""
    if spec.endswith(".md") or "/" in spec:
        return parse(_read(Path(spec)), Path(spec).stem)
    if spec not in names():
        near = difflib.get_close_matches(spec, names(), 1)
        hint = (
            f"did you mean {near[0]!r}?" if near else f"built in: {', '.join(names())}; your own: a path to a .md file"
        )
        raise PromptError(f"no prompt is called {spec!r}; {hint}")
    return _built_in(spec)


@functools.cache
def _built_in(name: str) -> Prompt:
    return parse((_folder() / f"{name}.md").read_text(encoding="utf-8"), name)


def parse(source: str, name: str) -> Prompt:
    """Check the text of a prompt file. Raises PromptError, naming the file and what to change."""
    layout = _LAYOUT.match(source.replace("\r\n", "\n"))
    if layout is None:
        raise PromptError(
            f"prompt {name!r}: expected front matter between two lines '---', then '# System', then '# Article'"
        )
    front = _front(layout["front"], name)
    _check_placeholders(layout["system"], layout["article"], name)
    system = layout["system"].strip().replace("$$", "$")
    digest = hashlib.sha256(source.replace("\r\n", "\n").encode()).hexdigest()
    return Prompt(name, front.version, front.description, front.schema_name, system, layout["article"].strip(), digest)


def _folder() -> Traversable:
    return resources.files("summarizer") / "prompts"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise PromptError(f"cannot read the prompt {str(path)!r}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PromptError(f"the prompt {str(path)!r} is not UTF-8 (byte {error.start})") from error


def _front(text: str, name: str) -> _Front:
    pairs: dict[str, str] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if not colon or not key.strip():
            raise PromptError(f"prompt {name!r}: front matter line {line!r} is not 'key: value'")
        if key.strip() in pairs:
            raise PromptError(f"prompt {name!r}: front matter has {key.strip()!r} twice")
        pairs[key.strip()] = value.strip()
    unknown = set(pairs) - {"schema", "version", "description"}
    missing = {"schema", "version", "description"} - {key for key, value in pairs.items() if value}
    if unknown or missing:
        wrong = [*(f"unknown {key!r}" for key in sorted(unknown)), *(f"missing {key!r}" for key in sorted(missing))]
        raise PromptError(f"prompt {name!r}: front matter has exactly schema, version, description; {', '.join(wrong)}")
    try:
        return _Front.model_validate({"schema_name": pairs.pop("schema"), **pairs})
    except ValidationError as error:
        raise PromptError(f"prompt {name!r}: version must be a whole number, not {pairs['version']!r}") from error


def _check_placeholders(system: str, article: str, name: str) -> None:
    if Template(system).get_identifiers() or not Template(system).is_valid():
        raise PromptError(f"prompt {name!r}: the System part takes no placeholder (write $$ for a dollar sign)")
    if not Template(article).is_valid():
        raise PromptError(f"prompt {name!r}: a lone $ in the Article part; write $$ for a dollar sign")
    used = Template(article).get_identifiers()
    for identifier in used:
        if identifier not in PLACEHOLDERS:
            near = difflib.get_close_matches(identifier, PLACEHOLDERS, 1)
            hint = (
                f"did you mean ${near[0]}?" if near else "there are " + ", ".join(f"${known}" for known in PLACEHOLDERS)
            )
            raise PromptError(f"prompt {name!r}: unknown placeholder ${identifier}; {hint}")
    if "text" not in used:
        raise PromptError(f"prompt {name!r}: the Article part does not use $text, so the article would not be sent")


def _day(published: date) -> str:
    # A program around this one may have set a locale, and the model must read the same words.
    return f"{published.isoformat()} ({WEEKDAYS[published.weekday()]})"


def _fence(article: Article) -> str:
    """The text between two marks made from its own hash: a text cannot contain the hash of itself."""
    text = clean(article.text)
    digest = article.id.removeprefix("sha256:") if text == article.text else hashlib.sha256(text.encode()).hexdigest()
    mark = digest[:16]
    return f"<article {mark}>\n{text}\n</article {mark}>"
