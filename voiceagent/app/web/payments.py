"""The payment provider's webhook, and where a customer lands after paying."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web
from loguru import logger

from voiceagent.app.web.body import body_of, status_of
from voiceagent.errors import CallerFixable, PeerMisbehaved, Unavailable

MAX_BODY_BYTES: Final = 1024 * 1024
"""Events of an account's other business may be long; a 4xx would have them come again for days."""

_SAME_ANSWER: Final = {"known": "applied"}
"""A request that comes again, because our answer got lost, gets the answer that got lost."""

Receive = Callable[[bytes, str], Awaitable[str]]
"""(body, signature header) -> what became of it. Raises `PeerMisbehaved` or `Unavailable`."""


def add_payment_routes(app: web.Application, receive: Receive) -> None:
    """Add ``POST /webhooks/stripe`` and the two landing pages, which promise nothing by themselves.

    Whatever is signed by the provider is answered 2xx, or 503 while the store is away.

    Args:
        app: the application.
        receive: verifies and applies an event.
    """

    async def webhook(request: web.Request) -> web.Response:
        try:
            body = await body_of(request, most=MAX_BODY_BYTES)
            effect = await receive(body, request.headers.get("Stripe-Signature", ""))
        except CallerFixable as error:
            return _refused(status_of(error), error.code, error.message)
        except PeerMisbehaved as error:
            logger.warning("{}: a payment webhook was refused", error.code)
            return _refused(400, error.code, error.message)
        except Unavailable as error:
            return _refused(503, error.code, error.message)
        return web.json_response({"received": _SAME_ANSWER.get(effect, effect)})

    async def paid(_: web.Request) -> web.Response:
        return web.Response(text="Thank you. You will get a text when the deposit has arrived.")

    async def not_paid(_: web.Request) -> web.Response:
        return web.Response(text="No payment was made. The link in our text stays good for a day.")

    app.router.add_post("/webhooks/stripe", webhook)
    app.router.add_get("/paid", paid)
    app.router.add_get("/not-paid", not_paid)


def _refused(status: int, code: str, message: str) -> web.Response:
    body = {"error": {"code": code, "message": message, "field": ""}}
    return web.json_response(body, status=status)
