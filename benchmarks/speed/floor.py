"""The floor: nothing but HTTP and one validation. aiohttp, a prebuilt prompt, no check, no store, no retry.

python benchmarks/speed/floor.py ARTICLES.jsonl URL CONCURRENCY
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import aiohttp

from summarizer import MeetingSummary

_MODEL = MeetingSummary


async def main() -> None:
    """Ask for every article and validate the reply."""
    path, url, concurrency = sys.argv[1:4]
    from summarizer.schema import sent

    form = {"type": "json_schema", "json_schema": {"name": "MeetingSummary", "schema": sent(_MODEL), "strict": True}}
    done = 0
    with Path(path).open() as lines:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def work() -> None:
                nonlocal done
                for line in lines:
                    text = json.loads(line)["text"]
                    messages = [{"role": "system", "content": "Summarise."}, {"role": "user", "content": text}]
                    body = {"model": "bench", "response_format": form, "messages": messages}
                    async with session.post(f"{url}/chat/completions", json=body) as response:
                        answer = json.loads(await response.read())
                    _MODEL.model_validate_json(answer["choices"][0]["message"]["content"]).model_dump_json()
                    done += 1

            await asyncio.gather(*(work() for _ in range(int(concurrency))))
    print(done)


if __name__ == "__main__":
    asyncio.run(main())
