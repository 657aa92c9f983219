"""10,000 bad messages into 20 live calls: ``./run soak-malformed``.

A bench server of its own takes twenty calls that speak and are answered all the time. Every message
of the torture corpus goes into each of them, over and over, between the frames of a recorded voice.
At the end each call must still be open and have been answered in the last quarter of the run; the
server must have counted every bad message. Then floods, idle sockets and a pause of the machine,
each beside calls whose sound is measured (`beside`). Takes about five minutes; exit status 1 when a
call died or was hurt.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import aiohttp

from loadtest.bench.server.serving import ACCOUNT_SID, running
from loadtest.bench.speech import SPEECH
from loadtest.simulator import g711, wav
from loadtest.simulator.g711 import FRAME_8K
from loadtest.simulator.messages import CONNECTED, StreamIds, StreamWriter
from loadtest.simulator.metronome import FRAME_S
from tests.integration.stage import edge_counts_at
from tests.soak.beside import all_kinds
from tests.telephony.torture import torture
from voiceagent.app.ops.logs import set_up_logs
from voiceagent.domain.business_file import load_business

CALLS, MESSAGES, SECONDS, SETTLE_S = 20, 10_000, 40.0, 1.0
CYCLE_S = 8.0


class Caller:
    """One call: speaks every eight seconds, and sends bad messages between its frames."""

    def __init__(self, number: int) -> None:
        self.ids = StreamIds(ACCOUNT_SID, f"CA{number:032x}", f"MZ{number:032x}")
        self.writer = StreamWriter(self.ids, {})
        self.bad = torture(self.ids.stream_sid, self.ids.call_sid)
        self.sent = 0
        self.heard_s: list[float] = []
        self.alive = True

    async def live(self, url: str, line: bytes, phase: int) -> None:
        loop = asyncio.get_running_loop()
        async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
            await socket.send_str(CONNECTED)
            await socket.send_str(self.writer.start())
            listening = asyncio.ensure_future(self._listen(socket))
            began_s = loop.time()
            frames = round(SECONDS / FRAME_S)
            for tick in range(frames):
                at = (tick + phase) * FRAME_8K % len(line)
                await socket.send_str(self.writer.media(line[at : at + FRAME_8K]))
                while self.sent < (tick + 1) * MESSAGES // CALLS // frames + 1:
                    case = self.bad[self.sent % len(self.bad)]
                    self.sent += 1
                    kind = aiohttp.WSMsgType.BINARY if case.binary else aiohttp.WSMsgType.TEXT
                    await socket.send_frame(case.frame, kind)
                await asyncio.sleep(max(0.0, began_s + (tick + 1) * FRAME_S - loop.time()))
            await asyncio.sleep(SETTLE_S)  # the last ones are to be read before the call ends
            self.alive = not socket.closed
            listening.cancel()

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        loop = asyncio.get_running_loop()
        async for message in socket:
            if json.loads(message.data)["event"] == "media":
                self.heard_s.append(loop.time())


async def soak() -> int:
    """Run; the number of calls that did not come through."""
    voice = g711.encode(wav.read(SPEECH))
    line = voice.ljust(round(CYCLE_S * 8000), g711.SILENCE)
    callers = [Caller(number) for number in range(1, CALLS + 1)]
    business = load_business(Path("business/coolcare.toml"))
    async with running(business, port=0) as port:
        url = f"ws://127.0.0.1:{port}/media"
        frames = len(line) // FRAME_8K
        calls = (c.live(url, line, n * frames // CALLS) for n, c in enumerate(callers))
        ends = await asyncio.gather(*calls, return_exceptions=True)
        counts = await edge_counts_at(f"http://127.0.0.1:{port}")
    last_s = max((caller.heard_s[-1] for caller in callers if caller.heard_s), default=0.0)
    through = [
        end is None and caller.alive and caller.heard_s[-1:] > [last_s - SECONDS / 4]
        for caller, end in zip(callers, ends, strict=True)
    ]
    counted = sum(count for code, count in counts.items() if code.startswith("media."))
    sent = sum(caller.sent for caller in callers)
    sys.stdout.write(
        f"{sent} bad messages, {counted} counted as dropped, into {CALLS} calls: "
        f"{sum(through)} went on and were answered to the end.\n"
    )
    return CALLS - sum(through) + abs(sent - counted)


if __name__ == "__main__":
    set_up_logs("WARNING")
    lost = asyncio.run(soak())
    hurt = asyncio.run(all_kinds())
    sys.exit(1 if lost or hurt else 0)
