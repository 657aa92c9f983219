"""All that a store in memory holds, to see whether anything has changed."""

from __future__ import annotations

from dataclasses import fields

from voiceagent.store.memory import MemoryStore

_NO_ROWS = {"clock", "enter", "looks"}
"""Looks tell who asked, also for what was refused."""


def everything(store: MemoryStore) -> str:
    """Every row, and every request that is remembered."""
    kept = {
        one.name: repr(getattr(store.kept, one.name))
        for one in fields(store.kept)
        if one.name not in _NO_ROWS
    }
    return repr(kept | {"answered": repr(vars(store.answered))})
