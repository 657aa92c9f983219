from __future__ import annotations

from pipelines.line_events import Closed, Finished, LineEvents, Progress, Sound, Started
from voiceagent.core.wire import LineEnd, Played, TurnDecider, TurnEnd

END = TurnEnd(0.0, 1.0, 1.3, TurnDecider.FIELD)


async def test_events_come_out_in_order() -> None:
    events = LineEvents()
    events.caller_started(1.0)
    events.caller_audio(b"ab")
    events.caller_finished(END)
    assert [await events.get() for _ in range(3)] == [Started(1.0), Sound(b"ab"), Finished(END)]


async def test_a_stalled_reader_loses_the_oldest_sound_and_nothing_else() -> None:
    events = LineEvents(sound_limit=2)
    events.caller_started(1.0)
    for piece in (b"1", b"2", b"3", b"4"):
        events.caller_audio(piece)
    events.closed(LineEnd.CALLER, None)
    got = [await events.get() for _ in range(4)]
    assert got == [Started(1.0), Sound(b"3"), Sound(b"4"), Closed(LineEnd.CALLER, None)]
    assert events.dropped_sounds == 2


async def test_of_the_played_position_an_utterances_beginning_and_end_are_told() -> None:
    events = LineEvents()
    told = [Played(7, 160, False, 1.0), Played(7, 800, True, 1.0), Played(8, 160, False, 2.0)]
    for progress in (told[0], Played(7, 320, False, 1.0), *told[1:], Played(8, 320, False, 2.0)):
        events.played(progress)
    events.closed(LineEnd.CALLER, None)
    got = [await events.get() for _ in range(4)]
    assert got == [*map(Progress, told), Closed(LineEnd.CALLER, None)]
