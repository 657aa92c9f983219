"""A path that names another worker is answered by nobody else in its place."""

from __future__ import annotations

from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from voiceagent.app.web.errors import error_answer

_OF_ONE: Final = ("/admin/", "/calls/", "/figures/", "/stats/", "/metrics/")
"""What is said or done of one worker. No sockets: a call whose worker went goes on with any."""


def of_this_worker(worker: int) -> Middleware:
    """Middleware that answers 404 ``worker.unknown`` where such a path names another worker.

    The door hands each connection to the worker that it names, so what arrives here with another
    number names one that there is not.

    Args:
        worker: this one's number, from 0.
    """

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        named = request.match_info.get("worker", "")
        if named.isdecimal() and int(named) != worker and request.path.startswith(_OF_ONE):
            return error_answer(404, "worker.unknown", f"There is no worker {int(named)}.")
        return await handler(request)

    return guard
