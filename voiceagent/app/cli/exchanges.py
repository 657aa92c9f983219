"""One real exchange with each configured part, timed, for ``doctor``.

What leaves this machine is tried: a database that takes a write, a recogniser that hears a recorded
sentence, a voice that speaks one, a model that answers (in writing, or by sound), payments and
carrier that can be read, and webhooks that come in signed. What runs here without a key is tried
when everything is asked for.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

import aiohttp
import numpy as np
from pydantic import BaseModel, ConfigDict
from twilio.request_validator import RequestValidator

from connectors.agents.http import AgentAddress, AgentHttp
from connectors.gates import OwnGate
from connectors.pagerduty.pager import EVENTS_API, PagerDutyPager
from connectors.stripe.payments import StripePayments
from loadtest.simulator import wav
from pipelines.providers.registry import Registry
from pipelines.providers.spec import Provider, SttProvider, TtsProvider
from telephony.twilio.account import TwilioAccount
from telephony.twilio.rest import TwilioRest
from telephony.twilio.whisper_texts import WhisperTexts
from voiceagent.app.agents import agent_addresses
from voiceagent.app.cli.advice import advice
from voiceagent.app.cli.health import Health
from voiceagent.app.installation import public_url
from voiceagent.app.ops.logs import Veil
from voiceagent.app.providers import chosen, site
from voiceagent.app.settings import SHARED, Settings
from voiceagent.core.clock import SystemClock
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting
from voiceagent.errors import OwnerFixable, PeerMisbehaved, Unavailable, VoiceAgentError
from voiceagent.store import PostgresStore
from voiceagent.store.databases import pending
from voiceagent.store.embedded import EmbeddedPostgres
from voiceagent.store.rehearsal import rehearse

WITHIN_S: Final = 10.0
"""How long an exchange may take, for a part that a caller would wait for."""

START_WITHIN_S: Final = 240.0
"""The same for one whose helper process has to start first, and may have to build its model."""

SENTENCE: Final = SHARED / "audio_fixtures" / "reference" / "slt" / "02.wav"
WORDS: Final = "no no gas no smoke no carbon monoxide"
SPOKEN: Final = "Thank you for calling. How can I help?"

_NOT_RUNNING: Final = frozenset({502, 503, 504, 521, 522, 523, 530})
"""What proxies and tunnels answer when nothing stands behind them; and we without a database."""


class ExchangeFinding(BaseModel):
    """What came of one exchange. `took_ms` has the start of the part in it; None: not tried."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    part: str
    name: str
    health: Health
    took_ms: float | None
    said: str


class NotTried(Exception):
    """It makes no sense to try; the text says why."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange to be had: `run` tells in a few words what came of it."""

    part: str
    name: str
    run: Callable[[], Awaitable[str]]
    within_s: float = WITHIN_S


async def tried(one: Exchange, settings: Settings) -> ExchangeFinding:
    """Have an exchange, and say how it went without any secret."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    veil = Veil(settings.secrets())

    def finding(health: Health, said: str, *, timed: bool = True) -> ExchangeFinding:
        took_ms = round((loop.time() - began_s) * 1000, 1) if timed else None
        return ExchangeFinding(
            part=one.part, name=one.name, health=health, took_ms=took_ms, said=veil.over(said)
        )

    try:
        async with asyncio.timeout(one.within_s):
            return finding(Health.OK, await one.run())
    except TimeoutError:
        late = Unavailable("doctor.late", f"No answer within {one.within_s:.0f} s.")
        return finding(Health.WRONG, advice(late, one.name, settings.place_of))
    except NotTried as why:
        return finding(Health.UNUSED, str(why), timed=False)
    except Exception as error:  # noqa: BLE001 - whatever a part does, the other parts are tried too
        cause = first_cause(error)
        if cause is not None:
            return finding(Health.WRONG, advice(cause, one.name, settings.place_of))
        # Its text may quote a key or an address: only its kind is told.
        return finding(Health.WRONG, f"It failed in a way we did not foresee: {_kind(error)}.")


def first_cause(error: BaseException) -> VoiceAgentError | None:
    """The first error that was raised on purpose, of a group too."""
    if isinstance(error, BaseExceptionGroup):
        return next((found for one in error.exceptions if (found := first_cause(one))), None)
    if isinstance(error.__cause__, OwnerFixable):
        return error.__cause__  # told as unavailable to a caller, who cannot mend it
    return error if isinstance(error, VoiceAgentError) else None


def _kind(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return type(error).__name__


def exchanges(
    settings: Settings, business: Business, *, everything: bool, registry: Registry | None = None
) -> Iterator[Exchange]:
    """The exchanges that these settings call for.

    Args:
        settings: those of the engine.
        business: whose number is looked up.
        everything: also parts that run here and need no key, those that take over where another
            fails, and the engine that may be running.
        registry: providers; those that are installed by default.

    Raises:
        OwnerFixable: the providers that are asked for cannot be had.
    """
    yield Exchange("database", _database_name(settings), lambda: _database(settings))
    used = chosen(settings, business, registry)
    whole = used.speech_to_speech
    parts = (used.stt, used.llm, used.tts, used.spoken_model)
    for provider in parts if whole is None else (whole, used.llm):
        if provider is not None and (everything or not provider.private):
            yield _provider(settings, business, provider)
    # Who takes over is met by a caller only when another fails: nobody would know before.
    backups: tuple[Provider, ...] = (*used.stt_backups, *used.tts_backups)
    for backup in backups if everything else ():
        yield _provider(settings, business, backup)
    if settings.has_stripe:
        yield Exchange("payments", "Stripe", lambda: stripe_exchange(settings))
    if settings.pagerduty_routing_key.get_secret_value():
        yield Exchange("pager", "PagerDuty", lambda: pager_exchange(settings))
    if settings.has_twilio:
        yield Exchange("carrier", "Twilio", lambda: _carrier(settings, business))
        yield Exchange("webhooks", public_url(settings), lambda: _webhook(settings))
    for address in agent_addresses(settings):
        name = f"{address.name.replace('_', '-')} agent"
        yield Exchange(name, address.url, partial(_agent, address))
    if everything and settings.port:
        yield Exchange("server", _here(settings), lambda: _server(settings))


def _database_name(settings: Settings) -> str:
    return "DATABASE_URL" if settings.has_database else "embedded PostgreSQL"


async def _database(settings: Settings) -> str:
    dsn = settings.database_url.get_secret_value()
    own = dsn or await asyncio.to_thread(EmbeddedPostgres(settings.state_dir).start)
    if await asyncio.to_thread(pending, own):
        raise NotTried("its tables are not there yet, or old: ./run serve or db migrate makes them")
    async with PostgresStore(own).opened() as store:
        await rehearse(store.database)
    return "a call written, read and taken back"


def _provider(settings: Settings, business: Business, provider: Provider) -> Exchange:
    place = site(settings, business, provider)

    async def run() -> str:
        if provider.exchange is not None:
            return await provider.exchange(place)
        match provider:
            case SttProvider():
                return await _hears(settings, business, provider)
            case TtsProvider():
                return await _speaks(settings, business, provider)
            case _:
                raise NotTried("nothing to try: it has no exchange of its own")

    within_s = START_WITHIN_S if provider.private else WITHIN_S
    return Exchange(provider.kind.words, provider.name, run, within_s)


async def _hears(settings: Settings, business: Business, provider: SttProvider) -> str:
    from pipelines.providers.alone import recognised  # noqa: PLC0415 - loads pipecat

    sound = np.asarray(wav.read(Path(SENTENCE)), dtype=np.int16).tobytes()
    async with provider.open(site(settings, business, provider)) as make:
        began_s = _now_s()
        text = await recognised(make(lambda: Expecting.ANYTHING), sound)
        took_s = _now_s() - began_s
    wanted = WORDS.split()
    heard = [word.strip(".,!?").lower() for word in text.split()]
    if sum(word in heard for word in set(wanted)) * 2 < len(set(wanted)):
        told = f"It heard {text!r} where a recording says {WORDS!r}."
        where = f"{provider.name.upper()}_MODEL"
        raise OwnerFixable("doctor.model", told, where=where)
    return f"heard {text!r} in {took_s * 1000:.0f} ms"


async def _speaks(settings: Settings, business: Business, provider: TtsProvider) -> str:
    from pipelines.speech_ends import renderer  # noqa: PLC0415 - loads pipecat

    async with provider.open(site(settings, business, provider)) as voice:
        began_s, first_s, length = _now_s(), 0.0, 0
        async for piece in renderer(voice)(SPOKEN):
            first_s = first_s or _now_s()
            length += len(piece.pcm_8k)
    if not length:
        raise Unavailable("doctor.silent", "It spoke a sentence without any sound.")
    first_ms = (first_s - began_s) * 1000
    return f"first sound after {first_ms:.0f} ms, {length / 16000:.1f} s of speech"


def _now_s() -> float:
    return asyncio.get_running_loop().time()


async def stripe_exchange(settings: Settings) -> str:
    """A read of no consequence, by the key.

    Raises:
        VoiceAgentError: see `StripePayments.check`.
    """
    stripe = StripePayments(
        settings.stripe_api_key.get_secret_value(),
        business_name="",
        success_url="",
        cancel_url="",
        api_base=settings.stripe_api_url,
    )
    try:
        await stripe.check()
    finally:
        await stripe.aclose()
    return "the key reads checkouts"


async def pager_exchange(settings: Settings, *, base_url: str = EVENTS_API) -> str:
    """An alert that was never raised is resolved, by the key: nobody is rung.

    Raises:
        VoiceAgentError: see `PagerDutyPager.check`.
    """
    async with aiohttp.ClientSession() as http:
        key = settings.pagerduty_routing_key.get_secret_value()
        await PagerDutyPager(http, key, base_url=base_url).check()
    return "the key is taken"


async def _agent(address: AgentAddress) -> str:
    """Whether an outside agent is there and takes our token."""
    async with aiohttp.ClientSession() as http:
        agent = AgentHttp(address, http, OwnGate(SystemClock().monotonic))
        await agent.check(deadline_s=WITHIN_S)
    return "it is there and takes the token"


async def _carrier(settings: Settings, business: Business) -> str:
    account = _account(settings)
    wanted = account.url("/incoming")
    async with aiohttp.ClientSession() as http:
        rest = TwilioRest(
            account,
            http,
            from_number=business.phone,
            transfer_numbers=frozenset(),
            briefings=WhisperTexts(),
            base_url=settings.twilio_api_url,
        )
        setup = await rest.number_setup(business.phone)
    if setup is None:
        raise OwnerFixable(
            "doctor.number",
            f"{business.phone}, the phone of the business file, is no number of this account."
            " Write the number you bought at Twilio there.",
        )
    if setup.voice_url.rstrip("/") != wanted:
        now = f"go to {setup.voice_url}" if setup.voice_url else "go nowhere"
        raise OwnerFixable(
            "doctor.voice_url",
            f"Calls to {business.phone} {now}: on the number's page at Twilio set 'A call comes in'"
            f" to {wanted} (POST).",
        )
    return f"{business.phone} calls {wanted}"


async def _webhook(settings: Settings) -> str:
    """Ring at our own public address as the carrier would: signed, and about a call nobody has."""
    account = _account(settings)
    url = account.url("/status")
    fields = {
        "AccountSid": account.account_sid,
        "CallSid": f"CA{secrets.token_hex(16)}",
        "CallStatus": "ringing",
        "SequenceNumber": "0",
    }
    signature = RequestValidator(account.auth_token).compute_signature(url, fields)
    try:
        async with (
            aiohttp.ClientSession() as http,
            http.post(
                url,
                data=fields,
                headers={"X-Twilio-Signature": signature},
                allow_redirects=False,
            ) as answer,
        ):
            status = answer.status
    except aiohttp.ClientError:
        raise NotTried(
            f"nobody answers at {url} now: start ./run serve, and see that the proxy or tunnel runs"
        ) from None
    if status == HTTPStatus.NO_CONTENT:
        return "a signed webhook came in"
    if status in _NOT_RUNNING:
        raise NotTried(f"{url} answers {status}: no engine is running behind it now")
    if status == HTTPStatus.FORBIDDEN:
        raise OwnerFixable(
            "doctor.signature",
            f"The server at {url} refuses our signature ({status}): it runs with another"
            " TWILIO_AUTH_TOKEN or PUBLIC_URL than these settings. Start it anew with them.",
        )
    raise PeerMisbehaved(
        "doctor.webhook",
        f"{url} answers {status}. PUBLIC_URL must lead to this engine, path and all, without a"
        " sign-in or redirect before it.",
    )


async def _server(settings: Settings) -> str:
    """Whether an engine on this machine answers calls now."""
    token = settings.metrics_token.get_secret_value()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"http://{_here(settings)}/health"
    try:
        async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as answer:
            body = await answer.json(content_type=None)
    except (aiohttp.ClientError, ValueError):
        raise NotTried("no engine answers there now: ./run serve starts it") from None
    status = str(body.get("status")) if isinstance(body, dict) else "something else"
    if answer.status != HTTPStatus.OK:
        raise Unavailable("doctor.server", f"The engine there takes no calls: {status}.")
    live = body.get("calls") if isinstance(body, dict) else None
    return "answers calls" if live is None else f"answers calls, {live} now"


def _here(settings: Settings) -> str:
    """Where an engine with these settings is found from this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return f"[{host}]:{settings.port}" if ":" in host else f"{host}:{settings.port}"


def _account(settings: Settings) -> TwilioAccount:
    token = settings.twilio_auth_token.get_secret_value()
    return TwilioAccount(settings.twilio_account_sid, token, public_url(settings))
