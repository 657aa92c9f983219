"""The web chat in a browser: it books, a reload loses nothing, all can use it, on any page."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.browser.devtools import Browser, Page, chromium
from tests.channels.rig import REFERENCE
from tests.channels.wire import wired
from tests.support.hostile import XSS
from tests.support.rooms import FRIDAY_NIGHT
from voiceagent.app.web.chat import widget
from voiceagent.core.clock import SystemClock
from voiceagent.store.memory import MemoryStore

AXE: Final = Path(__file__).parent / "vendor" / "axe.min.js"
ROOT: Final = "document.querySelector('body > div').shadowRoot"
LINES: Final = f"[...{ROOT}.querySelectorAll('#log p')].map((line) => line.lastChild.textContent)"
THEIRS: Final = f"{ROOT}.querySelectorAll('#log p:not(.mine)').length"
MOST_BYTES: Final = 30_000


@dataclass(frozen=True)
class ChatStage:
    """A server of the chat, a page of another site that has it, and a browser."""

    url: str
    elsewhere: str
    store: MemoryStore
    browser: Browser


Check = Callable[[ChatStage, Page], Awaitable[None]]


@asynccontextmanager
async def chat_stage() -> AsyncIterator[ChatStage]:
    """All of it on loopback."""
    clock = SystemClock(FRIDAY_NIGHT)
    store = MemoryStore(clock)
    async with wired(store, clock) as here, chromium() as browser:

        async def page(_: web.Request) -> web.Response:
            html = (
                "<!doctype html><html lang=en><title>Shop</title><style>* { color: red; font: 40px"
                " serif; display: block }</style><h1>Shop</h1>"
                f"<script src='{here.url}/chat/widget.js' async></script>"
            )
            return web.Response(text=html, content_type="text/html")

        other = web.Application()
        other.router.add_get("/", page)
        server = TestServer(other, host="localhost")
        await server.start_server()
        try:
            yield ChatStage(here.url, str(server.make_url("/")), store, browser)
        finally:
            await server.close()


async def check_chat() -> list[str]:
    """What is wrong, in words."""
    found = []
    size = len(widget("CoolCare").encode())
    if size > MOST_BYTES:
        found.append(f"the script has {size} bytes")
    for check in (books, reloaded, elsewhere, narrow, accessible, harmless, lost):
        async with chat_stage() as here:
            try:
                await check(here, await here.browser.page())
            except (AssertionError, TimeoutError) as error:
                found.append(f"{check.__name__}: {type(error).__name__} {error}")
            found += [f"{check.__name__}: {line}" for line in _errors(here, check)]
    return found


def _errors(here: ChatStage, check: Check) -> list[str]:
    if check is lost:  # the lost connection is told there, as it should be
        return []
    return [
        one
        for one in here.browser.console
        if ("error" in one or "Refused" in one) and "favicon" not in one
    ]


async def _says(page: Page, text: str) -> None:
    """Type a message and send it; returns when it was answered."""
    before = await page.run(THEIRS)
    await page.run(
        f"(() => {{ const r = {ROOT}; r.getElementById('words').value = {json.dumps(text)};"
        " r.querySelector('form').requestSubmit(); })()"
    )
    await page.until(f"{THEIRS} > {before}", within_s=10)


async def books(here: ChatStage, page: Page) -> None:
    """The reference visit, typed."""
    await page.go(f"{here.url}/chat")
    for text in REFERENCE:
        await _says(page, text)
    assert len(here.store.kept.jobs) == 1
    lines = await page.run(LINES)
    assert lines[::2] == list(REFERENCE)
    assert await page.run(f"{ROOT}.querySelectorAll('.waits').length") == 0


async def reloaded(here: ChatStage, page: Page) -> None:
    """After a reload everything is there, and the conversation goes on."""
    await page.go(f"{here.url}/chat")
    for text in REFERENCE[:3]:
        await _says(page, text)
    before = await page.run(LINES)
    await page.go(f"{here.url}/chat")
    await page.until(f"{THEIRS} >= 3", within_s=5)
    assert await page.run(LINES) == before
    await _says(page, REFERENCE[3])
    assert len(here.store.kept.calls) == 1


async def elsewhere(here: ChatStage, page: Page) -> None:
    """On a page of another site, whose style does not reach it, nor its style the page."""
    await page.go(here.elsewhere)
    await page.until(
        f"document.querySelector('body > div') !== null && {ROOT} !== null", within_s=5
    )
    await page.run(f"{ROOT}.getElementById('open').click()")
    await page.until(f"!{ROOT}.getElementById('panel').hidden", within_s=5)
    await _says(page, "Hello")
    style = f"getComputedStyle({ROOT}.querySelector('#log p'))"
    assert await page.run(f"{style}.fontSize") == "16px"
    assert await page.run(f"{style}.color") != "rgb(255, 0, 0)"
    assert await page.run("getComputedStyle(document.querySelector('h1')).fontSize") == "40px"


async def narrow(here: ChatStage, page: Page) -> None:
    """At 320 px nothing is cut off or beside the screen, in light and dark."""
    for dark in (False, True):
        await page.look(width=320, height=568, dark=dark)
        await page.go(f"{here.url}/chat")
        await _says(page, "My email is " + "a" * 80 + "@example.com")
        right = "e.getBoundingClientRect().right > 320.5"
        wide = f"[...{ROOT}.querySelectorAll('*')].filter((e) => {right})"
        assert await page.run(f"{wide}.map((e) => e.id || e.tagName)") == []
        box = f"{ROOT}.getElementById('send').getBoundingClientRect()"
        assert await page.run(f"{box}.bottom <= 568 && {box}.height >= 24")
        assert await page.run("document.documentElement.scrollWidth") <= 320


async def accessible(here: ChatStage, page: Page) -> None:
    """axe finds nothing; the keyboard is enough, and focus goes where it belongs."""
    for dark in (False, True):
        await page.look(width=1024, height=768, dark=dark)
        await page.go(f"{here.url}/chat")
        await _says(page, "Hello")
        await page.run(AXE.read_text(encoding="utf-8") + "; 0")
        broken = await page.run(
            "axe.run().then((r) => r.violations.map((v) => v.id + ': ' + v.nodes[0].html))"
        )
        assert broken == [], broken
    assert await page.run(f"{ROOT}.activeElement.id") == "words"
    await page.run(
        f"{ROOT}.getElementById('words').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'Escape', bubbles: true, composed: true}))"
    )
    assert await page.run(f"{ROOT}.getElementById('panel').hidden")
    assert await page.run(f"{ROOT}.activeElement.id") == "open"


async def harmless(here: ChatStage, page: Page) -> None:
    """What a visitor writes is no markup, when it is written and after a reload."""
    await page.go(f"{here.url}/chat")
    for text in XSS[:4]:
        await _says(page, text)
    await page.go(f"{here.url}/chat")
    await page.until(f"{THEIRS} >= 1", within_s=5)
    assert await page.run(f"{ROOT}.querySelectorAll('#log img, #log script, #log svg').length") == 0


async def lost(here: ChatStage, page: Page) -> None:
    """What was written while the line was away is sent when it is back."""
    await page.go(f"{here.url}/chat")
    await _says(page, "Hello")
    await page.run(
        "(() => { const send = WebSocket.prototype.send; WebSocket.prototype.send = function () {"
        " WebSocket.prototype.send = send; this.close(); }; })()"
    )
    await _says(page, "My AC died")
