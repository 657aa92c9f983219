"""G8: how soon a caller hears the greeting, with the real engine.

From the sending of the stream's `start` to the first media message, at the caller's socket: the
token's redemption, the call's row in the database (the embedded PostgreSQL, which waits for the
disk), the line, the pipeline, the policy's first words and their ready speech. First with nobody
else on the line, then beside calls that are spoken and listened to all the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import uvloop
from picows import WSError

from loadtest.bench.goals.runs import Given
from loadtest.bench.goals.telephone import CarrierAccount, Switchboard, engine, switchboard
from loadtest.bench.goals.verdicts import GoalFinding, GoalReport
from loadtest.bench.report import percentiles
from loadtest.bench.speech import SPEECH, SpeechCycle
from loadtest.bench.subjects import Server
from loadtest.bench.swarm_caller import SwarmCaller
from loadtest.simulator.clock import now_s
from loadtest.simulator.metronome import FRAME_S
from loadtest.simulator.recording import Recording
from loadtest.simulator.webhooks import WebhookError

CALLS: Final = 100
OTHERS: Final = 20
GREETED_S: Final = 3.0
"""A call without a first sound for this long was not greeted."""

LISTEN_S: Final = 0.12
"""How long a greeted caller listens before hanging up."""

SETTLE_S: Final = 2.0
PLACES: Final = OTHERS * 2 + 10
MOST_MS: Final = 20.0


class Others:
    """Calls that go on: each speaks every eight seconds; one that ends is followed by another.

    Args:
        board: rings them.
        count: how many.
    """

    def __init__(self, board: Switchboard, count: int) -> None:
        self._board = board
        self._line = SpeechCycle.of(Recording.read(SPEECH))
        self._callers: list[SwarmCaller | None] = [None] * count
        self._coming: set[asyncio.Task[None]] = set()

    @property
    def live(self) -> int:
        """How many are connected."""
        return sum(caller is not None and not caller.gone for caller in self._callers)

    async def run(self) -> None:
        """Until cancelled."""
        frames, began_s, tick = self._line.frames, now_s(), 0
        count = len(self._callers)
        while True:
            for place, caller in enumerate(self._callers):
                if caller is None or caller.gone:
                    if tick % 50 == place % 50:
                        self._call(place)
                    continue
                caller.media(frames[(tick + place * len(frames) // count) % len(frames)])
            tick += 1
            await asyncio.sleep(max(0.0, began_s + tick * FRAME_S - now_s()))

    def _call(self, place: int) -> None:
        coming = asyncio.ensure_future(self._connect(place))
        self._coming.add(coming)
        coming.add_done_callback(self._coming.discard)

    async def _connect(self, place: int) -> None:
        rung = await self._board.ring()
        if rung.media:
            self._callers[place] = await self._board.connect(rung)


async def greetings(board: Switchboard, calls: int) -> tuple[list[float], int]:
    """Calls one after the other; what each waited for its greeting, ms, and how many had none."""
    waited_ms: list[float] = []
    ungreeted = 0
    for _ in range(calls):
        try:
            caller = await board.connect(await board.ring())
        except (OSError, WSError, WebhookError):
            ungreeted += 1
            continue
        until_s = now_s() + GREETED_S
        while not caller.heard_s and now_s() < until_s:  # noqa: ASYNC110 - a socket's listener
            await asyncio.sleep(FRAME_S / 4)
        if caller.heard_s:
            waited_ms.append((caller.heard_s[0] - caller.started_s) * 1000.0)
        else:
            ungreeted += 1
        await asyncio.sleep(LISTEN_S)
        await board.hang_up(caller)
    return waited_ms, ungreeted


async def _measure(serving: Server, account: CarrierAccount, calls: int) -> tuple[GoalFinding, ...]:
    async with switchboard(account, serving.url) as board:
        await greetings(board, 3)
        alone = await greetings(board, calls)
        others = Others(board, OTHERS)
        going = asyncio.ensure_future(others.run())
        while others.live < OTHERS and not going.done():  # noqa: ASYNC110 - the server decides
            await asyncio.sleep(FRAME_S)
        await asyncio.sleep(SETTLE_S)
        busy = await greetings(board, calls)
        going.cancel()
        await asyncio.wait([going])
    return (*_findings("alone", *alone), *_findings(f"beside {OTHERS} others", *busy))


def _findings(name: str, waited_ms: Sequence[float], ungreeted: int) -> tuple[GoalFinding, ...]:
    p50, p95, p99 = percentiles(waited_ms) or (None, None, None)
    return (
        GoalFinding("G8", f"start to first sound, {len(waited_ms)} calls {name}, p50, ms", p50),
        GoalFinding("G8", f"{name}, p95, ms", p95),
        GoalFinding("G8", f"{name}, p99, ms", p99, MOST_MS),
        GoalFinding("G8", f"{name}, calls without a greeting", ungreeted, 0.0),
    )


def greeting(given: Given) -> GoalReport:
    """G8."""
    account = CarrierAccount()
    with engine(account, core=given.cores[0], places=PLACES) as serving:
        found = uvloop.run(_measure(serving, account, given.calls or CALLS))
    return GoalReport("greeting", found, {"others": OTHERS})
