"""The floor: nothing but HTTP and one validation. aiohttp, a body made once, no check, no store, no retry.

python benchmarks/speed/floor.py ARTICLES.jsonl URL CONCURRENCY
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import aiohttp
from pydantic_core import from_json

from summarizer import MeetingSummary
from summarizer.schema import sent

_MODEL = MeetingSummary


def around() -> tuple[bytes, bytes]:
    """The bytes before and after the article in a request."""
    form = {"type": "json_schema", "json_schema": {"name": "MeetingSummary", "schema": sent(_MODEL), "strict": True}}
    messages = [{"role": "system", "content": "Summarise."}, {"role": "user", "content": "HERE"}]
    body = {"model": "bench", "response_format": form, "messages": messages}
    before, after = json.dumps(body).encode().split(b'"HERE"')
    return before, after


async def main() -> None:
    """Ask for every article and validate the reply."""
    path, url, concurrency = sys.argv[1:4]
    before, after = around()
    done = 0
    with Path(path).open() as lines:
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), headers={"content-type": "application/json"}
        ) as session:

            async def work() -> None:
                nonlocal done
                for line in lines:
                    body = before + json.dumps(json.loads(line)["text"]).encode() + after
                    async with session.post(f"{url}/chat/completions", data=body) as response:
                        answer = from_json(await response.read())
                    _MODEL.model_validate_json(answer["choices"][0]["message"]["content"]).model_dump_json()
                    done += 1

            await asyncio.gather(*(work() for _ in range(int(concurrency))))
    print(done)


if __name__ == "__main__":
    asyncio.run(main())
