"""Frees a finished pipeline at once instead of leaving it to the garbage collector.

A pipeline's objects know one another in circles: a thousand of them a call, which reference counts
never free. A full collection does, and stops the worker for as long as it takes to look at every
live call, which callers hear. So the circles are cut here, when nothing of the pipeline runs any
more: every object of it loses its attributes.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipecat.utils.base_object import BaseObject


def break_cycles(*roots: object) -> None:
    """Take all attributes from pipecat objects that are reached from `roots` by attributes.

    Args:
        roots: of a pipeline that has ended; unusable afterwards, like all that belongs to it.
    """
    waiting, met = list(roots), set[int]()
    while waiting:
        root = waiting.pop()
        if not isinstance(root, BaseObject) or id(root) in met:
            continue
        met.add(id(root))
        inside = vars(root)
        for value in list(inside.values()):
            waiting.extend(_held(value))
        inside.clear()


def _held(value: object) -> Iterable[object]:
    """What an attribute holds: itself, or the members of a collection."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    return (value,)
