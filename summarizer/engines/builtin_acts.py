"""What is agreed, asked and offered, for the built-in rules: the acts of the sentences as entries of a summary."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from summarizer.engines.builtin_actors import Cast, Line, Mention
from summarizer.engines.builtin_text import has, pattern, stop
from summarizer.engines.builtin_triggers import Act, clause_end, found_in

Items = dict[str, list[dict[str, Any]]]


@dataclass
class Acts:
    """Finds the acts of an article's sentences, which must be read in order."""

    cast: Cast
    items: Items = field(default_factory=lambda: {"agreements": [], "asks": [], "offers": []})
    header: Mention | None = None
    asked: dict[str, Any] | None = None

    def read(self, sentence: str) -> None:
        """Add the acts of one sentence."""
        line = Line(sentence, self.cast)
        found = [] if has("acts", "addressed", sentence) else list(found_in(line, self._header(sentence)))
        self._answer(sentence)
        for place, act in enumerate(found):
            following = found[place + 1].start if place + 1 < len(found) else len(sentence)
            self._enter(act, line, following)
        if sentence.endswith(":"):
            self.header = line.leading(len(sentence))
        self.cast.remember(line)

    def _header(self, sentence: str) -> Mention | None:
        """Whose acts a list enumerates: "the two sides:" before "- agreed to ..."."""
        return self.header if re.match(r"\W|\d+[.)]|\([a-z\d]+\)", sentence) else None

    def _enter(self, act: Act, line: Line, following: int) -> None:
        quote = stop(
            line.text[
                act.start : clause_end(line.text, act.what, following if following > act.what else len(line.text))
            ]
        )
        what = stop(quote[max(0, act.what - act.start) :])
        if len(what.split()) < 2:
            return
        evidence = [{"quote": quote}]
        condition = _condition(quote)
        if act.kind == "asks":
            entry = {"by": list(act.who), "of": list(act.whom), "what": what, "response": None, "evidence": evidence}
            self.asked = entry
        elif act.kind == "offers":
            status = _status(quote)
            entry = {
                "by": list(act.who),
                "to": list(act.whom),
                "what": what,
                "status": status,
                "condition": condition,
                "evidence": evidence,
            }
        else:
            status = "existing" if has("acts", "existing", quote) else "new"
            parties = list(dict.fromkeys(act.who + act.whom))
            entry = {"parties": parties, "what": what, "status": status, "condition": condition, "evidence": evidence}
        self.items[act.kind].append(entry)

    def _answer(self, sentence: str) -> None:
        """What the sentence after an ask says of it."""
        if self.asked is not None:
            answers = (("refused", "refused"), ("deferred", "deferred"), ("accepted", "accepted"))
            self.asked["response"] = next((answer for name, answer in answers if has("acts", name, sentence)), None)
        self.asked = None


def _condition(quote: str) -> str | None:
    match = pattern("acts", "condition").search(quote)
    return stop(quote[match.start() :]) if match else None


def _status(quote: str) -> str:
    if has("acts", "continuing", quote):
        return "continuing"
    return "existing" if has("acts", "existing", quote) else "new"
