"""Whether a label's name stands in an article."""

from __future__ import annotations

import pytest

from summarizer.names import Names

WRAPPED = (
    "Envoy Pablo\nKang asked the United\nStates and the World\nHealth Organization for help with the\nport, which was closed. "
    "He said that\nhe had been there for years and the\nminister of South\nKorea agreed with that."
)


@pytest.mark.parametrize(
    ("text", "label", "stands"),
    [
        ("U.S. and Chinese officials met.", "the United States", True),
        ("American and Chinese officials met.", "The United States", True),
        ("The EU asked the UN for help.", "the European Union", True),
        ("Britain asked the Dutch for help.", "the Netherlands", True),
        ("The United States asked for help.", "the US", True),
        ("The IMF asked for help.", "the International Monetary Fund", True),
        ("Le Mali a demandé de l'aide à la France.", "la France", True),
        ("El Salvador asked for help.", "El Salvador", True),
        ("Mali asked for help.", "the Gambia", False),
        ("South Sudan asked for help.", "the Sudan", False),
        ("The WTO met.", "World Trade Organization", True),
        ("The World Trade Organization met.", "WTO", True),
        ("The Organization of the Petroleum Exporting Countries met.", "OPEC", True),
        ("The World Bank and another body met.", "WTO", False),
        ("The XYZ met.", "World Trade Organization", False),
        ("G7 leaders met.", "Group of Seven", True),
        ("World Health Organisation staff met the Ministry of Defence.", "World Health Organization", True),
        ("World Health Organisation staff met the Ministry of Defence.", "Ministry of Defense", True),
        ("The Turks met the Poles.", "Turkey", True),
        ("They moved the poles.", "Poland", False),
        (WRAPPED, "Pablo Kang", True),
        (WRAPPED, "South Korea", True),
        (WRAPPED, "World Health Organization", True),
        ("Talks in Bonn\nAnn Lee met\nPablo\n\nKang met others.", "Pablo Kang", False),
    ],
)
def test_a_name_in_other_words(text: str, label: str, stands: bool) -> None:
    """With an article before it, by its initials, spelled otherwise, or over the end of a wrapped line."""
    assert Names(text).stands(label) is stands


def test_a_country_on_both_sides_under_two_names() -> None:
    """Who asks and who is asked are one, whichever of its names each has."""
    from summarizer import Article, MeetingSummary, verify
    from tests.test_verify import reply

    text = "The US asked the United States for help with the port."
    item = {
        "by": ["US"],
        "of": ["the United States"],
        "what": "help with the port",
        "response": None,
        "evidence": [{"quote": text}],
    }
    checked = verify.check(reply(asks=[item]), MeetingSummary, verify.Ground(Article(text)))
    assert checked.value is not None and not checked.value.asks
    assert [fault.kind for fault in checked.faults] == ["same_party"]
