"""Who takes the bench's calls: the engine's session and cascade, with stub services behind them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from loguru import logger

from loadtest.bench.server.services import Services
from loadtest.bench.stubs import Delays
from pipelines.budget_watch import BudgetParts
from pipelines.call_counts import call_counts
from pipelines.cascade import Cascade
from pipelines.line_events import LineEvents
from pipelines.session import VoiceSession
from telephony.twilio.socket import CallAccepted
from voiceagent.app.ops.garbage import GarbageRounds
from voiceagent.core.clock import SystemClock
from voiceagent.core.wire import CarrierEvents
from voiceagent.dialogue.completeness import completeness
from voiceagent.dialogue.recorder import Recorder
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Completeness, Expecting
from voiceagent.domain.outcomes import Evidence, decide
from voiceagent.domain.records import CallId, CallStart, Outcome, Turn
from voiceagent.media.line import Line
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.ports.calls import Calls, Swept
from voiceagent.ports.meter import CallMeter

LINES: Final = 1000


class TurnPolicy(StrEnum):
    """What may end a turn beside plain patience.

    WORDS: the transcript so far, as shipped, without the turn model · VOICE: the turn model too,
    where words do not decide · MODEL: the turn model alone, for callers who do not say what the
    stub recogniser hears · PATIENCE: nothing.
    """

    WORDS = "words"
    VOICE = "voice"
    MODEL = "model"
    PATIENCE = "patience"


class _NoCalls:
    """`Calls` that keeps nothing: the bench has no database."""

    async def open(self, call: CallStart) -> CallId:
        """The id given."""
        return call.call_id

    async def close(self, call_id: CallId, evidence: Evidence) -> Outcome:  # noqa: ARG002 - a port
        """Forgotten."""
        return decide(evidence)

    async def outcome(self, call_id: CallId) -> Outcome | None:  # noqa: ARG002 - a port
        """None is known."""
        return None

    async def add_turn(self, turn: Turn) -> None:
        """Forgotten."""

    async def turn_count(self, call_id: CallId) -> int:  # noqa: ARG002 - a port
        """None is stored."""
        return 0

    async def add_event(self, call_id: CallId, kind: str, detail: str = "") -> None:
        """Forgotten."""

    async def sweep(self, live: Sequence[CallId]) -> Swept:  # noqa: ARG002 - a port
        """There is nothing to close."""
        return Swept()

    async def beat(self) -> bool:
        """Nobody else is there."""
        return False


class NoStore:
    """A store that keeps nothing."""

    def __init__(self) -> None:
        self.calls: Calls = _NoCalls()


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """What is measured.

    `policy`: how turns end · `delays`: of the stubs · `ahead`: whether answers are made ahead ·
    `lines`: calls at one time · `providers`: address of a stub provider
    (`loadtest.bench.baselines.provider`), empty for stubs inside the process.
    """

    policy: TurnPolicy = TurnPolicy.WORDS
    delays: Delays = field(default_factory=Delays)
    ahead: bool = True
    lines: int = LINES
    providers: str = ""


@dataclass(frozen=True, slots=True)
class BenchParts:
    """What all calls of the bench share."""

    business: Business
    clock: SystemClock
    scheduler: FrameScheduler
    options: BenchOptions
    budget: BudgetParts
    services: Services
    meter: CallMeter


class BenchCallManager:
    """Serves calls with stub services.

    Args:
        parts: shared by all calls.
        tasks: each call is one task in it.
    """

    def __init__(self, parts: BenchParts, tasks: asyncio.TaskGroup) -> None:
        self._parts = parts
        self._tasks = tasks
        self._store = NoStore()
        self._live: set[Line] = set()
        self._garbage = GarbageRounds()

    @property
    def live(self) -> int:
        """Calls being served now."""
        return len(self._live)

    async def accept(self, accepted: CallAccepted) -> CarrierEvents:
        """Open a call.

        Raises:
            Unavailable: all lines are taken.
        """
        parts = self._parts
        events = LineEvents()
        line = parts.scheduler.add(accepted.link, events)
        session = VoiceSession(
            CallId(str(uuid.uuid4())),
            self._store,
            parts.clock,
            Recorder(),
            line,
            events,
            judge=self._judge,
            budget=parts.budget,
        )
        self._live.add(line)
        self._tasks.create_task(self._serve(session, line))
        return line

    def _judge(self, text: str, expecting: Expecting) -> Completeness:
        if self._parts.options.policy in (TurnPolicy.MODEL, TurnPolicy.PATIENCE):
            return Completeness.UNKNOWN
        return completeness(text, expecting, self._parts.business)

    async def _serve(self, session: VoiceSession, line: Line) -> None:
        stt, tts, answering = self._parts.services(session)
        cascade = Cascade(session, line, stt, tts)
        try:
            await session.run(answering, cascade.run(), cascade.ask_partial, resumed=False)
        except Exception:  # noqa: BLE001 - one call's defect must not end the others
            logger.exception("bench.call_failed")
        finally:
            self._parts.meter.left(call_counts(session, cascade))
            line.close()
            self._live.discard(line)
            self._garbage.call_ended(len(self._live))

    def close(self) -> None:
        """End all calls."""
        for line in list(self._live):
            line.close()
