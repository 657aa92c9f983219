"""Strangers' floods against one port, from a process of their own: ``-m tests.soak.attacks KIND``.

Blocking sockets and prepared bytes, so that the flood costs this side next to nothing.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress

UPGRADE = (
    b"GET /media HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
MASK = b"\0\0\0\0"
PINGS = b"\x89\x80" + MASK
ACCOUNT, CALL, STREAM = "AC" + "0" * 32, "CA" + "f" * 32, "MZ" + "f" * 32


def frame(text: bytes) -> bytes:
    """A whole text message of a client (RFC 6455, 5.2), masked with zeros."""
    size = len(text)
    if size < 126:
        return b"\x81" + bytes([0x80 | size]) + MASK + text
    if size < 1 << 16:
        return b"\x81\xfe" + size.to_bytes(2) + MASK + text
    return b"\x81\xff" + size.to_bytes(8) + MASK + text


def start() -> bytes:
    """Makes a bench server believe that this is a call."""
    inside = {
        "streamSid": STREAM,
        "accountSid": ACCOUNT,
        "callSid": CALL,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {},
    }
    body = {"event": "start", "sequenceNumber": "1", "streamSid": STREAM, "start": inside}
    return frame(json.dumps(body).encode())


def media(number: int, seconds: float) -> bytes:
    """Sound of a call."""
    payload = base64.b64encode(b"\xff" * int(8000 * seconds)).decode()
    sound = {
        "track": "inbound",
        "chunk": str(number + 1),
        "timestamp": str(round(number * seconds * 1000)),
        "payload": payload,
    }
    body = {"event": "media", "sequenceNumber": "2", "streamSid": STREAM, "media": sound}
    return frame(json.dumps(body).encode())


def opened(port: int) -> socket.socket:
    """A media socket, upgraded."""
    end = socket.create_connection(("127.0.0.1", port), timeout=5)
    end.sendall(UPGRADE)
    end.recv(4096)
    return end


def again(port: int, data: bytes, until_s: float, first: bytes = b"") -> None:
    """The same on one socket after the other, as fast as they are taken."""
    while time.monotonic() < until_s:
        with suppress(OSError), opened(port) as end:
            if first:
                end.sendall(first)
                time.sleep(0.1)
            while time.monotonic() < until_s:
                end.sendall(data)


def pings(port: int, until_s: float) -> None:
    """Pings before `start`."""
    again(port, PINGS * 10_000, until_s)


def megabytes(port: int, until_s: float) -> None:
    """Frames of 1 MB before `start`."""
    again(port, frame(b"x" * 1_000_000), until_s)


def fast_media(port: int, until_s: float) -> None:
    """A call that sends a hundred times real time."""
    data = b"".join(media(number, 0.02) for number in range(100))
    while time.monotonic() < until_s:
        with suppress(OSError), opened(port) as end:
            end.sendall(start())
            while time.monotonic() < until_s:
                end.sendall(data)
                time.sleep(0.02)


def six_seconds(port: int, until_s: float) -> None:
    """Calls that send three messages of six seconds at once, every second."""
    while time.monotonic() < until_s:
        with suppress(OSError), opened(port) as end:
            end.sendall(start())
            time.sleep(0.3)
            end.sendall(b"".join(media(number, 6.0) for number in range(3)))
            time.sleep(0.7)


def idle(port: int, until_s: float) -> None:
    """As many sockets as are let in, and nothing on them."""
    kept = []
    while time.monotonic() < until_s:
        with suppress(OSError):
            kept.append(opened(port))
        time.sleep(0.02)


def metrics(port: int, until_s: float) -> None:
    """Requests for figures, one after the other."""
    while time.monotonic() < until_s:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as end:
            while time.monotonic() < until_s:
                end.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
                if not end.recv(1 << 16):
                    break


KINDS: dict[str, Callable[[int, float], None]] = {
    kind.__name__: kind for kind in (pings, megabytes, fast_media, six_seconds, idle, metrics)
}

if __name__ == "__main__":
    os.nice(10)  # the callers that are measured share this core
    KINDS[sys.argv[1]](int(sys.argv[2]), time.monotonic() + float(sys.argv[3]))
