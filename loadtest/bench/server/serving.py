"""The bench server: the real engine between stub services, for measuring it from the wire.

Carrier socket, frame scheduler, turn-taking, session and pipecat pipeline are those that serve
calls. Recognition, model and speech are stubs (`loadtest.bench.server.services`); there is no
database, no business logic and no webhook, and any `start` is believed. It listens on loopback
only. Composition-level: the one room of the load rig that may import the engine.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from aiohttp import ClientSession, TCPConnector, web
from loguru import logger
from prometheus_client import CollectorRegistry

from loadtest.bench.server.services import Services, socket_services, stub_services
from loadtest.bench.server.socket_stubs import SocketModel
from loadtest.bench.server.stub_model import RESCUES, Model, StubModel, figures
from loadtest.bench.stubs import Delays
from pipelines.budget_watch import BudgetParts
from pipelines.cascade import Cascade
from pipelines.recorder import Recorder
from pipelines.session import VoiceSession
from telephony.calls import IncomingCall
from telephony.twilio_handshake import Tokens
from telephony.twilio_socket import CallAccepted, MediaSocket
from voiceagent.business import Business
from voiceagent.core.clock import SystemClock
from voiceagent.core.expecting import Completeness, Expecting
from voiceagent.core.patience import Tuning
from voiceagent.core.wire import CarrierEvents
from voiceagent.dialog.completeness import completeness
from voiceagent.domain.outcomes import Evidence, decide
from voiceagent.domain.records import CallId, CallStart, Outcome, Turn
from voiceagent.errors import Unavailable
from voiceagent.media.gist import Gist
from voiceagent.media.line import Line
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.media.silero import BatchedVad
from voiceagent.media.smart_turn import SmartTurn, TurnModel, TurnModelThread
from voiceagent.ops.garbage import GarbageRounds, collect_young, settle_garbage
from voiceagent.ops.processes import asked_to_stop
from voiceagent.ops.watch import BudgetCounter, EdgeWatch, Figures
from voiceagent.ports.calls import Calls
from voiceagent.web.health import add_health

HOST: Final = "127.0.0.1"
ACCOUNT_SID: Final = "AC" + "0" * 32
LINES: Final = 1000

MEDIA_GAP_S: Final = 60.0
"""A load generator may open hundreds of calls before it sends the first frame of any; a carrier
does not. The only number of `Tuning` that differs from those that calls are served with."""


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

    async def sweep(self, live: Sequence[CallId]) -> int:  # noqa: ARG002 - a port
        """There is nothing to close."""
        return 0


class _NoStore:
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


class BenchDesk:
    """Serves calls with stub services.

    Args:
        parts: shared by all calls.
        tasks: each call is one task in it.
    """

    def __init__(self, parts: BenchParts, tasks: asyncio.TaskGroup) -> None:
        self._parts = parts
        self._tasks = tasks
        self._store = _NoStore()
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
        session = VoiceSession(
            CallId(str(uuid.uuid4())),
            self._store,
            parts.clock,
            Recorder(),
            judge=self._judge,
            budget=parts.budget,
        )
        line = parts.scheduler.add(accepted.link, session.events)
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
            await session.run(line, answering, cascade.run(), cascade.ask_partial, resumed=False)
        except Exception:  # noqa: BLE001 - one call's defect must not end the others
            logger.exception("bench.call_failed")
        finally:
            line.close()
            self._live.discard(line)
            self._garbage.call_ended(len(self._live))

    def close(self) -> None:
        """End all calls."""
        for line in list(self._live):
            line.close()


Door = Callable[[web.Application, BenchDesk, FrameScheduler, EdgeWatch], None]
"""Gives the application its media socket."""


def application(
    desk: BenchDesk, scheduler: FrameScheduler, registry: CollectorRegistry, door: Door
) -> web.Application:
    """The media socket and the figures of the process."""
    app = web.Application()
    watch = EdgeWatch(registry)
    add_health(
        app,
        registry,
        parts={},
        live_calls=lambda: desk.live,
        database=_nothing,
        sees_figures=lambda _: True,  # it listens on loopback and knows nobody
        between_ticks=scheduler.between_ticks,
        count=watch.count,
    )
    door(app, desk, scheduler, watch)
    return app


def open_door(
    app: web.Application,
    desk: BenchDesk,
    scheduler: FrameScheduler,  # noqa: ARG001 - a `Door`
    watch: EdgeWatch,
) -> None:
    """``GET /media``: any `start` is believed."""

    def anybody(token: str, call_sid: str) -> IncomingCall:  # noqa: ARG001 - a `Redeem`
        return IncomingCall(call_sid, "", "")

    socket = MediaSocket(
        account_sid=ACCOUNT_SID,
        redeem=anybody,
        accept=desk.accept,
        watch=watch,
        tokens=Tokens.OFF,
    )
    app.router.add_get("/media", socket.handle, allow_head=False)


async def _nothing() -> None:
    """There is no database to ask."""


@asynccontextmanager
async def running(
    business: Business,
    *,
    port: int,
    options: BenchOptions | None = None,
    door: Door = open_door,
) -> AsyncIterator[int]:
    """The bench server for a block; its port.

    Args:
        business: whose places and country the judgement of words knows.
        port: on loopback; 0 picks a free one.
        options: what is measured.
        door: who gets to the media socket, and how.

    Raises:
        OSError: the port is taken.
    """
    clock, options, registry = SystemClock(), options or BenchOptions(), CollectorRegistry()
    turn_model: TurnModel | None = None
    if options.policy in (TurnPolicy.VOICE, TurnPolicy.MODEL):
        turn_model = TurnModelThread(SmartTurn())
    scheduler = FrameScheduler(
        clock, BatchedVad(options.lines), turn_model, Tuning(media_gap_s=MEDIA_GAP_S), Gist()
    )
    async with ClientSession(connector=TCPConnector(limit=0)) as http, asyncio.TaskGroup() as tasks:
        model: Model = StubModel(options.delays)
        services = stub_services(options.delays, model)
        if options.providers:
            model = SocketModel(http, options.providers)
            services = socket_services(http, options.providers, model)
        budget = BudgetParts(
            counter=BudgetCounter(registry), dialogue=RESCUES, answers_ahead=options.ahead
        )
        parts = BenchParts(business, clock, scheduler, options, budget, services)
        Figures(registry, lambda: scheduler.figures() | figures(model))
        desk = BenchDesk(parts, tasks)
        running_on = [tasks.create_task(scheduler.run()), tasks.create_task(collect_young())]
        app = application(desk, scheduler, registry, door)
        runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await runner.setup()
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        try:
            yield runner.addresses[0][1]
        finally:
            desk.close()
            await runner.cleanup()
            for task in running_on:
                task.cancel()
            if turn_model is not None:
                turn_model.close()


async def serve(
    business: Business,
    *,
    port: int,
    options: BenchOptions,
    ready: Callable[[str], None],
    door: Door = open_door,
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        business: see `running`.
        port: see `running`.
        options: see `running`.
        ready: called with the media URL when calls can come in.
        door: see `running`.
    """
    stop = asked_to_stop()
    try:
        async with running(business, port=port, options=options, door=door) as bound:
            settle_garbage()
            ready(f"ws://{HOST}:{bound}/media")
            await stop.asked.wait()
    except OSError as error:
        raise Unavailable("bench.no_port", str(error)) from error
