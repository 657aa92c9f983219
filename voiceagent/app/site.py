"""Everything a worker answers over HTTP, put together. Composition-level."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from aiohttp import web
from prometheus_client import CollectorRegistry

from channels.desk import TextDesk
from connectors.stripe.payments import receive
from pipelines.parts import SpeechParts
from telephony.token_gate import TokenGate
from telephony.twilio.routes import add_routes
from telephony.twilio.socket import CallAccepted
from voiceagent.app.browser_phone import BrowserPhone, PhoneSids
from voiceagent.app.call_hooks import CallHooks, busy_answer
from voiceagent.app.calls.manager import CallManager
from voiceagent.app.calls.warm import WarmTransfers
from voiceagent.app.composition import Engine
from voiceagent.app.deep_links import FirstWords
from voiceagent.app.deposits import receipt_text
from voiceagent.app.hand_offs import card_links
from voiceagent.app.installation import SIGN_IN_HINT, access_for, installation_key
from voiceagent.app.letters import LetterHooks
from voiceagent.app.operating import Operating
from voiceagent.app.ops.listening import ListeningRoom
from voiceagent.app.ops.live import LiveFeed
from voiceagent.app.ops.traces import CallTraces
from voiceagent.app.ops.watch import EdgeWatch
from voiceagent.app.recording_file import recording_folder
from voiceagent.app.rest import API_VERSION, endpoints
from voiceagent.app.rest.desk import RestDesk
from voiceagent.app.rest.tools import operations_of
from voiceagent.app.text_hooks import TextHooks
from voiceagent.app.tool_requests import ToolRequests
from voiceagent.app.traced_hooks import TracedHooks
from voiceagent.app.waiting import waiting_desk
from voiceagent.app.web.admin import add_admin
from voiceagent.app.web.api.openapi import Described
from voiceagent.app.web.api.serving import add_api
from voiceagent.app.web.audit import written_down
from voiceagent.app.web.chat import add_chat
from voiceagent.app.web.console.call_backs_page import add_call_backs
from voiceagent.app.web.console.money_page import add_money
from voiceagent.app.web.console.routes import add_console
from voiceagent.app.web.console.shell import Shell
from voiceagent.app.web.figures import add_figures
from voiceagent.app.web.front import add_front
from voiceagent.app.web.hand_off_card import add_hand_off_card
from voiceagent.app.web.hand_over import add_hand_over
from voiceagent.app.web.health import add_health
from voiceagent.app.web.inbound_email import add_inbound_email
from voiceagent.app.web.live import add_live
from voiceagent.app.web.messages import MESSAGE, add_messages
from voiceagent.app.web.own_worker import of_this_worker
from voiceagent.app.web.payments import add_payment_routes
from voiceagent.app.web.phone import add_phone
from voiceagent.app.web.recording import add_recording
from voiceagent.app.web.sign_in import add_sign_in
from voiceagent.app.web.tools import add_tools
from voiceagent.app.web.wall import WorkerState, add_wall
from voiceagent.core.clock import SystemClock
from voiceagent.core.wire import CarrierEvents
from voiceagent.domain.texting import DeliveryReport
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.ports.meter import CallMeter


def pending(gate: TokenGate) -> int:
    """Calls that were given a token and have not connected yet."""
    gate.sweep()
    return len(gate)


def _add_writing(app: web.Application, engine: Engine, texts: TextDesk, watch: EdgeWatch) -> None:
    """The routes of who writes otherwise than by telephone."""
    if engine.letters is not None and engine.business.flags.email:
        hooks = LetterHooks(texts, engine.store.threads, engine.clock, engine.settings.email_from)
        add_inbound_email(app, engine.letters, hooks.take, watch.count)
    if engine.business.flags.webchat:
        words = FirstWords(engine.business, engine.store.assets).of
        add_chat(
            app,
            texts,
            engine.business.name,
            engine.clock.monotonic,
            watch.count,
            words,
            mails=engine.settings.has_email,
        )


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
    warm: WarmTransfers,
    texts: TextDesk,
    traces: CallTraces | None = None,
    listening: ListeningRoom | None = None,
) -> web.Application:
    """All routes of a worker."""
    kept = recording_folder(engine.settings)
    access, sessions = access_for(engine.settings, engine.store.api_tokens)
    proxies = engine.settings.proxies
    audit = written_down(engine.store.looks, proxies)
    ours = of_this_worker(engine.settings.worker)
    app = web.Application(client_max_size=64 * 1024, middlewares=[access.guard, ours, audit])

    async def arrived(report: DeliveryReport) -> bool:
        by_email = engine.settings.has_email
        return await engine.store.deliveries.report(report, by_email=by_email, by_voice=True)

    hooks = CallHooks(
        engine.business,
        call_manager,
        lambda: pending(gate),
        meter,
        warm.caller_gone,
        TextHooks(texts, engine.store.threads, engine.rest.texts),
        arrived,
        engine.clock.now,
        waiting_desk(engine).answer,
    )
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
    add_call_backs(app, engine.store.call_backs, shell)
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
    requests = ToolRequests(
        engine.business,
        engine.clock,
        engine.store,
        engine.rest,
        engine.toolbox,
        call_manager.sweeper.spared,
        engine.agents,
        engine.dispatch,
    )
    add_tools(app, requests, engine.store.answered, engine.clock.monotonic)
    described = Described(engine.business.name, API_VERSION, engine.account.public_url)
    others = (MESSAGE, *operations_of(engine.toolbox.tools()))
    add_api(app, endpoints(RestDesk(requests)), engine.store.answered, described, others)
    add_messages(app, texts, engine.clock.monotonic)
    _add_writing(app, engine, texts, watch)
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
