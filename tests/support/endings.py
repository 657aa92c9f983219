"""Any end of a call with any of its parts stuck, in virtual time (goal R4).

One call on a worker's real parts: call manager, voice lines, frame scheduler, session, pipecat
pipeline and tools; recognition, voice, dialogue, store and carrier are scripted, and one of them is
*stuck*: it never answers, and does not let go when it is told to for the first time, as hung
services do. Then the call ends in one of twelve ways. What counts is how long after that its place
is free, its tasks are gone and its row is closed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, cast

from pipecat.frames.frames import Frame

from pipelines.cascade import Cascade
from pipelines.parts import SpeechParts
from pipelines.pipeline import CallSeat
from telephony.contract import IncomingCall
from telephony.twilio.socket import CallAccepted
from tests.media.voice_by_level import VoiceByLevel
from tests.pipelines.rig import ScriptedSTT, ScriptedTTS
from tests.pipelines.scripted import ScriptedPolicy
from tests.support.act_model import ACT_MODEL
from tests.support.rooms import coolcare
from tests.support.virtual_time import LoopClock, run
from voiceagent.app.calls.manager import CallManager
from voiceagent.app.calls.voice import VoiceLine, VoiceLines
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.core.wire import LineEnd, TurnDecider, TurnEnd
from voiceagent.dialogue.acts import CallTool, DialogueAct, Say, Step
from voiceagent.dialogue.contact import Contacts
from voiceagent.dialogue.factory import HousePolicy
from voiceagent.dialogue.port import Heard, WordsHeard
from voiceagent.domain.records import Outcome
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.store.memory import MemoryStore
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.spec import SideEffects, tool
from voiceagent.toolkit.toolbox import Toolbox

FREED_S: Final = 3.0
"""The goal."""

PLACES: Final = 4
START: Final = datetime(2025, 8, 29, 14, tzinfo=UTC)
SID: Final = "CA" + "7" * 32
CALLER: Final = "+15551230000"
SILENT: Final = b"\xff" * 160
MOST_S: Final = 40.0
"""How long an end is waited for before it counts as none."""


class EndCause(StrEnum):
    """How a call ends."""

    CALLER = "caller hangs up"
    TOLD_FIRST = "carrier says so first"
    GOODBYE = "goodbye was heard"
    MEDIA_GAP = "sound stops coming"
    TOO_LONG = "call is too long"
    LINK = "socket breaks"
    NEWER_STREAM = "newer stream"
    PIPELINE = "pipeline dies"
    CONVERSATION = "conversation dies"
    REACTOR = "line reactor dies"
    HANDED_OVER = "handed over"
    STOPPED = "server is stopped"


class StuckPart(StrEnum):
    """What never answers."""

    RECOGNISER = "recogniser"
    DIALOGUE = "dialogue"
    VOICE = "voice"
    TOOL = "tool"
    SIDE_EFFECT = "side effect"
    WRITES = "writes of turns"
    PIPELINE = "pipeline"
    CARRIER = "carrier's REST"


DEATHS: Final = {
    EndCause.PIPELINE: "session.pipeline",
    EndCause.CONVERSATION: "session.conversation",
    EndCause.REACTOR: "session.line_reactor",
}


async def never() -> None:
    """Does not end, and does not let go when it is told to for the first time."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.Event().wait()


class _Nothing(Result):
    message: str = ""


class _None(Arguments):
    pass


@tool(budget_s=2.0, filler="")
async def looks(args: _None, ctx: ToolContext) -> _Nothing:
    """Look something up, for ever."""
    del args, ctx
    await never()
    return _Nothing()


@tool(budget_s=2.0, filler="", side_effects=SideEffects.CHANGES)
async def changes(args: _None, ctx: ToolContext) -> _Nothing:
    """Change something, for ever."""
    del args, ctx
    await never()
    return _Nothing()


class _DeafSTT(ScriptedSTT):
    async def _handle_vad_user_stopped_speaking(self, frame: Any) -> None:
        del frame
        await never()


class _MuteTTS(ScriptedTTS):
    def __init__(self) -> None:
        super().__init__()
        self.stuck = False

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        if self.stuck:
            await never()
        async for frame in super().run_tts(text, context_id):
            yield frame


class _HungDialogue(ScriptedPolicy):
    async def hear(self, heard: Heard) -> AsyncIterator[DialogueAct]:
        if isinstance(heard, WordsHeard):
            await never()
        async for act in super().hear(heard):
            yield act


class _Calls:
    """The store's calls, whose turns are never written once they are stuck."""

    def __init__(self, calls: Any) -> None:
        self._calls = calls
        self.stuck = False

    def __getattr__(self, name: str) -> Any:
        if self.stuck and name in {"add_turn", "add_event"}:
            return lambda *_: never()
        return getattr(self._calls, name)


class _Carrier:
    """`CallControl` that moves calls, or never answers."""

    def __init__(self) -> None:
        self.stuck = False

    async def hang_up(self, call_sid: str) -> None:
        raise AssertionError(call_sid)

    async def transfer(self, call_sid: str, *, to_number: str, whisper: str) -> bool:
        del call_sid, to_number, whisper
        if self.stuck:
            await never()
        return True


class _Link:
    """`CarrierLink` that plays what it gets at once, and may break."""

    def __init__(self) -> None:
        self.broken = False
        self.marks: list[str] = []
        self.closed = False

    def send_audio(self, mulaw: bytes, mark: str = "") -> None:
        del mulaw
        if self.broken:
            raise ConnectionResetError
        if mark:
            self.marks.append(mark)

    def send_mark(self, name: str) -> None:
        self.marks.append(name)

    def send_clear(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


@dataclass(frozen=True, slots=True)
class Ending:
    """How it went, in seconds after the line closed, ``None`` for never.

    Attributes:
        closed_s: from the cause to the line's end.
        place_s: until its place was free.
        tasks_s: until nothing of it ran any more.
        row_s: until its row had an outcome.
        outcome: that outcome.
    """

    cause: EndCause
    part: StuckPart
    closed_s: float | None
    place_s: float | None
    tasks_s: float | None
    row_s: float | None
    outcome: Outcome | None

    @property
    def freed_s(self) -> float:
        """The last of it; infinite for never."""
        times = (self.closed_s, self.place_s, self.tasks_s, self.row_s)
        return max(float("inf") if one is None else one for one in times[1:])

    @property
    def held(self) -> bool:
        """Whether it met the goal."""
        return self.freed_s <= FREED_S


class CallUnderTest:
    """A worker with one call, of which a part can be stuck."""

    def __init__(self, tasks: asyncio.TaskGroup, part: StuckPart) -> None:
        self.part, self.tasks = part, tasks
        self.clock = LoopClock(START)
        self.store = MemoryStore(self.clock)
        self.calls = _Calls(self.store.calls)
        self.store.calls = cast("Any", self.calls)
        self.carrier = _Carrier()
        self.tuning = Tuning(call_s=6.0)
        self.scheduler = FrameScheduler(self.clock, VoiceByLevel(PLACES), None, self.tuning)
        self.voices: list[_MuteTTS] = []
        steps: dict[str, Step] = {
            "greet": (Say("Hello and welcome."),),
            "hear look": (CallTool("looks", {}),),
            "hear change": (CallTool("changes", {}),),
            "hear hello": (Say("Hello yourself, and how can I help you today."),),
        }
        dialogue = _HungDialogue if part is StuckPart.DIALOGUE else ScriptedPolicy
        toolbox = Toolbox((looks, changes))
        speech = SpeechParts({}, self._pipeline, lambda *_, **__: cast("Any", dialogue(steps)))
        self.lines = VoiceLines(
            business=coolcare(),
            clock=self.clock,
            store=self.store,
            scheduler=self.scheduler,
            speech=speech,
            contacts=Contacts(
                coolcare(),
                self.clock,
                self.store,
                toolbox,
                cast("Any", self.carrier),
                HousePolicy(ACT_MODEL),
            ),
            returning=_returning,
        )
        self.manager = CallManager(
            business=coolcare(),
            clock=self.clock,
            store=self.store,
            call_control=cast("Any", self.carrier),
            lines=self.lines,
            tasks=tasks,
        )
        self.silent = False

    def _pipeline(self, seat: CallSeat) -> Cascade:
        words = {StuckPart.TOOL: "look", StuckPart.SIDE_EFFECT: "change"}.get(self.part, "hello")
        stt = _DeafSTT if self.part is StuckPart.RECOGNISER else ScriptedSTT
        self.voices.append(_MuteTTS())
        cascade = Cascade(seat.session, seat.line, stt(deque([words] * 9)), self.voices[-1])
        if self.part is StuckPart.PIPELINE:
            work = cascade.run

            async def hangs() -> None:
                try:
                    await work()
                finally:
                    await asyncio.Event().wait()

            cast("Any", cascade).run = hangs
        return cascade

    async def connects(self) -> tuple[VoiceLine, _Link]:
        """A stream of the call is let in."""
        link = _Link()
        accepted = CallAccepted(
            IncomingCall(SID, CALLER, coolcare().phone), "MZ1", cast("Any", link)
        )
        events = await self.manager.accept(accepted)
        self.tasks.create_task(self._feeds(events, link))
        served = cast("Any", self.manager)._book.find(SID).served
        return cast("VoiceLine", served), link

    async def _feeds(self, events: Any, link: _Link) -> None:
        """The carrier's sound and marks, as long as the line is there."""
        stamp = 0
        while not link.closed:
            if not self.silent:
                events.on_audio(SILENT, timestamp_ms=stamp, chunk=None)
            stamp += 20
            await asyncio.sleep(0.02)
            marks, link.marks = link.marks, []
            for name in marks:
                events.on_mark(name)

    def speaks(self, served: VoiceLine) -> None:
        """The caller says something that leads to the part that is stuck."""
        events, now_s = cast("Any", served)._session.events, self.clock.monotonic()
        events.caller_started(now_s)
        events.caller_audio(bytes(960))
        events.caller_finished(TurnEnd(now_s - 1, now_s, now_s, TurnDecider.TRANSCRIPT))

    @property
    def session_tasks(self) -> list[asyncio.Task[Any]]:
        """What runs for the call."""
        return [one for one in asyncio.all_tasks() if one.get_name().startswith("session.")]

    @property
    def outcome(self) -> Outcome | None:
        """Of its row."""
        return next(iter(self.store.kept.calls.values())).outcome


async def _returning(_: object) -> str:
    return ""


async def _cause(here: CallUnderTest, served: VoiceLine, link: _Link, cause: EndCause) -> None:  # noqa: C901 - one branch a cause
    """Bring the end about; what the carrier says of it comes a moment later."""
    line = cast("Any", served)._line
    match cause:
        case EndCause.CALLER:
            line.on_closed(LineEnd.CALLER)
        case EndCause.TOLD_FIRST:
            here.manager.call_settled(SID)
            await asyncio.sleep(0.1)
            line.on_closed(LineEnd.CALLER)
        case EndCause.GOODBYE:
            line.close(LineEnd.AGENT)
        case EndCause.MEDIA_GAP:
            here.silent = True
        case EndCause.TOO_LONG:
            pass  # it is by now
        case EndCause.LINK:
            link.broken = True
            line.say(99, bytes(16000))
        case EndCause.NEWER_STREAM:
            await here.connects()
        case EndCause.PIPELINE | EndCause.CONVERSATION | EndCause.REACTOR:
            (task,) = (one for one in here.session_tasks if one.get_name() == DEATHS[cause])
            while not task.done():
                task.cancel()
                await asyncio.sleep(0.1)
        case EndCause.HANDED_OVER:
            here.manager.hand_over(SID)
        case EndCause.STOPPED:
            at_once = asyncio.Event()
            at_once.set()
            drain = here.manager.drain(0.0, at_once=at_once, announced=lambda: 0)
            here.tasks.create_task(drain)


async def _until(true: Callable[[], bool], within_s: float) -> float | None:
    """How long it took; ``None`` for longer."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    while not true():
        if loop.time() - began_s > within_s:
            return None
        await asyncio.sleep(0.02)
    return loop.time() - began_s


async def _played(cause: EndCause, part: StuckPart) -> Ending:
    async with asyncio.TaskGroup() as tasks:
        here = CallUnderTest(tasks, part)
        ticking = tasks.create_task(here.scheduler.run())
        served, link = await here.connects()
        await asyncio.sleep(1.0)
        here.calls.stuck = part is StuckPart.WRITES
        here.carrier.stuck = part is StuckPart.CARRIER
        here.voices[0].stuck = part is StuckPart.VOICE
        here.speaks(served)
        await asyncio.sleep(0.4)
        mine = here.session_tasks
        bringing = tasks.create_task(_cause(here, served, link, cause))
        closed_s = await _until(lambda: served.end is not None, MOST_S)
        began_s = asyncio.get_running_loop().time()
        tasks.create_task(_settled(here))
        newer = cause is EndCause.NEWER_STREAM
        free = PLACES - newer
        place_s = await _until(lambda: here.scheduler.free_slots >= free, MOST_S)
        gone = await _until(lambda: all(task.done() for task in mine), MOST_S)
        tasks_s = None if gone is None else asyncio.get_running_loop().time() - began_s
        row_s: float | None = 0.0
        if not newer:
            await _until(lambda: here.outcome is not None, MOST_S)
            row_s = asyncio.get_running_loop().time() - began_s if here.outcome else None
        ending = Ending(cause, part, closed_s, place_s, tasks_s, row_s, here.outcome)
        ticking.cancel()
        bringing.cancel()
        while others := asyncio.all_tasks() - {cast("Any", asyncio.current_task())}:
            for task in others:  # what is stuck lets go when it is told again
                task.cancel()
            await asyncio.sleep(0.1)
    return ending


async def _settled(here: CallUnderTest) -> None:
    await asyncio.sleep(0.2)
    here.manager.call_settled(SID)


def played(cause: EndCause, part: StuckPart) -> Ending:
    """One end of one call, on an event loop of its own."""
    return run(_played(cause, part))
