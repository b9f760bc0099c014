"""instructor as its pages show it: a patched client and a response model; the mode and the system text are given."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version

import instructor
from openai import OpenAI

from summarizer import MeetingSummary

task = json.load(sys.stdin)
client = instructor.from_openai(OpenAI(api_key="none", base_url=task["url"]), mode=instructor.Mode[task["mode"]])
done = []
for one in task["articles"]:
    messages = [
        {"role": "system", "content": task["system"]},
        {"role": "user", "content": f"Published: {one['published']}\n\n{one['text']}"},
    ]
    found = client.chat.completions.create(model="bench", response_model=MeetingSummary, messages=messages)
    done.append({"good": isinstance(found, MeetingSummary)})
print(json.dumps({"version": version("instructor"), "done": done}))
