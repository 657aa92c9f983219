"""A media plane that anybody may phone, with a control plane that only keeps time.

    python -m tests.support.panel_server --port 8099

It answers every turn with three seconds of sound, 200 ms after its end: the delays of a recogniser,
a language model and speech. For the conversation panel (`python -m loadtest.panel`).
"""

from __future__ import annotations

import argparse
import asyncio

import numpy as np
from aiohttp import web

from telephony.calls import IncomingCall
from telephony.twilio_socket import CallAccepted, MediaSocket
from voiceagent.core.audio import RATE_8K, pcm_to_bytes
from voiceagent.core.clock import SystemClock
from voiceagent.core.wire import CarrierEvents, LineEnd, Played, TurnEnd
from voiceagent.errors import PeerMisbehaved
from voiceagent.media.gist import Gist
from voiceagent.media.line import Line
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.media.silero import BatchedVad
from voiceagent.media.smart_turn import SmartTurn, TurnModelThread

REPLY_S = 3.0
DELAY_S = 0.2
ACCOUNT = "AC" + "0" * 32


def reply_sound() -> bytes:
    """Three seconds of a tone, never silent."""
    at = np.arange(int(REPLY_S * RATE_8K))
    return pcm_to_bytes((6000 * np.sin(at * 0.31)).astype(np.int16))


class Unwatched:
    """Nobody counts here (`Watch`)."""

    def count(self, code: str) -> None:
        pass

    def warn(self, error: PeerMisbehaved) -> None:
        raise error


class Talker:
    """A control plane without thoughts (`LineListener`)."""

    def __init__(self) -> None:
        self.line: Line | None = None
        self._sound = reply_sound()
        self._number = 0
        self._coming: asyncio.TimerHandle | None = None

    def reply(self, after_s: float) -> None:
        self.forget()
        self._coming = asyncio.get_running_loop().call_later(after_s, self._say)

    def forget(self) -> None:
        if self._coming is not None:
            self._coming.cancel()
            self._coming = None

    def _say(self) -> None:
        self._coming = None
        if self.line is not None:
            self._number += 1
            self.line.say(self._number, self._sound)
            self.line.end_utterance(self._number)

    def caller_started(self, at_s: float) -> None:
        self.forget()
        if self.line is not None:
            self.line.stop_speaking()

    def caller_audio(self, pcm_8k: bytes) -> None:
        pass

    def caller_paused(self) -> None:
        pass

    def caller_resumed(self) -> None:
        pass

    def caller_finished(self, end: TurnEnd) -> None:
        self.reply(DELAY_S)

    def barge_in(self, heard: Played | None) -> None:
        self.forget()

    def played(self, progress: Played) -> None:
        pass

    def key(self, digit: str) -> None:
        pass

    def closed(self, reason: LineEnd) -> None:
        self.forget()


def application(scheduler: FrameScheduler) -> web.Application:
    async def accept(accepted: CallAccepted) -> CarrierEvents:
        talker = Talker()
        talker.line = scheduler.add(accepted.link, talker)
        talker.reply(0.0)
        return talker.line

    socket = MediaSocket(
        account_sid=ACCOUNT,
        redeem=lambda _token, call_sid: IncomingCall(call_sid, "", ""),
        accept=accept,
        watch=Unwatched(),
    )
    app = web.Application()
    app.router.add_get("/media", socket.handle)
    return app


async def serve(port: int) -> None:
    turn_model = TurnModelThread(SmartTurn())
    scheduler = FrameScheduler(SystemClock(), BatchedVad(64), turn_model, gist=Gist())
    runner = web.AppRunner(application(scheduler), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await scheduler.run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(serve(parser.parse_args().port))
