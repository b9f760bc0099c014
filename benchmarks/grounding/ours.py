"""The project itself: the whole check of a reply, as the flow does it."""

from __future__ import annotations

import json
import sys

from summarizer import Article, MeetingSummary, __version__, verify

task = json.load(sys.stdin)
shown = []
for quote in task["quotes"]:
    offer = {"by": [], "to": [], "what": "support", "status": "new", "condition": None, "evidence": [{"quote": quote}]}
    reply = {"overview": "", "meeting": "none", "date": None, "other_meetings": [], "participants": [], "agreements": [],
             "asks": [], "offers": [offer]}  # fmt: skip
    result = verify.check(reply, MeetingSummary, verify.Ground(Article(task["article"])))
    offers = result.value.offers if result.value else []
    shown.append(offers[0].evidence[0].quote if offers else None)
print(json.dumps({"version": __version__, "shown": shown}))
