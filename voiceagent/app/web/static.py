"""Files of our pages: read once, at the start, and given out by their names and by no path."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aiohttp import web

TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
"""What is given out, by ending. Everything else in the folder is not."""

HEADERS: Final = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}


class StaticFiles:
    """The files of some folders.

    Args:
        folders: of this package; no two have a file of the same name.
    """

    def __init__(self, *folders: Path) -> None:
        self._files = {
            path.name: (path.read_bytes(), TYPES[path.suffix])
            for folder in folders
            for path in sorted(folder.iterdir())
            if path.suffix in TYPES
        }

    @property
    def names(self) -> frozenset[str]:
        """What there is."""
        return frozenset(self._files)

    async def give(self, request: web.Request) -> web.Response:
        """The handler of a route that ends in ``{name}``."""
        if (found := self._files.get(request.match_info["name"])) is None:
            return web.Response(status=404, text="There is no such file.\n")
        body, content_type = found
        return web.Response(body=body, content_type=content_type, charset="utf-8", headers=HEADERS)
