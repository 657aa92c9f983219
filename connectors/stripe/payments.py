"""Deposits through Stripe Checkout, and Stripe's webhook: who sent it (`events` reads it).

The link is made with an inline price (no catalogue to maintain), the caller's idempotency key, and
the job's id as metadata on the session *and* on its payment intent: Stripe copies the latter's
metadata to the charge once, so a refund of that charge still names the job. Whether a deposit is
paid is decided by the webhook alone, never by the customer's return to a page.

Sources: https://docs.stripe.com/api/checkout/sessions/create,
https://docs.stripe.com/api/idempotent_requests, https://docs.stripe.com/webhooks/signature,
https://docs.stripe.com/checkout/fulfillment,
https://support.stripe.com/questions/how-metadata-works-with-related-objects.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import aiohttp
import stripe

from connectors.stripe.events import event_in
from voiceagent.domain.ledger import PaymentEvent
from voiceagent.domain.locales import Locale
from voiceagent.domain.public_apis import STRIPE_API
from voiceagent.domain.records import Cents, CheckoutLink, Job
from voiceagent.errors import OwnerFixable, PeerMisbehaved, Unavailable
from voiceagent.ports.payments import PaymentEvents

TOLERANCE_S = 300
"""How far a webhook's time may be from ours, to either side; Stripe's SDK checks the past only."""


class StripePayments:
    """`ports.payments.Payments` on Stripe Checkout.

    Args:
        api_key: secret or restricted key of the business's account.
        business_name: what the customer sees as the payee.
        success_url: page shown after payment; it promises nothing by itself.
        cancel_url: page shown when the customer turns back.
        currency: ISO 4217 code, lower case, of a currency with hundredths.
        api_base: another server that speaks Stripe's protocol, for tests.
        timeout_s: bound of one request. There are no retries here: the outbox retries.
    """

    def __init__(
        self,
        api_key: str,
        *,
        business_name: str,
        success_url: str,
        cancel_url: str,
        currency: str = "usd",
        api_base: str = STRIPE_API,
        timeout_s: float = 8.0,
    ) -> None:
        self._http = stripe.AIOHTTPClient(timeout=aiohttp.ClientTimeout(total=timeout_s))
        self._client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base},
            max_network_retries=0,
            http_client=self._http,
        )
        self._business_name = business_name
        self._success_url = success_url
        self._cancel_url = cancel_url
        self._currency = currency

    async def deposit_link(self, job: Job, amount: Cents, *, idempotency_key: str) -> CheckoutLink:
        """See `ports.payments.Payments.deposit_link`.

        Every parameter is a fact that never changes for a job: Stripe refuses a key that comes
        back with other parameters.

        Raises:
            Unavailable: ``payments.unavailable``; worth another try.
            OwnerFixable: ``payments.key`` when Stripe does not accept the key.
            PeerMisbehaved: ``payments.refused`` when Stripe will never accept this request.
        """
        metadata = {"job_id": str(job.job_id)}
        try:
            session = await self._client.v1.checkout.sessions.create_async(
                params={
                    "mode": "payment",
                    **({"locale": "es"} if job.locale is Locale.ES_US else {}),
                    "client_reference_id": str(job.job_id),
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": self._currency,
                                "unit_amount": amount,
                                "product_data": {
                                    "name": f"{self._business_name}: deposit for {job.code}"
                                },
                            },
                        }
                    ],
                    "metadata": metadata,
                    "payment_intent_data": {"metadata": metadata},
                    "success_url": self._success_url,
                    "cancel_url": self._cancel_url,
                },
                options={"idempotency_key": idempotency_key},
            )
        except stripe.StripeError as error:
            raise _ours(error) from error
        url = getattr(session, "url", None)  # the SDK has no attribute for a field left out
        if not url:
            raise PeerMisbehaved("payments.refused", "Stripe made a checkout without a page.")
        return CheckoutLink(session.id, url)

    async def check(self) -> None:
        """Read something of no consequence, which shows that the key is taken.

        What is read is what a restricted key of ours must be allowed anyway: checkouts.

        Raises:
            Unavailable: ``payments.unavailable``.
            OwnerFixable: ``payments.key``.
            PeerMisbehaved: ``payments.refused``.
        """
        try:
            await self._client.v1.checkout.sessions.list_async(params={"limit": 1})
        except stripe.StripeError as error:
            raise _ours(error) from error

    async def aclose(self) -> None:
        """Close the connections to Stripe."""
        await self._http.close_async()  # type: ignore[no-untyped-call]


class Receipt(StrEnum):
    """What became of a webhook: took effect, had been seen, or is of no interest."""

    APPLIED = "applied"
    KNOWN = "known"
    IGNORED = "ignored"


async def receive(
    payload: bytes,
    header: str,
    *,
    secret: str,
    now: datetime,
    events: PaymentEvents,
    receipt: str = "",
) -> Receipt:
    """Check a webhook and apply it; answer 2xx for every `Receipt`.

    Args:
        payload: the request's body, as received.
        header: its ``Stripe-Signature``.
        secret: the endpoint's signing secret.
        now: the *real* time, also when the engine plays another day: signatures are.
        events: where events take effect, each once.
        receipt: see `ports.payments.PaymentEvents.apply_event`.

    Raises:
        PeerMisbehaved: the webhook is not Stripe's (answer 400).
        Unavailable: the store is down (answer 503, Stripe will deliver again).
    """
    event = verify_webhook(payload, header, secret, now)
    if event is None:
        return Receipt.IGNORED
    applied = await events.apply_event(event, receipt=receipt)
    return Receipt.APPLIED if applied else Receipt.KNOWN


def verify_webhook(payload: bytes, header: str, secret: str, now: datetime) -> PaymentEvent | None:
    """The event in a genuine webhook, ``None`` when it does not concern a deposit of ours.

    What Stripe signed and we cannot use is no error either: Stripe would repeat it for days and
    then switch the endpoint off. It is a line in the log, with a code.

    Raises:
        PeerMisbehaved: ``webhook.signature`` (missing, wrong, or not `secret`'s),
            ``webhook.time`` (signed more than 300 s before or after `now`).
    """
    try:
        # The SDK compares with the machine's clock and only with the past: its check is off,
        # the one below looks both ways at the time that was passed in.
        if not stripe.WebhookSignature.verify_header(payload.decode(), header, secret, tolerance=0):
            raise PeerMisbehaved("webhook.signature", "The signature does not match.")
    except stripe.SignatureVerificationError as error:
        raise PeerMisbehaved("webhook.signature", "The signature does not match.") from error
    except UnicodeDecodeError as error:  # nothing that Stripe signs is such
        raise PeerMisbehaved("webhook.signature", "The body is no text.") from error
    except TypeError as error:  # a header outside ASCII cannot be compared in constant time
        raise PeerMisbehaved("webhook.signature", "The signature is no text.") from error
    if abs(now.timestamp() - _signed_at(header)) > TOLERANCE_S:
        raise PeerMisbehaved("webhook.time", "The signature is too old or from the future.")
    return event_in(payload)


def _signed_at(header: str) -> int:
    """The time that the signature covers; the header has passed the SDK, so it is there."""
    fields = (item.partition("=") for item in header.split(","))
    return next(int(value) for name, _, value in fields if name == "t")


def _ours(error: stripe.StripeError) -> Unavailable | OwnerFixable | PeerMisbehaved:
    """Sort Stripe's errors by who can act."""
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        problem = f"Stripe does not accept the key ({error.http_status})."
        return OwnerFixable("payments.key", problem, where="STRIPE_API_KEY")
    if isinstance(error, stripe.InvalidRequestError | stripe.IdempotencyError | stripe.CardError):
        return PeerMisbehaved("payments.refused", f"Stripe refused: {error.code or 'no reason'}.")
    if isinstance(error, stripe.RateLimitError):
        problem = "Stripe has too many requests of ours (429)."
        return Unavailable("payments.unavailable", problem, retry_after_s=2.0)
    status = f" (status {error.http_status})" if error.http_status else ""
    return Unavailable(
        "payments.unavailable", f"Stripe cannot be reached{status}.", retry_after_s=2.0
    )
