"""Who listens in, and how fast: a slow one loses sound, and nobody else anything."""

from __future__ import annotations

import pytest

from voiceagent.app.ops.listening import ListeningRoom
from voiceagent.core.wire import BothSides
from voiceagent.errors import CallerFixable, Unavailable


class Call:
    """A call whose sound can be had."""

    def __init__(self) -> None:
        self.listeners: list[BothSides] = []

    def listen(self, listener: BothSides) -> None:
        self.listeners.append(listener)

    def leave(self, listener: BothSides) -> None:
        self.listeners.remove(listener)


async def test_a_slow_listener_loses_the_oldest() -> None:
    room, call = ListeningRoom(waiting=3), Call()
    room.add("CA1", call)
    with room.listen("CA1") as pieces:
        for number in range(10):
            call.listeners[0].put(bytes([number]))
        call.listeners[0].over()
        assert [piece async for piece in pieces] == [b"\x07", b"\x08", b"\x09"]
    assert call.listeners == []


async def test_so_many_and_no_more() -> None:
    room, call = ListeningRoom(listeners=1), Call()
    room.add("CA1", call)
    with room.listen("CA1"):
        with pytest.raises(Unavailable) as crowded, room.listen("CA1"):
            pass
        assert crowded.value.code == "listen.crowded"
        assert len(call.listeners) == 1
    with room.listen("CA1"):
        pass


def test_the_newest_line_of_a_call_is_listened_to() -> None:
    room, first, second = ListeningRoom(), Call(), Call()
    room.add("CA1", first)
    room.add("CA1", second)
    room.remove("CA1", first)
    with room.listen("CA1"):
        assert (len(first.listeners), len(second.listeners)) == (0, 1)
    room.remove("CA1", second)
    with pytest.raises(CallerFixable) as gone, room.listen("CA1"):
        pass
    assert gone.value.code == "listen.unknown"
