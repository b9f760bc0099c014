"""What calls cost, in US dollars, from the price table of the genai-prices library (its own data, no network)."""

from __future__ import annotations

import threading
from functools import cache

from summarizer.records import Usage

CHARACTERS_PER_TOKEN = 4
"""Rough, for estimates before a call only: no tokenizer is loaded. Non-Latin scripts take more tokens."""
_HEAD_START = 0.15
"""Seconds from the first call to the reading of the table."""


def cost(provider: str, model: str, usage: Usage) -> float | None:
    """Dollars for these tokens, or None where the price or the usage is not known."""
    if not usage.complete:
        return None
    if not usage.input_tokens and not usage.output_tokens:
        return 0.0
    if not _is_known(provider, model):
        return None
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    tokens = Tokens(
        input_tokens=usage.input_tokens, output_tokens=usage.output_tokens, cache_read_tokens=usage.cached_tokens
    )
    return float(calc_price(tokens, model, provider_id=provider).total_price)


@cache
def _is_known(provider: str, model: str) -> bool:
    """Whether the table has the model; to find that it has not takes long enough to be asked once."""
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    try:
        calc_price(Tokens(input_tokens=1, output_tokens=1), model, provider_id=provider)
    except LookupError:
        return False
    return True


@cache
def expect(provider: str, model: str) -> None:
    """Have the table read in a thread, once the first calls are on their way: that takes a tenth of a second of CPU.

    Most answers take longer than both together; one that does not waits for the table itself.
    """
    timer = threading.Timer(_HEAD_START, _is_known, args=(provider, model))
    timer.name = "prices"
    timer.start()


def estimated_tokens(text: str) -> int:
    """About how many tokens a text has."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)
