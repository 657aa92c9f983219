"""What the carrier tells the engine about one call: form fields, status and stream callbacks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin

from loadtest.simulator.texts import API_VERSION
from loadtest.simulator.twiml import StreamNoun
from loadtest.simulator.webhooks import WebhookClient, WebhookError, rfc2822_now


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What stays the same for a whole call."""

    account_sid: str
    call_sid: str
    from_number: str
    to_number: str
    extra_params: Mapping[str, str]


class Callbacks:
    """Posts a call's webhooks and, in the background, its callbacks.

    Args:
        facts: of the call.
        webhooks: how to reach the engine.
        base_url: relative callback URLs count from here.

    Attributes:
        errors: callbacks that the engine did not accept.
    """

    def __init__(self, facts: CallFacts, webhooks: WebhookClient, base_url: str) -> None:
        self.errors: list[str] = []
        self._facts = facts
        self._webhooks = webhooks
        self._base_url = base_url
        self._posting: list[asyncio.Task[None]] = []

    async def ask(self, url: str, status: str) -> str:
        """The engine's answer to a voice webhook.

        Raises:
            WebhookError: none, or not 2xx.
        """
        return await self._webhooks.post(url, self._params(status))

    def tell_completed(self, url: str, duration_s: float) -> None:
        """The number's status callback; only `completed` is sent, as by default."""
        seconds = round(duration_s)
        extra = {
            "CallDuration": str(seconds),
            "Duration": str(-(-seconds // 60)),
            "SipResponseCode": "200",
            "CallbackSource": "call-progress-events",
            "Timestamp": rfc2822_now(),
            "SequenceNumber": "0",
        }
        self._tell(url, {**self._params("completed"), **extra})

    def tell_stream(
        self, noun: StreamNoun, stream_sid: str, event: str, error: str | None = None
    ) -> None:
        """The stream's status callback, if it has one: `stream-started`, `-stopped`, `-error`."""
        if noun.status_callback is None:
            return
        params = {
            "AccountSid": self._facts.account_sid,
            "CallSid": self._facts.call_sid,
            "StreamSid": stream_sid,
            "StreamName": noun.name or stream_sid,
            "StreamEvent": event,
            "Timestamp": datetime.now(UTC).isoformat(),
        }
        if error is not None:
            params["StreamError"] = error
        self._tell(urljoin(self._base_url, noun.status_callback), params)

    async def settle(self) -> None:
        """Waits until every callback has been answered or given up."""
        await asyncio.gather(*self._posting)

    def _tell(self, url: str, params: Mapping[str, str]) -> None:
        self._posting.append(asyncio.create_task(self._post(url, params)))

    async def _post(self, url: str, params: Mapping[str, str]) -> None:
        try:
            await self._webhooks.post(url, params)
        except WebhookError as error:
            self.errors.append(str(error))

    def _params(self, status: str) -> dict[str, str]:
        facts = self._facts
        return {
            "CallSid": facts.call_sid,
            "AccountSid": facts.account_sid,
            "From": facts.from_number,
            "To": facts.to_number,
            "Caller": facts.from_number,
            "Called": facts.to_number,
            "CallStatus": status,
            "ApiVersion": API_VERSION,
            "Direction": "inbound",
            **facts.extra_params,
        }
