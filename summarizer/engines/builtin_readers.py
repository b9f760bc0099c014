"""What one trigger says, for the built-in rules: a reader for each kind of act finds who acts, on whom, and the content."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from summarizer.engines.builtin_actors import Line, Mention, beside
from summarizer.engines.builtin_cast import Labels
from summarizer.engines.builtin_text import has, listed, pattern, source

# What may stand between an addressee and what is wanted of him.
_ADDRESSED = re.compile(
    r"(?:,[^,;]{1,60},| (?:of|in|from|at|with|on) [^,.;]{1,40}?| again| once more| yesterday| today| (?:last|this) \w+"
    r"| \w+ly| in turn| there)?,? (?:(?:not )?to|for|that) (?=\w)"
)
_BE = re.compile(r"\b(?:is|are|was|were|been|being|be)(?: \w+ly| also| recently| \w+ times)? \Z")
_BY = re.compile(r"\bby ")
_WITH = re.compile(r"\bwith ")
# What is given stands behind the one to whom it is given.
_GIVEN = re.compile(r" (?:an?|the|with|some|more|up|its|their|his|her|additional|further|free|that|\d|[£$€])")
_WANTED = re.compile(r"\b(?:will|would|could|can)\b")
_ATTRIBUTED = re.compile(r",[”\"]? [^,]{3,60}? (?:said|says|added)\W*\Z")
_CUT = re.compile(
    r",? and (?:said|told|added|noted|thanked|reiterated|stressed|welcomed|expressed|proposed)\b|;"
    r"|,[”\"’'] (?:said|says|added|he|she|[^,.]{2,40} (?:said|says|added))\b"
    r"|[,–—] (?:but|while|although|though|whereas)\b(?! (?:only )?(?:if|on condition)| only (?:when|after|once))"
)
_JOINED = re.compile(r",? and (?:\w+ ){0,2}\Z")


@dataclass(frozen=True)
class Act:
    """An act that was found: its list, who acts, on whom, and where its quote and its content begin in the sentence."""

    kind: str
    who: Labels
    whom: Labels
    start: int
    what: int


# --- asks -------------------------------------------------------------------------------------------------------------


def _ask(line: Line, match: re.Match[str], subject: Mention | None) -> Act | None:
    """A directive verb with its addressee: "asked Oster to", "were urged by the board to"."""
    if _passive(line.text, match):
        agent = _agent(line, match.end())
        real = agent and subject and not _is_public(subject)
        return (
            Act("asks", agent.labels, subject.labels, subject.start, match.start())
            if agent and subject and real
            else None
        )
    if subject is None:
        return None
    far = has("acts", "ask_of", match.group())
    addressee = line.after(match.end() + 1, 2 if far else 1)
    addressee = addressee and (line.resolved(addressee) or addressee)
    to = _ADDRESSED.match(line.text, addressee.end) if addressee else None
    if addressee is None or to is None or (has("acts", "ask_to", match.group()) and " to " not in to.group()):
        return _ask_for(line, match, subject)
    if set(addressee.labels) & set(subject.labels) or _is_public(addressee):
        return None
    return Act("asks", subject.labels, addressee.labels, subject.start, _content(to))


def _ask_for(line: Line, match: re.Match[str], subject: Mention) -> Act | None:
    """What is asked for without an addressee right behind the verb: "asked that", "requested U.S. imagery", "called for"."""
    verb, rest = match.group(), line.text[match.end() : match.end() + 80]
    if has("acts", "ask_to", verb) or (
        has("acts", "ask_whom", verb) and not re.match(r",? (?:again )?(?:that|for)\b", rest)
    ):
        return None
    if re.match(r",? for (?:\w+\W*\Z|it\b|more\b)", rest):
        return None
    if verb.startswith("insist") and verb.endswith("that") and not re.search(r"\b(?:must|should|be)\b", rest):
        return None
    whom = _asked(line, match.end()) or _other_side(line, subject)
    return (
        Act("asks", subject.labels, whom, subject.start, match.start()) if not set(whom) & set(subject.labels) else None
    )


def _asked(line: Line, start: int) -> Labels:
    """Whom a demand means: the subject of its "that", who stands behind "from" or before "to", or whose help it is."""
    for mention in line.mentions:
        if start <= mention.start < start + 80:
            between, after = line.text[start : mention.start], line.text[mention.end : mention.end + 4]
            if (
                between in (" that ", " ")
                or between.endswith(" from ")
                or after.startswith((" to ", "’s ", "'s ", "’ "))
            ):
                return mention.labels
    return ()


def _is_public(addressee: Mention) -> bool:
    """Whether anybody is addressed: advice to the public is no ask."""
    return len(addressee.labels) == 1 and addressee.labels[0].casefold() in listed("public")


def _noun(line: Line, match: re.Match[str], _: Mention | None) -> Act | None:
    """As a noun: "a request from the company for notice"."""
    agent = line.after(match.end() + 1, 1)
    if agent is None or not re.match(r" (?:for|that|to)\b", line.text[agent.end :]):
        return None
    whom = line.within(agent.end, len(line.text))
    other = whom.labels if whom else _other_side(line, agent)
    return Act("asks", agent.labels, _apart(other, agent.labels), match.start(), agent.end + 1)


def _must(line: Line, match: re.Match[str], subject: Mention | None) -> Act | None:
    """What a speaker says that somebody else has to do; what both have to do is asked of neither."""
    if subject is None or subject.kind == "speaker" or subject.head in ("they", "it", "he", "she"):
        return None
    if _together(line, subject) or line.text[subject.end : match.start()].strip():
        return None
    speaker = _speaker(line, subject.start)
    if speaker is None or set(speaker.labels) & set(subject.labels) or '"' in line.text[speaker.end : subject.start]:
        return None
    return Act("asks", speaker.labels, subject.labels, speaker.start, subject.start)


def _hope(line: Line, match: re.Match[str], subject: Mention | None) -> Act | None:
    """A polite ask; a hope without somebody who should act is none."""
    wanted = _WANTED.search(line.text, match.end())
    if subject is None or wanted is None:
        return None
    actors = [m for m in line.mentions if match.end() <= m.start and m.end <= wanted.start()]
    near = actors and re.fullmatch(r"(?: also| now| then)? ?", line.text[actors[-1].end : wanted.start()])
    idle = re.compile(r" (?:be|have|get|remain|become)\b").match(line.text, wanted.end())
    actor = line.resolved(actors[-1]) if near and not idle else None
    if actor is None or set(actor.labels) & set(subject.labels) or _together(line, actor):
        return None
    return Act("asks", subject.labels, actor.labels, subject.start, match.end() + 1)


# --- offers -----------------------------------------------------------------------------------------------------------


def _offer(line: Line, match: re.Match[str], subject: Mention | None) -> Act | None:
    """A commissive verb: "pledged", "was ready to", "were promised by"."""
    end = match.end()
    if _passive(line.text, match):
        agent = _agent(line, end)
        taker = subject or Mention(match.start(), match.start(), (), "")
        return Act("offers", agent.labels, taker.labels, taker.start, match.start()) if agent else None
    if subject is None or pattern("acts", "courtesy").match(line.text, end):
        return None
    infinitive = re.compile(r" to (?=\w)").match(line.text, end)
    content = infinitive.end() if infinitive else end + 1 if match.group().endswith(" to") else match.start()
    if match.group().startswith("commit") and _joint(subject):
        return Act("agreements", subject.labels, (), subject.start, content)
    return Act("offers", subject.labels, _recipient(line, end, subject), subject.start, content)


def _will(line: Line, match: re.Match[str], subject: Mention | None) -> Act | None:
    """What one says that one will do, or what a party will do for another."""
    after = line.text[match.end() :].lstrip()
    giving = bool(_verbs("gives").match(after))
    if subject is None or not beside(line.text[subject.end : match.start()]):
        speaker = line.speaker() if giving and _ATTRIBUTED.search(line.text) else ()
        return Act("offers", speaker, (), 0, 0) if speaker else None
    speaking = _speaker(line, subject.start)
    own = subject.kind == "speaker" or (speaking is not None and _speaks_for(speaking, subject))
    both = _together(line, subject)
    if not giving and (not (own or (both and speaking)) or _verbs("not_undertaken").match(after)):
        return None
    start = speaking.start if own and speaking and subject.start - speaking.start < 60 else subject.start
    if both:
        return Act("agreements", subject.labels, (), start, match.start())
    return Act("offers", subject.labels, _recipient(line, match.end(), subject), start, match.end() + 1)


# --- agreements -------------------------------------------------------------------------------------------------------


def _agree(line: Line, match: re.Match[str], subject: Mention | None) -> Act | None:
    """A joint commissive. One party alone that "agreed to" has promised; a shared view is nothing to be done."""
    verb = match.group()
    if pattern("acts", "view").match(line.text, match.end()):
        return None
    content = _content(match) if re.search(r"\b(?:to|on|upon|that)\Z", verb) else match.start()
    if subject is None:
        return _impersonal(line, match, content)
    if verb == "decided":
        return Act("agreements", subject.labels, (), 0, 0) if subject.kind == "several" else None
    partner = _WITH.search(verb)
    other = line.within(match.start() + partner.end(), match.end()) if partner else None
    if other or _joint(subject) or _decides(subject):
        return Act("agreements", subject.labels, other.labels if other else (), subject.start, content)
    if not verb.startswith(("agree", "undertook", "reaffirm", "renewed", "reiterated")):
        return Act("agreements", subject.labels, (), subject.start, content) if subject.kind != "person" else None
    kind = "offers" if verb.endswith(" to") else "agreements" if verb.endswith((" on", " upon")) else None
    return Act(kind, subject.labels, _other_side(line, subject), subject.start, content) if kind else None


def _impersonal(line: Line, match: re.Match[str], content: int) -> Act | None:
    """Without a subject: "it was agreed to"."""
    before = line.text[max(0, match.start() - 20) : match.start()]
    known = re.search(r"\b[Ii]t was (?:also |further )?\Z", before) and line.cast.sides
    return Act("agreements", line.cast.sides, (), match.start(), content) if known else None


def _sign(line: Line, match: re.Match[str], subject: Mention | None) -> Act | None:
    """An instrument that was signed or reached, in either voice."""
    text, end = line.text, clause_end(line.text, match.end(), len(line.text))
    if _passive(text, match):
        return _signed(line, match)
    instrument = pattern("acts", "instrument").search(text, match.end(), min(end, match.end() + 110))
    if match.group().endswith("ing"):
        subject = _thanked(line, match.start()) or subject
    if subject is None or instrument is None or re.search(r"\b(?:if|not)\b", text[match.end() : instrument.start()]):
        return None
    if has("acts", "sign_jointly", match.group()) and not _joint(subject):
        return None
    partner = _WITH.search(text, instrument.end(), min(end, instrument.end() + 80))
    other = line.after(partner.end(), 1) if partner else None
    alone = _other_side(line, subject) if len(subject.labels) == 1 else ()
    return Act("agreements", subject.labels, other.labels if other else alone, subject.start, match.start())


def _signed(line: Line, match: re.Match[str]) -> Act | None:
    """In the passive: the parties are named beside the instrument, or behind "by", or are both sides."""
    instrument = pattern("acts", "instrument").search(line.text, max(0, match.start() - 160), match.start())
    if instrument is None:
        return None
    beside_it, agent = line.within(instrument.end(), match.start()), _agent(line, match.end())
    several = [m.labels for m in (beside_it, agent) if m and len(m.labels) > 1]
    labels = several[0] if several else line.cast.sides or (agent.labels if agent else ())
    return Act("agreements", labels, (), 0, 0) if labels else None


def _thanked(line: Line, before: int) -> Mention | None:
    """Who did it, in "thanked A and B for coming together and reaching a deal"."""
    done = (m for m in line.mentions if m.end < before and re.match(r" for \w+ing\b", line.text[m.end :]))
    return next(done, None)


def _decide(line: Line, match: re.Match[str], subject: Mention | None) -> Act | None:
    """What a body, or both sides, resolved; in the passive, "by" names the body, but a treaty is of its parties."""
    text, verb = line.text, match.group()
    if _passive(text, match):
        agent = _agent(line, match.end() - 3)
        treaty = len(line.cast.sides) > 1 and pattern("acts", "instrument").search(text, 0, match.start())
        return Act("agreements", line.cast.sides if treaty else agent.labels, (), 0, 0) if agent else None
    voted = verb.startswith("vot")
    if subject is None or not (voted or _decides(subject) or _joint(subject) or subject.kind == "group"):
        return None
    if not voted and re.match(r" (?:by|in|on)\b|[.,]", text[match.end() :]):
        return None
    return Act(
        "agreements", subject.labels, (), subject.start, _content(match) if verb.endswith(" to") else match.start()
    )


# --- small questions --------------------------------------------------------------------------------------------------


def _content(verb: re.Match[str]) -> int:
    """Where the content begins behind "agreed to " or ", to "; in "agreed not to" with the "not", which is part of it."""
    turned = verb.group().rfind(" not ")
    return verb.start() + turned + 1 if turned >= 0 else verb.end() + (not verb.group().endswith(" "))


def _passive(text: str, match: re.Match[str]) -> bool:
    """Whether a form of "to be" makes the trigger a passive; "is asking" is none."""
    return not match.group().endswith("ing") and bool(_BE.search(text[max(0, match.start() - 24) : match.start()]))


def _agent(line: Line, start: int) -> Mention | None:
    """Who acts in a passive: the actor behind the next "by"."""
    found = (line.after(by.end(), 1) for by in _BY.finditer(line.text, start, min(len(line.text), start + 120)))
    return next((agent for agent in found if agent), None)


def _speaker(line: Line, before: int) -> Mention | None:
    """The subject of the last reporting verb before a place."""
    said = list(pattern("acts", "reporting").finditer(line.text, 0, before))
    return line.subject(said[-1].start()) if said else None


def _speaks_for(speaker: Mention, subject: Mention) -> bool:
    """Whether the subject is the speaker, or the speaker's side: "Aydin said Türkiye would"."""
    sides = [f"({label})" for label in subject.labels]
    return speaker.labels == subject.labels or any(side in label for side in sides for label in speaker.labels)


def _together(line: Line, mention: Mention) -> bool:
    """Whether the mention is of both sides as one."""
    return mention.kind == "several" and has("acts", "together", line.text[mention.start : mention.end])


def _joint(subject: Mention) -> bool:
    return len(subject.labels) > 1 or subject.kind == "several"


def _decides(subject: Mention) -> bool:
    """Whether the subject is one that decides for many: a council, members."""
    named = subject.labels[-1].casefold().split() if subject.labels else []
    return bool(listed("deciding") & {subject.head.casefold(), *named[-1:]}) or named[:1] in (["council"], ["board"])


def _other_side(line: Line, subject: Mention) -> Labels:
    """The second of two sides, where the first is the subject."""
    sides = line.cast.sides
    if len(sides) != 2:
        return ()
    mine = [side for side in sides if any(side in label or label in side for label in subject.labels)]
    return tuple(side for side in sides if side not in mine) if len(mine) == 1 else ()


def _recipient(line: Line, start: int, subject: Mention) -> Labels:
    """For whom something is to be done: right behind the verb, or behind "to" and "for"; else the other side."""
    end = clause_end(line.text, start, len(line.text))
    for mention in line.mentions:
        if start <= mention.start < end and mention.labels:
            between = line.text[start : mention.start]
            given = mention.kind in ("person", "country", "several") or _GIVEN.match(line.text, mention.end)
            if re.search(r"\b(?:to|for) \Z", between) or (given and re.fullmatch(r" (?:(?:to )?\w+ )?", between)):
                return _apart(mention.labels, subject.labels)
    return _other_side(line, subject)


def _apart(labels: Labels, others: Labels) -> Labels:
    return tuple(label for label in labels if label not in others)


def clause_end(text: str, start: int, following: int) -> int:
    """Where a clause ends: at a semicolon or a contrast, but a condition belongs to it; or where the next act begins."""
    cut = _CUT.search(text, start)
    joint = _JOINED.search(text, max(start, following - 30), following) if following < len(text) else None
    ends = [found.start() for found in (cut, joint) if found and found.start() > start]
    return min([len(text), *ends])


@cache
def _verbs(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{source('acts', name)})\b")


READERS: dict[str, Callable[[Line, re.Match[str], Mention | None], Act | None]] = {
    "ask": _ask, "ask_noun": _noun, "must": _must, "hope": _hope, "offer": _offer, "will": _will, "agree": _agree,
    "sign": _sign, "decide": _decide,
}  # fmt: skip
"""The reader of each kind of trigger: line, trigger and subject in, the act out, or None where nothing was done."""
