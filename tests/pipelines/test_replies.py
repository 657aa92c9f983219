from __future__ import annotations

from pipelines.replies import Replies
from pipelines.turn_clock import TurnClock
from voiceagent.core.wire import Played, TurnDecider, TurnEnd

END = TurnEnd(0.0, 1.0, 1.3, TurnDecider.FIELD)


def test_a_reply_heard_to_its_end_closes_with_its_latency() -> None:
    replies = Replies()
    reply = replies.open(1, TurnClock(end=END))
    reply.ledger.sentence("Hello there.")
    reply.ledger.sound(8000)
    assert replies.progress(Played(1, 4000, done=False, first_sent_s=1.5)) is None
    closed = replies.progress(Played(1, 8000, done=True, first_sent_s=1.5))
    assert closed is not None
    assert closed.heard == closed.text == "Hello there."
    assert closed.latency is not None
    assert round(closed.latency.v2v_ms) == 500
    assert closed.decided_by == "field"
    assert not replies.speaking


def test_a_cut_reply_keeps_only_what_was_heard() -> None:
    replies = Replies()
    reply = replies.open(1, TurnClock(end=END))
    reply.ledger.sentence("One two three four.")
    reply.ledger.sound(16000)
    (closed,) = replies.cut(Played(1, 8000, done=False, first_sent_s=1.4))
    assert closed.heard == "One two"
    assert closed.unheard == "One two three four."
    assert replies.progress(Played(1, 16000, done=True, first_sent_s=1.4)) is None


def test_a_reply_waiting_behind_another_is_cut_unheard() -> None:
    replies = Replies()
    for number in (1, 2):
        reply = replies.open(number, TurnClock())
        reply.ledger.sentence(f"Sentence {number}.")
        reply.ledger.sound(800)
    first, second = replies.cut(Played(1, 800, done=True, first_sent_s=0.1))
    assert (first.heard, second.heard) == ("Sentence 1.", "")


def test_late_sound_of_a_closed_reply_changes_nothing() -> None:
    replies = Replies()
    replies.open(1, TurnClock())
    replies.cut(None)
    replies.ledger(1).sound(8000)
    assert replies.get(1) is None
    assert replies.cut(None) == []
