"""`ports.dispatch.Dispatch` over HTTP: plain JSON, one deadline a request, a breaker in front.

======================  =======================================  ==================================
request                 body                                     answers
======================  =======================================  ==================================
POST /slot_status       ``{"slots": [{technician_id, window}]}``  200 ``{"slots": [{"status"}]}``
POST /book              the order                                200, 201 accepted · 409 taken
PATCH /resched/{id}     ``{technician_id, window}``              200 accepted · 409 taken
DELETE /book/{id}                                                200, 204 · 404, 410 gone before
======================  =======================================  ==================================

A window is ``{"start", "end"}`` in ISO 8601 with offsets. An answer to an order repeats its
`order_id` and has a `status`, ``accepted`` or ``taken``. Whatever changes something carries an
``Idempotency-Key``: the same request has its effect once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal, TypeVar
from urllib.parse import quote

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectors.exchange import NO_ANSWER, HttpAnswer, exchange
from voiceagent.domain.records import Slot, Window
from voiceagent.errors import PeerMisbehaved, Unavailable
from voiceagent.ports.dispatch import DispatchAnswer, SlotStatus, VisitOrder
from voiceagent.ports.gate import Gate

BOOK_S: Final = 1.5
"""How long an order may take: a caller waits, and is told the truth within 2.5 s."""

LOOK_S: Final = 0.5
"""How long looking may take; without an answer our own calendar is what is known."""

_MOST_BYTES: Final = 64 * 1024
_OK, _CREATED, _NO_CONTENT, _NOT_FOUND, _CONFLICT, _GONE = 200, 201, 204, 404, 409, 410
_TOO_MANY, _SERVER_FAULT = 429, 500


class _Answer(BaseModel):
    """What is read of an answer; more than that may be in it."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class _OrderAnswer(_Answer):
    order_id: str
    status: Literal["accepted", "taken"]


class _SlotAnswer(_Answer):
    status: Literal["free", "taken"]


class _LookAnswer(_Answer):
    slots: Annotated[tuple[_SlotAnswer, ...], Field(strict=False)]


_A = TypeVar("_A", bound=_Answer)


class HttpDispatch:
    """`ports.dispatch.Dispatch` at an address of the owner's.

    Args:
        http: an open session.
        url: without a trailing slash or with one.
        token: sent as a bearer token; none when empty.
        gate: leaves it alone for a while once it has failed again and again.
        book_s: deadline of what changes something, seconds.
        look_s: deadline of `slot_status`.
    """

    is_ours = False

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        token: str,
        *,
        gate: Gate,
        book_s: float = BOOK_S,
        look_s: float = LOOK_S,
    ) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._gate = gate
        self._book_s = book_s
        self._look_s = look_s

    async def slot_status(self, slots: Sequence[Slot]) -> Sequence[SlotStatus]:
        """See `ports.dispatch.Dispatch.slot_status`."""
        if not slots:
            return []
        body = {"slots": [_place(slot.technician_id, slot.window) for slot in slots]}
        status, text = await self._ask("POST", "/slot_status", body, self._look_s)
        if status != _OK:
            raise _refused(status)
        found = _read(_LookAnswer, text).slots
        if len(found) != len(slots):
            raise _odd("it told of other slots than it was asked for")
        return [SlotStatus(one.status) for one in found]

    async def book(self, order: VisitOrder) -> DispatchAnswer:
        """See `ports.dispatch.Dispatch.book`."""
        visit = order.visit
        body = {
            "order_id": order.order_id,
            "service_type": visit.service_type,
            "description": visit.description,
            "notes": visit.notes,
            "priority": visit.priority.value,
            "customer_name": visit.customer_name,
            "phone": visit.phone,
            "address": visit.address,
            **_place(visit.slot.technician_id, visit.slot.window),
        }
        return await self._order("POST", "/book", order.order_id, body)

    async def resched(self, order_id: str, technician_id: str, window: Window) -> DispatchAnswer:
        """See `ports.dispatch.Dispatch.resched`."""
        path = f"/resched/{quote(order_id, safe='')}"
        return await self._order("PATCH", path, order_id, _place(technician_id, window))

    async def cancel(self, order_id: str) -> None:
        """See `ports.dispatch.Dispatch.cancel`."""
        path = f"/book/{quote(order_id, safe='')}"
        status, _ = await self._ask("DELETE", path, None, self._book_s, key=f"cancel {order_id}")
        if status not in {_OK, _NO_CONTENT, _NOT_FOUND, _GONE}:
            raise _refused(status)

    async def _order(
        self, method: str, path: str, order_id: str, body: Mapping[str, object]
    ) -> DispatchAnswer:
        window = body["window"]
        key = f"{method} {order_id} {body['technician_id']} {window}"
        status, text = await self._ask(method, path, body, self._book_s, key=key)
        if status not in {_OK, _CREATED, _CONFLICT}:
            raise _refused(status)
        answer = _read(_OrderAnswer, text)
        if answer.order_id != order_id:
            raise _odd("it answered for another order")
        if (status == _CONFLICT) is not (answer.status == "taken"):
            raise _odd("its status and its words differ")
        return DispatchAnswer(answer.status)

    async def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None,
        limit_s: float,
        *,
        key: str = "",
    ) -> tuple[int, bytes]:
        """Status and body of an answer that it could give; its faults are counted and raised."""
        if not await self._gate.admits():
            raise Unavailable("dispatch.resting", "The dispatcher failed just now; left alone.")
        try:
            answer = await self._exchange(method, path, body, limit_s, key)
        except NO_ANSWER as error:
            await self._gate.failed()
            how = "did not answer in time" if isinstance(error, TimeoutError) else "was not reached"
            raise Unavailable("dispatch.silent", f"The dispatcher {how}.") from error
        status = answer.status
        if status == _TOO_MANY or status >= _SERVER_FAULT:
            retry_after_s = answer.retry_after_s
            await self._gate.failed(retry_after_s=retry_after_s)
            raise Unavailable(
                "dispatch.failing",
                f"The dispatcher answered {status}.",
                retry_after_s=retry_after_s,
            )
        await self._gate.succeeded()
        return status, answer.body

    async def _exchange(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None,
        limit_s: float,
        key: str,
    ) -> HttpAnswer:
        headers = dict(self._headers)
        if key:
            headers["Idempotency-Key"] = hashlib.sha256(key.encode()).hexdigest()
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer = await exchange(
            self._http,
            method,
            self._url + path,
            headers=headers,
            body=None if body is None else json.dumps(body).encode(),
            deadline_s=limit_s,
            most_bytes=_MOST_BYTES,
        )
        if len(answer.body) > _MOST_BYTES:
            raise _odd("its answer does not end")
        return answer


def _place(technician_id: str, window: Window) -> dict[str, object]:
    span = {"start": window.start.isoformat(), "end": window.end.isoformat()}
    return {"technician_id": technician_id, "window": span}


def _read(kind: type[_A], text: bytes) -> _A:
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise _odd("its answer has another shape") from error


def _odd(why: str) -> PeerMisbehaved:
    return PeerMisbehaved("dispatch.odd", f"The dispatcher cannot be understood: {why}.")


def _refused(status: int) -> PeerMisbehaved:
    return PeerMisbehaved("dispatch.refused", f"The dispatcher answered {status}.")
