"""What one trigger says, for the built-in rules: a reader for each kind of act finds who acts, on whom, and the content."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from summarizer.engines.builtin_actors import Labels, Line, Mention
from summarizer.engines.builtin_text import has, listed, pattern

_ADDRESSED = re.compile(
    r"(?:,[^,;]{1,60},| (?:of|in|from|at|with|on) [^,.;]{1,40}?| again| once more| yesterday| today| (?:last|this) \w+| \w+ly| in turn| there)?"
    r",? (?:(?:not )?to|for|that) (?=\w)"
)


@dataclass(frozen=True)
class Act:
    """An act that was found: its list, who acts, on whom, and where in the sentence it stands."""

    kind: str
    who: Labels
    whom: Labels
    start: int
    what: int


def _ask(line: Line, match: re.Match[str], subject: Mention | None) -> Act | None:
    text, end = line.text, match.end()
    verb = match.group().split()[0].lower()
    addressee = (
        line.after(end + 1, 1)
        if not verb.startswith(("underscored", "stressed", "emphasi", "underlined"))
        else line.after(end + 1)
    )
    if re.search(
        r"\b(?:is|are|was|were|been|being|be)(?: \w+ly| also| \w+ times)? \Z",
        text[max(0, match.start() - 24) : match.start()],
    ):
        return _passive(line, match, subject)
    if subject is None:
        return None
    if addressee is None or addressee.labels == subject.labels:
        return _ask_for(line, match, subject)
    addressee = line.resolved(addressee) or addressee
    if set(addressee.labels) & set(subject.labels) or _is_public(addressee):
        return None
    to = _ADDRESSED.match(text, addressee.end)
    if to is None or (
        verb in ("told", "tells", "ordered", "orders", "want", "wants", "wanted") and " to " not in to.group()
    ):
        return _ask_for(line, match, subject)
    return Act("asks", subject.labels, addressee.labels, subject.start, to.end())


def _ask_for(line: Line, match: re.Match[str], subject: Mention) -> Act | None:
    """What is asked for without an addressee right behind the verb: "asked that", "requested U.S. imagery", "called for"."""
    text, verb = line.text, match.group().lower()
    rest = text[match.end() : match.end() + 12]
    loose = verb.startswith(
        (
            "ask",
            "urg",
            "press",
            "beg",
            "want",
            "told",
            "tell",
            "order",
            "invit",
            "encourag",
            "instruct",
            "lobb",
            "challeng",
            "call on",
            "called on",
        )
    )
    if (loose and not re.match(r",? (?:that|for|again for)\b", rest)) or re.match(r"(?:want|told|tell|order)", verb):
        return None
    if (
        verb.startswith(("insist",))
        and " on" not in verb
        and not re.search(r"\b(?:must|should|be)\b", text[match.end() : match.end() + 80])
    ):
        return None
    whom_labels = _asked(line, match.end()) or _other_side(line, subject)
    if set(whom_labels) & set(subject.labels):
        return None
    return Act("asks", subject.labels, whom_labels, subject.start, match.start())


def _asked(line: Line, start: int) -> Labels:
    """Whom a demand means: the subject of its "that", who stands behind "from" or before "to", or whose help it is."""
    text = line.text
    for mention in line.mentions:
        if not start <= mention.start < start + 80:
            continue
        between, after = text[start : mention.start], text[mention.end : mention.end + 4]
        if between in (" that ", " ") or between.endswith(" from ") or after.startswith((" to ", "’s ", "'s ", "’ ")):
            return mention.labels
    return ()


def _is_public(addressee: Mention) -> bool:
    """Whether anybody is addressed: advice to the public is no ask."""
    return len(addressee.labels) == 1 and addressee.labels[0].casefold() in listed("public")


def _passive(line: Line, match: re.Match[str], subject: Mention | None) -> Act | None:
    """ "Villagers were asked by the mine to": who asks stands behind "by"."""
    by = re.compile(r"\bby ").search(line.text, match.end(), min(len(line.text), match.end() + 120))
    agent = line.after(by.end(), 1) if by else None
    if agent is None or subject is None or _is_public(subject):
        return None
    return Act("asks", agent.labels, subject.labels, subject.start, match.start())


def _noun(line: Line, match: re.Match[str], _: Mention | None) -> Act | None:
    agent = line.after(match.end() + 1, 1)
    if agent is None or not re.match(r" (?:for|that|to)\b", line.text[agent.end :]):
        return None
    whom = line.within(agent.end, len(line.text))
    other = whom.labels if whom else _other_side(line, agent)
    return Act(
        "asks", agent.labels, tuple(label for label in other if label not in agent.labels), match.start(), agent.end + 1
    )


def _must(line: Line, match: re.Match[str], subject: Mention | None) -> Act | None:
    """What a speaker says that somebody else has to do."""
    if subject is None or subject.kind in ("speaker",) or subject.head in ("they", "it", "he", "she"):
        return None
    if (
        has("acts", "together", line.text[subject.start : subject.end])
        or line.text[subject.end : match.start()].strip()
    ):
        return None
    said = [one for one in pattern("acts", "reporting").finditer(line.text[: subject.start])]
    speaker = line.subject(said[-1].start()) if said else None
    if speaker is None or set(speaker.labels) & set(subject.labels) or '"' in line.text[said[-1].end() : subject.start]:
        return None
    return Act("asks", speaker.labels, subject.labels, speaker.start, subject.start)


def _hope(line: Line, match: re.Match[str], subject: Mention | None) -> Act | None:
    """A polite ask; a hope without somebody who should act is none."""
    wanted = re.compile(r"\b(?:will|would|could|can)\b").search(line.text, match.end())
    if subject is None or wanted is None:
        return None
    actors = [m for m in line.mentions if match.end() <= m.start and m.end <= wanted.start()]
    if not actors or not re.fullmatch(r"(?: also| now| then)? ?", line.text[actors[-1].end : wanted.start()]):
        return None
    actor = line.resolved(actors[-1])
    if (
        actor is None
        or set(actor.labels) & set(subject.labels)
        or has("acts", "together", line.text[actor.start : actor.end])
    ):
        return None
    return Act("asks", subject.labels, actor.labels, subject.start, match.end() + 1)


def _offer(line: Line, match: re.Match[str], subject: Mention | None) -> Act | None:
    text = line.text
    if re.search(
        r"\b(?:was|were|been|being|is|are)(?: \w+ly| also)? \Z", text[max(0, match.start() - 20) : match.start()]
    ):
        by = re.compile(r"\bby ").search(text, match.end(), min(len(text), match.end() + 120))
        agent = line.after(by.end(), 1) if by else None
        return (
            Act(
                "offers",
                agent.labels,
                subject.labels if subject else (),
                subject.start if subject else match.start(),
                match.start(),
            )
            if agent
            else None
        )
    if subject is None or re.match(
        r" (?:up )?(?:condolences|thanks|congratulations|sympathy|apolog|views?|their views|no\b|nothing|little|praise|an overview|an update)",
        text[match.end() :],
    ):
        return None
    if match.group().startswith("commit") and _joint(subject):
        return Act("agreements", subject.labels, (), subject.start, match.end() + 1)
    other = _recipient(line, match.end(), clause_end(text, match.end(), len(text))) or _other_side(line, subject)
    start = match.end() + 1 if match.group().endswith(" to") else match.start()
    infinitive = re.match(r" to (?=\w)", text[match.end() :])
    return Act(
        "offers",
        subject.labels,
        _apart(other, subject.labels),
        subject.start,
        match.end() + infinitive.end() if infinitive else start,
    )


def _will(line: Line, match: re.Match[str], subject: Mention | None) -> Act | None:
    """What one says that one will do, or what a party will do for another."""
    text = line.text
    after = text[match.end() :].lstrip()
    giving = _giving().match(after)
    if (
        subject is None
        or (text[subject.end : match.start()].strip(" ,")
        and not _inserted(text[subject.end : match.start()]))
    ):
        speaker = line.speaker() if giving and re.search(r",[”\"]? [^,]{3,60}? (?:said|says|added)\W*\Z", text) else ()
        return Act("offers", speaker, (), 0, 0) if speaker else None
    said = [one for one in pattern("acts", "reporting").finditer(text[: subject.start])]
    speaker_mention = line.subject(said[-1].start()) if said else None
    own = speaker_mention is not None and set(speaker_mention.labels) == set(subject.labels)
    own = own or (subject.kind == "speaker")
    both = bool(said) and subject.kind == "several" and has("acts", "together", text[subject.start : subject.end])
    if not giving and (not (own or both) or _empty().match(after)):
        return None
    start = (
        speaker_mention.start
        if own and speaker_mention and subject.start - speaker_mention.start < 60
        else subject.start
    )
    if subject.kind == "several" and has("acts", "together", text[subject.start : subject.end]):
        return Act("agreements", subject.labels, (), start, match.start())
    other = _recipient(line, match.end(), clause_end(text, match.end(), len(text))) or _other_side(line, subject)
    return Act("offers", subject.labels, _apart(other, subject.labels), start, match.end() + 1)


def _agree(line: Line, match: re.Match[str], subject: Mention | None) -> Act | None:
    text, verb = line.text, match.group()
    if has("acts", "view", text[match.end() : match.end() + 1]) or pattern("acts", "view").match(text, match.end()):
        return None
    partner = re.search(r" with ", verb)
    if subject is None:
        return _impersonal(line, match)
    other = line.within(match.start() + partner.end(), match.end()) if partner else None
    start = match.end() + 1 if re.search(r"\b(?:to|on|upon|that)\Z", verb) else match.start()
    if verb.startswith("decided") and verb == "decided":
        return Act("agreements", subject.labels, (), 0, 0) if subject.kind == "several" else None
    if other or _joint(subject) or _body(subject):
        return Act("agreements", subject.labels, other.labels if other else (), subject.start, start)
    if verb.startswith(("agree", "undertook", "reaffirm", "renewed", "reiterated")):
        if not verb.endswith(" to"):
            return (
                Act("agreements", subject.labels, _other_side(line, subject), subject.start, start)
                if verb.endswith((" on", "upon"))
                else None
            )
        return Act("offers", subject.labels, _other_side(line, subject), subject.start, start)
    return (
        Act("agreements", subject.labels, (), subject.start, start)
        if subject.kind in ("body", "name", "country", "group")
        else None
    )


def _impersonal(line: Line, match: re.Match[str]) -> Act | None:
    """ "It was agreed to", "agreed by both"."""
    if (
        re.search(r"\b[Ii]t was (?:also |further )?\Z", line.text[max(0, match.start() - 20) : match.start()])
        and line.cast.sides
    ):
        return Act("agreements", line.cast.sides, (), match.start(), match.end() + 1)
    return None


def _sign(line: Line, match: re.Match[str], subject: Mention | None) -> Act | None:
    """An instrument that was signed or reached, in either voice."""
    text, end = line.text, clause_end(line.text, match.end(), len(line.text))
    passive = re.search(
        r"\b(?:was|were|been)(?: \w+ly| also| recently)? \Z", text[max(0, match.start() - 24) : match.start()]
    )
    instrument = pattern("acts", "instrument").search(text, match.end(), min(end, match.end() + 110))
    if passive:
        before = pattern("acts", "instrument").search(text, max(0, match.start() - 160), match.start())
        by = re.compile(r"\bby ").search(text, match.end(), end)
        agents = line.after(by.end(), 1) if by else None
        labels = (
            (agents.labels if agents and len(agents.labels) > 1 else ())
            or line.cast.sides
            or (agents.labels if agents else ())
        )
        named = line.within(before.end(), match.start()) if before else None
        labels = named.labels if named and len(named.labels) > 1 else labels
        return Act("agreements", labels, (), 0, 0) if before and labels else None
    if match.group().endswith("ing"):
        subject = _thanked(line, match.start()) or subject
    if (
        subject is None
        or instrument is None
        or re.search(r"\b(?:if|unless|not)\b", text[match.end() : instrument.start()])
    ):
        return None
    if match.group() in (
        "announced",
        "made",
        "extended",
        "closed",
        "exchanged",
        "negotiated",
        "unveiled",
        "brokered",
    ) and not _joint(subject):
        return None
    partner = re.compile(r"\bwith ").search(text, instrument.end(), min(end, instrument.end() + 80))
    other = line.after(partner.end(), 1) if partner else None
    labels = other.labels if other else () if len(subject.labels) > 1 else _other_side(line, subject)
    return Act("agreements", subject.labels, labels, subject.start, match.start())


def _thanked(line: Line, before: int) -> Mention | None:
    """Who did it, in "thanked A and B for coming together and reaching a deal"."""
    done = (m for m in line.mentions if m.end < before and re.match(r" for \w+ing\b", line.text[m.end :]))
    return next(done, None)


def _decide(line: Line, match: re.Match[str], subject: Mention | None) -> Act | None:
    """What a body, or both sides, resolved; in the passive, "by" names the body."""
    text = line.text
    passive = re.search(r"\b(?:was|were|been|be)(?: \w+ly| also)? \Z", text[max(0, match.start() - 24) : match.start()])
    if passive:
        by = re.compile(r"\bby ").search(text, match.end() - 3, min(len(text), match.end() + 60))
        agent = line.after(by.end(), 1) if by else None
        if agent and len(line.cast.sides) > 1 and pattern("acts", "instrument").search(text, 0, match.start()):
            return Act("agreements", line.cast.sides, (), 0, 0)
        return Act("agreements", agent.labels, (), 0, 0) if agent else None
    voted = match.group().startswith("vot")
    if subject is None or not (voted or _body(subject) or _joint(subject) or subject.kind == "group"):
        return None
    if not voted and re.match(r" (?:by|in|on)\b|[.,]", text[match.end() :]):
        return None
    to = match.group().endswith((" to", " for", " of"))
    return Act(
        "agreements",
        subject.labels,
        (),
        subject.start,
        match.end() + 1 if to and match.group().endswith(" to") else match.start(),
    )


# --- small questions --------------------------------------------------------------------------------------------------


def _joint(subject: Mention) -> bool:
    return len(subject.labels) > 1 or subject.kind == "several"


def _body(subject: Mention) -> bool:
    """Whether the subject is one that decides for many: a council, members."""
    last = subject.labels[-1].casefold().split() if subject.labels else []
    deciding = listed("deciding")
    return (
        subject.head.casefold() in deciding
        or bool(deciding & set(last[-1:]))
        or (bool(last) and last[0] in ("council", "board"))
    )


def _other_side(line: Line, subject: Mention) -> Labels:
    """The second of two sides, where the first is the subject."""
    sides = line.cast.sides
    if len(sides) != 2:
        return ()
    mine = [side for side in sides if any(side in label or label in side for label in subject.labels)]
    return tuple(side for side in sides if side not in mine) if len(mine) == 1 else ()


def _recipient(line: Line, start: int, end: int) -> Labels:
    """For whom something is to be done: right behind the verb, or behind "to" and "for"."""
    for mention in line.mentions:
        if start <= mention.start < end and mention.kind not in ("he", "she", "it", "they", "we", "i"):
            between = line.text[start : mention.start]
            if re.search(r"\b(?:to|for) \Z", between) or re.fullmatch(r" (?:(?:to )?\w+ )?", between):
                return mention.labels
    return ()


def _apart(labels: Labels, others: Labels) -> Labels:
    return tuple(label for label in labels if label not in others)


def _inserted(between: str) -> bool:
    return bool(
        re.fullmatch(
            r",[^;]{1,160},(?: also| now| then)? ?|(?: also| now| then| jointly| together|,? who [^;]{1,120},)+ ?",
            between,
        )
    )


def clause_end(text: str, start: int, following: int) -> int:
    """Where a clause ends: at a semicolon or a contrast, but a condition belongs to it; or where the next act begins."""
    cut = re.compile(
        r",? and (?:said|told|added|noted|thanked|reiterated|stressed|welcomed|expressed)\b|,[”\"’'] (?:said|says|added|he|she|[^,.]{2,40} (?:said|says|added))\b|;|[,–—] (?:but|while|although|though|whereas)\b(?! (?:only )?(?:if|on condition))"
    ).search(text, start)
    end = cut.start() if cut else len(text)
    joint = re.compile(r",? and (?:\w+ ){0,2}\Z").search(text, max(start, following - 30), following)
    return min(end, joint.start() if joint and following < len(text) and joint.start() > start else len(text))


@cache
def _giving() -> re.Pattern[str]:
    verbs = "|".join(pattern("acts", "gives").pattern.split("|"))
    return re.compile(rf"(?:{verbs})\b")


@cache
def _empty() -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern('acts', 'not_undertaken').pattern})\b")


READERS: dict[str, Callable[[Line, re.Match[str], Mention | None], Act | None]] = {
    "ask": _ask, "ask_noun": _noun, "must": _must, "hope": _hope, "offer": _offer, "will": _will, "agree": _agree,
    "sign": _sign, "decide": _decide,
}  # fmt: skip
