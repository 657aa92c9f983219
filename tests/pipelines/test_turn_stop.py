"""When a caller's turn is committed: its final words, or the end of the recogniser's time."""

from __future__ import annotations

import asyncio

import pytest
from pipecat.frames.frames import (
    Frame,
    STTMetadataFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.turns.user_stop import BaseUserTurnStopStrategy
from pipecat.utils.asyncio.task_manager import TaskManager

from pipelines.turn_stop import FinalTranscriptStop
from tests.support.virtual_time import run

DEADLINE_S = 6.0
NEEDS_S = 1.0
STARTS, STOPS = VADUserStartedSpeakingFrame(), VADUserStoppedSpeakingFrame()


def words(text: str, *, final: bool = False) -> TranscriptionFrame:
    frame = TranscriptionFrame(text, "caller", "2025-08-29T00:00:00Z")
    frame.finalized = final
    return frame


async def committed_s(timeline: list[tuple[float, Frame]], until_s: float) -> list[float]:
    """When the turn was committed, of frames that come at their times."""
    loop = asyncio.get_running_loop()
    found: list[float] = []
    strategy = FinalTranscriptStop(
        deadline_s=DEADLINE_S, on_partial=lambda _: None, on_ending=lambda _: None
    )
    tasks = TaskManager()
    await super(BaseUserTurnStopStrategy, strategy).setup(tasks)

    async def stopped(*_: object) -> None:
        found.append(loop.time())
        await strategy.handle_user_turn_stopped()

    strategy.add_event_handler("on_user_turn_stopped", stopped)
    await strategy.process_frame(STTMetadataFrame(service_name="stt", ttfs_p99_latency=NEEDS_S))
    for at_s, frame in timeline:
        await asyncio.sleep(at_s - loop.time())
        await strategy.process_frame(frame)
    await asyncio.sleep(until_s - loop.time())
    return found


@pytest.mark.parametrize(
    ("timeline", "committed"),
    [
        ([(0, STARTS), (1, STOPS), (1.2, words("yes", final=True))], [1.2]),
        ([(0, STARTS), (0.9, words("yes")), (1, STOPS)], [1 + NEEDS_S]),
        ([(0, STARTS), (1, STOPS)], [1 + DEADLINE_S]),
        ([(0, STARTS), (1, STOPS), (3, STARTS), (6.5, STOPS)], [6.5 + DEADLINE_S]),
        (
            [(0, STARTS), (1, STOPS), (3, STARTS), (6.5, STOPS), (7.4, words("no", final=True))],
            [7.4],
        ),
        (
            [(0, STARTS), (0.9, words("no")), (1, STOPS), (1.5, STARTS), (1.8, STOPS)],
            [1.8 + NEEDS_S],
        ),
    ],
    ids=["final words", "words", "nothing", "nothing, twice", "late, twice", "words, twice"],
)
def test_each_silence_has_its_time_to_itself(
    timeline: list[tuple[float, Frame]], committed: list[float]
) -> None:
    assert run(committed_s(timeline, 20.0)) == pytest.approx(committed)
