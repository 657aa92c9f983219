"""E-mail by Resend's REST interface, to a server on loopback."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from connectors.resend.sender import ResendSender
from voiceagent.errors import CallerFixable, OwnerFixable, Unavailable, VoiceAgentError
from voiceagent.ports.email import Email, EmailSender

LETTER = Email(
    "reply:7", "ann@example.com", "Re: My\nAC", "Hello Zoë.", "<1@example.com>", ("<0@x>", "<1@x>")
)


@asynccontextmanager
async def resend(
    status: int = 200, body: str = '{"id":"e1"}'
) -> AsyncIterator[tuple[EmailSender, list[tuple[dict[str, str], dict[str, object]]]]]:
    """A server that answers so, and what it was asked."""
    asked: list[tuple[dict[str, str], dict[str, object]]] = []

    async def take(request: web.Request) -> web.Response:
        asked.append((dict(request.headers), json.loads(await request.text())))
        return web.Response(status=status, text=body)

    app = web.Application()
    app.router.add_post("/emails", take)
    async with TestServer(app) as server, ClientSession() as http:
        url = str(server.make_url("/"))
        yield ResendSender(http, "re_1", "office@coolcare.example", "CoolCare", base_url=url), asked


async def test_a_letter_carries_its_key_its_thread_and_that_a_program_wrote_it() -> None:
    async with resend() as (ours, asked):
        name = await ours.send_email(LETTER)
        assert await ours.send_email(LETTER) == name
    headers, letter = asked[0]
    assert headers["Idempotency-Key"] == "reply:7"
    assert headers["Authorization"] == "Bearer re_1"
    assert letter["from"] == "CoolCare <office@coolcare.example>"
    assert (letter["to"], letter["subject"]) == (["ann@example.com"], "Re: My AC")
    assert letter["headers"] == {
        "Message-ID": name,
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "All",
        "List-Unsubscribe": "<mailto:office@coolcare.example?subject=unsubscribe>",
        "In-Reply-To": "<1@example.com>",
        "References": "<0@x> <1@x>",
    }


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (401, "", OwnerFixable, "email.login"),
        (403, "{}", OwnerFixable, "email.login"),
        (422, '{"name":"invalid_to_address"}', CallerFixable, "email.refused"),
        (422, '{"name":"validation_error"}', OwnerFixable, "email.server"),
        (409, '{"name":"concurrent_idempotent_requests"}', Unavailable, "email.unavailable"),
        (429, "[", Unavailable, "email.unavailable"),
        (500, "", Unavailable, "email.unavailable"),
        (302, "", OwnerFixable, "email.server"),
    ],
)
async def test_what_goes_wrong_says_who_can_act(
    status: int, body: str, kind: type[VoiceAgentError], code: str
) -> None:
    async with resend(status, body) as (ours, _):
        with pytest.raises(VoiceAgentError) as failed:
            await ours.send_email(LETTER)
    assert type(failed.value) is kind
    assert failed.value.code == code


async def test_nobody_there_and_nobody_meant() -> None:
    async with ClientSession() as http:
        ours = ResendSender(http, "re_1", "o@c.example", "C", base_url="http://127.0.0.1:9")
        with pytest.raises(Unavailable):
            await ours.send_email(LETTER)
        with pytest.raises(CallerFixable):
            await ours.send_email(Email("k", "nobody", "s", "b"))
