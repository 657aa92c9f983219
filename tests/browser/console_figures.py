"""What the console costs, and how fast it is: a hundred live calls and one who watches."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.browser.console import ENDED
from tests.browser.console_stage import ConsoleStage, console_stage
from tests.browser.devtools import Page

CALLS: Final = 100
LOADS: Final = 7

PAINT_MS: Final = 300.0
UPDATE_MS: Final = 500.0
CORE: Final = 0.02
GROWTH: Final = 1.10

LAGS: Final = """
window.lags = [];
window.watching = new MutationObserver((seen) => {
  const now = Date.now();
  for (const {target} of seen) {
    const found = /stamp=(\\d+)/.exec(target.textContent);
    if (found && target.className === 'words') window.lags.push(now - Number(found[1]));
  }
});
window.watching.observe(
  document.getElementById('wall'), {subtree: true, childList: true, characterData: true});
"""

TAKEN: Final = "window.watching.disconnect(), window.lags.splice(0)"
"""What was measured; nothing of the measuring stays, which would be taken for a leak."""


@dataclass(frozen=True)
class Figure:
    """A figure, and what it may be at most."""

    what: str
    value: float
    most: float
    unit: str

    @property
    def ok(self) -> bool:
        """Whether it is within its bound."""
        return self.value <= self.most

    def __str__(self) -> str:
        state = "ok" if self.ok else "MISSED"
        return f"{self.what}: {self.value:.3g} {self.unit} (at most {self.most:g}): {state}"


async def measure(seconds: float, say: Callable[[str], None]) -> bool:
    """Measure, and say each figure; whether all are within their bounds."""
    options = ("--calls", str(CALLS), "--call-s", "10", "--turn-s", "1.5", "--stamped")
    async with console_stage(*options) as here:
        figures = await _paints(here)
        page = await here.browser.page()
        figures += await _updates(here, page, seconds)
        figures += await _leaks(here, page, seconds)
    for figure in figures:
        say(str(figure))
    return all(figure.ok for figure in figures)


async def _paints(here: ConsoleStage) -> list[Figure]:
    script = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    made = []
    for path in ("/console", "/console/calls", ENDED):
        page = await here.browser.page()
        times = []
        for _ in range(LOADS):
            await page.go(f"{here.url}{path}")
            times.append(float(await page.until(script, within_s=5)))
        times.sort()
        await page.go("about:blank")
        made.append(
            Figure(f"first paint of {path[:20]}, median", times[LOADS // 2], PAINT_MS, "ms")
        )
    return made


async def _updates(here: ConsoleStage, page: Page, seconds: float) -> list[Figure]:
    """Alone first: what the calls cost that are made up; then with one who watches."""
    await asyncio.sleep(2.0)
    alone = await _share(here, seconds)
    await page.go(f"{here.url}/console")
    await page.until(f"document.querySelectorAll('#wall li').length >= {CALLS}", within_s=10)
    await page.run(LAGS)
    await page.call("Performance.enable")
    before = await _task_s(page)
    watched = await _share(here, seconds)
    drawn = (await _task_s(page) - before) / seconds
    lags = sorted(await page.run(TAKEN))
    assert len(lags) > CALLS, lags
    return [
        Figure(f"update after the event, 95th of {len(lags)}", _at(lags, 0.95), UPDATE_MS, "ms"),
        Figure("update after the event, worst", lags[-1], UPDATE_MS, "ms"),
        Figure("one who watches, of the engine's core", watched - alone, CORE, "core"),
        Figure("the page itself, of its own core", drawn, 1.0, "core"),
    ]


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, math.ceil(share * len(values)) - 1)]


async def _share(here: ConsoleStage, seconds: float) -> float:
    loop = asyncio.get_running_loop()
    before, began_s = here.cpu_s, loop.time()
    await asyncio.sleep(seconds)
    return (here.cpu_s - before) / (loop.time() - began_s)


async def _task_s(page: Page) -> float:
    told: dict[str, Any] = await page.call("Performance.getMetrics")
    return float(next(m["value"] for m in told["metrics"] if m["name"] == "TaskDuration"))


async def _leaks(here: ConsoleStage, page: Page, seconds: float) -> list[Figure]:
    """Six times as long again: calls come and go all the while, and nothing may grow."""
    await asyncio.sleep(seconds)
    heap, nodes = await _kept(page)
    resident = here.resident_bytes
    await asyncio.sleep(5 * seconds)
    heap_after, nodes_after = await _kept(page)
    return [
        Figure(f"heap of the page, {5 * seconds:.0f} s later", heap_after / heap, GROWTH, "times"),
        Figure("nodes of the page", nodes_after / nodes, GROWTH, "times"),
        Figure("memory of the engine", here.resident_bytes / resident, GROWTH, "times"),
    ]


async def _kept(page: Page) -> tuple[float, float]:
    await page.call("HeapProfiler.collectGarbage")
    usage = await page.call("Runtime.getHeapUsage")
    counters = await page.call("Memory.getDOMCounters")
    return float(usage["usedSize"]), float(counters["nodes"])
