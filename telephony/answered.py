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
from dataclasses import dataclass
from typing import Final

from voiceagent.core.clock import Clock
from voiceagent.domain.answered import KEPT_S, WORKING_S, Known, RequestKey, Standing
from voiceagent.errors import Unavailable, VoiceAgentError
from voiceagent.ports import AnswerMemory

POLL_S: Final = 0.05


class Replayed(Exception):
    """A copy that has no answer any more."""


async def answer_once(
    memory: AnswerMemory, key: RequestKey, make: Callable[[], Awaitable[str]], *, within_s: float
) -> str:
    """The answer to a request: `make`'s for the first copy, the same for all others.

    Args:
        memory: of all requests.
        key: of this one.
        make: does the work. When it raises, the request counts as not answered.
        within_s: how long a copy waits for the first.

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


@dataclass(slots=True)
class _Entry:
    began_s: float
    answer: str | None = None


class AnswersInMemory:
    """An `AnswerMemory` of this process: for tests and benches.

    Args:
        clock: ages what is known.
        most: requests remembered; the oldest is forgotten first.
    """

    def __init__(self, clock: Clock, *, most: int = 10_000) -> None:
        self._clock = clock
        self._most = most
        self._entries: dict[RequestKey, _Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    async def begin(self, key: RequestKey) -> Known:
        """See `AnswerMemory`."""
        now_s = self._clock.monotonic()
        entry = self._entries.get(key)
        if entry is None:
            while len(self._entries) >= self._most:
                del self._entries[next(iter(self._entries))]
            self._entries[key] = _Entry(now_s)
            return Known(Standing.FIRST)
        age_s = now_s - entry.began_s
        if entry.answer is None:
            return Known(Standing.WORKING if age_s < WORKING_S else Standing.UNANSWERED)
        return Known(Standing.ANSWERED, entry.answer) if age_s < KEPT_S else Known(Standing.OLD)

    async def finish(self, key: RequestKey, answer: str) -> None:
        """See `AnswerMemory`."""
        if (entry := self._entries.get(key)) is not None:
            entry.answer = answer

    async def forget(self, key: RequestKey) -> None:
        """See `AnswerMemory`."""
        self._entries.pop(key, None)
