"""Every error that the project raises on purpose.

SummarizerError
├── UsageError            the caller can mend it: exit status 2
│   ├── ArticleError      the article cannot be read, or is no text
│   │   ├── FetchError    an address cannot be fetched, or may not be
│   │   └── DayError      what an article was published on is no day; a ValueError too
│   ├── StoreError        a store cannot be opened, or another process holds it
│   ├── PromptError       a prompt file is missing or wrong
│   └── SchemaError       a schema cannot be found, loaded or sent
├── SetupError            account or set-up: key, quota, model, endpoint; exit status 3
├── BudgetError           the money that was allowed is spent: exit status 4
├── Interrupted           a stop was asked for while an article waited; it stays to be done
├── CallError             one call failed; carries the verdict of `failures.classify`
└── ArticleFailed         this article has no summary; carries the whole `Failure`; exit status 1

Messages say what happened, to what, and what to do next. They never hold a key or the article's text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from summarizer.failures import Verdict
    from summarizer.records import Failure, Usage


def _rebuild(kind: type[SummarizerError], message: str, state: dict[str, Any]) -> SummarizerError:
    error = kind.__new__(kind)
    Exception.__init__(error, message)
    error.__dict__.update(state)
    return error


class SummarizerError(Exception):
    """The base of every error raised on purpose; catch this one to catch them all."""

    exit_status = 2
    kind = "usage"
    """What went wrong, as a name that stays from release to release (`failures.Kind` where a call failed)."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive pickling whatever the constructor takes: worker processes send errors home."""
        return _rebuild, (type(self), str(self), self.__dict__.copy())


class UsageError(SummarizerError):
    """The caller asked for something that cannot be done as asked."""


class ArticleError(UsageError):
    """The article cannot be read, or is no text."""


class FetchError(ArticleError):
    """An address that cannot be fetched, or may not be."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{url}: {why}")
        self.url = url


class DayError(ArticleError, ValueError):
    """What an article was published on is no day; a ValueError too, as Python's own dates raise."""


class StoreError(UsageError):
    """A store cannot be opened, is none, or is held by another process."""


class PromptError(UsageError):
    """A prompt file is missing or does not keep the rules of `summarizer.prompt`."""


class SchemaError(UsageError):
    """A schema cannot be found, loaded, or sent to a model."""


class SetupError(SummarizerError):
    """No article could succeed: the key, the quota, the model or the endpoint is wrong.

    Where a call showed it, `kind` is the call's, `article` the id of the article and `attempts` how often it was tried.
    """

    exit_status = 3
    article: str | None = None
    attempts = 0

    def __init__(self, message: str, kind: str = "set_up") -> None:
        super().__init__(message)
        self.kind = kind


class BudgetError(SummarizerError):
    """The next call might cost more than is left of the allowed money."""

    exit_status = 4
    kind = "budget"


class Interrupted(SummarizerError):
    """A stop was asked for while an article waited; it stays to be done."""

    exit_status = 130
    kind = "interrupted"


class CallError(SummarizerError):
    """One call of a model failed; `verdict` says what to do about it.

    A call can fail and cost: `usage` and `model` are what the answer said; `value` is what was produced, for the record.
    """

    exit_status = 1

    def __init__(
        self, verdict: Verdict, usage: Usage | None = None, model: str | None = None, value: Any = None
    ) -> None:
        super().__init__(verdict.message)
        self.verdict = verdict
        self.kind = str(verdict.kind)
        self.usage = usage
        self.model = model
        self.value = value


class ArticleFailed(SummarizerError):
    """An article has no summary; `failure` is its record, with what was paid for it."""

    exit_status = 1

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.article.source}: {failure.error.message}")
        self.failure = failure
        self.kind = failure.error.kind
        self.article = failure.article.id
        self.attempts = failure.provenance.attempts
