"""Pictures of the console for the documentation, in both widths and both colour schemes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from tests.browser.console import NAMES, PATHS, page_of_a_live_call
from tests.browser.console_stage import console_stage
from tests.browser.screenshots import TO, pictures

CALLS: Final = ("--calls", "9", "--call-s", "120", "--turn-s", "2.5")


async def take_console() -> list[Path]:
    """Take them; where they are."""
    await asyncio.to_thread(TO.mkdir, exist_ok=True)
    made = []
    async with console_stage(*CALLS) as here:
        page = await here.browser.page()
        await page.look(width=1440, height=900, dark=False)
        await asyncio.sleep(12.0)
        paths = [*zip(NAMES, PATHS, strict=True), ("sign-in", "/sign-in")]
        paths.append(("live-call", await page_of_a_live_call(here)))
        for name, path in paths:
            await page.go(f"{here.url}{path}")
            await asyncio.sleep(1.0 if name != "live-call" else 5.0)
            made += await pictures(page, f"console-{name}", "webp")
    return made
