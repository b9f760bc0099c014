"""The seam between the flow and whatever answers: one method."""

from __future__ import annotations

from typing import Literal, Protocol

from summarizer.records import Reply, Request

ReplyMode = Literal["json_schema", "tools", "json"]
"""How a model is made to answer in a schema."""


class Engine(Protocol):
    """Answers a request once.

    `name` and `model` stand in every record's provenance; `repairs` says whether asking again could help;
    `endpoint` is the host that is asked, or None where nothing leaves the process.
    """

    name: str
    model: str
    repairs: bool
    endpoint: str | None

    async def complete(self, request: Request) -> Reply:
        """One attempt, no retries. Raises CallError with the verdict, or SetupError where no call was possible."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...
