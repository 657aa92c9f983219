"""``POST /msg``: a message of a person, from another system; the answer is the reply.

The body is ``{"channel", "from", "text"}``, and if wanted ``"id"`` (the sender's own name for it:
the same one again is answered with the same reply and has no effect), ``"position"`` (their count
from 1, where messages may overtake each other) and ``"edits"`` (the id of a message that this one
stands in place of). `access` lets in who has the token for the tools.

===  ==============================================================
200  ``{"reply", "message", "state": "answered", "delivery"}``; what is ``queued`` goes by itself
202  ``"state": "waiting"``: it is kept and its turn comes; ask again with the same id
4xx  ``{"error": {"code", "message", "field"}}``: 400, 413, 415 the body, 422 what it says, 429
503  nothing was kept
===  ==============================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from voiceagent.app.web.api.endpoint import Operation
from voiceagent.app.web.body import body_of, check_named_once, status_of
from voiceagent.app.web.errors import error_answer
from voiceagent.core.audio.allowance import Allowance, Rate
from voiceagent.domain.storable import is_storable
from voiceagent.domain.threads import MessageState, NewMessage, ReplyDelivery, ThreadMessage
from voiceagent.errors import CallerFixable, Unavailable

MAX_BODY_BYTES: Final = 16 * 1024
PATIENCE_S: Final = 20.0
ASKING: Final = Rate(per_s=500, burst=2000)
"""Messages of all who have the token."""


class MessageBody(BaseModel):
    """What is posted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    channel: str = Field(max_length=40)
    sender: str = Field(alias="from", max_length=200)
    text: str = Field(max_length=4000, pattern=r"^[^\x00]*$")
    message_id: str = Field(default="", alias="id", max_length=200, pattern=r"^[!-~]*$")
    position: int = Field(default=0, ge=0, le=1_000_000)
    edits: str = Field(default="", max_length=200, pattern=r"^[!-~]*$")


class MessageAnswer(BaseModel):
    """What is answered. `delivery` is where the reply is; what is ``queued`` goes by itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    message: int
    state: MessageState
    reply: str
    delivery: ReplyDelivery


MESSAGE: Final = Operation(
    method="POST",
    path="/msg",
    name="message",
    about="A message of a person; the reply. The same `id` again gets the same reply.",
    asks=MessageBody,
    gives=MessageAnswer,
    also=((202, "It is kept and its turn comes: ask again with the same `id`."),),
)


class MessageDesk(Protocol):
    """Answers messages, each person's one after the other."""

    def new_message(
        self, name: str, sender: str, text: str, *, message_id: str = "", patience_s: float
    ) -> NewMessage:
        """A message of somebody on a channel; `CallerFixable` where one of them is none."""
        ...

    async def receive(self, message: NewMessage) -> ThreadMessage:
        """Keep it and wait for its answer; `Unavailable` when it was not kept."""
        ...

    async def take_reply(self, kept: ThreadMessage) -> ThreadMessage:
        """Take its reply for who is there; the message as it is then."""
        ...


def add_messages(app: web.Application, desk: MessageDesk, monotonic: Callable[[], float]) -> None:
    """Add ``POST /msg``.

    Args:
        app: the application; `access.Access` guards it.
        desk: answers.
        monotonic: seconds of a clock that never goes back.
    """
    allowance = Allowance(ASKING, monotonic())

    async def answer(request: web.Request) -> web.Response:  # noqa: PLR0911 - one return per case
        if not allowance.take(1, monotonic()):
            return error_answer(429, "messages.too_many", "Too many messages: ask more slowly.")
        try:
            body = await body_of(request, most=MAX_BODY_BYTES)
            check_named_once(body)
            given = MessageBody.model_validate_json(body)
        except CallerFixable as error:
            return error_answer(status_of(error), error.code, error.message, error.field)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            return error_answer(422, "message.field", str(first["msg"]), place)
        if not is_storable(given.text):
            return error_answer(422, "message.field", "This is no text.", "text")
        try:
            return await _answered(desk, given)
        except CallerFixable as error:
            return error_answer(422, error.code, error.message, error.field)
        except Unavailable as error:
            return error_answer(503, error.code, error.message)

    app.router.add_post("/msg", answer)


async def _answered(desk: MessageDesk, given: MessageBody) -> web.Response:
    name, sender = given.channel, given.sender
    message = desk.new_message(
        name, sender, given.text, message_id=given.message_id, patience_s=PATIENCE_S
    )
    edits = ""
    if given.edits:
        edits = desk.new_message(name, sender, "", message_id=given.edits, patience_s=0).key
    kept = await desk.receive(replace(message, position=given.position, edits=edits))
    if kept.state is MessageState.ANSWERED and kept.reply:
        kept = await desk.take_reply(kept)
    waits = kept.state is MessageState.WAITING
    body = MessageAnswer(
        message=kept.message_id, state=kept.state, reply=kept.reply, delivery=kept.delivery
    )
    return web.json_response(body.model_dump(mode="json"), status=202 if waits else 200)
