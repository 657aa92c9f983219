"""What carries a call's speech, seen from the session and the call manager.

A pipeline stands between two things that the session owns. `session.input` gives it what the line
hears: voice started, sound, voice finished. `session.brain` gives it what the agent does: a reply
begins (`ReplyStartFrame`), a sentence is to be spoken (`AggregatedTextFrame`, passed on with
`will_be_spoken` before its sound), the reply ends, or it is cut off
(`ReplyCutFrame`, and nothing more may be said for replies up to its number). The pipeline gives
back three things: sound for the line and words for the ledger (`LineOutput` does both), the words
of the caller's turn (`session.turns`: `partial`, and once `committed`, `empty` or `lost`), and,
when its model answers by itself, who that is (`answering`).

`Cascade` recognises, lets the conversation answer, and speaks. A speech-to-speech model does all in
one; the line, barge-in, what was heard, the card gate and the record stay the session's in both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from pipecat.pipeline.worker import PipelineWorker
from pipecat.workers.runner import WorkerRunner

from pipelines.break_cycles import break_cycles
from pipelines.session import PIPELINE_ENDS_S, Answering, ControlledLine, VoiceSession
from pipelines.transport import StrayCounts
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.toolbox import Toolbox


class Pipeline(Protocol):
    """The pipeline of one call."""

    @property
    def ask_partial(self) -> Callable[[], Awaitable[None]] | None:
        """Asks for the words so far, called in every pause; ``None`` when they come unasked."""
        ...

    @property
    def answering(self) -> Answering | None:
        """Who answers in place of the conversation; ``None`` when the conversation does."""
        ...

    @property
    def strays(self) -> StrayCounts:
        """What came too late to count: of interruptions, and of speech."""
        ...

    async def run(self) -> None:
        """Run until cancelled; then all it started ends within `PIPELINE_ENDS_S`."""
        ...


@dataclass(frozen=True, slots=True)
class CallSeat:
    """Where a call's pipeline sits: its session and line, and how it may ask for tools."""

    session: VoiceSession
    line: ControlledLine
    toolbox: Toolbox
    context: ToolContext


async def run_worker(worker: PipelineWorker, *parts: object) -> None:
    """Run a pipecat pipeline until cancelled; one that will not end is left behind.

    Args:
        worker: the pipeline's.
        parts: what else of it holds references in circles.
    """
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    try:
        await runner.run()
    except asyncio.CancelledError:
        with suppress(TimeoutError):
            async with asyncio.timeout(PIPELINE_ENDS_S):
                await runner.cancel()
        raise
    finally:
        if not runner.task_manager.current_tasks():
            break_cycles(runner, worker, *parts)
