"""Notices that a caller says nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from voiceagent.core.clock import Clock

SILENCE_PROMPT_S: Final = 7.0
"""The caller has said nothing for this long after the agent finished: prompt them."""


class SilenceWatch:
    """Prompts once for each silence that was waited for.

    Args:
        clock: of the call.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since_s: float | None = None

    @property
    def waiting(self) -> bool:
        """Whether it is the caller's turn to say something."""
        return self._since_s is not None

    def begin(self) -> None:
        """The agent has finished: silence counts from now."""
        self._since_s = self._clock.monotonic()

    def over(self) -> None:
        """Somebody has the floor."""
        self._since_s = None

    async def run(self, prompt: Callable[[], None]) -> None:
        """Watch until cancelled.

        It sleeps as long as no prompt can be due: silence that begins meanwhile is due later.

        Args:
            prompt: called when a silence has lasted `SILENCE_PROMPT_S`.
        """
        while True:
            now_s = self._clock.monotonic()
            since_s = self._since_s
            left_s = SILENCE_PROMPT_S if since_s is None else since_s + SILENCE_PROMPT_S - now_s
            if left_s <= 0.0:
                self._since_s = None
                prompt()
            else:
                await asyncio.sleep(left_s)
