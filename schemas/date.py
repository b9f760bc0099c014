"""A date as an article gives it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from summarizer.schemas.evidence import FilledByCode, Strict

Resolved = Annotated[str | None, FilledByCode()]
Basis = Literal["explicit", "relative", "inferred", "unknown"]


class ArticleDate(Strict):
    """A date in the article's own words, and what they say as EDTF."""

    text: str | None = Field(max_length=500, description="The article's own words for the date, copied.")
    edtf: str | None = Field(
        max_length=100,
        description="What the words say, in EDTF: YYYY-MM-DD; without a year XXXX-MM-DD; a month YYYY-MM; a span "
        "YYYY-MM-DD/YYYY-MM-DD; only an upper bound /YYYY-MM-DD; two dates {YYYY-MM-DD,YYYY-MM-DD}. Words that need the "
        "publication date ('yesterday', 'on Monday') count from it, and give null without one. Never a year from your "
        "own knowledge.",
    )
    # Filled by summarizer.dates: a plain ISO date, an interval start/end, or null where nothing fixes it.
    resolved: Resolved = None
    basis: Basis = Field(
        description="explicit: the words give the full date; relative: they need the publication date; inferred: the "
        "date is only bounded or implied; unknown: none of these."
    )
