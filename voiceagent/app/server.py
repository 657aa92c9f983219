"""The server: one worker that answers the telephone. Composition-level."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from aiohttp import web
from loguru import logger
from prometheus_client import CollectorRegistry

from connectors.stripe.payments import receive
from pipelines.budget_watch import BudgetParts
from pipelines.house_lines import house_lines
from pipelines.parts import SpeechParts
from telephony.token_gate import TokenGate
from telephony.twilio.routes import add_routes
from telephony.twilio.socket import CallAccepted
from voiceagent.app.acceptor import HandedConnections
from voiceagent.app.browser_phone import BrowserPhone, PhoneSids
from voiceagent.app.call_hooks import CallHooks, busy_answer
from voiceagent.app.call_recording import CallRecorder
from voiceagent.app.calls.manager import CallManager
from voiceagent.app.calls.voice import VoiceLines, nothing_to_tell
from voiceagent.app.calls.warm import WarmTransfers
from voiceagent.app.composition import SIGN_IN_HINT, Engine, access_for, installation_key
from voiceagent.app.deposits import DepositKeeper, receipt_text
from voiceagent.app.incidents import IncidentRecorder, incident_folder
from voiceagent.app.operating import Operating
from voiceagent.app.ops import recordings
from voiceagent.app.ops.garbage import collect_young, settle_garbage
from voiceagent.app.ops.listening import ListeningRoom
from voiceagent.app.ops.live import LiveFeed
from voiceagent.app.ops.logs import LogLevel
from voiceagent.app.ops.metrics.read import WorkerLook
from voiceagent.app.ops.processes import asked_to_stop
from voiceagent.app.ops.traces import CallTraces, TracedCalls, exporting
from voiceagent.app.ops.watch import CallWatch, EdgeWatch, WorkerFigures
from voiceagent.app.providers import Uses, speech_parts
from voiceagent.app.reception import Reception, listen, one_request, serve_here
from voiceagent.app.recording_file import RecordingFolder
from voiceagent.app.retention import Retention
from voiceagent.app.settings import Settings
from voiceagent.app.spending import Spending
from voiceagent.app.tool_requests import ToolRequests
from voiceagent.app.traced_hooks import TracedHooks
from voiceagent.app.web.admin import add_admin
from voiceagent.app.web.audit import written_down
from voiceagent.app.web.console.money_page import add_money
from voiceagent.app.web.console.routes import add_console
from voiceagent.app.web.console.shell import Shell
from voiceagent.app.web.figures import add_figures
from voiceagent.app.web.front import add_front
from voiceagent.app.web.hand_off_card import CardLinks, add_hand_off_card
from voiceagent.app.web.hand_over import add_hand_over
from voiceagent.app.web.health import add_health
from voiceagent.app.web.live import add_live
from voiceagent.app.web.payments import add_payment_routes
from voiceagent.app.web.phone import add_phone
from voiceagent.app.web.recording import add_recording
from voiceagent.app.web.sign_in import add_sign_in
from voiceagent.app.web.tools import add_tools
from voiceagent.app.web.wall import WorkerState, add_wall
from voiceagent.core.beside import beside
from voiceagent.core.budget.ladder import BudgetAct
from voiceagent.core.clock import SystemClock
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.core.wire import CarrierEvents
from voiceagent.dialogue.contact import Contacts
from voiceagent.dialogue.factory import house_policy
from voiceagent.dialogue.house.warm import warm_up
from voiceagent.dialogue.loop import LATE_ANSWERS
from voiceagent.errors import Unavailable
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.media.silero import BatchedVad
from voiceagent.media.smart_turn import SmartTurn, TurnModelThread
from voiceagent.media.sound_classifier import SoundClassifier
from voiceagent.ports.live import CallTellers
from voiceagent.ports.meter import CallMeter
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
    warm_up(engine.business, engine.clock.now().astimezone(zone))
    registry = CollectorRegistry()
    calls_watch = CallWatch(registry)
    async with speech_parts(
        settings, engine.business, Uses(engine.toolbox, engine.clock)
    ) as speech:
        await speech.ready.prepare(house_lines(engine.business, engine.toolbox))
        turn_model = TurnModelThread(SmartTurn())
        scheduler = FrameScheduler(
            engine.clock,
            BatchedVad(settings.max_calls),
            turn_model,
            Tuning(call_s=settings.max_call_minutes * 60.0),
            SoundClassifier(),
        )
        async with asyncio.TaskGroup() as tasks:
            live = LiveFeed()
            traces = traces_for(settings)
            told = live if traces is None else TracedCalls(live, traces, engine.clock.monotonic)
            keeping = SoundKeeping(incident_recorder(engine), call_recorder(engine))
            warm = warm_transfers(engine)
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
            background = [
                tasks.create_task(call_manager.sweeper.run(settings.resume_grace_s)),
                tasks.create_task(scheduler.run()),
                tasks.create_task(engine.dispatcher.run()),
                tasks.create_task(warm.run()),
                tasks.create_task(collect_young()),
                tasks.create_task(prune(engine)),
                tasks.create_task(retention(engine).run()),
                tasks.create_task(DepositKeeper(engine.business, engine.store.unpaid).run()),
            ]
            warm.calls = call_manager
            background += [tasks.create_task(one.run()) for one in keeping.writers]
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
                    models=speech.counts,
                    speech=speech.speech_counts,
                    helper_restarts={name: one.restarts for name, one in speech.helpers.items()},
                    turns_heard=speech.turns_heard,
                    failovers=speech.failovers,
                    spent_today=spending.today,
                    daily_budget=settings.daily_budget_dollars,
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
                traces,
                warm,
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
            for writer in keeping.writers:
                await writer.drained()
            for task in background:
                task.cancel()
            if traces is not None:
                await asyncio.to_thread(traces.close)
        turn_model.close()
    return stop.by


@dataclass(frozen=True, slots=True)
class SoundKeeping:
    """Who has the sound of a worker's calls beside the calls: for replays, as recordings, live."""

    incidents: IncidentRecorder | None = None
    recorder: CallRecorder | None = None
    listening: ListeningRoom = field(default_factory=ListeningRoom)

    @property
    def writers(self) -> list[IncidentRecorder | CallRecorder]:
        """Those that write to disk."""
        return [one for one in (self.incidents, self.recorder) if one is not None]


def voice_lines(
    engine: Engine,
    scheduler: FrameScheduler,
    speech: SpeechParts,
    watch: CallWatch,
    live: CallTellers,
    keeping: SoundKeeping | None = None,
    warm: WarmTransfers | None = None,
) -> VoiceLines:
    """The lines of a worker, in voice."""
    keeping = keeping or SoundKeeping()
    hurries = frozenset[BudgetAct]() if speech.dialogue is house_policy else LATE_ANSWERS
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
        ),
        budget=BudgetParts(ready=speech.ready, dialogue=hurries),
        meter=watch,
        turns=watch.of,
        live=live,
        incidents=keeping.incidents,
        recorder=keeping.recorder,
        listening=keeping.listening,
        returning=nothing_to_tell if warm is None else warm.words_for,
    )


def warm_transfers(engine: Engine) -> WarmTransfers:
    """Who hands callers over with a word beforehand.

    It runs whatever the settings say of new calls: what an earlier run began is brought to its end.
    """
    links = card_links(engine)
    return WarmTransfers(engine.business, engine.clock, engine.store, engine.rest, links.link)


def card_links(engine: Engine) -> CardLinks:
    """Links to the context cards of hand-offs."""
    key = installation_key(engine.settings)
    return CardLinks(key, SystemClock().now, engine.account.public_url)


def incident_recorder(engine: Engine) -> IncidentRecorder | None:
    """What keeps calls whole, if these settings say so."""
    settings = engine.settings
    if settings.incident_recording == "off":
        return None
    call_s = settings.max_call_minutes * 60.0
    return IncidentRecorder(incident_folder(settings), engine.business, call_s)


def call_recorder(engine: Engine) -> CallRecorder | None:
    """What keeps the sound of calls, if these settings say so."""
    if engine.settings.call_recording == "off":
        return None
    return CallRecorder(recording_folder(engine.settings), engine.clock.now)


def recording_folder(settings: Settings) -> RecordingFolder:
    """Where recordings of these settings are, whether more are made or not."""
    return RecordingFolder(settings.state_dir / recordings.FOLDER)


def pending(gate: TokenGate) -> int:
    """Calls that were given a token and have not connected yet."""
    gate.sweep()
    return len(gate)


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


def retention(engine: Engine) -> Retention:
    """What keeps the owner's policy of how long words are kept."""
    words = PostgresRetention(engine.store.database)
    return Retention(engine.settings, words, engine.clock.now, SystemClock().now)


async def prune(engine: Engine) -> None:
    """Forget webhooks that are long past, now and then."""
    while True:
        try:
            await engine.store.answered.prune()
        except Unavailable as error:
            logger.warning("webhook.not_pruned: {}", error.code)
        await asyncio.sleep(PRUNE_EVERY_S)


def application(
    engine: Engine,
    call_manager: CallManager,
    speech: SpeechParts,
    gate: TokenGate,
    registry: CollectorRegistry,
    scheduler: FrameScheduler,
    meter: CallMeter,
    live: LiveFeed,
    operating: Operating,
    traces: CallTraces | None = None,
    warm: WarmTransfers | None = None,
    listening: ListeningRoom | None = None,
) -> web.Application:
    """All routes of a worker."""
    kept = recording_folder(engine.settings)
    access, sessions = access_for(engine.settings)
    proxies = engine.settings.proxies
    audit = written_down(engine.store.looks, proxies)
    app = web.Application(client_max_size=64 * 1024, middlewares=[access.guard, audit])
    warm = warm or warm_transfers(engine)
    hooks = CallHooks(engine.business, call_manager, lambda: pending(gate), meter, warm.caller_gone)
    heard = hooks.hooks()
    if traces is not None:
        timed = TracedHooks(traces, engine.clock.monotonic)
        heard = timed.over(heard)
        app.middlewares.append(timed.timed)

    async def accept(accepted: CallAccepted) -> CarrierEvents:
        events = await call_manager.accept(accepted)
        hooks.opened(accepted.call.call_sid)
        return events

    parts = dict(engine.parts) | dict(speech.names)
    watch = EdgeWatch(registry)
    add_health(
        app,
        registry,
        parts=parts,
        live_calls=lambda: call_manager.live,
        draining=lambda: call_manager.draining,
        database=engine.store.now,
        sees_figures=access.sees_figures,
        between_ticks=scheduler.between_ticks,
        count=watch.count,
    )
    add_routes(
        app,
        account=engine.account,
        gate=gate,
        hooks=heard,
        accept=accept,
        memory=engine.store.answered,
        watch=watch,
        briefings=engine.briefings,
        fallback=busy_answer(engine.business),
        last_words=engine.business.escalation.unavailable,
        hand_offs=warm.hooks(hooks.come_back),
    )
    add_front(app, engine.business.name)
    add_sign_in(app, sessions, hint=SIGN_IN_HINT, proxies=proxies)
    shell = Shell(engine.business.name, ZoneInfo(engine.business.timezone), engine.settings.workers)
    add_console(app, engine.store.history, engine.store.looks, shell, kept)
    add_money(app, engine.store.payment_events, shell)
    add_recording(app, kept, listening or ListeningRoom(), watch.count)
    add_figures(
        app,
        registry,
        parts=parts,
        between_ticks=scheduler.between_ticks,
        monotonic=engine.clock.monotonic,
    )
    add_live(app, live, watch.count)
    add_admin(app, operating, worker=engine.settings.worker)
    add_wall(
        app,
        live.wall,
        lambda: WorkerState(
            call_manager.live, call_manager.free_slots(pending(gate)), call_manager.draining
        ),
        watch.count,
    )
    add_hand_over(app, call_manager)
    add_hand_off_card(app, engine.store, card_links(engine), engine.business, proxies)
    phone = BrowserPhone(
        engine.account,
        gate,
        heard,
        PhoneSids(installation_key(engine.settings)),
        to_number=engine.business.phone,
        live=live,
        worker=engine.settings.worker,
    )
    add_phone(app, phone, engine.business.name)
    add_tools(
        app,
        ToolRequests(
            engine.business,
            engine.clock,
            engine.store,
            engine.rest,
            engine.toolbox,
            call_manager.sweeper.spared,
        ),
        engine.store.answered,
        engine.clock.monotonic,
    )
    real_clock = SystemClock()

    async def payment_event(body: bytes, signature: str) -> str:
        effect = await receive(
            body,
            signature,
            secret=engine.webhook_secret,
            now=real_clock.now(),
            events=engine.store.payment_events,
            receipt=receipt_text(engine.business),
        )
        return effect.value

    add_payment_routes(app, payment_event)
    if engine.local_pay is not None:
        app.add_subapp("/pay", engine.local_pay.app())
    return app
