"""Talking to an outside agent over HTTP: one exchange with a deadline, behind a breaker.

Every failure is sorted by who can act: an agent that is down, slow or busy is `Unavailable`, one
that answers what was not agreed is `PeerMisbehaved`, and one that does not take our token is the
owner's to mend. What is wrong is said without what was sent: it may be a customer's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypeVar

import aiohttp
from pydantic import BaseModel, JsonValue, ValidationError
from yarl import URL

from connectors.exchange import NO_ANSWER, exchange
from voiceagent.domain.agent_events import AgentName
from voiceagent.errors import OwnerFixable, PeerMisbehaved, Unavailable, VoiceAgentError
from voiceagent.ports.gate import Gate

MOST_BYTES: Final = 1 << 20
"""Of an answer; what is longer is none."""

EVENT_TYPE: Final = "application/cloudevents+json"
JSON_TYPE: Final = "application/json"

_LATER: Final = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
_NOT_LET_IN: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})

_Answer = TypeVar("_Answer", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class AgentAddress:
    """Where an agent is: `url` without a slash at its end, and its bearer token ("" for none)."""

    name: AgentName
    url: str
    token: str


class AgentHttp:
    """One agent.

    Args:
        address: where it is.
        http: shared session; it is not closed here.
        gate: leaves it alone for a while once it has failed again and again.
    """

    def __init__(
        self,
        address: AgentAddress,
        http: aiohttp.ClientSession,
        gate: Gate,
    ) -> None:
        self.name = address.name
        self._address = address
        self._http = http
        self._gate = gate

    async def get(
        self, path: str, kind: type[_Answer], *, query: Mapping[str, str], deadline_s: float
    ) -> _Answer:
        """Ask for something; see `post`."""
        url = URL(f"{self._address.url}{path}").with_query(dict(query))
        return self._read(await self._exchange("GET", url, {}, b"", deadline_s), kind)

    async def post(
        self, path: str, kind: type[_Answer], *, body: Mapping[str, JsonValue], deadline_s: float
    ) -> _Answer:
        """Ask something that changes nothing there.

        Args:
            path: behind the address, e.g. ``/eta``.
            kind: what the answer must be.
            body: sent as JSON.
            deadline_s: for the whole exchange.

        Raises:
            Unavailable: ``agent.unreachable``, ``agent.slow``, ``agent.busy`` or ``agent.rests``.
            PeerMisbehaved: ``agent.answer`` or ``agent.refused``.
            OwnerFixable: ``agent.token``.
        """
        headers = {"Content-Type": JSON_TYPE}
        url = URL(f"{self._address.url}{path}")
        sent = json.dumps(dict(body)).encode()
        return self._read(await self._exchange("POST", url, headers, sent, deadline_s), kind)

    async def check(self, *, deadline_s: float) -> None:
        """Ask whether it is there and takes the token (``GET /health``). Raises as `post`."""
        url = URL(f"{self._address.url}/health")
        await self._exchange("GET", url, {}, b"", deadline_s)

    async def tell(self, path: str, event: str, *, key: str, deadline_s: float) -> None:
        """Send an event; sent again with the same key it has its effect once. Raises as `post`.

        409 is an agent's way to say that it has heard this one.
        """
        headers = {"Content-Type": EVENT_TYPE, "Idempotency-Key": key}
        url = URL(f"{self._address.url}{path}")
        heard = HTTPStatus.CONFLICT
        await self._exchange("POST", url, headers, event.encode(), deadline_s, also=heard)

    async def _exchange(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str],
        body: bytes,
        deadline_s: float,
        *,
        also: HTTPStatus | None = None,
    ) -> bytes:
        """The answer's body; `also` is a status that is as good as 200."""
        if not await self._gate.admits():
            raise Unavailable("agent.rests", f"{self._words} has failed and is left alone.")
        sent = dict(headers) | {"Accept": JSON_TYPE}
        if self._address.token:
            sent["Authorization"] = f"Bearer {self._address.token}"
        try:
            answer = await exchange(
                self._http,
                method,
                url,
                headers=sent,
                body=body or None,
                deadline_s=deadline_s,
                most_bytes=MOST_BYTES,
            )
        except TimeoutError as error:
            raise await self._failed(
                Unavailable("agent.slow", f"{self._words} is late.")
            ) from error
        except NO_ANSWER as error:
            down = Unavailable("agent.unreachable", f"{self._words} cannot be reached.")
            raise await self._failed(down) from error
        wrong = (
            None
            if answer.status == also
            else await self._problem(answer.status, answer.retry_after_s)
        )
        if wrong is not None:
            raise wrong
        if len(answer.body) > MOST_BYTES:
            raise await self._failed(self._odd("answers at too great length"))
        await self._gate.succeeded()
        return answer.body

    async def _problem(self, status: int, retry_s: float | None) -> VoiceAgentError | None:
        """What is wrong with a status; the gate hears of what waiting may mend."""
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return None
        if status in _NOT_LET_IN:
            await self._gate.succeeded()  # it is there
            setting = f"{self.name.upper()}_TOKEN"
            return OwnerFixable("agent.token", f"{self._words} refuses the token.", where=setting)
        if status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            busy = Unavailable(
                "agent.busy", f"{self._words} cannot answer ({status}).", retry_after_s=retry_s
            )
            return await self._failed(busy)
        await self._gate.succeeded()
        return PeerMisbehaved("agent.refused", f"{self._words} refuses this ({status}).")

    def _read(self, answer: bytes, kind: type[_Answer]) -> _Answer:
        try:
            return kind.model_validate_json(answer)
        except (ValidationError, ValueError) as error:
            # Not chained: pydantic's error holds what was answered.
            where = _where(error)
            raise self._odd(f"answers what was not agreed{where}") from None

    def _odd(self, what: str) -> PeerMisbehaved:
        return PeerMisbehaved("agent.answer", f"{self._words} {what}.")

    async def _failed(self, error: VoiceAgentError) -> VoiceAgentError:
        retry_s = error.retry_after_s if isinstance(error, Unavailable) else None
        await self._gate.failed(retry_after_s=retry_s)
        return error

    @property
    def _words(self) -> str:
        return f"The agent {self.name}"


def _where(error: ValueError) -> str:
    """The field at fault, by its name alone."""
    if not isinstance(error, ValidationError):
        return ""
    first = error.errors(include_url=False, include_input=False)[0]["loc"]
    named = ".".join(str(part) for part in first)
    return f": {named}" if named else ""
