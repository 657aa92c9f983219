"""A small client of Chromium's DevTools protocol: enough to open pages, run script and look.

Source: https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import aiohttp

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
START_S: Final = 30.0
ANSWER_S: Final = 30.0

Json = dict[str, Any]


class NoBrowser(RuntimeError):
    """There is none; the message says what to install."""


def executable() -> str:
    """Where Chromium is.

    Raises:
        NoBrowser: nowhere; or there is no openssl, which makes the certificate of one check.
    """
    if shutil.which("openssl") is None:
        raise NoBrowser("No openssl was found (on Debian: apt install openssl).")
    given = os.environ.get("CHROMIUM", "")
    if given and not Path(given).is_file():
        raise NoBrowser(f"CHROMIUM names no file: {given}")
    found = given or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        raise NoBrowser(
            f"No Chromium was found ({', '.join(NAMES)}). Install one (on Debian: apt install "
            "chromium), or say where it is: CHROMIUM=/path/to/chromium."
        )
    return found


class Page:
    """One tab."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self._browser = browser
        self.session = session
        self.target = target

    async def call(self, method: str, **params: Any) -> Json:
        """A command of this tab."""
        return await self._browser.call(method, session=self.session, **params)

    async def go(self, url: str) -> None:
        """Open an address, and wait until it has loaded."""
        loaded = self._browser.event("Page.loadEventFired", self.session)
        answer = await self.call("Page.navigate", url=url)
        assert "errorText" not in answer, answer
        await asyncio.wait_for(loaded, ANSWER_S)

    async def run(self, script: str) -> Any:
        """The value of an expression, awaited when it is a promise.

        Raises:
            AssertionError: the script threw.
        """
        answer = await self.call(
            "Runtime.evaluate",
            expression=script,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, script: str, *, within_s: float) -> Any:
        """The first true value of an expression."""
        async with asyncio.timeout(within_s):
            while not (value := await self.run(script)):  # noqa: ASYNC110 - another process decides
                await asyncio.sleep(0.1)
        return value

    async def click(self, selector: str) -> None:
        """Press something where it is, with the mouse."""
        box = await self.run(
            f"(() => {{ const e = document.querySelector({selector!r}); e.scrollIntoView();"
            "const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2];"
            "})()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=box[0],
                y=box[1],
                button="left",
                clickCount=1,
            )

    async def text(self, selector: str) -> str:
        """What an element says."""
        return str(await self.run(f"document.querySelector({selector!r}).innerText"))

    async def look(self, *, width: int, height: int, dark: bool) -> None:
        """Take a size and a colour scheme."""
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[scheme])

    async def picture(self, to: Path) -> None:
        """All of the page, as PNG or WebP by the name of the file."""
        kind = to.suffix.removeprefix(".")
        quality = {"quality": 75} if kind == "webp" else {}
        shot = await self.call(
            "Page.captureScreenshot", format=kind, captureBeyondViewport=True, **quality
        )
        await asyncio.to_thread(to.write_bytes, base64.b64decode(shot["data"]))


class Browser:
    """A running Chromium."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._events: list[tuple[str, str, asyncio.Future[Json]]] = []
        self.console: list[str] = []
        """What pages have written to their consoles, errors that nobody caught among it."""

    async def read(self) -> None:
        """Hand on what comes, until the browser is gone."""
        async for message in self._socket:
            told: Json = message.json()
            if "id" in told:
                waiting = self._waiting.pop(told["id"])
                if not waiting.done():
                    waiting.set_result(told)
                continue
            self._note(told)
            for awaited in list(self._events):
                method, session, future = awaited
                if (method, session) == (told["method"], told.get("sessionId", "")):
                    self._events.remove(awaited)
                    if not future.done():
                        future.set_result(told["params"])

    def _note(self, told: Json) -> None:
        match told:
            case {"method": "Runtime.consoleAPICalled", "params": {"args": args}}:
                self.console.append(" ".join(str(a.get("value", a)) for a in args))
            case {"method": "Runtime.exceptionThrown", "params": {"exceptionDetails": details}}:
                thrown = details.get("exception", {}).get("description", details["text"])
                self.console.append(f"error: {thrown}")
            case {"method": "Log.entryAdded", "params": {"entry": entry}}:
                self.console.append(f"{entry['level']}: {entry['text']} {entry.get('url', '')}")

    def event(self, method: str, session: str = "") -> asyncio.Future[Json]:
        """The next event of a kind."""
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._events.append((method, session, future))
        return future

    async def call(self, method: str, *, session: str = "", **params: Any) -> Json:
        """A command; its result.

        Raises:
            AssertionError: Chromium refused it.
        """
        number = next(self._numbers)
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        command: Json = {"id": number, "method": method, "params": params}
        await self._socket.send_json(command | ({"sessionId": session} if session else {}))
        told = await asyncio.wait_for(answer, ANSWER_S)
        assert "error" not in told, (method, told["error"])
        result: Json = told["result"]
        return result

    async def page(self) -> Page:
        """A new tab, in front."""
        target = (await self.call("Target.createTarget", url="about:blank"))["targetId"]
        attached = await self.call("Target.attachToTarget", targetId=target, flatten=True)
        page = Page(self, attached["sessionId"], target)
        for domain in ("Page", "Runtime", "Log"):
            await page.call(f"{domain}.enable")
        return page


@asynccontextmanager
async def chromium(*switches: str) -> AsyncIterator[Browser]:
    """A headless Chromium of its own for a block.

    Raises:
        NoBrowser: see `executable`; or it does not start.
    """
    program = executable()
    with tempfile.TemporaryDirectory(
        prefix="voiceagent-chromium-",
        ignore_cleanup_errors=True,  # its processes may still write when it has ended
    ) as profile:
        alone = ("--no-sandbox",) if os.geteuid() == 0 else ()
        process = await asyncio.create_subprocess_exec(
            program,
            "--headless=new",
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--mute-audio",
            "--hide-scrollbars",
            *alone,
            *switches,
            "about:blank",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            address = await _address(process, Path(profile) / "DevToolsActivePort")
            async with (
                aiohttp.ClientSession() as http,
                http.ws_connect(address, max_msg_size=0) as socket,
            ):
                browser = Browser(socket)
                reading = asyncio.ensure_future(browser.read())
                yield browser
                reading.cancel()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def _address(process: asyncio.subprocess.Process, file: Path) -> str:
    try:
        async with asyncio.timeout(START_S):
            while process.returncode is None:
                with contextlib.suppress(FileNotFoundError, ValueError):
                    port, path = (await asyncio.to_thread(file.read_text)).split()
                    return f"ws://127.0.0.1:{port}{path}"
                await asyncio.sleep(0.1)
    except TimeoutError:
        pass
    raise NoBrowser(f"Chromium did not start (status {process.returncode}).")
