"""The SDK's requests by aiohttp, whose reader of HTTP is compiled.

The SDK's own transport reads each chunk of an answer in interpreted code, through six layers. An
answer that is streamed comes in a chunk a token, so for a call it is the dearest part of its model.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp
import httpx2

_HOP_BY_HOP: Final = frozenset({"transfer-encoding", "content-encoding", "content-length"})
"""What was said of the coding on the wire, which is read already."""


class AiohttpTransport(httpx2.AsyncBaseTransport):
    """Sends requests over connections that are kept.

    Args:
        connections: at most.
        idle_s: how long one is kept that nobody uses.
        patience: what a connection allows.
        direct: no proxy that the environment names stands between.
    """

    def __init__(
        self, *, connections: int, idle_s: float, patience: httpx2.Timeout, direct: bool
    ) -> None:
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=idle_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=None,
                sock_connect=patience.connect,
                sock_read=patience.read,
            ),
            trust_env=not direct,
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """See `httpx2.AsyncBaseTransport`."""
        headers = [
            (name.decode("ascii"), value.decode("ascii"))
            for name, value in request.headers.raw
            if name.lower() != b"content-length"
        ]
        with _told_as_httpx(request):
            answer = await self._http.request(
                request.method,
                str(request.url),
                headers=headers,
                data=await request.aread(),
                allow_redirects=False,
            )
        return httpx2.Response(
            answer.status,
            headers=[
                (name, value)
                for name, value in answer.raw_headers
                if name.lower().decode("latin-1") not in _HOP_BY_HOP
            ],
            stream=_Body(answer, request),
            request=request,
        )

    async def aclose(self) -> None:
        """Close what is kept."""
        await self._http.close()


class _Body(httpx2.AsyncByteStream):
    """The body of an answer as it comes."""

    def __init__(self, answer: aiohttp.ClientResponse, request: httpx2.Request) -> None:
        self._answer = answer
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _told_as_httpx(self._request):
            async for piece in self._answer.content.iter_any():
                yield piece

    async def aclose(self) -> None:
        # Read to its end, the connection is kept; it is cut off otherwise.
        self._answer.close()


@contextmanager
def _told_as_httpx(request: httpx2.Request) -> Iterator[None]:
    """What goes wrong, by the names that the SDK knows."""
    try:
        yield
    except aiohttp.ConnectionTimeoutError as error:
        raise httpx2.ConnectTimeout(str(error), request=request) from error
    except TimeoutError as error:
        raise httpx2.ReadTimeout(str(error), request=request) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx2.ConnectError(str(error), request=request) from error
    except aiohttp.InvalidURL as error:
        raise httpx2.UnsupportedProtocol(str(error), request=request) from error
    except (aiohttp.ClientError, OSError) as error:
        raise httpx2.ReadError(str(error), request=request) from error
