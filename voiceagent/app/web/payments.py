"""The payment provider's webhook, and where a customer lands after paying."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from aiohttp import web

from voiceagent.app.web.body import body_of, status_of
from voiceagent.errors import CallerFixable, PeerMisbehaved, Unavailable

MAX_BODY_BYTES = 64 * 1024

_NUL = re.compile(rb"\x00|(?<!\\)(?:\\\\)*\\u0000")
"""NUL as itself or as JSON writes it: PostgreSQL keeps none in a text."""

Receive = Callable[[bytes, str], Awaitable[str]]
"""(body, signature header) -> what became of it. Raises `PeerMisbehaved` or `Unavailable`."""


def add_payment_routes(app: web.Application, receive: Receive) -> None:
    """Add ``POST /webhooks/stripe`` and the two landing pages, which promise nothing by themselves.

    Args:
        app: the application.
        receive: verifies and applies an event.
    """

    async def webhook(request: web.Request) -> web.Response:
        try:
            body = await body_of(request, most=MAX_BODY_BYTES)
            if _NUL.search(body):
                return _refused(
                    400, "webhook.body", "The body holds a NUL, which no text of ours may."
                )
            effect = await receive(body, request.headers.get("Stripe-Signature", ""))
        except CallerFixable as error:
            return _refused(status_of(error), error.code, error.message)
        except PeerMisbehaved as error:
            return _refused(400, error.code, error.message)
        except RecursionError:
            return _refused(400, "webhook.body", "The body is nested too deeply.")
        except Unavailable as error:
            return _refused(503, error.code, error.message)
        return web.json_response({"received": effect})

    async def paid(_: web.Request) -> web.Response:
        return web.Response(text="Thank you. You will get a text when the deposit has arrived.")

    async def not_paid(_: web.Request) -> web.Response:
        return web.Response(text="No payment was made. The link in our text stays good.")

    app.router.add_post("/webhooks/stripe", webhook)
    app.router.add_get("/paid", paid)
    app.router.add_get("/not-paid", not_paid)


def _refused(status: int, code: str, message: str) -> web.Response:
    body = {"error": {"code": code, "message": message, "field": ""}}
    return web.json_response(body, status=status)
