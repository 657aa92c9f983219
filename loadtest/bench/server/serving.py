"""The bench server: the real engine between stub services, for measuring it from the wire.

Carrier socket, frame scheduler, turn-taking, session and pipecat pipeline are those that serve
calls. Recognition, model and speech are stubs (`loadtest.bench.server.services`); there is no
database, no business logic and no webhook, and any `start` is believed. It listens on loopback
only. Composition-level: the one room of the load rig that may import the engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import ClientSession, TCPConnector, web
from prometheus_client import CollectorRegistry

from loadtest.bench.server.call_manager import (
    BenchCallManager,
    BenchOptions,
    BenchParts,
    TurnPolicy,
)
from loadtest.bench.server.services import socket_services, stub_services
from loadtest.bench.server.socket_stubs import SocketModel
from loadtest.bench.server.stub_model import RESCUES, Model, ModelFigures, StubModel
from pipelines.budget_watch import BudgetParts
from telephony.contract import IncomingCall
from telephony.twilio.handshake import Tokens
from telephony.twilio.socket import MediaSocket
from voiceagent.app.ops.garbage import collect_young, settle_garbage
from voiceagent.app.ops.metrics.look import WorkerLook
from voiceagent.app.ops.processes import asked_to_stop
from voiceagent.app.ops.watch import CallWatch, EdgeWatch, WorkerFigures
from voiceagent.app.web.health import add_health
from voiceagent.core.clock import SystemClock
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.domain.business import Business
from voiceagent.errors import Unavailable
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.media.silero import BatchedVad
from voiceagent.media.smart_turn import SmartTurn, TurnModel, TurnModelThread
from voiceagent.media.sound_classifier import SoundClassifier

HOST: Final = "127.0.0.1"
ACCOUNT_SID: Final = "AC" + "0" * 32

MEDIA_GAP_S: Final = 60.0
"""A load generator may open hundreds of calls before it sends the first frame of any; a carrier
does not. The only number of `Tuning` that differs from those that calls are served with."""


Door = Callable[[web.Application, BenchCallManager, FrameScheduler, EdgeWatch], None]
"""Gives the application its media socket."""


def application(
    call_manager: BenchCallManager,
    scheduler: FrameScheduler,
    registry: CollectorRegistry,
    door: Door,
) -> web.Application:
    """The media socket and the figures of the process."""
    app = web.Application()
    watch = EdgeWatch(registry)
    add_health(
        app,
        registry,
        parts={},
        live_calls=lambda: call_manager.live,
        draining=lambda: False,
        database=_nothing,
        sees_figures=lambda _: True,  # it listens on loopback and knows nobody
        between_ticks=scheduler.between_ticks,
        count=watch.count,
    )
    door(app, call_manager, scheduler, watch)
    return app


def open_door(
    app: web.Application,
    call_manager: BenchCallManager,
    scheduler: FrameScheduler,  # noqa: ARG001 - a `Door`
    watch: EdgeWatch,
) -> None:
    """``GET /media``: any `start` is believed."""

    def anybody(token: str, call_sid: str) -> IncomingCall:  # noqa: ARG001 - a `Redeem`
        return IncomingCall(call_sid, "", "")

    socket = MediaSocket(
        account_sid=ACCOUNT_SID,
        redeem=anybody,
        accept=call_manager.accept,
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
        clock,
        BatchedVad(options.lines),
        turn_model,
        Tuning(media_gap_s=MEDIA_GAP_S),
        SoundClassifier(),
    )
    async with ClientSession(connector=TCPConnector(limit=0)) as http, asyncio.TaskGroup() as tasks:
        model: Model = StubModel(options.delays)
        services = stub_services(options.delays, model)
        if options.providers:
            model = SocketModel(http, options.providers)
            services = socket_services(http, options.providers, model)
        watch = CallWatch(registry)
        budget = BudgetParts(counter=watch, dialogue=RESCUES, preemptive_generation=options.ahead)
        parts = BenchParts(business, clock, scheduler, options, budget, services, watch)
        ModelFigures(registry, model)
        WorkerFigures(
            registry,
            lambda: WorkerLook(scheduler.media_figures(), call_manager.live, scheduler.free_slots),
        )
        call_manager = BenchCallManager(parts, tasks)
        running_on = [tasks.create_task(scheduler.run()), tasks.create_task(collect_young())]
        app = application(call_manager, scheduler, registry, door)
        runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await runner.setup()
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        try:
            yield runner.addresses[0][1]
        finally:
            call_manager.close()
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
