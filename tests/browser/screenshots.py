"""Pictures of the phone for the documentation, in both widths and both colour schemes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from tests.browser.devtools import Page
from tests.browser.stage import MAY_LISTEN, Rehearsal, booth
from voiceagent.store.embedded import EmbeddedPostgres

TO: Final = Path(__file__).parents[2] / "docs" / "screenshots"
SIZES: Final = ((390, 844), (1440, 900))
SPEAKING: Final = """
    document.querySelectorAll('#waterfall li').length >= 6
    && document.getElementById('level-agent').value > 0.1
    && document.querySelector('#transcript li:last-child .unheard') !== null
"""
"""The moment that is shown: some turns on, and the agent in the middle of a sentence."""


async def take(postgres: EmbeddedPostgres, rehearsal: Rehearsal, folder: Path) -> list[Path]:
    """Make the reference call; take pictures in its middle, and where a microphone is missing."""
    await asyncio.to_thread(TO.mkdir, exist_ok=True)
    sound = folder / "screenshots.wav"
    rehearsal.microphone(sound, {})
    file = f"--use-file-for-fake-audio-capture={sound.resolve()}%noloop"
    made = []
    async with booth(postgres, folder / "call", *MAY_LISTEN, file) as here:
        page = await here.browser.page()
        await page.look(width=1440, height=900, dark=False)
        await page.go(f"{here.live.engine.url}/phone")
        await page.click("#call")
        await page.until(SPEAKING, within_s=150)
        made += await pictures(page, "phone-call")
    async with booth(postgres, folder / "idle") as here:
        page = await here.browser.page()
        await page.go(f"{here.live.engine.url}/phone")
        await page.click("#call")
        await page.until("!document.getElementById('problem').hidden", within_s=5)
        made += await pictures(page, "phone-no-microphone")
    return made


async def pictures(page: Page, name: str, kind: str = "png") -> list[Path]:
    """Of a page as it is, in both widths and both colour schemes."""
    made = []
    for width, height in SIZES:
        for dark in (False, True):
            await page.look(width=width, height=height, dark=dark)
            path = TO / f"{name}-{width}-{'dark' if dark else 'light'}.{kind}"
            await page.picture(path)
            made.append(path)
    return made
