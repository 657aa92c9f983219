"""A call's sound: the recording of one that was, and both sides of one that goes on.

``GET /console/calls/{sid}/recording`` is a WAV file (stereo mu-law, the caller left), with range
requests (RFC 9110, 14). ``GET /calls/{worker}/{sid}/sound`` goes on until the call is over: mu-law
at 8 kHz, a byte of the caller's and a byte of the agent's by turns, about 300 ms late. Who reads it
too slowly loses sound, and who does not read at all is cut off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import hdrs, web

from voiceagent.app.web.errors import error_answer
from voiceagent.app.web.event_stream import LongAnswer
from voiceagent.app.web.paths import route
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.ports.recording import ListensIn, Recordings

RECORDING: Final = "/console/calls/{sid}/recording"
SOUND: Final = "/calls/{worker}/{sid}/sound"

STATUS: Final = {"listen.unknown": 404, "listen.not_yet": 409, "listen.refused": 409}

_KEPT: Final = {
    hdrs.CONTENT_TYPE: "audio/wav",
    hdrs.CACHE_CONTROL: "no-store",
    "X-Content-Type-Options": "nosniff",
}

_MULAW: Final = "audio/PCMU;rate=8000;channels=2"
"""RFC 4856."""


def add_recording(
    app: web.Application,
    recordings: Recordings,
    listening: ListensIn,
    count: Callable[[str], None],
) -> None:
    """Add the routes above.

    Args:
        app: the application; `access.Access` guards it, behind it `audit.written_down`.
        recordings: those that were kept.
        listening: the live calls of this worker.
        count: told by code of each listener who was cut off.
    """

    async def recording(request: web.Request) -> web.StreamResponse:
        found = await asyncio.to_thread(recordings.find, request.match_info["sid"])
        if found is None:
            return error_answer(404, "recording.none", "There is no recording of this call.")
        return web.FileResponse(found, headers=_KEPT)

    async def sound(request: web.Request) -> web.StreamResponse:
        try:
            with listening.listen(request.match_info["sid"]) as pieces:
                answer = LongAnswer(request, _MULAW)
                async with answer.opened(count):
                    async for both in pieces:
                        await answer.send(both)
        except CallerFixable as error:
            return error_answer(STATUS[error.code], error.code, error.message)
        except Unavailable as error:
            return error_answer(503, error.code, error.message)
        return answer.response

    app.router.add_get(route(RECORDING), recording)
    app.router.add_get(route(SOUND), sound, allow_head=False)
