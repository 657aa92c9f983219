"""Pages through PagerDuty's Events API v2, by plain HTTP.

An event with the `dedup_key` of an open alert joins it, so a page that is told twice rings once.

Source: https://developer.pagerduty.com/docs/send-alert-event (request, answers, limits).
"""

from __future__ import annotations

from typing import Final

import aiohttp
from pydantic import JsonValue

from connectors.exchange import NO_ANSWER
from voiceagent.errors import PeerMisbehaved, Unavailable
from voiceagent.ports.pager import Page

EVENTS_API: Final = "https://events.pagerduty.com"
KEY_CHARACTERS: Final = 32
"""Of an integration ("routing") key."""

_ACCEPTED, _TOO_MANY, _SERVER = 202, 429, 500
_MOST_SUMMARY: Final = 1024
_MOST_KEY: Final = 255


class PagerDutyPager:
    """`ports.pager.Pager` on PagerDuty.

    Args:
        http: an open session.
        routing_key: of an Events API v2 integration of the owner's.
        base_url: another server that speaks the protocol, for tests.
        timeout_s: bound of one request. There are no retries here: the outbox retries.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        routing_key: str,
        *,
        base_url: str = EVENTS_API,
        timeout_s: float = 8.0,
    ) -> None:
        self._http = http
        self._routing_key = routing_key
        self._url = f"{base_url}/v2/enqueue"
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def page(self, page: Page) -> str:
        """See `ports.pager.Pager.page`."""
        payload: dict[str, JsonValue] = {
            "summary": page.summary[:_MOST_SUMMARY],
            "source": page.source,
            "severity": "critical",
            "class": "caller",
        }
        return await self._event("trigger", page.key, payload)

    async def check(self) -> None:
        """Ask whether the key is taken, without ringing anybody: an alert that is none is resolved.

        Raises:
            PeerMisbehaved: it is not.
            Unavailable: nobody can say.
        """
        await self._event("resolve", "voiceagent-doctor", None)

    async def _event(self, action: str, key: str, payload: dict[str, JsonValue] | None) -> str:
        event: dict[str, JsonValue] = {
            "routing_key": self._routing_key,
            "event_action": action,
            "dedup_key": key[:_MOST_KEY],
        }
        if payload is not None:
            event["payload"] = payload
        try:
            async with self._http.post(
                self._url, json=event, timeout=self._timeout, allow_redirects=False
            ) as reply:
                status = reply.status
                body = await reply.json(content_type=None) if status == _ACCEPTED else None
        except NO_ANSWER as error:
            raise Unavailable("pager.down", f"PagerDuty: {type(error).__name__}.") from error
        if status == _TOO_MANY or status >= _SERVER:
            raise Unavailable("pager.busy", f"PagerDuty answered {status}.", retry_after_s=30.0)
        if status != _ACCEPTED:
            raise PeerMisbehaved("pager.refused", f"PagerDuty answered {status}.")
        return str(body.get("dedup_key", key)) if isinstance(body, dict) else key
