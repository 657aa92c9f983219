"""The tasks of one call: started together, ended together, and none of them dies unnoticed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from enum import StrEnum
from functools import partial
from typing import Any, Final

from loguru import logger

from voiceagent.core.supervisor import LIMITS, Timer
from voiceagent.toolkit.answers import ToolOutcome
from voiceagent.toolkit.context import Spawn

TEARDOWN_S: Final = LIMITS[Timer.TEARDOWN].after_s
"""How long after its line has closed anything of a call may run."""

ANSWERS_S: Final = 1.0
EFFECTS_S: Final = 2.0
WRITES_S: Final = 2.2
"""How long after that an answer under way, a side effect and the writes are waited for. Ports have
time-outs below these: what is not done by then hangs."""

PIPELINE_ENDS_S: Final = 0.4
"""How long pipecat waits for its own parts, which it tells to end one by one."""

ROUND_S: Final = 0.2
"""Whatever still hangs this long after it was told to end is told again."""

LETTING_GO_S: Final = 0.5
"""How long a caller who must be told that the call is broken waits for what else there is."""

Work = Coroutine[object, object, object]


class SessionTask(StrEnum):
    """The tasks of a call. When one dies, the call ends."""

    PIPELINE = "pipeline"
    RECORDER = "recorder"
    CONVERSATION = "conversation"
    LINE_REACTOR = "line_reactor"
    SILENCE_WATCH = "silence_watch"
    BUDGET_WATCH = "budget_watch"
    PREEMPTIVE_GENERATION = "preemptive_generation"
    PRIVACY = "privacy"
    """Ends when the call is private and a part of it works nowhere but elsewhere."""


MAY_RETURN: Final = frozenset({SessionTask.CONVERSATION, SessionTask.LINE_REACTOR})
"""Tasks whose work can be done before the call is over: a goodbye was said, the line has closed."""

KEPT_FOR_LAST_WORDS: Final = frozenset({SessionTask.PIPELINE, SessionTask.RECORDER})
"""Tasks that go on when another has died: the voice, and what writes down that it was heard."""


SIDE_EFFECT: Final = "side_effect"
"""What a tool does to the world, in a task of its own; it may outlast the others."""


class CallTasks:
    """The tasks of one call, in one TaskGroup. One that dies is noted, and breaks nothing else."""

    def __init__(self) -> None:
        self._tasks: dict[SessionTask, asyncio.Task[Exception | None]] = {}
        self._ending = False
        self._effects: set[asyncio.Task[ToolOutcome]] = set()
        self._closed_s = 0.0
        self.over = asyncio.Event()
        """Set when the call is over, because the line has closed or a task has died."""
        self.dead: str | None = None
        """The task that died first: a `SessionTask`, or `SIDE_EFFECT`."""

    def start(self, group: asyncio.TaskGroup, works: Mapping[SessionTask, Work]) -> None:
        """Start them all."""
        for name, work in works.items():
            task = group.create_task(_outcome(work), name=f"session.{name}")
            task.add_done_callback(partial(self._ended, name, work))
            self._tasks[name] = task

    def spawn_in(self, group: asyncio.TaskGroup) -> Spawn:
        """Starts side effects in a group that outlasts the call.

        One that dies, by whatever its tool did not account for, is the death of a task of the call.
        It breaks nothing else: to the group and to who waits for it, it was cancelled.
        """

        def spawn(work: Coroutine[None, None, ToolOutcome]) -> asyncio.Task[ToolOutcome]:
            effect = self._side_effect(work)
            try:
                task = group.create_task(effect, name=f"session.{SIDE_EFFECT}")
            except RuntimeError:  # the group takes no more
                effect.close()
                raise
            self._effects.add(task)
            task.add_done_callback(self._effects.discard)
            return task

        return spawn

    async def _side_effect(self, work: Coroutine[None, None, ToolOutcome]) -> ToolOutcome:
        try:
            return await work
        except asyncio.CancelledError:
            if not self._ending:
                self._died(SIDE_EFFECT, None)
            raise
        except Exception as error:
            self._died(SIDE_EFFECT, error)
            raise asyncio.CancelledError from error

    def runs(self, name: SessionTask) -> bool:
        """Whether a task is alive."""
        return name in self._tasks and not self._tasks[name].done()

    async def let_go(self) -> None:
        """End what acts on its own, and leave what is needed for last words. Waits a moment."""
        self._ending = True
        acting = [task for name, task in self._tasks.items() if name not in KEPT_FOR_LAST_WORDS]
        for task in acting:
            task.cancel()
        await asyncio.wait(acting, timeout=LETTING_GO_S)

    def line_closed(self) -> None:
        """The line has closed: from now on there is `TEARDOWN_S`."""
        self._closed_s = asyncio.get_running_loop().time()

    def until(self, after_s: float) -> asyncio.Timeout:
        """A block that lasts until so long after the line has closed."""
        return asyncio.timeout_at(self._closed_s + after_s)

    async def end(self) -> None:
        """End all; returns when they have ended. One that hangs is told again, and logged."""
        self._ending = True
        await _end(self._tasks.values())
        self._tasks.clear()  # they would keep what they ran, and that keeps the call

    async def end_effects(self) -> None:
        """Wait for what tools still do to the world, and end what does not come to an end.

        It may have been done all the same: that is asked of the store, by its key.
        """
        with suppress(TimeoutError):
            async with self.until(EFFECTS_S):
                while self._effects:
                    await asyncio.wait(self._effects)
        await _end(tuple(self._effects))

    def _ended(self, name: SessionTask, work: Work, task: asyncio.Task[Exception | None]) -> None:
        work.close()  # one that was cancelled before it had begun
        error = None if task.cancelled() or task.exception() else task.result()
        if error is None and not task.cancelled() and name in MAY_RETURN:
            return
        if not self._ending:
            self._died(name, error)
        elif error is not None:  # it was told to
            logger.opt(exception=error).debug("session.task_ended: {}", name)

    def _died(self, name: str, error: Exception | None) -> None:
        if self.dead is not None:  # it missed who died first
            if error is not None:
                logger.opt(exception=error).debug("session.task_ended: {}", name)
            return
        self.dead = name
        logger.opt(exception=error).error("session.task_died: {}", name)
        self.over.set()


async def _end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Tell tasks to end until they have; who does not listen at once is logged, once."""
    left, rounds = {task for task in tasks if not task.done()}, 0
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=ROUND_S)
        rounds += 1
        for task in left if rounds == 1 else ():
            name = task.get_name().removeprefix("session.")
            logger.warning("session.task_hangs: {}", name)


async def _outcome(work: Work) -> Exception | None:
    """Do the work; what it failed with, since an error must not end the group unheard."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - whatever it is, the call's end is in order
        return error
    return None
