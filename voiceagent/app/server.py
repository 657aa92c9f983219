"""The server: one worker that answers the telephone. Composition-level."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from aiohttp import web
from loguru import logger
from prometheus_client import CollectorRegistry

from pipelines.budget_watch import BudgetParts
from pipelines.house_lines import house_lines
from pipelines.parts import SpeechParts
from telephony.token_gate import TokenGate
from voiceagent.app.acceptor import HandedConnections
from voiceagent.app.agent import text_desk
from voiceagent.app.calls.manager import CallManager
from voiceagent.app.calls.voice import VoiceLines
from voiceagent.app.calls.warm import WarmTransfers
from voiceagent.app.composition import Engine
from voiceagent.app.deposits import DepositKeeper
from voiceagent.app.hand_offs import warm_transfers
from voiceagent.app.operating import Operating
from voiceagent.app.ops.garbage import collect_young, settle_garbage
from voiceagent.app.ops.live import LiveFeed
from voiceagent.app.ops.logs import LogLevel
from voiceagent.app.ops.metrics.look import WorkerLook
from voiceagent.app.ops.processes import asked_to_stop
from voiceagent.app.ops.traces import CallTraces, TracedCalls, exporting
from voiceagent.app.ops.watch import CallWatch, WorkerFigures
from voiceagent.app.pages import page_keeper
from voiceagent.app.price_sync import PriceSync
from voiceagent.app.providers import Uses, speech_parts
from voiceagent.app.reception import Reception, listen, one_request, serve_here
from voiceagent.app.retention import Retention
from voiceagent.app.settings import Settings
from voiceagent.app.site import application, pending
from voiceagent.app.sound_keeping import SoundKeeping, call_recorder, incident_recorder
from voiceagent.app.spending import Spending
from voiceagent.app.waiting import waiting_desk
from voiceagent.core.beside import beside
from voiceagent.core.budget.ladder import BudgetAct
from voiceagent.core.clock import SystemClock
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.dialogue.contact import Contacts
from voiceagent.dialogue.factory import HousePolicy
from voiceagent.dialogue.house.warm import warm_up
from voiceagent.dialogue.loop import LATE_ANSWERS
from voiceagent.errors import Unavailable
from voiceagent.language.en_us.caller_acts import ActModel
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.media.silero import BatchedVad
from voiceagent.media.smart_turn import SmartTurn, TurnModelThread
from voiceagent.media.sound_classifier import SoundClassifier
from voiceagent.ports.live import CallTellers
from voiceagent.store.embedded import EmbeddedPostgres
from voiceagent.store.keeper import keep_up
from voiceagent.store.retention import PostgresRetention
from voiceagent.store.spending import PostgresSpending

DOOR_GONE_S = 10.0
"""How long calls may go on when the door has gone: the carrier cannot ask us anything any more, and
the worker that takes this one's place will settle what it left behind."""

GOODBYE_S = 1.0
"""How long requests that are still being answered may take when everything else is over."""

PRUNE_EVERY_S = 3600.0


async def serve(
    engine: Engine, *, ready: Callable[[str], None], logs: LogLevel
) -> signal.Signals | None:
    """Answer calls until SIGTERM or SIGINT, then let live calls finish; see `CallManager.drain`.

    A second signal ends them at once.

    Args:
        engine: opened.
        ready: called with the public URL when calls can come in.
        logs: how much is logged, which an operator may change.

    Returns:
        the signal that ended it, ``None`` when the door had gone.
    """
    settings = engine.settings
    stop = asked_to_stop(from_terminal=settings.door_fd is None)
    zone = ZoneInfo(engine.business.timezone)
    acts = ActModel.load()
    warm_up(engine.business, engine.clock.now().astimezone(zone), acts)
    registry = CollectorRegistry()
    calls_watch = CallWatch(registry)
    async with speech_parts(
        settings, engine.business, Uses(engine.toolbox, engine.clock, acts)
    ) as speech:
        await speech.ready.prepare(house_lines(engine.business, engine.toolbox))
        turn_model = TurnModelThread(SmartTurn())
        scheduler = FrameScheduler(
            engine.clock,
            BatchedVad(settings.max_calls),
            turn_model,
            Tuning(call_s=settings.max_call_minutes * 60.0),
            SoundClassifier(),
            speech.second_look,
        )
        async with asyncio.TaskGroup() as tasks:
            live = LiveFeed()
            traces = traces_for(settings)
            told = live if traces is None else TracedCalls(live, traces, engine.clock.monotonic)
            keeping = SoundKeeping(incident_recorder(engine), call_recorder(engine))
            warm = warm_transfers(engine, lambda: call_manager)
            call_manager = CallManager(
                business=engine.business,
                clock=engine.clock,
                store=engine.store,
                call_control=engine.rest,
                lines=voice_lines(engine, scheduler, speech, calls_watch, told, keeping, warm),
                tasks=tasks,
                meter=calls_watch,
                live=told,
            )
            texts = text_desk(engine, speech.dialogue)
            background = [
                tasks.create_task(call_manager.sweeper.run(settings.resume_grace_s)),
                tasks.create_task(scheduler.run()),
                tasks.create_task(engine.dispatcher.run()),
                tasks.create_task(warm.run()),
                tasks.create_task(texts.run()),
                tasks.create_task(collect_young()),
                tasks.create_task(prune(engine)),
                tasks.create_task(retention(engine).run()),
                tasks.create_task(page_keeper(engine).run()),
                tasks.create_task(
                    DepositKeeper(
                        engine.business, engine.clock, engine.store.unpaid, engine.dispatch
                    ).run()
                ),
                tasks.create_task(waiting_desk(engine).run()),
            ]
            if settings.finance_url:
                background.append(tasks.create_task(price_sync(engine).run()))
            background += [tasks.create_task(one.run()) for one in keeping.queues]
            if not settings.database_url:
                embedded = EmbeddedPostgres(settings.state_dir)
                background.append(tasks.create_task(keep_up(embedded)))
            gate = TokenGate(engine.clock)
            operating = Operating(logs, call_manager)
            spending = Spending(PostgresSpending(engine.store.database), engine.clock.now, zone)
            background.append(tasks.create_task(spending.run()))
            WorkerFigures(
                registry,
                lambda: WorkerLook(
                    media=scheduler.media_figures(),
                    live_calls=call_manager.live,
                    free_places=call_manager.free_slots(pending(gate)),
                    turn_model_refusals=turn_model.refused,
                    store=engine.store.database.counts,
                    outbox=engine.dispatcher.counts,
                    texts_refused=engine.store.deliveries.refused,
                    texts=texts.counts,
                    texts_withheld=engine.outbound.counts,
                    models=speech.counts,
                    speech=speech.speech_counts,
                    helper_restarts={name: one.restarts for name, one in speech.helpers.items()},
                    turns_heard=speech.turns_heard,
                    failovers=speech.failovers,
                    spent_today=spending.today,
                    daily_budget=settings.daily_budget_dollars,
                    not_kept=keeping.lost,
                ),
            )
            app = application(
                engine,
                call_manager,
                speech,
                gate,
                registry,
                scheduler,
                calls_watch,
                live,
                operating,
                warm,
                texts,
                traces,
                keeping.listening,
            )
            runner = web.AppRunner(
                app, access_log=None, handle_signals=False, shutdown_timeout=GOODBYE_S
            )
            operating.heed_signals()
            async with _entrance(
                settings, app, runner, lambda: call_manager.free_slots(pending(gate))
            ) as left:
                settle_garbage()
                ready(engine.account.public_url)
                leaving = tasks.create_task(left.wait())
                leaving.add_done_callback(lambda _: stop.asked.set())
                await stop.asked.wait()
                limit_s = DOOR_GONE_S if left.is_set() else settings.drain_minutes * 60.0
                leaving.cancel()
                await call_manager.drain(
                    limit_s, at_once=stop.at_once, announced=lambda: pending(gate)
                )
            await runner.cleanup()
            for queue in keeping.queues:
                await queue.drained()
            for task in background:
                task.cancel()
            if traces is not None:
                await asyncio.to_thread(traces.close)
        turn_model.close()
    return stop.by


def voice_lines(
    engine: Engine,
    scheduler: FrameScheduler,
    speech: SpeechParts,
    watch: CallWatch,
    live: CallTellers,
    keeping: SoundKeeping,
    warm: WarmTransfers,
) -> VoiceLines:
    """The lines of a worker, in voice."""
    hurries = frozenset[BudgetAct]() if isinstance(speech.dialogue, HousePolicy) else LATE_ANSWERS
    return VoiceLines(
        business=engine.business,
        clock=engine.clock,
        store=engine.store,
        scheduler=scheduler,
        speech=speech,
        contacts=Contacts(
            engine.business,
            engine.clock,
            engine.store,
            engine.toolbox,
            engine.rest,
            speech.dialogue,
            warm if engine.settings.hand_off == "warm" else None,
            engine.agents,
            engine.dispatch,
            engine.outbound,
            hears=speech.hears,
        ),
        budget=BudgetParts(ready=speech.ready, dialogue=hurries),
        meter=watch,
        turns=watch.of,
        live=live,
        incidents=keeping.incidents,
        recorder=keeping.recorder,
        listening=keeping.listening,
        returning=warm.words_for,
    )


@asynccontextmanager
async def _entrance(
    settings: Settings, app: web.Application, runner: web.AppRunner, room: Callable[[], int]
) -> AsyncIterator[asyncio.Event]:
    """Connections come in during the block: over a port of our own, or handed in by the door.

    Yields:
        an event that is set when the door has gone.
    """
    if settings.door_fd is None:
        app.middlewares.insert(0, one_request)
        await runner.setup()
        if runner.server is None:
            raise RuntimeError("the runner was set up and has no server")
        listener = listen(settings.host, settings.port)
        async with beside(Reception(listener, serve_here(runner.server)).run()):
            yield asyncio.Event()
        return
    end = socket.socket(fileno=settings.door_fd)
    end.setblocking(False)
    handed = HandedConnections(end, room)
    app.middlewares.insert(0, handed.one_request)
    await runner.setup()
    if runner.server is None:
        raise RuntimeError("the runner was set up and has no server")
    async with beside(handed.run(runner.server)):
        yield handed.closed


def traces_for(settings: Settings) -> CallTraces | None:
    """What makes traces of calls; nothing where no endpoint is set."""
    if not settings.otlp_endpoint:
        return None
    processor = exporting(settings.otlp_endpoint, settings.otlp_headers.get_secret_value())
    real_now = SystemClock().now
    return CallTraces(processor, lambda: real_now().timestamp(), worker=settings.worker)


def price_sync(engine: Engine) -> PriceSync:
    """What fetches the prices that Finance publishes."""
    return PriceSync(engine.business, engine.clock, engine.store.prices, engine.agents)


def retention(engine: Engine) -> Retention:
    """What keeps the owner's policy of how long words are kept."""
    rows = PostgresRetention(engine.store.database)
    facts = engine.store.customer_facts
    return Retention(engine.settings, rows, facts, engine.clock.now, SystemClock().now)


async def prune(engine: Engine) -> None:
    """Forget webhooks that are long past, now and then."""
    while True:
        try:
            await engine.store.answered.prune()
        except Unavailable as error:
            logger.warning("webhook.not_pruned: {}", error.code)
        await asyncio.sleep(PRUNE_EVERY_S)
