"""Webhooks, timed from the request's arrival to its answer, for the traces. Composition-level."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from telephony.contract import DialEnded, IncomingCall, StatusReport, Voicemail
from telephony.twilio.webhook import Hooks
from voiceagent.ports.tracing import WebhookTrace

R = TypeVar("R")
Told = TypeVar("Told", IncomingCall, DialEnded, StatusReport, Voicemail)


@dataclass(slots=True)
class _UnderWay:
    """The request that is being answered; its call is known once the form was believed."""

    call_sid: str = ""
    hook: str = ""


class TracedHooks:
    """Times webhooks that reach a hook: what is refused or repeated is no part of a call.

    Args:
        trace: hears of them.
        monotonic: measures.
    """

    def __init__(self, trace: WebhookTrace, monotonic: Callable[[], float]) -> None:
        self._trace = trace
        self._monotonic = monotonic
        self._under_way: ContextVar[_UnderWay | None] = ContextVar("webhook", default=None)

    def over(self, hooks: Hooks) -> Hooks:
        """The hooks, which tell whose call a request is about."""
        return replace(
            hooks,
            incoming=self._named("incoming", hooks.incoming),
            stream_ended=self._named("connect-action", hooks.stream_ended),
            dial_ended=self._named("dial-action", hooks.dial_ended),
            call_status=self._named("status", hooks.call_status),
            voicemail=self._named("voicemail", hooks.voicemail),
        )

    @web.middleware
    async def timed(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Middleware: measure until the answer is there."""
        began_s, under_way = self._monotonic(), _UnderWay()
        token = self._under_way.set(under_way)
        try:
            return await handler(request)
        finally:
            self._under_way.reset(token)
            if under_way.call_sid:
                took_s = self._monotonic() - began_s
                self._trace.webhook(under_way.call_sid, under_way.hook, took_s)

    def _named(
        self, name: str, hook: Callable[[Told], Awaitable[R]]
    ) -> Callable[[Told], Awaitable[R]]:
        async def named(told: Told) -> R:
            if (under_way := self._under_way.get()) is not None:
                under_way.call_sid, under_way.hook = told.call_sid, name
            return await hook(told)

        return named
