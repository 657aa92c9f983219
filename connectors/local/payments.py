"""A payment page of our own, for machines without a payment provider's key.

It behaves as a provider does: a link that shows the amount and a button, and a signed webhook to
the engine when the button is pressed. The engine cannot tell it from the real one, and fulfils on
the webhook alone. No money moves, and the page says so.

Nothing is stored: the session id *is* the session (job, amount, code and a digest of the
idempotency key, sealed with an HMAC), so a link outlives every restart and cannot be forged.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import struct
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import escape
from typing import Final

import aiohttp
import stripe
from aiohttp import web
from loguru import logger

from connectors.exchange import NO_ANSWER
from voiceagent.core.clock import Clock
from voiceagent.domain.locales import Locale
from voiceagent.domain.pricing import in_dollars
from voiceagent.domain.records import Cents, CheckoutLink, Job, JobId, JobStatus
from voiceagent.errors import PeerMisbehaved, Unavailable

_PREFIX = "cs_local_"
_FACTS = struct.Struct(">16sI6s8s")
"""Job id, amount in cents, booking code, start of the idempotency key's digest."""
_SEAL_BYTES = 12
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class _Session:
    """What a session id says."""

    job_id: JobId
    amount: Cents
    code: str


@dataclass(frozen=True, slots=True)
class _PageWords:
    """What the page says."""

    language: str
    deposit: str
    pay: str
    demonstration: str
    paid: str
    called_off: str
    not_recorded: str


_ENGLISH: Final = _PageWords(
    language="en",
    deposit="Deposit for booking {code}",
    pay="Pay",
    demonstration="Demonstration: no card is asked for and no money moves.",
    paid="Thank you, your deposit is paid.",
    called_off="This booking was called off. There is nothing to pay.",
    not_recorded="The payment was not recorded. Please try again.",
)
_SPANISH: Final = _PageWords(
    language="es",
    deposit="Depósito de la reserva {code}",
    pay="Pagar",
    demonstration="Demostración: no se pide ninguna tarjeta y no se cobra nada.",
    paid="Gracias, su depósito está pagado.",
    called_off="Esta reserva se canceló. No hay nada que pagar.",
    not_recorded="El pago no quedó registrado. Inténtelo otra vez, por favor.",
)


def _words_for(job: Job | None) -> _PageWords:
    return _SPANISH if job is not None and job.locale is Locale.ES_US else _ENGLISH


class LocalPayments:
    """`ports.payments.Payments` with its own page; host `app()` under the path of `page_url`.

    Args:
        page_url: public URL under which `app()` is mounted, without a trailing slash.
        webhook_url: the engine's payment webhook.
        secret: signs webhooks and seals links; the engine verifies with the same.
        business_name: shown on the page.
        clock: the *real* time (an unshifted `SystemClock`): it goes into signatures.
        timeout_s: how long the engine may take over a webhook.
        job_of: finds a job as it is now, so that nothing is sold that is paid or called off;
            without it every link is good for ever.
    """

    def __init__(
        self,
        *,
        page_url: str,
        webhook_url: str,
        secret: str,
        business_name: str,
        clock: Clock,
        timeout_s: float = 5.0,
        job_of: Callable[[JobId], Awaitable[Job | None]] | None = None,
    ) -> None:
        self._job_of = job_of
        self._page_url = page_url.rstrip("/")
        self._webhook_url = webhook_url
        self._secret = secret
        self._business_name = business_name
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def deposit_link(self, job: Job, amount: Cents, *, idempotency_key: str) -> CheckoutLink:
        """See `ports.payments.Payments.deposit_link`."""
        facts = _FACTS.pack(
            uuid.UUID(job.job_id).bytes,
            amount,
            job.code.encode(),
            hashlib.sha256(idempotency_key.encode()).digest(),
        )
        sealed = base64.urlsafe_b64encode(facts + self._seal(facts)).decode().rstrip("=")
        session_id = _PREFIX + sealed
        return CheckoutLink(session_id, f"{self._page_url}/{session_id}")

    async def pay(self, session_id: str) -> None:
        """Do what the button does: tell the engine that this session is paid.

        Paying twice sends the same event twice, which the engine applies once.

        Raises:
            PeerMisbehaved: ``payments.session``: no session of ours.
            Unavailable: ``payments.webhook``: the engine did not take the event.
        """
        session = self._open(session_id)
        payload = self._completed(session_id, session)
        signature = stripe.WebhookSignature.generate_signature_header(
            payload, self._secret, int(self._clock.now().timestamp())
        )
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as client,
                client.post(self._webhook_url, data=payload, headers=headers) as answer,
            ):
                taken = answer.ok
        except NO_ANSWER as error:
            raise Unavailable("payments.webhook", "The engine did not answer.") from error
        if not taken:
            raise Unavailable("payments.webhook", f"The engine answered {answer.status}.")

    def app(self) -> web.Application:
        """The page, to be added with ``add_subapp``: GET shows it, POST pays."""
        app = web.Application()
        app.router.add_get("/{session_id}", self._show)
        app.router.add_post("/{session_id}", self._pay)
        return app

    async def _show(self, request: web.Request) -> web.Response:
        try:
            session = self._open(request.match_info["session_id"])
        except PeerMisbehaved:
            return self._page("This payment link is not valid.", status=404)
        job = await self._job(session)
        if (closed := self._closed(job)) is not None:
            return closed
        words = _words_for(job)
        return self._page(
            words.deposit.format(code=session.code),
            f'<p class="amount">{in_dollars(session.amount)}</p>'
            f'<form method="post"><button>{words.pay}</button></form>'
            f"<p>{words.demonstration}</p>",
            words=words,
        )

    async def _pay(self, request: web.Request) -> web.Response:
        session_id = request.match_info["session_id"]
        words = _ENGLISH
        try:
            job = await self._job(self._open(session_id))
            words = _words_for(job)
            if (closed := self._closed(job)) is not None:
                return closed
            await self.pay(session_id)
        except PeerMisbehaved:
            return self._page("This payment link is not valid.", status=404)
        except Unavailable as error:
            logger.warning("payments.not_recorded: {}", error.code)
            body = f"<p>{escape(error.code)}</p>"
            return self._page(words.not_recorded, body, status=502, words=words)
        return self._page(words.paid, words=words)

    async def _job(self, session: _Session) -> Job | None:
        try:
            return None if self._job_of is None else await self._job_of(session.job_id)
        except Unavailable:
            return None  # the webhook will say so, or take it

    def _closed(self, job: Job | None) -> web.Response | None:
        """The page of a job that has nothing left to be paid."""
        words = _words_for(job)
        if job is not None and job.deposit_paid:
            return self._page(words.paid, words=words)
        if job is not None and job.status is JobStatus.CANCELLED:
            return self._page(words.called_off, status=410, words=words)
        return None

    def _completed(self, session_id: str, session: _Session) -> str:
        """The provider's event. Its id follows from the session, so a second press is a replay."""
        digest = hashlib.sha256(session_id.encode()).hexdigest()[:24]
        return json.dumps(
            {
                "id": f"evt_local_{digest}",
                "object": "event",
                "type": "checkout.session.completed",
                "created": int(self._clock.now().timestamp()),
                "livemode": False,
                "data": {
                    "object": {
                        "id": session_id,
                        "object": "checkout.session",
                        "mode": "payment",
                        "status": "complete",
                        "payment_status": "paid",
                        "payment_intent": f"pi_local_{digest}",
                        "amount_total": session.amount,
                        "currency": "usd",
                        "client_reference_id": session.job_id,
                        "metadata": {"job_id": session.job_id},
                    }
                },
            }
        )

    def _open(self, session_id: str) -> _Session:
        text = session_id.removeprefix(_PREFIX)
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            facts, seal = sealed[: _FACTS.size], sealed[_FACTS.size :]
            if not hmac.compare_digest(seal, self._seal(facts)):
                raise PeerMisbehaved("payments.session", "The link is not ours.")
            job_id, amount, code, _ = _FACTS.unpack(facts)
        except (binascii.Error, ValueError, struct.error) as error:
            raise PeerMisbehaved("payments.session", "The link is not ours.") from error
        return _Session(JobId(str(uuid.UUID(bytes=job_id))), Cents(amount), code.decode())

    def _seal(self, facts: bytes) -> bytes:
        mac = hmac.new(self._secret.encode(), b"payment session:" + facts, hashlib.sha256)
        return mac.digest()[:_SEAL_BYTES]

    def _page(
        self, headline: str, body: str = "", *, status: int = 200, words: _PageWords | None = None
    ) -> web.Response:
        name, language = escape(self._business_name), (words or _ENGLISH).language
        text = _PAGE.format(name=name, headline=escape(headline), body=body, language=language)
        return web.Response(text=text, status=status, content_type="text/html", headers=_HEADERS)


_PAGE = """<!doctype html>
<html lang="{language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{name}</title>
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 15vh auto }}
.amount {{ font-size: 3rem; margin: 0 }}
button {{ font: inherit; padding: .7rem 3rem; border: 0; border-radius: .5rem;
          background: #14532d; color: #fff; cursor: pointer }}
</style>
<p>{name}</p><h1>{headline}</h1>{body}</html>
"""
