"""What a program is told that went wrong."""

from __future__ import annotations

from typing import Final

from aiohttp import web

RETRY_S: Final = 5


def error_answer(status: int, code: str, message: str, field: str = "") -> web.Response:
    """What is wrong, for a program; 503 says when to come back."""
    body = {"error": {"code": code, "message": message, "field": field}}
    headers = {"Retry-After": str(RETRY_S)} if status == 503 else None  # noqa: PLR2004
    return web.json_response(body, status=status, headers=headers)
