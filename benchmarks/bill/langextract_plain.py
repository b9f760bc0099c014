"""langextract as its README shows it: a description, one example with every class, its OpenAI provider, its defaults.

One worker, so that requests come in order. `buffer` is langextract's max_char_buffer: null leaves its default.
"""

from __future__ import annotations

import json
import sys
import warnings
from importlib.metadata import version
from typing import Any

import langextract as lx
from langextract.factory import ModelConfig


def example(text: str, entries: list[dict[str, Any]]) -> lx.data.ExampleData:
    """The example as its own classes want it."""
    found = [
        lx.data.Extraction(kind, one[kind], attributes=one[f"{kind}_attributes"])
        for one in entries
        for kind in [next(iter(one))]
    ]
    return lx.data.ExampleData(text=text, extractions=found)


def main() -> None:
    """Ask for every article; say of each whether all of the answer was placed in it."""
    warnings.simplefilter("ignore")
    task = json.load(sys.stdin)
    provider = {"base_url": task["url"], "api_key": "none", "max_workers": 1}
    config = ModelConfig(model_id="bench", provider="OpenAILanguageModel", provider_kwargs=provider)
    options = {"max_char_buffer": task["buffer"]} if task["buffer"] else {}
    done = []
    for one in task["articles"]:
        found = lx.extract(
            f"Published: {one['published']}\n\n{one['text']}", prompt_description=task["system"],
            examples=[example(**task["example"])], config=config, max_workers=1, show_progress=False, **options,
        )  # fmt: skip
        placed = [extraction.char_interval is not None for extraction in found.extractions or ()]
        done.append({"good": all(placed)})
    print(json.dumps({"version": version("langextract"), "done": done}))


main()
