"""Health, counters and figures of the process."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics

from voiceagent.app.web.bounded import Asked, Fresh
from voiceagent.core.clock import SystemClock
from voiceagent.errors import Unavailable

DRAINING = "draining"
OPEN_METRICS: Final = "application/openmetrics-text"
"""What Prometheus asks for first: only this format has exemplars (https://openmetrics.io)."""
_PAGE_BYTES = resource.getpagesize()


def _resident_bytes() -> int:
    """Resident memory of this process; 0 where there is no ``/proc``."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES
    except OSError:
        return 0


def _metrics(
    registry: CollectorRegistry,
    between_ticks: Callable[[], Awaitable[None]],
    monotonic: Callable[[], float],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The figures, in the format that is asked for."""

    async def plain() -> bytes:
        await between_ticks()
        return generate_latest(registry)

    async def with_exemplars() -> bytes:
        await between_ticks()
        page: bytes = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call]
        return page

    pages = {
        CONTENT_TYPE_LATEST: Fresh(plain, monotonic),
        openmetrics.CONTENT_TYPE_LATEST: Fresh(with_exemplars, monotonic),
    }

    async def metrics(request: web.Request) -> web.Response:
        asked_for = OPEN_METRICS in request.headers.get(hdrs.ACCEPT, "")
        kind = openmetrics.CONTENT_TYPE_LATEST if asked_for else CONTENT_TYPE_LATEST
        return web.Response(body=await pages[kind].get(), headers={hdrs.CONTENT_TYPE: kind})

    return metrics


def add_health(
    app: web.Application,
    registry: CollectorRegistry,
    *,
    parts: Mapping[str, str],
    live_calls: Callable[[], int],
    draining: Callable[[], bool],
    database: Callable[[], Awaitable[object]],
    sees_figures: Callable[[web.Request], bool],
    between_ticks: Callable[[], Awaitable[None]],
    count: Callable[[str], None],
) -> None:
    """Add ``/health``, ``/live``, ``/metrics`` and ``/stats``.

    ``/health`` is readiness: whether calls are answered now. It is 503 while the server drains and
    while the database is away; who sends calls to several servers leaves that one out. ``/live`` is
    liveness: it answers as long as the process does, so that nobody restarts a server for draining.

    Where workers share a port each answers for itself only, and ``/metrics/2`` is that of worker 2.
    Metrics and the database's answer are a second old at most; who asks too often is put off
    (`voiceagent.app.web.bounded`).

    Args:
        app: the application.
        registry: counters to publish.
        parts: which parts serve calls.
        live_calls: calls being served now.
        draining: whether new calls are refused, because the server is being stopped.
        database: answers when the database does.
        sees_figures: whether a visitor may see more of ``/health`` than ok or not.
        between_ticks: waits until a few milliseconds hurt no call (`FrameScheduler`).
        count: counts ``flood.requests``.
    """
    monotonic = SystemClock().monotonic
    alive = Fresh(database, monotonic)
    metrics = _metrics(registry, between_ticks, monotonic)
    asked = Asked(monotonic, count)

    async def health(request: web.Request) -> web.Response:
        problem, word = "", "ok"
        if draining():
            problem = word = DRAINING
        else:
            try:
                await alive.get()
            except Unavailable as error:
                problem, word = error.code, "unavailable"
        status = 503 if problem else 200
        if not sees_figures(request):
            return web.json_response({"status": word}, status=status)
        body = {"status": problem or "ok", "calls": live_calls(), "parts": dict(parts)}
        return web.json_response(body, status=status)

    async def live(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def stats(_: web.Request) -> web.Response:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        rss = _resident_bytes()
        return web.json_response(
            {
                "cpu": usage.ru_utime + usage.ru_stime,
                "rss": rss,
                "tasks": len(asyncio.all_tasks()),
            }
        )

    pages = {"/health": health, "/live": live, "/metrics": metrics, "/stats": stats}
    for path, handler in pages.items():
        app.router.add_get(path, asked.bounded(handler))
        app.router.add_get(path + "/{worker}", asked.bounded(handler))
