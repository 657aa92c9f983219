"""One exchange with each part, over real sockets to emulators that fail: what an owner reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from loadtest.simulator import wav
from loadtest.simulator.carrier import CarrierEmulator
from loadtest.simulator.g711 import encode
from loadtest.simulator.providers.by_manifest import ByManifest
from loadtest.simulator.providers.cartesia import CartesiaEmulator
from loadtest.simulator.providers.deepgram import DeepgramEmulator
from loadtest.simulator.providers.faults import FaultName, FaultScript, ProviderFault
from loadtest.simulator.providers.openai_chat import EMULATED_KEY, OpenAiChat
from loadtest.simulator.providers.scripted_model import scripted_model
from loadtest.simulator.providers.serving import listening
from loadtest.simulator.providers.vendors import hum
from loadtest.simulator.rest import FaultKind, RestFault
from telephony.twilio.account import TwilioAccount
from telephony.twilio.forms import FormReader
from tests.support import virtual_time
from voiceagent.app.cli.advice import ADVICE, advice
from voiceagent.app.cli.doctor import with_exchanges
from voiceagent.app.cli.exchanges import (
    SENTENCE,
    WORDS,
    Exchange,
    ExchangeFinding,
    exchanges,
    stripe_exchange,
    tried,
)
from voiceagent.app.cli.findings import DoctorReport, PartFinding
from voiceagent.app.cli.health import Health
from voiceagent.app.settings import Settings
from voiceagent.domain.business_file import load_business
from voiceagent.errors import OwnerFixable, Unavailable
from voiceagent.store.embedded import EmbeddedPostgres

BUSINESS = load_business("business/coolcare.toml")
SID, TOKEN = "AC" + "0" * 32, "twilio-token-0000"
KEY = "sk_test_00000000"
Own = Callable[..., Settings]

ANSWERS = {
    "speech to text": "no gas no smoke no carbon",
    "dialogue": "gpt-4.1-mini answered",
    "text to speech": "s of speech",
}
KEYS = {
    "speech to text": "DEEPGRAM_API_KEY",
    "dialogue": "OPENAI_API_KEY",
    "text to speech": "CARTESIA_API_KEY",
}


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Own:
    """Settings of an owner who has written these into `.env`, and nothing else."""

    def settings(**values: str) -> Settings:
        monkeypatch.chdir(tmp_path)
        (tmp_path / ".env").write_text("".join(f"{n}={v}\n" for n, v in values.items()))
        return Settings.read()

    return settings


@asynccontextmanager
async def providers(fault: ProviderFault | None) -> AsyncIterator[dict[str, str]]:
    """All three, with the same fault for every request; the settings that lead to them."""

    def script() -> FaultScript:
        return FaultScript([fault] if fault is not None else [])

    sound = encode(wav.read(SENTENCE))
    heard = ByManifest([("sentence", sound, WORDS.split(), [(0, len(sound))])])
    hears = DeepgramEmulator(heard, key=EMULATED_KEY, faults=script())
    speaks = CartesiaEmulator(hum, key=EMULATED_KEY, faults=script())
    async with AsyncExitStack() as stack:
        openai = await stack.enter_async_context(
            OpenAiChat(scripted_model, faults=script()).running()
        )
        deepgram = await stack.enter_async_context(listening(hears.app()))
        cartesia = await stack.enter_async_context(listening(speaks.app()))
        yield {
            "DEEPGRAM_URL": deepgram,
            "OPENAI_BASE_URL": f"{openai}/v1",
            "CARTESIA_URL": cartesia,
        } | dict.fromkeys(KEYS.values(), EMULATED_KEY)


async def found(settings: Settings, part: str, within_s: float = 10.0) -> ExchangeFinding:
    (one,) = (e for e in exchanges(settings, BUSINESS, everything=False) if e.part == part)
    return await tried(replace(one, within_s=within_s), settings)


def met(part: str, fault: ProviderFault | None, own: Own) -> ExchangeFinding:
    """What came of it; in time that passes only while all wait, where no thread is waited for."""

    async def meet(within_s: float) -> ExchangeFinding:
        async with providers(fault) as given:
            return await found(own(**given), part, within_s)

    if part != "dialogue":
        return virtual_time.run(meet(10.0))
    slow = fault is not None and fault.name is FaultName.SLOW_FIRST_BYTE
    return asyncio.run(meet(0.5 if slow else 10.0))


@pytest.mark.parametrize("part", ANSWERS)
def test_a_provider_that_works_is_timed(part: str, own: Own) -> None:
    said = met(part, None, own)
    assert said.health is Health.OK, said
    assert ANSWERS[part] in said.said
    assert said.took_ms is not None


@pytest.mark.parametrize("part", ANSWERS)
@pytest.mark.parametrize(
    ("fault", "problem", "what_to_do"),
    [
        (FaultName.UNAUTHORIZED, "(401", "in .env: copy it again"),
        (FaultName.RATE_LIMITED, "", "Wait a minute"),
        (FaultName.SERVER_ERROR, "", "in a few minutes"),
        (FaultName.REFUSE, "", "way to the network"),
        (FaultName.SLOW_FIRST_BYTE, "", "Try again"),
        (FaultName.EMPTY_SUCCESS, "", "status page"),
    ],
)
def test_a_provider_that_fails_is_wrong_in_words(
    part: str, fault: FaultName, problem: str, what_to_do: str, own: Own
) -> None:
    wait_s = 30.0 if fault is FaultName.SLOW_FIRST_BYTE else 1.0
    said = met(part, ProviderFault(fault, times=None, wait_s=wait_s), own)
    assert said.health is Health.WRONG
    assert problem in said.said
    assert what_to_do in said.said
    if fault is FaultName.UNAUTHORIZED:
        assert KEYS[part] in said.said
    assert EMULATED_KEY not in said.model_dump_json()


async def test_a_port_where_nobody_listens(own: Own) -> None:
    said = await found(own(OPENAI_API_KEY="sk-x", OPENAI_BASE_URL="http://127.0.0.1:9/v1"),
                       "dialogue")  # fmt: skip
    assert said.health is Health.WRONG
    assert "way to the network" in said.said


async def test_only_what_leaves_this_machine_is_tried_unless_everything_is(own: Own) -> None:
    settings = own()
    usual = [one.part for one in exchanges(settings, BUSINESS, everything=False)]
    every = [one.part for one in exchanges(settings, BUSINESS, everything=True)]
    assert usual == ["database"]
    assert every == ["database", "speech to text", "dialogue", "text to speech", "server"]


async def test_everything_has_also_whoever_takes_over(own: Own) -> None:
    settings = own(DEEPGRAM_API_KEY="x", CARTESIA_API_KEY="x", STT_PROVIDER="deepgram,pocketsphinx")
    asked = [(one.part, one.name) for one in exchanges(settings, BUSINESS, everything=True)]
    hearing = [name for part, name in asked if part == "speech to text"]
    assert hearing == ["deepgram", "pocketsphinx"]
    speaking = [name for part, name in asked if part == "text to speech"]
    assert speaking[0] == "cartesia"
    assert len(speaking) > 1


@pytest.mark.parametrize(
    ("status", "body", "health", "words"),
    [
        (200, {"status": "ok"}, Health.OK, "answers calls"),
        (200, {"status": "ok", "calls": 3}, Health.OK, "3 now"),
        (503, {"status": "draining"}, Health.WRONG, "takes no calls: draining"),
        (404, [], Health.WRONG, "something else"),
    ],
)
async def test_the_engine_that_runs_is_asked(
    status: int, body: object, health: Health, words: str, own: Own
) -> None:
    async with serving("/health", lambda _: web.json_response(body, status=status)) as url:
        settings = own(PORT=url.rpartition(":")[2], HOST="0.0.0.0")
        (one,) = [e for e in exchanges(settings, BUSINESS, everything=True) if e.part == "server"]
        said = await tried(one, settings)
    assert (said.health, words in said.said) == (health, True), said


async def test_no_engine_that_runs_is_no_fault(own: Own) -> None:
    settings = own(PORT="9")
    (one,) = [e for e in exchanges(settings, BUSINESS, everything=True) if e.part == "server"]
    assert (await tried(one, settings)).health is Health.UNUSED


@asynccontextmanager
async def twilio(own: Own, **more: str) -> AsyncIterator[tuple[CarrierEmulator, Settings]]:
    async with CarrierEmulator(account_sid=SID, auth_token=TOKEN).running() as carrier:
        values = {
            "TWILIO_ACCOUNT_SID": SID,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_URL": carrier.rest_url,
            "PUBLIC_URL": "https://voice.example.com",
        }
        yield carrier, own(**(values | more))


HERE = "https://voice.example.com/incoming"


@pytest.mark.parametrize(
    ("numbers", "health", "words"),
    [
        ({BUSINESS.phone: HERE}, Health.OK, HERE),
        ({}, Health.WRONG, "no number of this account"),
        ({BUSINESS.phone: "https://demo.twilio.com/x"}, Health.WRONG, "go to https://demo.twilio"),
        ({BUSINESS.phone: ""}, Health.WRONG, f"set 'A call comes in' to {HERE}"),
    ],
)
async def test_twilio_sends_calls_here_or_it_is_said_where_they_go(
    numbers: dict[str, str], health: Health, words: str, own: Own
) -> None:
    async with twilio(own) as (carrier, settings):
        carrier.numbers.update(numbers)
        said = await found(settings, "carrier")
    assert (said.health, words in said.said) == (health, True), said


@pytest.mark.parametrize(
    ("faults", "more", "words"),
    [
        ([], {"TWILIO_AUTH_TOKEN": "wrong-token-00000"}, "(401)"),
        ([], {"TWILIO_AUTH_TOKEN": "wrong-token-00000"}, "TWILIO_AUTH_TOKEN in .env"),
        ([RestFault(FaultKind.REFUSE, times=None)], {}, "429"),
        ([RestFault(FaultKind.ERROR, times=None)], {}, "500"),
        ([RestFault(FaultKind.DELAY, times=None, delay_s=1.0)], {}, "No answer within"),
        ([], {"TWILIO_API_URL": "http://127.0.0.1:9"}, "no connection"),
    ],
    ids=str,
)
async def test_twilio_that_fails_is_said_with_what_to_do(
    faults: list[RestFault], more: dict[str, str], words: str, own: Own
) -> None:
    async with twilio(own, **more) as (carrier, settings):
        carrier.faults.extend(faults)
        said = await found(settings, "carrier", within_s=0.7)
    assert said.health is Health.WRONG
    assert words in said.said
    assert "wrong-token" not in said.said


@asynccontextmanager
async def serving(path: str, handler: Callable[[web.Request], object]) -> AsyncIterator[str]:
    async def handle(request: web.Request) -> web.StreamResponse:
        answer = handler(request)
        if asyncio.iscoroutine(answer):
            answer = await answer
        assert isinstance(answer, web.StreamResponse)
        return answer

    app = web.Application()
    app.router.add_route("*", path, handle)
    async with listening(app) as url:
        yield url


async def test_a_webhook_is_signed_as_the_carrier_signs_it(own: Own) -> None:
    forms: list[FormReader] = []

    async def status(request: web.Request) -> web.Response:
        await forms[0].read(request, "/status")
        return web.Response(status=204)

    async with serving("/status", status) as url:
        forms.append(FormReader(TwilioAccount(SID, TOKEN, url)))
        settings = own(TWILIO_ACCOUNT_SID=SID, TWILIO_AUTH_TOKEN=TOKEN, PUBLIC_URL=url)
        said = await found(settings, "webhooks")
    assert said.health is Health.OK, said


@pytest.mark.parametrize(
    ("status", "health", "words"),
    [
        (403, Health.WRONG, "another TWILIO_AUTH_TOKEN or PUBLIC_URL"),
        (404, Health.WRONG, "PUBLIC_URL must lead to this engine"),
        (302, Health.WRONG, "PUBLIC_URL must lead to this engine"),
        (502, Health.UNUSED, "no engine is running behind it"),
    ],
)
async def test_what_stands_at_the_public_address(
    status: int, health: Health, words: str, own: Own
) -> None:
    async with serving("/status", lambda _: web.Response(status=status)) as url:
        settings = own(TWILIO_ACCOUNT_SID=SID, TWILIO_AUTH_TOKEN=TOKEN, PUBLIC_URL=url)
        said = await found(settings, "webhooks")
    assert (said.health, words in said.said) == (health, True), said


async def test_an_engine_that_is_not_running_is_no_fault(own: Own) -> None:
    settings = own(TWILIO_ACCOUNT_SID=SID, TWILIO_AUTH_TOKEN=TOKEN, PUBLIC_URL="http://127.0.0.1:9")
    said = await found(settings, "webhooks")
    assert (said.health, said.took_ms) == (Health.UNUSED, None)
    assert "./run serve" in said.said


@pytest.mark.parametrize(
    ("status", "body", "health", "words"),
    [
        (200, {"object": "list", "data": [], "has_more": False, "url": "/v1"}, Health.OK, "reads"),
        (401, {"error": {"type": "invalid_request_error"}}, Health.WRONG, "(401)"),
        (401, {"error": {"type": "invalid_request_error"}}, Health.WRONG, "STRIPE_API_KEY in .env"),
        (403, {"error": {"type": "invalid_request_error"}}, Health.WRONG, "(403)"),
        (429, {"error": {"type": "invalid_request_error"}}, Health.WRONG, "429"),
        (500, {"error": {"type": "api_error"}}, Health.WRONG, "status page"),
    ],
)
async def test_stripe(
    status: int, body: dict[str, object], health: Health, words: str, own: Own
) -> None:
    answer: Callable[[web.Request], object] = lambda _: web.json_response(body, status=status)  # noqa: E731
    async with serving("/v1/checkout/sessions", answer) as url:
        settings = own(STRIPE_API_KEY=KEY, STRIPE_WEBHOOK_SECRET="whsec_x", STRIPE_API_URL=url)
        one = Exchange("payments", "Stripe", lambda: stripe_exchange(settings))
        said = await tried(one, settings)
    assert (said.health, words in said.said) == (health, True), said
    assert KEY not in said.said


async def test_a_database_takes_a_write_or_says_why_not(own: Own, database: str) -> None:
    said = await found(own(DATABASE_URL=database), "database")
    assert said.health is Health.OK, said
    away = await found(own(DATABASE_URL="postgresql://u:hunter22@127.0.0.1:9/x"), "database")
    assert away.health is Health.WRONG
    assert "hunter22" not in away.said


async def test_a_database_without_tables_is_not_tried(own: Own, postgres: EmbeddedPostgres) -> None:
    dsn = postgres.dsn("postgres")
    said = await found(own(DATABASE_URL=dsn), "database")
    assert (said.health, said.took_ms) == (Health.UNUSED, None)
    assert "db migrate" in said.said


async def test_what_nobody_foresaw_is_told_without_its_words(own: Own) -> None:
    async def fails() -> str:
        raise ValueError("the key sk-live-1234")

    said = await tried(Exchange("dialogue", "x", fails), own())
    assert said.health is Health.WRONG
    assert "ValueError" in said.said
    assert "sk-live" not in said.said


async def test_what_is_wrong_already_is_not_tried(own: Own) -> None:
    wrong = PartFinding(part="database", uses="x", why="x", health=Health.WRONG, problem="x")
    report = DoctorReport(findings=(wrong,), providers=())
    told: list[str] = []
    after = await with_exchanges(own(), report, everything=False, tell=told.append)
    assert (after.exchanges, told) == ((), [])


@pytest.mark.parametrize("kind", ADVICE)
def test_advice_names_where_to_look_and_leaves_no_gap(kind: str) -> None:
    for error in (Unavailable(f"x.{kind}", "No."), OwnerFixable(f"x.{kind}", "No.", where="X_KEY")):
        told = advice(error, "Deepgram", lambda _: ".env")
        assert told.startswith("No.")
        assert "{" not in told
