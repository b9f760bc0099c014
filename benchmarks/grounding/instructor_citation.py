"""instructor's CitationMixin: a model that mixes it in validates quotes against `context`, and repairs or drops them."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version

from instructor.dsl.citation import CitationMixin


class Fact(CitationMixin):
    """One claim; the mixin adds `substring_quotes`."""

    claim: str


task = json.load(sys.stdin)
shown = []
for quote in task["quotes"]:
    fact = Fact.model_validate({"claim": "support", "substring_quotes": [quote]}, context={"context": task["article"]})
    shown.append(fact.substring_quotes[0] if fact.substring_quotes else None)
print(json.dumps({"version": version("instructor"), "shown": shown}))
