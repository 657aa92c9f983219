"""Who has looked at what is written down before it is shown, for every route that asks for a role.

What is personal is not shown while that cannot be written. What an operator does is done all the
same: a caller who needs a person does not wait for a database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from loguru import logger

from voiceagent.app.web.access import RULES, VISITOR, Rule
from voiceagent.app.web.page import not_now
from voiceagent.app.web.source import source_of
from voiceagent.domain.looks import ABOUT_CHARACTERS, ConsoleLook, plain
from voiceagent.domain.setting_values import Network
from voiceagent.errors import Unavailable
from voiceagent.ports.looks import Looks

WRITTEN: Final = frozenset({Rule.PERSONAL, Rule.OPERATES, Rule.LISTENS, Rule.OWNS})
"""Rules whose visitors are written down."""


def written_down(looks: Looks, proxies: Sequence[Network]) -> Middleware:
    """A middleware that writes looks down; it belongs behind `access.Access.guard`.

    Args:
        looks: where.
        proxies: those whose word is taken for where a request comes from.
    """

    @web.middleware
    async def write(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        path = "" if resource is None else resource.canonical
        rule = RULES.get(path)
        if rule not in WRITTEN:
            return await handler(request)
        look = ConsoleLook(
            visitor=request[VISITOR],
            what=f"{request.method} {path}",
            about=plain(about(request), ABOUT_CHARACTERS),
            source=source_of(request, proxies),
        )
        try:
            await looks.add(look)
        except Unavailable as error:
            if rule is not Rule.OPERATES:
                return not_now(error)
            logger.warning("looks.unwritten: {}", error.code)
        return await handler(request)

    return write


def about(request: web.Request) -> str:
    """What a request is about: a call, or what is searched for."""
    query = " ".join(f"{name}={value}" for name, value in request.query.items() if value)
    return request.match_info.get("sid") or query
