"""What a run of the swarm measured, and how a caller's turn is judged."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from loadtest.bench.swarm_caller import REPLY_GAP_S

ANSWER_S: Final = 3.0
"""A turn without a reply for this long is unanswered; turns that end later are not counted."""

TALKING_S: Final = 0.1
VOID_SHARE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Stats:
    """What the serving process says about itself."""

    cpu_s: float
    rss_bytes: int
    tasks: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One run.

    Attributes:
        calls: callers.
        seconds: counted part of the run.
        cpu_ms_per_call_second: of the serving process.
        cores: CPU seconds per second of the serving process.
        rss_mb: of the serving process, at the end.
        rss_mb_per_call: growth from before the first call, by call.
        tasks: asyncio tasks of the serving process.
        v2v_ms: every counted turn: last sample of speech sent to first reply received.
        unanswered: counted turns without a reply within `ANSWER_S`.
        split: counted turns in which a reply began before the caller's speech was over.
        dropped: calls whose connection ended.
        frames: 20 ms frames received.
        late_frames: of these, those that came after the carrier's buffer had run dry in a reply.
        first_audio_ms: `start` to the first sound, for servers that greet.
        late_ticks: ticks of this process that were late.
        ticks: all of them.
    """

    calls: int
    seconds: float
    cpu_ms_per_call_second: float
    cores: float
    rss_mb: float
    rss_mb_per_call: float
    tasks: int
    v2v_ms: tuple[float, ...]
    unanswered: int
    split: int
    dropped: int
    frames: int
    late_frames: int
    first_audio_ms: tuple[float, ...]
    late_ticks: int
    ticks: int

    @classmethod
    def from_json(cls, text: str | bytes) -> Measured:
        """What `main` printed."""
        body = json.loads(text)
        for name in ("v2v_ms", "first_audio_ms"):
            body[name] = tuple(body[name])
        return cls(**body)

    @property
    def void(self) -> bool:
        """Whether the callers were too late to judge anybody."""
        return self.late_ticks > VOID_SHARE * self.ticks


async def read_stats(url: str) -> Stats:
    """The serving process's figures."""

    def read() -> Stats:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - a loopback URL
            body = json.load(answer)
        return Stats(body["cpu"], body["rss"], body["tasks"])

    return await asyncio.to_thread(read)


def judged(heard_s: Sequence[float], start_s: float, end_s: float) -> tuple[float | None, bool]:
    """A turn's voice-to-voice, ms, ``None`` without an answer; and whether a reply split it.

    Args:
        heard_s: when sound came.
        start_s: when the first sample of the turn's speech was sent.
        end_s: when the last one was.
    """
    split = _begins(heard_s, start_s, end_s)
    reply_s = next((at for at in heard_s if at > end_s - TALKING_S), None)
    if reply_s is None or reply_s - end_s > ANSWER_S:
        return None, split
    return round((reply_s - end_s) * 1000.0, 1), split


def _begins(heard_s: Sequence[float], start_s: float, end_s: float) -> bool:
    """Whether a reply began while the caller was speaking: sound, after none for a while."""
    previous_s = float("-inf")
    for at_s in heard_s:
        if start_s + TALKING_S < at_s < end_s and at_s - previous_s > REPLY_GAP_S:
            return True
        previous_s = at_s
    return False
