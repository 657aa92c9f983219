"""The server: one worker that answers the telephone. Composition-level."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from aiohttp import web
from loguru import logger
from prometheus_client import CollectorRegistry

from connectors.payments_stripe import receive
from pipelines.offline.recogniser import RecogniserClient
from pipelines.offline.speaker import SpeakerClient
from pipelines.parts import SpeechParts, offline_parts
from telephony.routes import add_routes
from telephony.token_gate import TokenGate
from voiceagent.app import Engine
from voiceagent.core.clock import SystemClock
from voiceagent.core.patience import Tuning
from voiceagent.desk import Desk, DeskParts
from voiceagent.dialog.warm import warm_up
from voiceagent.errors import Unavailable
from voiceagent.hooks import CallHooks, busy_answer
from voiceagent.media.gist import Gist
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.media.silero import BatchedVad
from voiceagent.media.smart_turn import SmartTurn, TurnModelThread
from voiceagent.ops.watch import EdgeWatch
from voiceagent.store.replays import PostgresReplays
from voiceagent.web.console import add_console
from voiceagent.web.health import add_health
from voiceagent.web.payments import add_payment_routes

DRAIN_S = 10.0
"""How long a stopping worker lets its calls finish."""


@asynccontextmanager
async def speech_parts(engine: Engine) -> AsyncIterator[SpeechParts]:
    """Recognition and speech, their helper processes running."""
    cache = engine.settings.state_dir / "speech"
    async with (
        RecogniserClient(engine.business, cache).running() as recogniser,
        SpeakerClient().running() as speaker,
    ):
        yield offline_parts(recogniser, speaker, engine.business)


async def serve(engine: Engine, *, ready: Callable[[str], None]) -> None:
    """Answer calls until SIGTERM or SIGINT, then let live calls finish.

    Args:
        engine: opened.
        ready: called with the public URL when calls can come in.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    settings = engine.settings
    zone = ZoneInfo(engine.business.timezone)
    warm_up(engine.business, engine.clock.now().astimezone(zone))
    async with speech_parts(engine) as speech:
        turn_model = TurnModelThread(SmartTurn())
        scheduler = FrameScheduler(
            engine.clock,
            BatchedVad(settings.max_calls),
            turn_model,
            Tuning(call_s=settings.max_call_minutes * 60.0),
            Gist(),
        )
        async with asyncio.TaskGroup() as tasks:
            desk = Desk(
                DeskParts(
                    business=engine.business,
                    clock=engine.clock,
                    store=engine.store,
                    scheduler=scheduler,
                    speech=speech,
                    toolbox=engine.toolbox,
                    call_control=engine.rest,
                ),
                tasks,
            )
            background = [
                tasks.create_task(close_left_over(engine, desk)),
                tasks.create_task(scheduler.run()),
                tasks.create_task(engine.dispatcher.run()),
            ]
            runner = web.AppRunner(
                application(engine, desk, speech), access_log=None, handle_signals=False
            )
            await runner.setup()
            await web.TCPSite(runner, settings.host, settings.port).start()
            ready(engine.account.public_url)
            await stop.wait()
            await desk.drain(DRAIN_S)
            await runner.cleanup()
            for task in background:
                task.cancel()
        turn_model.close()


async def close_left_over(engine: Engine, desk: Desk) -> None:
    """Give calls of a crashed run their outcome, but for those the carrier has brought back."""
    await asyncio.sleep(engine.settings.resume_grace_s)
    while True:
        try:
            swept = await engine.store.calls.sweep(desk.live_calls)
        except Unavailable as error:
            logger.warning("calls of an earlier run stay open for now: {}", error.code)
            await asyncio.sleep(engine.settings.resume_grace_s + 1.0)
            continue
        if swept:
            logger.warning("{} calls of an earlier run were closed", swept)
        return


def application(engine: Engine, desk: Desk, speech: SpeechParts) -> web.Application:
    """All routes of a worker."""
    app = web.Application(client_max_size=64 * 1024)
    registry = CollectorRegistry()
    parts = dict(engine.parts) | {"stt": speech.stt_name, "tts": speech.tts_name}
    add_health(app, registry, parts=parts, live_calls=lambda: desk.live, database=engine.store.now)
    gate = TokenGate(engine.clock)
    add_routes(
        app,
        account=engine.account,
        gate=gate,
        hooks=CallHooks(engine.business, desk, lambda: len(gate)).hooks(),
        accept=desk.accept,
        seen=PostgresReplays(engine.store.database).seen,
        watch=EdgeWatch(registry),
        briefings=engine.briefings,
        fallback=busy_answer(engine.business),
        last_words=engine.business.escalation.unavailable,
    )
    add_console(app, engine.store.history, engine.business)
    real_clock = SystemClock()

    async def payment_event(body: bytes, signature: str) -> str:
        effect = await receive(
            body,
            signature,
            secret=engine.webhook_secret,
            now=real_clock.now(),
            ledger=engine.store.ledger,
        )
        return effect.value

    add_payment_routes(app, payment_event)
    if engine.local_pay is not None:
        app.add_subapp("/pay", engine.local_pay.app())
    return app
