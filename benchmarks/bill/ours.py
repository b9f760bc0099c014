"""The project itself, through its own API and with its defaults: one article after the other."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import date

from summarizer import Article, Failure, Summarizer, __version__


async def main() -> None:
    """Ask for every article; say of each whether all of it was confirmed."""
    task, done = json.load(sys.stdin), []
    async with Summarizer("local/bench", base_url=task["url"]) as session:
        for one in task["articles"]:
            result = await session.outcome(Article(one["text"], published=date.fromisoformat(one["published"])))
            good = not isinstance(result, Failure) and not result.problems
            done.append({"good": good})
    print(json.dumps({"version": __version__, "done": done}))


asyncio.run(main())
