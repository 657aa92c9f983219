"""The reference call from a browser: a recorded microphone books it, whatever the network does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from tests.browser.devtools import Page
from tests.browser.microphone import SpokenAt
from tests.browser.stage import MAY_LISTEN, Booth, Rehearsal, booth
from voiceagent.store.embedded import EmbeddedPostgres

GAP_S: Final = 2.0
CALL_S: Final = 240.0
QUIET: Final = 3
"""Index of the turn before which the network is cut, and that waits for the call to come back."""

COMES_BACK_S: Final = 13.0


class Way(StrEnum):
    """What happens to a call.

    PLAIN: nothing · HIDDEN: another tab is in front for twenty seconds · HELD: for two seconds
    nothing passes, in the middle of a reply · CUT: every connection is lost, and none can be made
    for two seconds.
    """

    PLAIN = "plain"
    HIDDEN = "hidden"
    HELD = "held"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a call.

    `wrong` says in words what was not as it must be; empty when all was.
    """

    way: Way
    wrong: tuple[str, ...]
    transcript: str
    answers_ms: tuple[int, ...]


async def call(postgres: EmbeddedPostgres, rehearsal: Rehearsal, way: Way, folder: Path) -> Seen:
    """Make one."""
    pauses = {QUIET: COMES_BACK_S} if way is Way.CUT else {}
    sound = folder.with_suffix(".wav")
    spoken = rehearsal.microphone(sound, pauses)
    file = f"--use-file-for-fake-audio-capture={sound.resolve()}%noloop"
    async with booth(postgres, folder, *MAY_LISTEN, file) as here:
        page = await here.browser.page()
        await page.go(f"{here.network.url}/phone")
        await page.click("#call")
        began_s = asyncio.get_running_loop().time()
        odd = await _happens(here, page, way, spoken, began_s)
        try:
            await page.until("document.body.dataset.state === 'over'", within_s=CALL_S)
            await page.until("document.getElementById('outcome').innerText !== ''", within_s=8)
        except TimeoutError:
            odd.append(f"the call was not over in {CALL_S:g} s")
        return await _seen(here, page, way, odd)


async def _happens(
    here: Booth, page: Page, way: Way, spoken: Sequence[SpokenAt], began_s: float
) -> list[str]:
    """Whatever befalls a call; what of it did not."""

    async def wait_until(at_s: float) -> None:
        await asyncio.sleep(max(0.0, began_s + at_s - asyncio.get_running_loop().time()))

    odd: list[str] = []
    match way:
        case Way.PLAIN:
            pass
        case Way.HIDDEN:
            await wait_until(spoken[1].start_s)
            other = await here.browser.page()
            await here.browser.call("Target.activateTarget", targetId=other.target)
            await asyncio.sleep(1.0)
            if (state := await page.run("document.visibilityState")) != "hidden":
                odd.append(f"the tab was {state} behind another one")
            await asyncio.sleep(20.0)
            await here.browser.call("Target.activateTarget", targetId=page.target)
        case Way.HELD:
            await wait_until(spoken[1].end_s + 2.0)
            await here.network.hold(GAP_S)
        case Way.CUT:
            await wait_until(spoken[QUIET].start_s - COMES_BACK_S + 1.0)
            await here.network.cut(GAP_S)
            if "connected again" not in await _transcript_within(page, 8.0):
                odd.append("the call was not connected again")
    return odd


async def _transcript_within(page: Page, within_s: float) -> str:
    """The transcript once the call is connected again, or after a while."""
    try:
        note = "document.getElementById('transcript').innerText.includes('connected again')"
        await page.until(note, within_s=within_s)
    except TimeoutError:
        pass
    return await page.text("#transcript")


async def _seen(here: Booth, page: Page, way: Way, odd: list[str]) -> Seen:
    """Look at both ends."""
    wrong = list(odd)
    (last,) = await here.live.store.history.recent(1)
    history = await here.live.store.history.call(last.call.call_sid)
    assert history is not None
    if last.outcome is None or last.outcome.value != "booked":
        wrong.append(f"the outcome is {last.outcome}")
    if history.job is None or "Oak" not in history.job.address:
        wrong.append(f"the job is {history.job}")
    if (outcome := await page.text("#outcome")) != "Outcome: booked":
        wrong.append(f"the page says {outcome!r}")
    if await page.run("!document.getElementById('problem').hidden"):
        wrong.append(await page.text("#problem"))
    shown = "[...document.querySelectorAll('#waterfall li')].map((e) => parseInt(e.innerText))"
    answers = tuple(await page.run(shown))
    if len(answers) < 6:
        wrong.append(f"only {len(answers)} answers have a bar")
    if way is not Way.CUT:  # what could not be reached meanwhile is written there
        wrong += [line for line in here.browser.console if line.startswith("error")]
    return Seen(way, tuple(wrong), await page.text("#transcript"), answers)
