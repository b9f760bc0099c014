"""instructor as its pages show it: a patched client, a response model, a semaphore of workers.

python benchmarks/speed/instructor_plain.py ARTICLES.jsonl URL CONCURRENCY
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import instructor
from openai import AsyncOpenAI

from summarizer import MeetingSummary


async def main() -> None:
    """Ask for every article."""
    path, url, concurrency = sys.argv[1:4]
    client = instructor.from_openai(AsyncOpenAI(api_key="none", base_url=url), mode=instructor.Mode.JSON_SCHEMA)
    done = 0
    with Path(path).open() as lines:

        async def work() -> None:
            nonlocal done
            for line in lines:
                messages = [
                    {"role": "system", "content": "Summarise."},
                    {"role": "user", "content": json.loads(line)["text"]},
                ]
                found = await client.chat.completions.create(
                    model="bench", response_model=MeetingSummary, messages=messages
                )
                found.model_dump_json()
                done += 1

        await asyncio.gather(*(work() for _ in range(int(concurrency))))
    print(done)


if __name__ == "__main__":
    asyncio.run(main())
