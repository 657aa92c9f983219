"""What is no HTTP, over raw sockets to the server's own routes: a 4xx, one line, no traceback."""

from __future__ import annotations

import asyncio
import io
import random
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, redirect_stderr, suppress
from pathlib import Path

import pytest
from loguru import logger

from tests.app.test_reception import reception
from tests.app.web.test_access import site
from voiceagent.app.ops.logs import set_up_logs
from voiceagent.app.web.access import RULES

LINE = re.compile(r"^\S+ (?:WARNING|ERROR|INFO) \S+ [a-z_]+\.[a-z_.]+: ")
HEAD = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n"
POST = b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n"

MALFORMED_REQUESTS: dict[str, bytes] = {
    "a header of 60 kB": HEAD + b"X-Long: " + b"a" * 60_000 + b"\r\n\r\n",
    "a line of 60 kB": b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\n\r\n",
    "many headers": HEAD + b"".join(b"X-%d: 1\r\n" % n for n in range(5000)) + b"\r\n",
    "no version": b"GET /health\r\n\r\n",
    "another version": b"GET /health HTTP/9.7\r\nHost: x\r\n\r\n",
    "HTTP 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)) + b"\r\n\r\n",
    "an odd method": b"G\x00T / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a NUL in a header": HEAD + b"X: a\x00b\r\n\r\n",
    "a bare line feed": HEAD + b"X: a\nb: c\r\n\r\n",
    "a name with a blank": HEAD + b"X Y: a\r\n\r\n",
    "a header without a colon": HEAD + b"nonsense\r\n\r\n",
    "a folded header": HEAD + b"X: a\r\n b\r\n\r\n",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "a length that is none": POST + b"Content-Length: many\r\n\r\n",
    "a length below nought": POST + b"Content-Length: -1\r\n\r\n",
    "length and chunks": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk without a size": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    "a chunk too long": POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\nabc\r\n",
    "an unknown coding": POST + b"Transfer-Encoding: rot13\r\n\r\n",
    "gzip that is none": POST + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    "half a body": POST + b"Content-Length: 300\r\n\r\nabc",
    "half a header": HEAD + b"X-Half: a",
    "a broken escape": b"GET /console/calls/%zz%ff HTTP/1.1\r\nHost: x\r\n\r\n",
    "an escape of half a character": b"GET /console/calls/%ed%a0%80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "bytes in a path": b"GET /console/calls/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target that is no path": b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target with a port that is none": b"GET http://x:99999999/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "CONNECT": b"CONNECT x:99999 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a host that is none": b"GET /console HTTP/1.1\r\nHost: [::1\r\n\r\n",
    "a host with bytes": b"GET /console HTTP/1.1\r\nHost: \xff\r\n\r\n",
    "two hosts": HEAD + b"Host: y\r\n\r\n",
    "cookies that are none": HEAD + b"Cookie: =;;;\x01=\xff; voiceagent_session=\xff\r\n\r\n",
    "a session of digits": b"GET /console HTTP/1.1\r\nHost: x\r\nCookie: voiceagent_session="
    + b"9" * 4000
    + b"\r\n\r\n",
    "a socket without a key": b"GET /media HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
    "a socket of another version": b"GET /media HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 99\r\nSec-WebSocket-Key: x\r\n\r\n",
    "a key of bytes": b"GET /media HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \xff\xfe\r\n\r\n",
    "forms of bytes": b"POST /incoming HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n"
    b"Content-Type: application/x-www-form-urlencoded; charset=\xff\r\n\r\n\xff=%zz&",
    "an odd content type": POST + b"Content-Type: /;;;=\r\nContent-Length: 1\r\n\r\na",
}


@contextmanager
def log() -> Iterator[io.StringIO]:
    """What the server writes."""
    told = io.StringIO()
    with redirect_stderr(told):
        set_up_logs("INFO")
        try:
            yield told
        finally:
            logger.remove()
            logger.add(sys.__stderr__ or sys.stderr, level="WARNING")


async def answer(port: int, request: bytes) -> bytes:
    """What comes back; a request that is not whole gets no more than a moment."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    with suppress(OSError, TimeoutError):
        writer.write(request)
        await writer.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                received = await reader.read(65536)
        writer.write_eof()
        async with asyncio.timeout(5):
            received += await reader.read()
    writer.close()
    return received


@asynccontextmanager
async def server(folder: Path) -> AsyncIterator[int]:
    async with site(folder) as own:
        port = own.client.port
        assert port is not None
        yield port


def lines(told: io.StringIO) -> list[str]:
    found = told.getvalue().splitlines()
    told.seek(0)
    told.truncate()
    return found


def check(name: object, received: bytes, written: list[str]) -> None:
    assert not [line for line in written if "Traceback" in line], (name, written)
    assert len(written) <= 1, (name, written)
    assert all(LINE.match(line) for line in written), (name, written)
    status = int(received.split(b" ", 2)[1]) if received.startswith(b"HTTP/1.") else 0
    assert status < 500 or (status == 503 and not written), (name, received[:200])


async def test_what_is_no_http_is_a_4xx_and_one_line_at_most(tmp_path: Path) -> None:
    with log() as told:
        async with server(tmp_path) as port:
            lines(told)
            for name, request in MALFORMED_REQUESTS.items():
                check(name, await answer(port, request), lines(told))


@pytest.mark.parametrize(
    ("size", "status", "code"),
    [
        (9_000, 400, "http.malformed"),
        (15_000, 400, "http.malformed"),
        (60_000, 431, "http.head_too_long"),
        (600_000, 431, "http.head_too_long"),
    ],
)
async def test_a_header_that_is_too_long_is_a_4xx_with_a_code(
    size: int, status: int, code: str
) -> None:
    with log() as told:
        async with reception() as port:
            lines(told)
            received = await answer(port, HEAD + b"X-Long: " + b"a" * size + b"\r\n\r\n")
            (line,) = lines(told)
    assert int(received.split(b" ", 2)[1]) == status
    assert f" {code}: " in line
    assert "aaaa" not in line


async def test_behind_the_reception_it_is_the_same() -> None:
    with log() as told:
        async with reception(head_s=0.2) as port:
            lines(told)
            for name, request in MALFORMED_REQUESTS.items():
                check(name, await answer(port, request), lines(told))


async def test_a_flood_of_them_does_not_write_the_log(tmp_path: Path) -> None:
    with log() as told:
        async with server(tmp_path) as port:
            lines(told)
            for _ in range(50):
                await answer(port, MALFORMED_REQUESTS["two lengths"])
            assert len(lines(told)) <= 3


def mutated(chances: random.Random) -> bytes:
    """A request to one of our routes with some of its bytes changed."""
    path = chances.choice(list(RULES)).replace("{", "").replace("}", "")
    method = chances.choice(["GET", "POST", "HEAD", "OPTIONS", "PUT"])
    body = b"a=1&b=%20"
    request = bytearray(
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: voiceagent_session=1.2.3\r\n"
        f"X-Twilio-Signature: abc=\r\nStripe-Signature: t=1,v1=0\r\nAuthorization: Bearer x\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    for _ in range(chances.randint(1, 6)):
        at = chances.randrange(len(request))
        match chances.randrange(4):
            case 0:
                request[at] = chances.randrange(256)
            case 1:
                del request[at : at + chances.randint(1, 9)]
            case 2:
                request[at:at] = bytes(chances.randrange(256) for _ in range(chances.randint(1, 9)))
            case _:
                request[at:at] = request[: chances.randint(1, 40)]
        if not request:
            break
    return bytes(request)


@pytest.mark.parametrize("seed", range(4))
async def test_requests_with_changed_bytes_bring_no_traceback(seed: int, tmp_path: Path) -> None:
    chances = random.Random(seed)
    with log() as told:
        async with server(tmp_path) as port:
            lines(told)
            for _ in range(60):
                request = mutated(chances)
                check(request, await answer(port, request), lines(told))
