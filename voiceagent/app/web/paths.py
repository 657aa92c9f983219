"""Paths that name a worker and a call: as routes take them, and as pages are told them."""

from __future__ import annotations

from typing import Final

CALL_SID: Final = r"[A-Za-z0-9]{1,64}"
"""What a call is called, by carriers and by us."""

_WORKER: Final = r"\d{1,4}"


def route(path: str) -> str:
    """`path` as the router takes it: ``{worker}`` is a number, ``{sid}`` a `CALL_SID`."""
    return path.replace("{worker}", f"{{worker:{_WORKER}}}").replace("{sid}", f"{{sid:{CALL_SID}}}")


def filled(path: str, *, call_sid: str, worker: int | None = None) -> str:
    """`path` of one call; `worker` where it names one."""
    path = path if worker is None else path.replace("{worker}", str(worker))
    return path.replace("{sid}", call_sid)
