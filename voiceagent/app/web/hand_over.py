"""``POST /calls/{worker}/{sid}/hand-over``: a person takes a call over, now."""

from __future__ import annotations

from typing import Final, Protocol

from aiohttp import web

from voiceagent.app.web.errors import error_answer
from voiceagent.app.web.paths import route
from voiceagent.errors import CallerFixable

HAND_OVER: Final = "/calls/{worker}/{sid}/hand-over"


class Persons(Protocol):
    """Who connects callers with people."""

    def hand_over(self, call_sid: str) -> None:
        """Have a person take a call over. It has begun when this returns; a second time is nothing.

        Raises:
            CallerFixable: ``calls.not_talking``, no such call is on a line here.
        """
        ...


def add_hand_over(app: web.Application, persons: Persons) -> None:
    """Add the route above.

    Args:
        app: the application; `access.Access` guards it.
        persons: of this worker.
    """

    async def hand_over(request: web.Request) -> web.Response:
        try:
            persons.hand_over(request.match_info["sid"])
        except CallerFixable as error:
            return error_answer(404, error.code, error.message)
        return web.json_response({"status": "begun"}, status=202)

    app.router.add_post(route(HAND_OVER), hand_over)
