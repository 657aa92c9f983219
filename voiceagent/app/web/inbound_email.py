"""``POST /api/v1/webhooks/inbound_email``: a letter that a provider has taken in for us.

==================================  ======================================================
Resend                              JSON, signed (``svix-signature``); the letter is fetched
SendGrid Inbound Parse, others      ``multipart/form-data`` or ``message/rfc822``, with the
                                    password as HTTP Basic or as a bearer token
==================================  ======================================================

===  ==============================================================
200  ``{"state": "kept"}``, and the answer goes by e-mail; ``{"state": "not_answered", "why"}``;
     ``{"state": "none"}`` for a notice of something else. The same letter again: the same.
4xx  ``{"error": {"code", "message", "field"}}``: 400 no letter, 401 forged, 403 not of now, 413
503  nothing was kept, or the letter could not be fetched: to be sent again
===  ==============================================================

A letter may be long for what is attached to it, which nobody here looks at. So only who has shown
the password gets that much read, and few of them at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

from aiohttp import web
from loguru import logger

from voiceagent.app.web.body import body_of, status_of
from voiceagent.app.web.errors import error_answer
from voiceagent.domain.letters import Letter, Unanswered
from voiceagent.errors import CallerFixable, OwnerFixable, PeerMisbehaved, Unavailable

PATH: Final = "/api/v1/webhooks/inbound_email"
MOST_BYTES: Final = 32 * 1024 * 1024
"""Of a letter with all that came with it; SendGrid takes 30 MB."""
MOST_NOTICE: Final = 256 * 1024
LONG_AT_ONCE: Final = 2

_STATUS: Final = {"email.password": 401, "email.signature": 401, "email.stale": 403}


class Reads(Protocol):
    """Reads requests of those who may hand letters in."""

    def may_be_long(self, headers: Mapping[str, str]) -> bool:
        """See `app.letters.LettersTaken.may_be_long`."""
        ...

    async def read(self, headers: Mapping[str, str], body: bytes) -> Letter | None:
        """See `app.letters.LettersTaken.read`."""
        ...


Take = Callable[[Letter], Awaitable[Unanswered | None]]
"""Keeps a letter to be answered; or why it is not."""


def add_inbound_email(
    app: web.Application, letters: Reads, take: Take, count: Callable[[str], None]
) -> None:
    """Add the route.

    Args:
        app: the application.
        letters: reads and checks.
        take: keeps.
        count: told by code of what was refused or is not answered.
    """
    long_ones = asyncio.Semaphore(LONG_AT_ONCE)

    async def read(request: web.Request) -> Letter | None:
        if not letters.may_be_long(request.headers):
            return await letters.read(request.headers, await body_of(request, most=MOST_NOTICE))
        async with long_ones:
            return await letters.read(request.headers, await body_of(request, most=MOST_BYTES))

    async def receive(request: web.Request) -> web.Response:
        try:
            letter = await read(request)
            why = None if letter is None else await take(letter)
        except CallerFixable as error:
            return error_answer(status_of(error), error.code, error.message)
        except PeerMisbehaved as error:
            count(error.code)
            logger.warning("{}: a letter was refused", error.code)
            return error_answer(_STATUS.get(error.code, 400), error.code, error.message)
        except (Unavailable, OwnerFixable) as error:
            logger.warning("{}: a letter has to come again", error.code)
            return error_answer(503, error.code, error.message)
        if letter is None:
            return web.json_response({"state": "none"})
        if why is not None:
            count(f"email.{why}")
            return web.json_response({"state": "not_answered", "why": why.value})
        return web.json_response({"state": "kept"})

    app.router.add_post(PATH, receive)
