"""The composition root: settings and a business file become a working engine.

Nothing here decides anything about a call. Each part is chosen once, by whether it is configured,
and handed to whoever needs it; `parts` says what was chosen, for reports and the health page.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import aiohttp

from channels.outgoing import OutgoingTexts
from connectors.agents.ports import AgentEvents
from connectors.by_channel import TextsByChannel
from connectors.dispatch.agent import HttpDispatch
from connectors.dispatch.letting_go import VisitsLetGo
from connectors.embeddings import HttpEmbedder
from connectors.local.pager import PageMessages, TextPager
from connectors.local.payments import LocalPayments
from connectors.pagerduty.pager import PagerDutyPager
from connectors.reranking import HttpReranker
from connectors.resend.sender import ResendSender
from connectors.smtp.sender import SmtpSender
from connectors.stripe.payments import StripePayments
from loadtest.simulator.carrier import CarrierEmulator
from telephony.twilio.account import TwilioAccount
from telephony.twilio.rest import TwilioRest
from telephony.twilio.whisper_texts import WhisperTexts
from tools import TOOLS
from voiceagent.app.agents import connected, outside_agents
from voiceagent.app.gates import DISPATCHER, gates_for
from voiceagent.app.installation import local_secrets, public_url
from voiceagent.app.later_texts import in_their_language
from voiceagent.app.letters import LettersTaken, letters_taken
from voiceagent.app.outbound import MODERATION, outbound_for
from voiceagent.app.outside import outside_tools
from voiceagent.app.privacy import (
    check_database,
    check_dispatch,
    check_embedder,
    check_reranker,
    check_rules,
)
from voiceagent.app.settings import Settings
from voiceagent.core.clock import SystemClock
from voiceagent.domain.agent_events import EVENT_CHANNEL
from voiceagent.domain.business import Business
from voiceagent.domain.business_file import load_business
from voiceagent.domain.mail_server import MailServer
from voiceagent.domain.public_apis import TWILIO_API
from voiceagent.domain.quiet_hours import quiet_s
from voiceagent.domain.texting import may_call_in_s
from voiceagent.errors import OwnerFixable
from voiceagent.ports.dispatch import DISPATCH_CHANNEL, Dispatch, OwnCalendar
from voiceagent.ports.email import EmailSender
from voiceagent.ports.gate import Gate
from voiceagent.ports.jobs import Jobs
from voiceagent.ports.knowledge import Embedder, Reranker
from voiceagent.ports.messages import Texts
from voiceagent.ports.outbound import OutboundGate
from voiceagent.ports.outside import OutsideAgents
from voiceagent.ports.pager import PAGER, Pager
from voiceagent.ports.payments import Payments
from voiceagent.store import PostgresStore
from voiceagent.store.calls import Worker
from voiceagent.store.databases import migrate
from voiceagent.store.dispatcher import Dispatcher
from voiceagent.store.dsn import Dsn
from voiceagent.store.embedded import EmbeddedPostgres
from voiceagent.store.sending import Carriers
from voiceagent.toolkit.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything but the telephone: shared by the server and the text commands."""

    settings: Settings
    business: Business
    clock: SystemClock
    store: PostgresStore
    account: TwilioAccount
    rest: TwilioRest
    briefings: WhisperTexts
    local_pay: LocalPayments | None
    webhook_secret: str
    dispatcher: Dispatcher
    letters: LettersTaken | None
    dispatch: Dispatch
    toolbox: Toolbox
    agents: OutsideAgents
    outbound: OutboundGate
    parts: Mapping[str, str]
    """What was chosen for it; what hears, answers and speaks is opened beside it (`providers`)."""


def clock_for(settings: Settings) -> SystemClock:
    """The engine's clock, started where the settings say.

    Raises:
        OwnerFixable: the start time is not an ISO time with an offset.
    """
    if not settings.start_time:
        return SystemClock()
    try:
        at = datetime.fromisoformat(settings.start_time_at) if settings.start_time_at else None
        return SystemClock(datetime.fromisoformat(settings.start_time), at)
    except (ValueError, OverflowError) as error:
        raise OwnerFixable(
            "settings.now",
            "Write the time like 2025-08-29T20:05:00-04:00, with its offset.",
            where="--now",
        ) from error


def database_for(settings: Settings) -> str:
    """DSN of a running, migrated database; starts the embedded server when none is configured.

    Raises:
        OwnerFixable: ``privacy.database`` when what callers say may not be written there.
    """
    check_database(settings)
    dsn = settings.database_url.get_secret_value() or EmbeddedPostgres(settings.state_dir).start()
    migrate(dsn)
    return dsn


def database_part(settings: Settings, dsn: str) -> str:
    """Which PostgreSQL a DSN belongs to: the embedded one, or the owner's."""
    ours = Dsn.read(EmbeddedPostgres(settings.state_dir).dsn()).server()
    return "embedded PostgreSQL" if Dsn.read(dsn).server() == ours else "DATABASE_URL"


@asynccontextmanager
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    """The engine for a block; on leaving it everything is closed.

    Raises:
        OwnerFixable: the configuration is wrong; says where.
        Unavailable: the database does not come up.
    """
    business = load_business(settings.business)
    toolbox = Toolbox((*TOOLS, *outside_tools(TOOLS).tools))
    check_rules(business, [spec.name for spec in toolbox.specs()])
    clock = clock_for(settings)
    dsn = await asyncio.to_thread(database_for, settings)
    async with AsyncExitStack() as stack:
        worker = Worker(settings.worker, settings.workers)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        store = PostgresStore(
            dsn,
            clock_offset=clock.offset,
            worker=worker,
            embedder=embedder_for(settings, http),
            reranker=reranker_for(settings, http),
        )
        await stack.enter_async_context(store.opened())
        account, api_url, carrier = await _carrier(settings, stack)
        briefings = WhisperTexts()
        rest = TwilioRest(
            account,
            http,
            from_number=business.phone,
            transfer_numbers=_numbers_rung(business),
            briefings=briefings,
            base_url=api_url,
            rcs_service=settings.rcs_service,
        )
        gates = await stack.enter_async_context(gates_for(settings, clock.monotonic))
        agents = connected(settings, http, gates)
        gate = outbound_for(settings, business, http, gates(MODERATION), account.public_url)
        payments, local_pay, pay_part = _payments(settings, business, account, store.jobs)
        if isinstance(payments, StripePayments):
            stack.push_async_callback(payments.aclose)
        texts = OutgoingTexts(
            rest.texts,
            store.threads,
            clock,
            settings.whatsapp_template,
            by_rcs=bool(settings.rcs_service),
        )
        dispatch = dispatch_for(settings, http, gates(DISPATCHER))
        pages = PageMessages(_pager(settings, business, http, texts, clock), business.name)
        yield Engine(
            settings=settings,
            business=business,
            clock=clock,
            store=store,
            account=account,
            rest=rest,
            briefings=briefings,
            local_pay=local_pay,
            webhook_secret=_webhook_secret(settings),
            dispatcher=Dispatcher(
                store.database,
                payments,
                carriers(
                    settings,
                    business,
                    store,
                    rest,
                    clock,
                    TextsByChannel(
                        texts,
                        {
                            PAGER: pages.send,
                            EVENT_CHANNEL: AgentEvents(agents).send,
                            DISPATCH_CHANNEL: VisitsLetGo(
                                dispatch, store.outbox, business, clock
                            ).send,
                        },
                    ),
                    http,
                    gate,
                ),
            ),
            outbound=gate,
            letters=letters_taken(settings, http),
            dispatch=dispatch,
            toolbox=toolbox,
            agents=outside_agents(business, agents),
            parts={
                "database": database_part(settings, dsn),
                "carrier": carrier,
                "payments": pay_part,
                "e-mail": _email_part(settings),
                "dispatch": "DISPATCH_URL" if settings.dispatch_url else "own calendar",
            },
        )


def _numbers_rung(business: Business) -> frozenset[str]:
    """The only numbers that are ever rung: leads, and technicians who can join a call."""
    leads = {lead.phone for lead in business.escalation.leads}
    technicians = {one.phone for one in business.technicians if one.phone is not None}
    return frozenset(leads | technicians)


def dispatch_for(settings: Settings, http: aiohttp.ClientSession, gate: Gate) -> Dispatch:
    """The dispatcher at `DISPATCH_URL`, our own calendar where none is set.

    Raises:
        OwnerFixable: ``privacy.dispatch`` when who wants a visit may not be told there.
    """
    if not settings.dispatch_url:
        return OwnCalendar()
    check_dispatch(settings)
    token = settings.dispatch_token.get_secret_value()
    return HttpDispatch(http, settings.dispatch_url, token, gate=gate)


async def _carrier(settings: Settings, stack: AsyncExitStack) -> tuple[TwilioAccount, str, str]:
    """The account, where its REST interface is, and what to call it.

    Without an account the local carrier's REST runs in this process, so texts really leave over
    HTTP and a call can be placed with `voiceagent call --url`.
    """
    url = public_url(settings)
    path = _media_path(settings)
    if settings.has_twilio:
        token = settings.twilio_auth_token.get_secret_value()
        account = TwilioAccount(settings.twilio_account_sid, token, url, media_path=path)
        name = "Twilio" if settings.twilio_api_url == TWILIO_API else "local carrier"
        return account, settings.twilio_api_url, name
    kept = local_secrets(settings.state_dir)
    emulator = CarrierEmulator(account_sid=kept.account_sid, auth_token=kept.auth_token)
    running = await stack.enter_async_context(emulator.running())
    account = TwilioAccount(kept.account_sid, kept.auth_token, url, media_path=path)
    return account, running.rest_url, "local carrier"


def _media_path(settings: Settings) -> str:
    """Where the calls of this worker connect; behind a door the path names the worker."""
    return "/media" if settings.door_fd is None else f"/media/{settings.worker}"


def _webhook_secret(settings: Settings) -> str:
    given = settings.stripe_webhook_secret.get_secret_value()
    return given or local_secrets(settings.state_dir).payment_secret


def _pager(
    settings: Settings,
    business: Business,
    http: aiohttp.ClientSession,
    texts: Texts,
    clock: SystemClock,
) -> Pager:
    """PagerDuty when there is a key, else a text to the lead who is on call."""
    key = settings.pagerduty_routing_key.get_secret_value()
    return PagerDutyPager(http, key) if key else TextPager(texts, business, clock)


def carriers(
    settings: Settings,
    business: Business,
    store: PostgresStore,
    rest: TwilioRest,
    clock: SystemClock,
    texts: Texts,
    http: aiohttp.ClientSession,
    gate: OutboundGate,
) -> Carriers:
    """Who sends what is written to people; what does not arrive in writing is read out.

    Calls to customers keep to the hours of the business's zone, by its own clock.
    """
    zone = ZoneInfo(business.timezone)
    return Carriers(
        texts=texts,
        email=email_sender(settings, business, http),
        voice=rest,
        limits=business.text_limits,
        ours=_numbers_rung(business),
        voice_waits_s=lambda: may_call_in_s(clock.now().astimezone(zone)),
        text_waits_s=lambda number: quiet_s(business, clock.now(), number),
        subject=f"{business.name}: your booking",
        deliveries=store.text_places,
        gate=gate,
        worded=in_their_language(business),
    )


def embedder_for(settings: Settings, http: aiohttp.ClientSession) -> Embedder | None:
    """Who tells what texts mean; ``None`` where nobody is set.

    Raises:
        OwnerFixable: ``privacy.embeddings`` when what callers ask may not be told there.
    """
    if not settings.embeddings_url:
        return None
    check_embedder(settings)
    key = settings.embeddings_api_key.get_secret_value()
    return HttpEmbedder(http, settings.embeddings_url, settings.embeddings_model, key)


def reranker_for(settings: Settings, http: aiohttp.ClientSession) -> Reranker | None:
    """Who reads what was found on pages again; ``None`` where nobody is set.

    Raises:
        OwnerFixable: ``privacy.rerank`` when what callers ask may not be told there.
    """
    if not settings.rerank_url:
        return None
    check_reranker(settings)
    key = settings.rerank_api_key.get_secret_value()
    return HttpReranker(http, settings.rerank_url, settings.rerank_model, key)


def email_sender(
    settings: Settings, business: Business, http: aiohttp.ClientSession
) -> EmailSender | None:
    """Resend when there is a key, else the mail server that is set; ``None`` for neither."""
    if not settings.has_email:
        return None
    sender, name = settings.email_from, business.name
    if settings.has_resend:
        key = settings.resend_api_key.get_secret_value()
        return ResendSender(http, key, sender, name, base_url=settings.resend_api_url)
    return SmtpSender(MailServer.read(settings.smtp_url.get_secret_value()), sender, name)


def _email_part(settings: Settings) -> str:
    if not settings.has_email:
        return "none"
    return "Resend" if settings.has_resend else "SMTP"


def _payments(
    settings: Settings, business: Business, account: TwilioAccount, jobs: Jobs
) -> tuple[Payments, LocalPayments | None, str]:
    """Stripe when there is a key, else our own page."""
    if settings.has_stripe:
        if not settings.stripe_webhook_secret.get_secret_value():
            raise OwnerFixable(
                "settings.stripe_webhook",
                "A Stripe key needs the webhook's signing secret beside it.",
                where="STRIPE_WEBHOOK_SECRET",
            )
        stripe = StripePayments(
            settings.stripe_api_key.get_secret_value(),
            business_name=business.name,
            success_url=account.url("/paid"),
            cancel_url=account.url("/not-paid"),
            api_base=settings.stripe_api_url,
        )
        return stripe, None, "Stripe"
    local = LocalPayments(
        page_url=account.url("/pay"),
        webhook_url=account.url("/webhooks/stripe"),
        secret=_webhook_secret(settings),
        business_name=business.name,
        clock=SystemClock(),
        job_of=jobs.get,
    )
    return local, local, "local page"
