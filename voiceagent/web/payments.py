"""The payment provider's webhook, and where a customer lands after paying."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from voiceagent.errors import PeerMisbehaved, Unavailable

MAX_BODY_BYTES = 64 * 1024

Receive = Callable[[bytes, str], Awaitable[str]]
"""(body, signature header) -> what became of it. Raises `PeerMisbehaved` or `Unavailable`."""


def add_payment_routes(app: web.Application, receive: Receive) -> None:
    """Add ``POST /webhooks/stripe`` and the two landing pages, which promise nothing by themselves.

    Args:
        app: the application.
        receive: verifies and applies an event.
    """

    async def webhook(request: web.Request) -> web.Response:
        if (request.content_length or 0) > MAX_BODY_BYTES:
            return _refused(413, "webhook.too_large", "The body is too large.")
        try:
            effect = await receive(
                await request.read(), request.headers.get("Stripe-Signature", "")
            )
        except PeerMisbehaved as error:
            return _refused(400, error.code, error.message)
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
