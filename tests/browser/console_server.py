"""The console in a process of its own, with calls that nobody makes.

python -m tests.browser.console_server --port 8123 --calls 100
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web
from prometheus_client import CollectorRegistry

from tests.browser.console_calls import LiveTalk, Pace, Words, put_history, put_recordings
from tests.support.hostile import XSS
from voiceagent.app.installation import access_for
from voiceagent.app.ops.listening import ListeningRoom
from voiceagent.app.ops.live import LiveFeed
from voiceagent.app.ops.metrics.look import WorkerLook
from voiceagent.app.ops.watch import CallWatch, WorkerFigures
from voiceagent.app.recording_file import RecordingFolder
from voiceagent.app.settings import Settings
from voiceagent.app.web.audit import written_down
from voiceagent.app.web.console.money_page import add_money
from voiceagent.app.web.console.routes import add_console
from voiceagent.app.web.console.shell import Shell
from voiceagent.app.web.figures import add_figures
from voiceagent.app.web.hand_over import add_hand_over
from voiceagent.app.web.live import add_live
from voiceagent.app.web.recording import add_recording
from voiceagent.app.web.sign_in import add_sign_in
from voiceagent.app.web.wall import WorkerState, add_wall
from voiceagent.core.clock import SystemClock
from voiceagent.core.figures import Distribution, LineTotals, MediaFigures
from voiceagent.store.memory import MemoryStore

NOTHING: Final = Distribution((1.0,))
NO_SOUND: Final = MediaFigures(
    totals=LineTotals(), tick_lag=NOTHING, send_lateness=NOTHING, onset_to_clear=NOTHING, lines=0,
    slots=128, free_slots=128, shedding=0, late_sends=0, audibly_late_sends=0, tick_faults=0,
)  # fmt: skip


@dataclass
class NoPersons:
    """Hands nobody over."""

    def hand_over(self, call_sid: str) -> None:
        """See `Persons`."""


async def _at_once() -> None:
    """There is no sound to wait for."""


def application(pace: Pace, words: Words, folder: Path) -> tuple[web.Application, LiveTalk]:
    """The console's routes, guarded as the server guards them."""
    clock = SystemClock()
    store, feed, registry = MemoryStore(clock), LiveFeed(), CollectorRegistry()
    put_history(store, clock.now(), words)
    talk = LiveTalk(feed, store, pace, words)
    access, sessions = access_for(Settings(state_dir=folder))
    app = web.Application(middlewares=[access.guard, written_down(store.looks, ())])
    add_sign_in(app, sessions, hint="The password is in the state folder.")
    kept = RecordingFolder(folder / "recordings")
    put_recordings(kept, store)
    shell = Shell("CoolCare", ZoneInfo("America/New_York"), 1)
    add_console(app, store.history, store.looks, shell, kept)
    add_money(app, store.payment_events, shell)
    add_recording(app, kept, ListeningRoom(), lambda _: None)
    add_live(app, feed, lambda _: None)
    add_wall(
        app,
        feed.wall,
        lambda: WorkerState(talk.talking, 128 - talk.talking, draining=False),
        lambda _: None,
    )
    add_hand_over(app, NoPersons())
    CallWatch(registry)
    WorkerFigures(registry, lambda: WorkerLook(NO_SOUND, talk.talking, 128 - talk.talking))
    parts = {
        "database": "embedded PostgreSQL",
        "carrier": "Twilio",
        "stt": "Deepgram",
        "tts": "Pico",
    }
    add_figures(app, registry, parts=parts, between_ticks=_at_once, monotonic=clock.monotonic)
    return app, talk


async def serve(port: int, pace: Pace, words: Words) -> None:
    """Until the process is ended."""
    with tempfile.TemporaryDirectory(prefix="voiceagent-console-") as folder:
        app, talk = application(pace, words, Path(folder))
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await talk.run()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--call-s", type=float, default=40.0)
    parser.add_argument("--turn-s", type=float, default=2.0)
    parser.add_argument("--stamped", action="store_true")
    parser.add_argument("--hostile", action="store_true", help="callers who would be markup")
    given = parser.parse_args()
    hostile = itertools.cycle(XSS)
    pace = Pace(given.calls, given.call_s, given.turn_s, given.stamped)
    asyncio.run(serve(given.port, pace, (lambda _: next(hostile)) if given.hostile else str))


if __name__ == "__main__":
    main()
