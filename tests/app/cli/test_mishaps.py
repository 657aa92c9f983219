"""Mishaps of owners, over real sockets: what is said names the setting that has to be changed."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import psycopg
import pytest
from aiohttp import web

from loadtest.simulator.providers.openai_chat import EMULATED_KEY, OpenAiChat
from loadtest.simulator.providers.scripted_model import scripted_model
from loadtest.simulator.providers.serving import listening
from pipelines.providers.wire import SocketVendor, open_socket
from tests.app.cli.test_exchanges import Own, found, own
from voiceagent.app.cli.advice import advice
from voiceagent.app.cli.health import Health
from voiceagent.errors import OwnerFixable, VoiceAgentError
from voiceagent.store.dsn import connecting

__all__ = ["own"]


def page(status: int = 200) -> web.Response:
    return web.Response(status=status, text="<html>Welcome</html>", content_type="text/html")


def problem(status: int, body: object) -> web.Response:
    return web.json_response(body, status=status)


NO_MODEL = {"error": {"message": "model 'x' not found, try pulling it first", "type": "api_error"}}
VLLM = {"object": "error", "message": "The model `x` does not exist.", "code": 404}
AZURE = {"error": {"code": "DeploymentNotFound", "message": "The API deployment does not exist."}}
AZURE_PATH = {"error": {"code": "404", "message": "Resource not found"}}
OPENAI_PATH = {"error": {"message": "Invalid URL (POST /x/chat/completions)", "type": "x"}}
FASTAPI = {"detail": "Not Found"}
DEEPGRAM = {"err_code": "Bad Request", "err_msg": "No such model/language/tier combination found."}


@asynccontextmanager
async def answering(answer: Callable[[], web.Response]) -> AsyncIterator[str]:
    """A server that answers everything in the same way."""

    async def handle(_: web.Request) -> web.Response:
        return answer()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    async with listening(app) as url:
        yield url


PARTS = {
    "dialogue": ("OPENAI_BASE_URL", "OPENAI_API_KEY"),
    "speech to text": ("DEEPGRAM_URL", "DEEPGRAM_API_KEY"),
    "text to speech": ("CARTESIA_URL", "CARTESIA_API_KEY"),
    "speech to speech": ("OPENAI_REALTIME_URL", "OPENAI_API_KEY"),
}


@pytest.mark.parametrize(
    ("part", "answer", "setting"),
    [
        ("dialogue", lambda: problem(404, NO_MODEL), "OPENAI_MODEL"),
        ("dialogue", lambda: problem(404, VLLM), "OPENAI_MODEL"),
        ("dialogue", lambda: problem(404, AZURE), "OPENAI_MODEL"),
        ("dialogue", lambda: problem(404, AZURE_PATH), "OPENAI_BASE_URL"),
        ("dialogue", lambda: problem(404, OPENAI_PATH), "OPENAI_BASE_URL"),
        ("dialogue", lambda: problem(404, FASTAPI), "OPENAI_BASE_URL"),
        ("dialogue", lambda: page(404), "OPENAI_BASE_URL"),
        ("dialogue", lambda: page(405), "OPENAI_BASE_URL"),
        ("dialogue", page, "OPENAI_BASE_URL"),
        ("dialogue", lambda: web.Response(status=301, headers={"Location": "/x"}),
         "OPENAI_BASE_URL"),
        ("dialogue", lambda: problem(401, {}), "OPENAI_API_KEY"),
        ("dialogue", lambda: problem(402, {}), "OPENAI_API_KEY"),
        ("speech to text", lambda: page(404), "DEEPGRAM_URL"),
        ("speech to text", page, "DEEPGRAM_URL"),
        ("speech to text", lambda: problem(400, DEEPGRAM), "DEEPGRAM_MODEL"),
        ("speech to text", lambda: problem(402, {}), "DEEPGRAM_API_KEY"),
        ("speech to text", lambda: problem(403, {}), "DEEPGRAM_API_KEY"),
        ("text to speech", lambda: page(404), "CARTESIA_URL"),
        ("text to speech", lambda: page(405), "CARTESIA_URL"),
        ("text to speech", page, "CARTESIA_URL"),
        ("text to speech", lambda: web.Response(status=308, headers={"Location": "/x"}),
         "CARTESIA_URL"),
        ("text to speech", lambda: problem(401, {}), "CARTESIA_API_KEY"),
        ("speech to speech", lambda: page(404), "OPENAI_REALTIME_URL"),
        ("speech to speech", lambda: problem(404, NO_MODEL), "OPENAI_REALTIME_MODEL"),
        ("speech to speech", lambda: problem(401, {}), "OPENAI_API_KEY"),
    ],
)  # fmt: skip
async def test_what_stands_at_a_wrong_address_or_refuses_is_told_by_setting(
    part: str, answer: Callable[[], web.Response], setting: str, own: Own
) -> None:
    address, key = PARTS[part]
    async with answering(answer) as url:
        given = {address: url, key: EMULATED_KEY}
        if part == "speech to speech":
            given["SPEECH_TO_SPEECH_PROVIDER"] = "openai_realtime"
        said = await found(own(**given), part)
    assert said.health is Health.WRONG
    assert f"Check {setting} in .env" in said.said or f"into {setting} in .env" in said.said, said


async def test_a_base_url_without_v1_is_told_as_such(own: Own) -> None:
    async with OpenAiChat(scripted_model).running() as url:
        said = await found(own(OPENAI_BASE_URL=url, OPENAI_API_KEY=EMULATED_KEY), "dialogue")
    assert "end with /v1" in said.said
    assert "OPENAI_BASE_URL in .env" in said.said


VENDOR = SocketVendor("x", "X", "X_KEY", "X_URL", "X_MODEL")


@pytest.mark.parametrize(
    ("key", "says"),
    [("\u201cabc\u201d", "quotation mark"), ("\ufeffabc", "cannot be seen"), ("abc\n", "line end")],
)
async def test_a_key_that_no_header_carries_is_not_told_as_the_network(key: str, says: str) -> None:
    with pytest.raises(OwnerFixable) as caught:
        await open_socket(VENDOR, "ws://127.0.0.1:9", {"Authorization": f"Token {key}"}, 1.0)
    assert caught.value.where == "X_KEY"
    assert says in caught.value.message


async def test_an_encrypted_address_of_a_plain_server_is_told_as_the_address() -> None:
    async with answering(page) as url:
        with pytest.raises(OwnerFixable) as caught:
            await open_socket(VENDOR, url.replace("http://", "wss://"), {}, 2.0)
    assert caught.value.where == "X_URL"


PG_HBA = 'no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", '
NO_ROOT = (
    'connection to server at "database.example.com", port 5432 failed: root certificate file'
    ' "/home/u/.postgresql/root.crt" does not exist'
)


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (psycopg.OperationalError(f"FATAL:  {PG_HBA}no encryption"), "database.tls",
         "sslmode=require"),
        (asyncpg.InvalidAuthorizationSpecificationError(f"{PG_HBA}no encryption"), "database.tls",
         "sslmode=require"),
        (psycopg.OperationalError(f"FATAL: {PG_HBA}SSL encryption FATAL: {PG_HBA}no encryption"),
         "database.not_let_in", "pg_hba.conf"),
        (psycopg.OperationalError('invalid sslmode value: "x"'), "database.tls", "verify-full"),
        (psycopg.OperationalError(NO_ROOT), "database.certificate", "sslrootcert"),
        (ssl.SSLCertVerificationError(1, "certificate verify failed: self-signed"),
         "database.certificate", "sslrootcert"),
        (psycopg.OperationalError("server does not support SSL, but SSL was required"),
         "database.tls", "take sslmode out"),
        (ConnectionError('PostgreSQL server at "h:5432" rejected SSL upgrade'), "database.tls",
         "take sslmode out"),
        (psycopg.OperationalError("channel binding required, but server did not offer"),
         "database.tls", "channel_binding"),
        (asyncpg.InvalidPasswordError("x"), "database.password", "password"),
        (psycopg.OperationalError("password authentication failed for user u"),
         "database.password", "password"),
        (psycopg.OperationalError('FATAL: database "d" does not exist'), "database.name", "name"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_database_that_lets_nobody_in_is_told_with_what_to_change(
    error: Exception, code: str, says: str
) -> None:
    with pytest.raises(VoiceAgentError) as caught, connecting():
        raise error
    told = advice(caught.value, "PostgreSQL", lambda _: ".env")
    assert caught.value.code == code
    assert says in told
    assert "Check DATABASE_URL in .env" in told
