"""What a run over many articles has done so far, in counts."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from summarizer.store import Ended


@dataclass
class Progress:
    """What a run has done so far; `seen` are articles that the store had already."""

    ok: int = 0
    failed: int = 0
    skipped: int = 0
    seen: int = 0
    broken: int = 0
    problems: int = 0
    cost: float = 0.0
    unpriced: int = 0
    started: float = field(default_factory=time.monotonic)

    @property
    def done(self) -> int:
        """Articles that this run has ended."""
        return self.ok + self.failed + self.skipped

    def count(self, ended: Ended) -> None:
        """Count an article that has ended."""
        setattr(self, ended.status, getattr(self, ended.status) + 1)
        self.problems += ended.problems
        if ended.attempts:
            self.paid(ended.cost)

    def paid(self, cost: float | None) -> None:
        """Count what an article cost, whether or not it has ended; None where that is not known."""
        self.cost += cost or 0.0
        self.unpriced += cost is None
