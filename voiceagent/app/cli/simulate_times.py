"""How long the policy thinks about a caller's turn, measured where it is asked."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from statistics import quantiles
from typing import Final

from voiceagent.dialogue.acts import DialogueAct
from voiceagent.dialogue.factory import MakeDialogue
from voiceagent.dialogue.port import Dialogue, Heard, WordsHeard
from voiceagent.dialogue.wrapped import WrappedDialogue

_FEWEST: Final = 100
"""Turns from which a 99th percentile says something."""


class ThinkingTimes:
    """Times of all turns of a run, in milliseconds of this process's processor."""

    def __init__(self) -> None:
        self.turns_ms: list[float] = []

    def timed(self, make: MakeDialogue) -> MakeDialogue:
        """Dialogues of that make whose turns are timed."""
        return lambda of: _TimedDialogue(make(of), self.turns_ms)

    @property
    def percentiles_ms(self) -> dict[str, float]:
        """Median, 99th percentile and the longest; empty where there were too few turns."""
        if len(self.turns_ms) < _FEWEST:
            return {}
        cuts = quantiles(self.turns_ms, n=100)
        named = {"p50": cuts[49], "p99": cuts[98], "max": max(self.turns_ms)}
        return {name: round(value, 1) for name, value in named.items()}

    def __str__(self) -> str:
        told = ", ".join(f"{name} {value:g} ms" for name, value in self.percentiles_ms.items())
        return f"the policy's time for a turn: {told} ({len(self.turns_ms)} turns)"


class _TimedDialogue(WrappedDialogue):
    """A dialogue whose answers to words are timed."""

    def __init__(self, dialogue: Dialogue, turns_ms: list[float]) -> None:
        super().__init__(dialogue)
        self._turns_ms = turns_ms

    async def hear(self, heard: Heard) -> AsyncIterator[DialogueAct]:
        """See `port.Dialogue`."""
        began = time.process_time()
        acts = [act async for act in self._inner.hear(heard)]
        if isinstance(heard, WordsHeard):
            self._turns_ms.append((time.process_time() - began) * 1000)
        for act in acts:
            yield act
