"""Articles made up for measuring, and the reply that a model would give to each: both from the same few patterns."""

from __future__ import annotations

import random
import re
from typing import Any

NAMES = [
    "Mara Veld",
    "Jonas Ek",
    "Ines Roth",
    "Paul Sorel",
    "Tilda Brandt",
    "Omar Haddad",
    "Lena Falk",
    "Ivo Marek",
    "Ruth Amsel",
    "Karl Lind",
]
COUNTRIES = ["Norway", "Portugal", "Kenya", "Chile", "Japan", "Ghana", "Latvia", "Jordan", "Peru", "Nepal"]
THINGS = [
    "a ferry line",
    "two border posts",
    "the harbour fund",
    "40 school buses",
    "a flood warning service",
    "the fishing quota",
]
PADDING = (
    "The talks took place in a hall by the old harbour and lasted for most of the day. Outside, a small crowd waited in the rain. "
    "Officials of both sides had prepared the papers for weeks, and several questions had been settled before. Observers said that "
    "the mood was calm. The region has seen little rain since the spring, and prices for grain have gone up. A local choir sang. "
)
AGREED = re.compile(r"(\w+) and (\w+) agreed to (open [^.]*)\.")
ASKED = re.compile(r"(\w+ \w+) asked (\w+) to (pay for [^.]*)\.")
OFFERED = re.compile(r"(\w+) offered (\w+) (help with [^.]*)\.")
MET = re.compile(r"Minister (\w+ \w+) of (\w+) met Minister (\w+ \w+) of (\w+) on (\w+ \d+)")


KINDS = 2000
"""So many articles differ in more than their number, so that a server can make its answers beforehand."""


def text(number: int) -> str:
    """An article of about 400 words: a meeting, two agreements, two asks and two offers in a lot of other words."""
    chosen = random.Random(number % KINDS)
    one, two = chosen.sample(NAMES, 2)
    here, there = chosen.sample(COUNTRIES, 2)
    things = chosen.sample(THINGS, 6)
    parts = [
        f"Minister {one} of {here} met Minister {two} of {there} on May {chosen.randint(1, 5)}, report {number} says.",
        f"{here} and {there} agreed to open {things[0]} before the winter.",
        f"{one} asked {there} to pay for {things[1]} within the year.",
        f"{there} offered {here} help with {things[2]} from next month.",
        f"{there} and {here} agreed to open {things[3]} together.",
        f"{two} asked {here} to pay for {things[4]} as promised.",
        f"{here} offered {there} help with {things[5]} at no charge.",
    ]
    return "\n\n".join(f"{part} {PADDING}" for part in parts)


def summary(article: str) -> dict[str, Any]:
    """What a model says of it."""
    met = MET.search(article)
    assert met is not None
    one, here, two, there, day = met.groups()
    quote = [{"quote": met.group()}]
    people = [
        {
            "name": name,
            "role": "Minister",
            "organization": None,
            "country": country,
            "kind": "person",
            "present": True,
            "evidence": quote,
        }
        for name, country in ((one, here), (two, there))
    ]
    agreements = [
        {
            "parties": [found[1], found[2]],
            "what": found[3],
            "status": "new",
            "condition": None,
            "evidence": [{"quote": found.group()}],
        }
        for found in AGREED.finditer(article)
    ]
    asks = [
        {"by": [found[1]], "of": [found[2]], "what": found[3], "response": None, "evidence": [{"quote": found.group()}]}
        for found in ASKED.finditer(article)
    ]
    offers = [
        {
            "by": [found[1]],
            "to": [found[2]],
            "what": found[3],
            "status": "new",
            "condition": None,
            "evidence": [{"quote": found.group()}],
        }
        for found in OFFERED.finditer(article)
    ]
    return {
        "overview": f"{one} and {two} met and agreed on several things.", "meeting": "reported",
        "date": {"text": day, "edtf": f"2026-05-{int(day.split()[1]):02}", "basis": "relative"}, "other_meetings": [],
        "participants": people, "agreements": agreements, "asks": asks, "offers": offers,
    }  # fmt: skip
