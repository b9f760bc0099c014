"""Sessions, event loops and threads: who may close what, and who may ask from where."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import BaseModel, field_validator

from summarizer import ArticleFailed, Summarizer, background, summarize
from summarizer.errors import UsageError
from tests.support.endpoint import Answer, Endpoint, completion
from tests.test_verify import TEXT, reply


@pytest.mark.parametrize("way", ["the loop of the synchronous call", "a loop of its own"])
def test_closing_from_another_loop_disturbs_no_call(endpoint: Endpoint, way: str) -> None:
    """The call under way is answered, if need be by asking again; nothing of its loop is touched from outside of it."""
    endpoint.play(Answer(completion(reply()), delay=0.5))
    session: Summarizer[Any] = Summarizer("openai/test", base_url=endpoint.url)

    async def asked() -> Any:
        async with session:
            return await session.asummarize(TEXT)

    def asking() -> Any:
        return background.run(asked()) if "synchronous" in way else asyncio.run(asked(), debug=True)

    with ThreadPoolExecutor() as pool:
        call = pool.submit(asking)
        while not endpoint.seen:
            time.sleep(0.01)
        if "synchronous" in way:
            asyncio.run(session.aclose(), debug=True)
        else:
            session.close()
        assert call.result(30).status == "ok"


class Asking(BaseModel):
    overview: str

    @field_validator("overview")
    @classmethod
    def _ask(cls, overview: str) -> str:
        return summarize(overview, model="builtin").summary.overview


def test_a_validator_that_asks_is_told_so(endpoint: Endpoint) -> None:
    """It would wait for the loop that waits for it."""
    endpoint.say({"overview": TEXT})
    with (
        Summarizer("openai/test", base_url=endpoint.url, schema=Asking, repairs=0) as session,
        pytest.raises(ArticleFailed) as caught,
    ):
        session.summarize(TEXT)
    assert (
        UsageError.__name__ in (why := caught.value.failure.problems[0].message) and "while a reply is checked" in why
    )
