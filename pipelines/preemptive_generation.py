"""Answers ahead: makes a call's next answer while the caller's turn is only probably over.

When words or voice foresee the end of a turn, the dialogue is asked what it would say to the words
so far, without doing anything for it; the first sentence is synthesised and withheld by the line.
If the turn then ends with those words and the dialogue says that sentence, it is there at once. If
the caller goes on, nobody has heard anything of it.

One small task a call. It decides when (`core.budget.preemptive_generation` says how often); the
floor keeps the sound.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from loguru import logger

from pipelines.floor import Floor
from pipelines.replies import Reply
from pipelines.reply_source import sentences
from voiceagent.core.budget.preemptive_generation import (
    ModelCalls,
    PreemptiveCounter,
    PreemptiveResult,
    TurnProgress,
)
from voiceagent.language.en_us.matching import words

Preview = Callable[[str], Awaitable[str]]
"""What the dialogue would say first to a caller's words; empty when that cannot be known."""

Hedge = Callable[[], bool]
"""Has the dialogue ask its model twice for what is previewed next; False when it has none."""


class PreemptiveGeneration:
    """The guesses of one call.

    Args:
        floor: keeps the sound.
        calls: what may be spent.
        counter: told how each guess ended.
        allowed: whether to guess at all.
    """

    def __init__(
        self, floor: Floor, calls: ModelCalls, counter: PreemptiveCounter, *, allowed: bool = True
    ) -> None:
        self._allowed = allowed
        self._floor = floor
        self._calls = calls
        self._counter = counter
        self._text = ""
        self._confirmed = False
        self._changed = asyncio.Event()
        self._making: asyncio.Timeout | None = None

    def prepare(self, text: str, progress: TurnProgress) -> None:
        """The caller's turn is probably over, with these words; they replace those before."""
        worthwhile = self._allowed and progress is not TurnProgress.SPOKEN
        if not worthwhile or not text or text == self._text:
            return
        if not self._calls.take_for(progress):
            self._counter.preempted(PreemptiveResult.NO_BUDGET)
            return
        self._void()
        self._text = text
        self._changed.set()

    async def forget(self) -> None:
        """The caller goes on, or nobody waits for an answer any more."""
        self._void()
        await self._floor.forget()

    def committed(self, text: str, *, alone: bool) -> None:
        """The caller's turn is final; what was made for other words will not be taken.

        Args:
            text: its words.
            alone: they are answered by themselves, not together with the turn before.
        """
        self._calls.turn()
        if alone and self._text and words(self._text) == words(text):
            self._confirmed = True
            self._calls.give_back()  # it is the call that the turn needs
        else:
            self._void()

    def taken(self) -> bool:
        """Whether the answer to the turn just committed was made ahead; asked once, as it begins.

        Sound that is not under way by then is not made ahead any more.
        """
        confirmed, self._confirmed, self._text = self._confirmed, False, ""
        if confirmed and not self._floor.preparing:
            self._counter.preempted(PreemptiveResult.HEAD_START)
        return confirmed

    async def said(self, reply: Reply, sentence: str) -> Reply | None:
        """The dialogue says the first sentence of a reply that was made ahead.

        Returns:
            The reply to say it in, if it is not the sentence that was made; ``None`` when it is,
            and is said.
        """
        if await self._floor.grant(reply, sentence):
            self._counter.preempted(PreemptiveResult.USED)
            return None
        self._counter.preempted(PreemptiveResult.OTHER_ANSWER)
        return await self._floor.instead(reply)

    def _void(self) -> None:
        if self._text:
            self._counter.preempted(PreemptiveResult.DROPPED)
            if self._making is not None:
                self._making.reschedule(asyncio.get_running_loop().time())
        self._text, self._confirmed = "", False

    def _hedge(self, hedge: Hedge) -> None:
        """Have the model asked twice where calls were saved up: the first to begin is taken."""
        if self._calls.plenty and self._calls.take() and not hedge():
            self._calls.give_back()

    async def run(self, preview: Preview, hedge: Hedge) -> None:
        """Make answers ahead until cancelled; one that fails is one that was not made."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            text = self._text
            self._hedge(hedge)
            try:
                async with asyncio.timeout(None) as self._making:
                    answer = sentences(await preview(text))
            except TimeoutError:  # it is of no use any more: see `_void`
                continue
            except Exception:  # noqa: BLE001 - a guess must never be worse than waiting
                logger.exception("ahead.failed")
                continue
            finally:
                self._making = None
            if answer and text == self._text:
                await self._floor.prepare(answer[0])
