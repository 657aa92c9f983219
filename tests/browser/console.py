"""The console in a browser: it lives, nothing that a caller says is markup, all can use it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from tests.browser.console_stage import ConsoleStage, console_stage
from tests.browser.devtools import Page

AXE: Final = Path(__file__).parent / "vendor" / "axe.min.js"
ENDED: Final = f"/console/calls/CA{1:032x}"
FIRST_LIVE: Final = "document.querySelector('#wall li:not([data-activity=over]) a')"
NAMES: Final = ("live", "calls", "call", "money", "engine", "looks")
PATHS: Final = (
    "/console",
    "/console/calls",
    ENDED,
    "/console/money",
    "/console/engine",
    "/console/looks",
)

Check = Callable[[ConsoleStage, Page], Awaitable[None]]


async def check_console() -> list[str]:
    """What is wrong, in words."""
    found = []
    for options, checks in (
        (("--calls", "6", "--call-s", "8", "--turn-s", "0.8"), (lives, ends)),
        (("--calls", "6", "--call-s", "600"), (refused, accessible)),
        (("--calls", "12", "--call-s", "6", "--turn-s", "0.8", "--hostile"), (harmless,)),
    ):
        async with console_stage(*options) as here:
            for check in checks:
                try:
                    await check(here, await here.browser.page())
                except (AssertionError, TimeoutError) as error:
                    found.append(f"{check.__name__}: {type(error).__name__} {error}")
            found += [f"{checks[-1].__name__}: {line}" for line in _errors(here)]
    return found


def _errors(here: ConsoleStage) -> list[str]:
    """What pages complained of, but for a request that is refused on purpose."""
    return [
        line
        for line in here.browser.console
        if ("error" in line or "Refused" in line) and "404" not in line
    ]


async def lives(here: ConsoleStage, page: Page) -> None:
    """The wall and a call's page move without being asked."""
    await page.go(f"{here.url}/console")
    await page.until("document.querySelectorAll('#wall li').length >= 6", within_s=5)
    assert await page.text("#live") == "6"
    words = "document.querySelector('#wall li .words').textContent"
    before = await page.run(words)
    await page.until(f"{words} !== {json.dumps(before)}", within_s=10)
    path = await page.run(f"{FIRST_LIVE}.getAttribute('href')")
    await page.go(f"{here.url}{path}")
    shown = "document.querySelectorAll('#transcript li:not(.note)').length"
    count = await page.run(shown)
    await page.until(f"{shown} > {count + 1}", within_s=10)
    turns = "[...document.querySelectorAll('#transcript li.agent')].length"
    assert await page.run(turns) > 0
    assert await page.run("document.querySelectorAll('#waterfall li').length") > 0


async def ends(here: ConsoleStage, page: Page) -> None:
    """A call that is over is shown as such, on the wall and on its page, which then is whole."""
    await page.go(f"{here.url}/console")
    await page.until("document.querySelector('#wall li[data-activity=over]') !== null", within_s=15)
    path = await page.run(f"{FIRST_LIVE}.getAttribute('href')")
    await page.go(f"{here.url}{path}")
    await page.until("document.getElementById('hand-over') === null", within_s=20)
    await page.until("document.getElementById('activity') === null", within_s=10)
    assert await page.text("#outcome") == "answered"


async def refused(here: ConsoleStage, page: Page) -> None:
    """A call is handed over by its button; where that cannot be, the page says so."""
    await page.go(f"{here.url}/console")
    await page.until(f"{FIRST_LIVE} !== null", within_s=5)
    await page.go(f"{here.url}{await page.run(FIRST_LIVE + '.pathname')}")
    await page.click("#hand-over")
    told = "document.getElementById('hand-over')?.textContent === 'A person takes over'"
    await page.until(told, within_s=5)
    await page.run("document.getElementById('hand-over').disabled = false")
    await page.run("document.getElementById('hand-over').dataset.path += 'nowhere'")
    await page.click("#hand-over")
    await page.until("document.getElementById('hand-over')?.disabled === false", within_s=5)


async def harmless(here: ConsoleStage, page: Page) -> None:
    """Whatever callers are, say and write: no page runs any of it, live or stored."""
    live = [await page_of_a_live_call(here)]
    for path in (*PATHS, *live):
        await page.go(f"{here.url}{path}")
        await page.run("window.broken = []")
        await page.run(
            "document.addEventListener('securitypolicyviolation', "
            "(e) => window.broken.push(e.violatedDirective))"
        )
        await asyncio.sleep(3.0)
        assert await page.run("window.xss") is None, path
        assert await page.run("window.broken") == [], path
        assert await page.run("location.pathname") == path
        made = "document.querySelectorAll('main :is(script, iframe, img, style, base)').length"
        assert await page.run(made) == 0, path
    assert "<script>" in await page.text("main"), "the words are shown as they were said"


async def page_of_a_live_call(here: ConsoleStage) -> str:
    """Its path."""
    page = await here.browser.page()
    await page.go(f"{here.url}/console")
    await page.until(f"{FIRST_LIVE} !== null", within_s=5)
    path = str(await page.run(f"{FIRST_LIVE}.getAttribute('href')"))
    await here.browser.call("Target.closeTarget", targetId=page.target)
    return path


async def accessible(here: ConsoleStage, page: Page) -> None:
    """axe finds nothing, on every page, in both widths and both colour schemes."""
    rules = await asyncio.to_thread(AXE.read_text, encoding="utf-8")
    await page.go(f"{here.url}/console")
    await page.run(rules)
    await page.run("document.querySelector('main').append(document.createElement('button'))")
    assert [one["id"] for one in await _violations(page)] == ["button-name"], "axe sees nothing"
    wrong = []
    paths = (*PATHS, await page_of_a_live_call(here), "/sign-in")
    for width, dark in ((390, False), (390, True), (1440, False), (1440, True)):
        await page.look(width=width, height=900, dark=dark)
        for path in paths:
            await page.go(f"{here.url}{path}")
            await asyncio.sleep(0.6)
            await page.run(rules)
            found = await _violations(page)
            wrong += [f"{path} {width} {'dark' if dark else 'light'}: {one}" for one in found]
            wide = await page.run("document.documentElement.scrollWidth - window.innerWidth")
            if wide > 0:
                wrong.append(f"{path} is {wide} px too wide at {width} px")
    assert not wrong, "\n".join(wrong)


async def _violations(page: Page) -> list[dict[str, Any]]:
    """What axe, which has been run in a page, finds in it."""
    found: list[dict[str, Any]] = await page.run(
        "axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations.map("
        "(v) => ({id: v.id, at: v.nodes.map((n) => `${n.target} ${n.failureSummary}`)})))"
    )
    return found
