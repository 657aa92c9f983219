"""The browser phone and the console in a headless Chromium. Not part of the gate: it needs one.

python -m tests.browser                  the console, the phone's modules, what is said when
                                         something is missing, and one whole call each way
python -m tests.browser --console        the console alone: two minutes
python -m tests.browser --chat           the web chat alone: half a minute
python -m tests.browser --measure        what the console costs with a hundred live calls
python -m tests.browser --times 10       so many whole calls, the ways in turn
python -m tests.browser --screenshots    pictures into docs/screenshots
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import tempfile
import time
from pathlib import Path

from tests.browser.calls import Seen, Way, call
from tests.browser.chat import check_chat
from tests.browser.console import check_console
from tests.browser.console_figures import measure
from tests.browser.console_pictures import take_console
from tests.browser.devtools import NoBrowser, executable
from tests.browser.failures import check_failures
from tests.browser.modules import check_modules
from tests.browser.screenshots import take
from tests.browser.stage import booth, rehearse
from voiceagent.store.embedded import EmbeddedPostgres

NO_BROWSER = 2


def say(text: str) -> None:
    """A line now."""
    print(text, flush=True)  # noqa: T201 - a command


async def run(arguments: argparse.Namespace) -> int:
    """Everything that was asked for; how much of it was wrong."""
    if arguments.measure:
        return 0 if await measure(arguments.seconds, say) else 1
    if arguments.chat:
        return _told("chat", await check_chat())
    if arguments.console and arguments.screenshots:
        for path in await take_console():
            say(str(path))
        return 0
    wrong = 0
    if not (arguments.screenshots or arguments.only):
        wrong += _told("console", await check_console())
        if not arguments.console:
            wrong += _told("chat", await check_chat())
    return wrong if arguments.console else wrong + await run_phone(arguments)


async def run_phone(arguments: argparse.Namespace) -> int:
    """The phone's part of it."""
    postgres = EmbeddedPostgres(Path(".state"))
    postgres.start()
    with tempfile.TemporaryDirectory(prefix="voiceagent-browser-") as made:
        folder = Path(made)
        wrong = 0
        if not (arguments.screenshots or arguments.only):
            async with booth(postgres, folder / "modules") as here:
                page = await here.browser.page()
                await page.go(f"{here.live.engine.url}/phone")
                wrong += _told("modules", await check_modules(page))
            wrong += _told("what is missing is said", await check_failures(postgres, folder))
        say("Rehearsing the reference call with the emulated carrier ...")
        rehearsal = await rehearse(postgres, folder)
        if arguments.screenshots:
            for path in [*await take(postgres, rehearsal, folder), *await take_console()]:
                say(str(path))
            return wrong
        ways = [Way(arguments.only)] if arguments.only else list(Way)
        for number, way in zip(
            range(1, (arguments.times or len(ways)) + 1), itertools.cycle(ways), strict=False
        ):
            began_s = time.monotonic()
            seen = await call(postgres, rehearsal, way, folder / f"call-{number}")
            wrong += _shown(number, seen, time.monotonic() - began_s)
        return wrong


def _told(what: str, wrong: list[str]) -> int:
    say(f"{what}: {'right' if not wrong else 'WRONG'}")
    for one in wrong:
        say(f"  {one}")
    return len(wrong)


def _shown(number: int, seen: Seen, took_s: float) -> int:
    answers = ", ".join(str(ms) for ms in seen.answers_ms)
    state = "WRONG" if seen.wrong else "booked"
    say(f"call {number} ({seen.way}): {state}, {took_s:.0f} s; answers after {answers} ms")
    for one in seen.wrong:
        say(f"  {one}")
    if seen.wrong:
        say(seen.transcript)
    return len(seen.wrong)


def main() -> int:
    """The command; 0 when all was right, 2 when there is no browser to try it in."""
    parser = argparse.ArgumentParser(prog="./run test-browser", description=__doc__)
    parser.add_argument("--times", type=int, default=0, help="whole calls; one each way by default")
    parser.add_argument(
        "--only", choices=list(Way), help="whole calls of one way, and nothing else"
    )
    parser.add_argument("--chat", action="store_true", help="the web chat alone")
    parser.add_argument("--console", action="store_true", help="the console alone")
    parser.add_argument("--measure", action="store_true", help="what the console costs")
    parser.add_argument("--seconds", type=float, default=20.0, help="each part of that takes")
    parser.add_argument("--screenshots", action="store_true", help="take pictures instead")
    arguments = parser.parse_args()
    try:
        executable()
        return 1 if asyncio.run(run(arguments)) else 0
    except NoBrowser as missing:
        print(f"The browser test was NOT run. {missing}", file=sys.stderr)  # noqa: T201
        return NO_BROWSER


if __name__ == "__main__":
    sys.exit(main())
