"""What an article or an official readout says about a meeting: who met, when, and who promised or wanted what."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from summarizer.schemas.claims import CLAIM, GIVER, NAMES, SIDE, TAKER
from summarizer.schemas.date import ArticleDate
from summarizer.schemas.evidence import Evidence, Strict

Text = Annotated[str, Field(max_length=2000)]
Quotes = Annotated[list[Evidence], Field(min_length=1, max_length=20)]
Claim = Annotated[Text, CLAIM]
Parties = Annotated[
    list[Text],
    NAMES,
    Field(
        description="Actors as the article names them; with the country in brackets where the article states it: "
        "'Name (Country)'."
    ),
]
Condition = Annotated[Text | None, Field(description="What it depends on, or null.")]


class OtherMeeting(ArticleDate):
    """Another dated meeting that the article mentions."""

    what: Text = Field(description="Which meeting, in English.")


class Participant(Strict):
    """Someone who took part, or who acts in the article without having been there."""

    name: Annotated[Text | None, NAMES] = Field(
        description="As the article writes it, without title; nominative. Null if not named, and for delegations and groups."
    )
    role: Text | None = Field(description="Title or office, in the article's language.")
    organization: Annotated[Text | None, SIDE] = Field(description="Body that the person acts for, if stated.")
    country: Annotated[Text | None, SIDE] = Field(
        description="In English, only if the article states or plainly implies it."
    )
    kind: Literal["person", "organization", "delegation", "group"]
    present: bool = Field(description="True only if the article places them in the meeting.")
    evidence: Annotated[list[Evidence], Field(max_length=20)]


class Agreement(Strict):
    """Something to be done that two or more parties, or one deciding body, accepted or signed."""

    parties: Parties
    what: Claim = Field(description="In English. Numbers only if they stand in the quote.")
    status: Literal["new", "existing"] = Field(
        description="new: made, signed, decided or announced at this meeting; existing: it predates the meeting or is reaffirmed."
    )
    condition: Condition
    evidence: Quotes


class Ask(Strict):
    """One party wants another to do something."""

    by: Annotated[Parties, GIVER]
    of: Annotated[Parties, TAKER]
    what: Claim = Field(description="In English. Numbers only if they stand in the quote.")
    response: Literal["accepted", "refused", "deferred"] | None = Field(
        description="How it was answered, if the article says."
    )
    evidence: Quotes


class Offer(Strict):
    """One party commits itself, or is prepared, to do or give something for another."""

    by: Annotated[Parties, GIVER]
    to: Annotated[Parties, TAKER]
    what: Claim = Field(description="In English. Numbers only if they stand in the quote.")
    status: Literal["new", "continuing", "existing"] = Field(
        description="new: first made here; continuing: goes on with something already running; existing: made earlier, restated."
    )
    condition: Condition
    evidence: Quotes


class MeetingSummary(Strict):
    """Who met, when, and what was agreed, asked for and offered."""

    overview: Text = Field(description="One or two sentences in English; nothing that the article does not say.")
    meeting: Literal["reported", "announced", "none"] = Field(
        description="reported: a meeting, call, visit or talks took place; announced: it will; none: no meeting, or only "
        "negotiations whose result is told."
    )
    date: ArticleDate | None = Field(
        description="Of the main meeting, not of the statement about it. Null if none is given."
    )
    other_meetings: Annotated[list[OtherMeeting], Field(max_length=100)]
    participants: Annotated[list[Participant], Field(max_length=500)]
    agreements: Annotated[list[Agreement], Field(max_length=200)]
    asks: Annotated[list[Ask], Field(max_length=200)]
    offers: Annotated[list[Offer], Field(max_length=200)]
