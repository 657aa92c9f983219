"""A stub provider in a process of its own: recognition, model and speech over loopback sockets.

    python -m loadtest.bench.baselines.provider --port 9100

What a bot pays for talking to providers is sockets, JSON and copies, and stubs inside its process
do not show it. This process has the same words, sounds and delays as those, behind the kinds of
connection that providers have:

* ``/stt``, WebSocket: binary sound in (16-bit PCM, 8 kHz). Text ``partial`` asks for the words so
  far, ``begin`` for a new turn, ``final`` for the turn's transcript; answers are JSON
  ``{"final": bool, "text": str}``, the final one after 50 ms.
* ``/llm``, HTTP: a POST with JSON is answered with server-sent events, a word each, after 100 ms.
* ``/tts``, WebSocket: JSON ``{"text": str}`` in; after 50 ms sound comes in binary pieces of
  200 ms, then the text ``end``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Final

from aiohttp import WSMsgType, web

from loadtest.bench.stubs import HEARD, SAID, SOUND, WORD_BYTES, Delays

_DELAYS: Final = Delays()


async def hear(request: web.Request) -> web.WebSocketResponse:
    """``/stt``."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    heard = 0
    async for message in socket:
        if message.type is WSMsgType.BINARY:
            heard += len(message.data)
        elif message.data == "begin":
            heard = 0
        elif message.data == "partial":
            text = " ".join(HEARD.split()[: heard // WORD_BYTES])
            await socket.send_json({"final": False, "text": text})
        elif message.data == "final":
            await asyncio.sleep(_DELAYS.final_s)
            await socket.send_json({"final": True, "text": HEARD})
    return socket


async def answer(request: web.Request) -> web.StreamResponse:
    """``/llm``."""
    await request.json()
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await asyncio.sleep(_DELAYS.word_s)
    for word in SAID:
        await response.write(f"data: {json.dumps({'text': word})}\n\n".encode())
    await response.write_eof()
    return response


async def speak(request: web.Request) -> web.WebSocketResponse:
    """``/tts``."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            continue
        json.loads(message.data)
        await asyncio.sleep(_DELAYS.sound_s)
        for piece in SOUND:
            await socket.send_bytes(piece)
        await socket.send_str("end")
    return socket


async def stats(_: web.Request) -> web.Response:
    """``/stats``: that it is there."""
    return web.json_response({})


def application() -> web.Application:
    """All of it."""
    app = web.Application()
    app.router.add_get("/stats", stats)
    app.router.add_get("/stt", hear)
    app.router.add_post("/llm", answer)
    app.router.add_get("/tts", speak)
    return app


def main() -> None:
    """Serve on loopback until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9100)
    given = parser.parse_args()
    web.run_app(application(), host="127.0.0.1", port=given.port, print=None, access_log=None)


if __name__ == "__main__":
    main()
