"""langextract's resolver with its default settings: an extraction with a char_interval is what its README calls grounded."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version

from langextract import resolver
from langextract.core import data

task = json.load(sys.stdin)
shown = []
for quote in task["quotes"]:
    extractions = [data.Extraction(extraction_class="offer", extraction_text=quote)]
    aligned = list(resolver.Resolver().align(extractions, task["article"], token_offset=0, char_offset=0))
    interval = aligned[0].char_interval
    grounded = interval is not None and interval.start_pos is not None
    shown.append(task["article"][interval.start_pos : interval.end_pos] if grounded else None)
print(json.dumps({"version": version("langextract"), "shown": shown}))
