"""What is agreed, asked and offered, for the built-in rules: sentences are read for acts, and acts become entries.

Triggers are read from left to right. What stands under a question, a denial, a threat, a hope or another act is no act of
its own until a new clause begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from summarizer.engines.builtin_actors import Line, Mention
from summarizer.engines.builtin_cast import Cast
from summarizer.engines.builtin_readers import READERS, Act, clause_end
from summarizer.engines.builtin_text import has, pattern, source, stop

Items = dict[str, list[dict[str, Any]]]

_KINDS = ("block", "ask_noun", "offer", "agree", "decide", "sign", "hope", "ask", "must", "will")
# "The request", "Oster's offer": a noun; "in encouraging": no act of its own.
_NOUN = re.compile(
    r"(?:\b(?:the|an?|this|that|these|his|her|its|their|our|any|no|for|on|of|new|joint|formal|repeated)|[’']s?)\Z"
)
_GERUND = re.compile(r"\b(?:in|of|for|by|on|at|with|from|about|without|after|before|than|as)\Z")


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
        found = [] if _addressed(sentence) else list(found_in(line, self._header(sentence)))
        self._answer(sentence)
        for place, act in enumerate(found):
            following = found[place + 1].start if place + 1 < len(found) else len(sentence)
            self._enter(act, line, following)
        if sentence.endswith(":"):
            self.header = line.leading(len(sentence))
        line.remember()

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
            status = _status(quote.removesuffix(condition or ""))
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
        """What the sentence after an ask says of it; it was accepted only if the one who was asked did so."""
        if self.asked is not None:
            answers = [name for name in ("refused", "deferred", "accepted") if _answers(name, sentence)]
            by_them = any(label.split()[-1].strip("()") in sentence for label in self.asked["of"])
            self.asked["response"] = next((name for name in answers if name != "accepted" or by_them), None)
        self.asked = None


def _answers(name: str, sentence: str) -> bool:
    """Whether a sentence answers so; "never promised to" accepts nothing."""
    said = pattern("acts", name).search(sentence)
    denied = name == "accepted" and said and has("acts", "negation", sentence[max(0, said.start() - 40) : said.start()])
    return bool(said) and not denied


def _condition(quote: str) -> str | None:
    match = pattern("acts", "condition").search(quote)
    return stop(quote[match.start() :]) if match else None


def _status(quote: str) -> str:
    if has("acts", "continuing", quote):
        return "continuing"
    return "existing" if has("acts", "existing", quote) else "new"


def _addressed(sentence: str) -> bool:
    """Whether a sentence speaks to its reader, be it a person or a program."""
    outside = re.sub(r"[“\"][^”\"]*[”\"]?", "", sentence)
    return has("acts", "addressed", sentence) or bool(re.search(r"\b[Yy]ou(?:r|rs)?\b|\A[Pp]lease\b", outside))


# --- from a sentence to its acts ---------------------------------------------------------------------------------------


def found_in(line: Line, header: Mention | None) -> Iterator[Act]:
    """The acts of a sentence, from left to right."""
    text = line.text
    if text.startswith(("If ", "Had ")) and not has("acts", "reporting", text):
        return
    accord = pattern("acts", "accord").match(text)
    busy: int | None = None
    for match in _triggers().finditer(text):
        kind = str(match.lastgroup)
        if busy is not None and not _new_clause(text, busy, match.start()) and not _told(line, kind, match, busy):
            continue
        if kind == "block":
            busy = match.end()
            continue
        act = _read(line, kind, match, header, under_accord=bool(accord))
        if act is not None:
            yield act
        if act is not None or kind == "hope" or (kind == "ask" and not match.group().startswith("t")):
            busy = match.end()


def _told(line: Line, kind: str, match: re.Match[str], busy: int) -> bool:
    """Whether the clause of "must" or "will" has its own subject behind "told X that", which asks for nothing itself."""
    return kind in ("must", "will") and bool(
        re.search(r"\b(?:told|insist\w+) (?:[^,;]{1,60} )?(?:that )?", line.text[max(0, busy - 8) : match.start()])
    )


def _new_clause(text: str, start: int, end: int) -> bool:
    """Whether what stood before no longer counts: a clause begins between, or the verb is joined by "and"."""
    return bool(pattern("acts", "boundary").search(text, start, end)) or bool(
        re.search(r"(?:\b(?:and|but)|,)(?: (?:also|then|\w+ly))? \Z", text[max(0, end - 24) : end])
    )


def _read(line: Line, kind: str, match: re.Match[str], header: Mention | None, *, under_accord: bool) -> Act | None:
    """The act of one trigger, or None. What "will" be done under an accord was agreed."""
    subject = line.subject(match.start()) if kind != "ask_noun" else None
    if subject is None and header is not None and match.start() < 24:
        subject = Mention(match.start(), match.start(), header.labels, header.kind, header.head)
    if kind != "ask_noun" and _forbidden(line.text, subject, match, kind):
        return None
    if under_accord and kind in ("will", "must") and line.cast.sides:
        return Act("agreements", line.cast.sides, (), 0, 0)
    return READERS[kind](line, match, subject)


def _forbidden(text: str, subject: Mention | None, match: re.Match[str], kind: str) -> bool:
    """Negation, possibility, a condition, an infinitive, or a noun instead of a verb: nothing was done."""
    start = match.start()
    clause = max(text.rfind(";", 0, start), start - 40, 0)
    before = text[max(0, start - 14) : start].rstrip()
    return (
        has("acts", "negation", text[clause:start])
        or has("acts", "nothing", text[match.end() : match.end() + 9])
        or has("acts", "uncertain", before)
        or (kind != "will" and bool(re.search(r"\bto\Z", before)))
        or (kind in ("ask", "hope") and bool(re.search(r"\b(?:will|would)\Z", before)))
        or (kind in ("ask", "offer", "hope", "agree") and bool(_NOUN.search(before)))
        or (match.group().endswith("ing") and bool(_GERUND.search(before)))
        or (kind == "ask" and _in_quotes(text, start) and (subject is None or subject.kind != "speaker"))
        or (subject is not None and has("acts", "under", text[max(0, subject.start - 9) : subject.start].rstrip()))
    )


def _in_quotes(text: str, place: int) -> bool:
    """Whether a place is inside quotation marks."""
    before = text[:place]
    return before.count('"') % 2 == 1 or before.count("“") > before.count("”")


@cache
def _triggers() -> re.Pattern[str]:
    """Every trigger, each kind a group; what forbids is looked for first."""
    groups = (rf"(?P<{kind}>{source('acts', kind)})" for kind in _KINDS)
    return re.compile(r"(?<![\w-])(?:" + "|".join(groups) + ")")
