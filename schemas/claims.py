"""What a field claims, so that code can check it beside its quotes: marks for any schema's fields.

by: Annotated[list[str], NAMES]      every label must stand in the article
what: Annotated[str, CLAIM]          every number must stand in the item's quotes, which must say something
"""

from __future__ import annotations

from enum import Enum


class Mark(Enum):
    """A kind of check; Pydantic keeps it with the field and does nothing with it."""

    NAMES = "names"
    CLAIM = "claim"
    # What stands beside a name and may be null: a country, a body. It is taken off where the article does not name it.
    SIDE = "side"
    # The two sides of an act: nobody asks or offers something to himself.
    GIVER = "giver"
    TAKER = "taker"


NAMES, CLAIM, SIDE, GIVER, TAKER = Mark.NAMES, Mark.CLAIM, Mark.SIDE, Mark.GIVER, Mark.TAKER
