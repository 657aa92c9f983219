"""Same request, same answer: what a copy of a webhook gets, and that its effect happens once.

A carrier whose request was answered and whose answer was lost asks again, at the same address or at
the number's fallback address. It must get what it would have got; the call must not ring twice, nor
the text be taken twice. So the first of all copies does the work, and its answer is kept; a copy
that comes meanwhile waits for it. After `KEPT_S` only the fact is remembered: a copy as late as
that is no retry but a replay, and gets nothing.

Keys are tuples of fields whose shape has been checked (`Form.sid`): joined text could be cut at
another border, and a carrier's signature covers joined text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from voiceagent.domain.answered import RequestKey, Standing
from voiceagent.errors import Unavailable, VoiceAgentError
from voiceagent.ports.answered import AnswerMemory

POLL_S: Final = 0.05


class Replayed(Exception):
    """A copy that has no answer any more."""


async def answer_once(
    memory: AnswerMemory,
    key: RequestKey,
    make: Callable[[], Awaitable[str]],
    *,
    within_s: float,
    repeated: Callable[[], None] = lambda: None,
) -> str:
    """The answer to a request: `make`'s for the first copy, the same for all others.

    Args:
        memory: of all requests.
        key: of this one.
        make: does the work. When it raises, the request counts as not answered.
        within_s: how long a copy waits for the first.
        repeated: called when a copy gets the answer of the first.

    Raises:
        Replayed: the request is `Standing.OLD`.
        Unavailable: the memory is, or ``webhook.first_unanswered``; besides what `make` raises.
    """
    waited_s = 0.0
    while (known := await memory.begin(key)).standing is Standing.WORKING and waited_s < within_s:
        await asyncio.sleep(POLL_S)
        waited_s += POLL_S
    if known.standing in {Standing.WORKING, Standing.UNANSWERED}:
        raise Unavailable("webhook.first_unanswered", "The first copy has no answer.")
    if known.standing is Standing.OLD:
        raise Replayed
    if known.standing is Standing.ANSWERED:
        repeated()
        return known.answer
    try:
        answer = await make()
    except BaseException:
        await _tolerant(memory.forget(key))
        raise
    await _tolerant(memory.finish(key, answer))
    return answer


async def _tolerant(writing: Awaitable[None]) -> None:
    """What cannot be noted now costs copies their answer, and nobody else anything."""
    try:
        await writing
    except VoiceAgentError:
        return
