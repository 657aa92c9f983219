"""The console on a store in memory, for whoever a test says is looking."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Handler

from voiceagent.app.recording_file import RecordingFolder
from voiceagent.app.web.access import VISITOR
from voiceagent.app.web.console.call_backs_page import add_call_backs
from voiceagent.app.web.console.money_page import add_money
from voiceagent.app.web.console.routes import add_console
from voiceagent.app.web.console.shell import Shell
from voiceagent.domain.looks import Role, Visitor
from voiceagent.store.memory import MemoryStore

NOWHERE = Path("/nowhere/recordings")
"""No call has a recording there."""

Element = tuple[str, tuple[tuple[str, str | None], ...]]


@asynccontextmanager
async def console_site(
    store: MemoryStore, role: Role = Role.OWNER, recordings: RecordingFolder | None = None
) -> AsyncIterator[TestClient[Any, Any]]:
    """The console's pages, without the guard."""

    @web.middleware
    async def let_in(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[VISITOR] = Visitor("somebody", role)
        return await handler(request)

    app = web.Application(middlewares=[let_in])
    shell = Shell("CoolCare", ZoneInfo("America/New_York"), 1)
    add_console(app, store.history, store.looks, shell, recordings or RecordingFolder(NOWHERE))
    add_money(app, store.payment_events, shell)
    add_call_backs(app, store.call_backs, shell)
    async with TestClient(TestServer(app)) as client:
        yield client


@dataclass
class Parsed:
    """A page as a browser reads it: its elements, and its text."""

    elements: list[Element]
    text: str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.elements.append(("comment", ((data, None),)))


def parsed(html: str) -> Parsed:
    """What a browser makes of a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Parsed(reader.elements, "".join(reader.words))
