"""What an operator changes while calls go on: how much is logged, and whether calls are taken.

=============================  =============================================================
``GET /admin``                 ``{"worker", "log_level", "takes_calls", "calls"}``
``POST /admin/log-level``      ``{"level": "DEBUG"}``; until the next one or a restart
``POST /admin/drain``          take no new calls; those there are go on. /health says so
``POST /admin/accept``         take them again
=============================  =============================================================

Each POST answers as GET does. Where several workers share a port each is asked for itself:
``/admin/2/drain`` is worker 2. Who may is said in `access.RULES`: who sits at this machine, or has
signed in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Literal, Protocol

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from voiceagent.app.web.body import body_of, status_of
from voiceagent.app.web.errors import error_answer
from voiceagent.app.web.paths import route
from voiceagent.errors import CallerFixable

_MOST_BYTES: Final = 1024
_LEVELS: Final = 'Send {"level": "DEBUG"}, or INFO, WARNING, ERROR, CRITICAL, SUCCESS, TRACE.'


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    level: Literal["TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL"]


class Operated(Protocol):
    """What the routes work on, of one worker."""

    @property
    def log_level(self) -> str:
        """The level that holds now."""
        ...

    @property
    def takes_calls(self) -> bool:
        """Whether new calls are taken."""
        ...

    @property
    def live_calls(self) -> int:
        """Calls being served now."""
        ...

    def log_from(self, level: str) -> None:
        """Change the level."""
        ...

    def drain(self) -> None:
        """Take no new calls."""
        ...

    def accept(self) -> None:
        """Take new calls again."""
        ...


def add_admin(app: web.Application, operated: Operated, *, worker: int) -> None:
    """Add the paths above, each with and without a worker's number."""

    def state() -> web.Response:
        return web.json_response(
            {
                "worker": worker,
                "log_level": operated.log_level,
                "takes_calls": operated.takes_calls,
                "calls": operated.live_calls,
            }
        )

    async def show(_: web.Request) -> web.Response:
        return state()

    async def log_level(request: web.Request) -> web.Response:
        try:
            wish = _Wish.model_validate_json(await body_of(request, most=_MOST_BYTES))
        except CallerFixable as error:
            return error_answer(status_of(error), error.code, error.message)
        except ValidationError:
            return error_answer(422, "admin.level", _LEVELS)
        operated.log_from(wish.level)
        return state()

    def does(act: Callable[[], None]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(_: web.Request) -> web.Response:
            act()
            return state()

        return handle

    for start in ("/admin", route("/admin/{worker}")):
        app.router.add_get(start, show)
        app.router.add_post(f"{start}/log-level", log_level)
        app.router.add_post(f"{start}/drain", does(operated.drain))
        app.router.add_post(f"{start}/accept", does(operated.accept))
