"""The chat on the business's own pages: one script tag, and a WebSocket behind it.

===============================  ==============================================================
``GET /chat``                    a page with nothing but the chat
``GET /chat/widget.js``          all of it: ``<script src="https://…/chat/widget.js" async>``
``GET /chat/socket``             what is written, as JSON objects in text frames
===============================  ==============================================================

A browser says ``{"kind": "hello", "key"}`` first, with the key that it was given, or none: that is
answered with a key and what was written so far, so that a reload loses nothing. A key with which
nothing was written is not taken: every key in use was drawn here. Then it may say
``{"kind": "say", "id", "text"}``, again with the same id when the line was lost; it is told
``taken``, ``typing`` and ``said``. A message has a number: what comes twice is shown once.

The key is all that opens a thread, it is never in an address, and there are no cookies: a page of
another site can do no more with the socket than a visitor of it.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Final, Protocol

from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from voiceagent.app.web import page
from voiceagent.app.web.bounded import Asked
from voiceagent.app.web.messages import MessageDesk
from voiceagent.core.audio.allowance import Allowance, Rate
from voiceagent.domain.threads import MessageState, ThreadMessage
from voiceagent.errors import CallerFixable, VoiceAgentError

CHANNEL: Final = "webchat"
PATIENCE_S: Final = 30.0
LOOK_S: Final = 2.0
"""How often somebody who is there is looked up for what is written to them unasked."""
MOST_SOCKETS: Final = 1000
MOST_FRAME: Final = 16 * 1024
HELLO_S: Final = 10.0
SAYING: Final = Rate(per_s=0.5, burst=12)
"""Messages of one visitor."""
OPENING: Final = Rate(per_s=2, burst=30)
"""Sockets of one address."""

_HERE: Final = Path(__file__).with_name("chat_widget")
_KEY: Final = r"^[A-Za-z0-9_-]{0,64}$"
_SCRIPT_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


LETTERS: Final = Rate(per_s=0.2, burst=10)
"""Transcripts by e-mail, of all visitors of a worker."""

SCANNED: Final = Rate(per_s=20, burst=200)
"""Links of stickers that are looked up, of all visitors."""

_NAMED: Final = re.compile(r"[A-Za-z0-9._-]{0,64}")
"""An asset or an offer in a link."""


class ChatDesk(MessageDesk, Protocol):
    """`MessageDesk`, and what was written so far."""

    async def said_to(self, key: str) -> Sequence[ThreadMessage]:
        """What is kept of the thread of a browser's key, the oldest first."""
        ...

    async def mail_transcript(self, key: str, address: str) -> bool:
        """Send what stands there by e-mail; False when there is nothing to send, or to nobody."""
        ...


class ChatFrame(BaseModel):
    """What a browser sends."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kind: str = Field(pattern=r"^(hello|say|mail)$")
    key: str = Field(default="", pattern=_KEY)
    id: str = Field(default="", pattern=_KEY)
    to: str = Field(default="", max_length=254)
    text: str = Field(default="", max_length=2000, pattern=r"^[^\x00]*$")


def widget(business_name: str, *, mails: bool = False) -> str:
    """The script as it is given out: with its style, and whose it is."""
    style = (page.SHARED / "colours.css").read_text(encoding="utf-8").replace(":root", ":host")
    style += (_HERE / "chat.css").read_text(encoding="utf-8")
    script = (_HERE / "widget.js").read_text(encoding="utf-8")
    told = {"STYLE": style, "BUSINESS": business_name, "MAILS": "yes" if mails else ""}
    for name, text in told.items():
        script = script.replace(f'"{{{name}}}"', json.dumps(text).replace("<", "\\u003c"))
    return script


def add_chat(
    app: web.Application,
    desk: ChatDesk,
    business_name: str,
    monotonic: Callable[[], float],
    count: Callable[[str], None],
    first_words: Callable[[str, str], Awaitable[str]] | None = None,
    *,
    mails: bool = False,
) -> None:
    """Add the paths above.

    Args:
        app: the application.
        desk: answers.
        business_name: whose chat it is.
        monotonic: seconds of a clock that never goes back.
        count: told by code of who asks too much.
        first_words: what is in the chat already for who comes by a link that names an asset and an
            offer.
        mails: whether there is e-mail, by which a visitor may have what was written.
    """
    script = widget(business_name, mails=mails)
    html = (_HERE / "chat.html").read_text(encoding="utf-8")
    shown = html.replace("{business}", escape(business_name))
    asked = Asked(monotonic, count, OPENING)
    there: set[web.WebSocketResponse] = set()
    scanned, letters = Allowance(SCANNED, monotonic()), Allowance(LETTERS, monotonic())

    async def show(request: web.Request) -> web.Response:
        named = [request.query.get(name, "") for name in ("asset", "offer")]
        words = ""
        known = first_words is not None and any(named) and all(map(_NAMED.fullmatch, named))
        if known and first_words is not None and scanned.take(1, monotonic()):
            words = await first_words(named[0], named[1])
        text = shown.replace("{words}", escape(words))
        return web.Response(text=text, content_type="text/html", headers=page.WITH_FILES)

    async def give(_: web.Request) -> web.Response:
        return web.Response(text=script, content_type="text/javascript", headers=_SCRIPT_HEADERS)

    async def talk(request: web.Request) -> web.StreamResponse:
        if len(there) >= MOST_SOCKETS:
            return web.Response(status=503, headers={"Retry-After": "10"})
        socket = web.WebSocketResponse(max_msg_size=MOST_FRAME, heartbeat=25.0, compress=False)
        await socket.prepare(request)
        there.add(socket)
        try:
            said = Allowance(SAYING, monotonic())
            await _Visit(socket, desk, said, monotonic, letters, mails=mails).run()
        finally:
            there.discard(socket)
        return socket

    async def leave(_: web.Application) -> None:
        for socket in list(there):
            await socket.close(code=1001)

    app.router.add_get("/chat", show)
    app.router.add_get("/chat/widget.js", give)
    app.router.add_get("/chat/socket", asked.bounded(talk), allow_head=False)
    app.on_shutdown.append(leave)


class _Visit:
    """One socket of a visitor."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        desk: ChatDesk,
        allowance: Allowance,
        monotonic: Callable[[], float],
        letters: Allowance,
        *,
        mails: bool,
    ) -> None:
        self._letters = letters
        self._mails = mails
        self._socket = socket
        self._desk = desk
        self._allowance = allowance
        self._monotonic = monotonic
        self._key = ""
        self._told: set[int] = set()
        self._waits: set[int] = set()

    async def run(self) -> None:
        """Until the visitor leaves, or says what nobody may."""
        try:
            async with asyncio.timeout(HELLO_S):
                hello = await self._next()
            if hello is None or hello.kind != "hello":
                await self._socket.close(code=1002)
                return
            try:
                self._key = await self._key_of(hello)
            except VoiceAgentError:
                await self._socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
                return
            await self._tell({"kind": "hello", "key": self._key})
            with suppress(VoiceAgentError):  # it is looked again
                await self._look()
            async with asyncio.TaskGroup() as tasks:
                looking = tasks.create_task(self._keep_looking())
                while (frame := await self._next()) is not None:
                    if frame.kind == "say" and frame.id and frame.text.strip():
                        tasks.create_task(self._say(frame))
                    elif frame.kind == "mail" and self._mails:
                        tasks.create_task(self._mail(frame.to))
                looking.cancel()
        except TimeoutError:
            await self._socket.close(code=1002)

    async def _key_of(self, hello: ChatFrame) -> str:
        """The key of this visit: one that was given to a visitor who wrote, else a new one.

        A key that somebody chose would be anybody's who chooses alike, or has others use it.
        """
        if hello.key and await self._desk.said_to(hello.key):
            return hello.key
        return secrets.token_urlsafe(24)

    async def _next(self) -> ChatFrame | None:
        """The next frame; ``None`` when the visitor is gone, or is no widget of ours."""
        message = await self._socket.receive()
        if message.type is not WSMsgType.TEXT:
            return None
        try:
            return ChatFrame.model_validate_json(message.data)
        except ValidationError:
            await self._socket.close(code=1007)
            return None

    async def _say(self, frame: ChatFrame) -> None:
        if not self._allowance.take(1, self._monotonic()):
            await self._tell({"kind": "slow", "id": frame.id})
            return
        try:
            message = self._desk.new_message(
                CHANNEL, self._key, frame.text, message_id=frame.id, patience_s=PATIENCE_S
            )
            await self._tell({"kind": "typing"})
            kept = await self._desk.receive(message)
        except CallerFixable as error:
            await self._tell({"kind": "refused", "id": frame.id, "why": error.message})
            return
        except VoiceAgentError:
            await self._tell({"kind": "failed", "id": frame.id})
            return
        await self._tell({"kind": "taken", "id": frame.id, "message": kept.message_id})
        await self._show(kept)

    async def _mail(self, address: str) -> None:
        """Send what was written by e-mail, and say whether that was done."""
        if not self._letters.take(1, self._monotonic()):
            await self._tell({"kind": "mailed", "how": "later"})
            return
        try:
            sent = await self._desk.mail_transcript(self._key, address.strip())
        except CallerFixable:
            sent = False
        except VoiceAgentError:
            await self._tell({"kind": "mailed", "how": "later"})
            return
        await self._tell({"kind": "mailed", "how": "yes" if sent else "no"})

    async def _show(self, kept: ThreadMessage) -> None:
        """Tell a reply, once."""
        if kept.state is not MessageState.ANSWERED or kept.message_id in self._told:
            return
        self._told.add(kept.message_id)
        if kept.reply:
            await self._desk.take_reply(kept)
        await self._tell({"kind": "said", "message": kept.message_id, "text": kept.reply})

    async def _look(self) -> None:
        """Tell what is kept and was not told on this socket."""
        for kept in await self._desk.said_to(self._key):
            if kept.message_id in self._told:
                continue
            if kept.text and kept.message_id not in self._waits:
                self._waits.add(kept.message_id)
                said: dict[str, str | int] = {"kind": "wrote", "text": kept.text}
                said["id"] = kept.key.rpartition(":")[2]
                await self._tell(said)
            await self._show(kept)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            with suppress(VoiceAgentError):
                await self._look()

    async def _tell(self, what: dict[str, str | int]) -> None:
        if not self._socket.closed:
            with suppress(ConnectionError):
                await self._socket.send_str(json.dumps(what))
