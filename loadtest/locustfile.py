"""Load from many machines with locust (https://locust.io, MIT); optional, see docs/loadtest.md.

A user is a caller who calls again and again. The calls themselves are made by a process of our
callers (`loadtest.replay.worker`) that each locust worker starts: a caller sends a frame every
20 ms by asyncio, whose waiting locust's monkey patches replace. What locust shows as a request is a
turn, its response time voice-to-voice; a call is one too, and fails with what went wrong.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import gevent
from gevent.event import AsyncResult
from locust import User, between, events, task

ROOT: Final = Path(__file__).resolve().parents[1]
PYTHON: Final = os.environ.get("VOICEAGENT_PYTHON", sys.executable)
RECORDINGS: Final = os.environ.get("LOADTEST_RECORDINGS", "audio_fixtures/hours")


class Callers:
    """The process that calls, and who waits for which call."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [
                PYTHON,
                "-m",
                "loadtest.replay.worker",
                "--url",
                url,
                "--recordings",
                RECORDINGS,
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._waiting: dict[int, AsyncResult] = {}
        self._placed = 0
        gevent.spawn(self._read)

    def call(self) -> dict[str, Any]:
        """Place a call, and wait until it has ended; its record."""
        number, self._placed = self._placed, self._placed + 1
        ended = self._waiting[number] = AsyncResult()
        if self._process.poll() is not None or self._process.stdin is None:
            raise RuntimeError("the callers have ended; see what they wrote")
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        found: dict[str, Any] = ended.get()
        return found

    def close(self) -> None:
        """No more calls."""
        self._process.terminate()

    def _read(self) -> None:
        if self._process.stdout is None:
            return
        for line in self._process.stdout:
            record = json.loads(line)
            self._waiting.pop(record["number"]).set(record)
        for ended in self._waiting.values():
            ended.set_exception(RuntimeError("the callers have ended; see what they wrote"))


_CALLERS: list[Callers] = []
"""Of this locust worker; made by its first user."""


def _stop(**_: Any) -> None:
    while _CALLERS:
        _CALLERS.pop().close()


events.quitting.add_listener(_stop)


class PhoneUser(User):
    """Somebody who calls, hangs up, and calls again."""

    wait_time = between(1, 3)

    def on_start(self) -> None:
        """The first user starts the callers."""
        if not _CALLERS:
            _CALLERS.append(Callers(self.host or "http://127.0.0.1:8080"))

    @task
    def call(self) -> None:
        """One call."""
        try:
            record = _CALLERS[0].call()
        except RuntimeError as error:
            record = {"error": str(error)}
        failure = record.get("error") or record.get("failure")
        for turn in record.get("turns", ()):
            if turn["v2v_ms"] is not None or turn["unanswered"]:
                self._tell("turn", turn["recording"], turn["v2v_ms"] or 0.0,
                           "unanswered" if turn["unanswered"] else None)  # fmt: skip
        name = record.get("caller", "?")
        self._tell("call", name, record.get("duration_s", 0.0) * 1000, failure or None)

    def _tell(self, kind: str, name: str, ms: float, failure: str | None) -> None:
        self.environment.events.request.fire(
            request_type=kind,
            name=name,
            response_time=ms,
            response_length=0,
            exception=RuntimeError(failure) if failure else None,
            context={},
        )
