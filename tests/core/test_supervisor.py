from __future__ import annotations

import pytest

from voiceagent.core.supervisor import LIMITS, Limit, Supervisor, Timer, TimerRemedy


@pytest.mark.parametrize(
    ("timer", "seconds"),
    [
        (Timer.HANDSHAKE, 5),
        (Timer.MEDIA_GAP, 3),
        (Timer.FIRST_TOKEN, 2),
        (Timer.NEXT_TOKEN, 2),
        (Timer.FIRST_AUDIO, 2),
        (Timer.TOOL, 2.5),
        (Timer.TEARDOWN, 3),
        (Timer.CALL, 1800),
    ],
)
def test_every_timer_runs_out_once_and_on_time(timer: Timer, seconds: float) -> None:
    supervisor = Supervisor()
    supervisor.start(timer, 100.0)
    assert supervisor.expired(100.0 + seconds - 0.001) == ()
    (expiry,) = supervisor.expired(100.0 + seconds)
    assert expiry.timer is timer
    assert expiry.remedy is LIMITS[timer].remedy
    assert supervisor.expired(1e9) == ()


def test_no_timer_is_without_a_limit() -> None:
    assert set(LIMITS) == set(Timer)


def test_stopped_and_restarted_timers() -> None:
    supervisor = Supervisor()
    supervisor.start(Timer.MEDIA_GAP, 0.0)
    supervisor.start(Timer.MEDIA_GAP, 2.0)
    assert supervisor.expired(4.9) == ()
    supervisor.stop(Timer.MEDIA_GAP)
    supervisor.stop(Timer.MEDIA_GAP)
    assert supervisor.expired(100.0) == ()
    assert not supervisor.running(Timer.MEDIA_GAP)


def test_two_tools_at_once_and_the_earliest_first() -> None:
    supervisor = Supervisor({Timer.CALL: Limit(1.0, TimerRemedy.GOODBYE)})
    supervisor.start(Timer.TOOL, 1.0, "quote")
    supervisor.start(Timer.TOOL, 0.0, "book")
    supervisor.start(Timer.CALL, 0.0)
    assert supervisor.expired(0.9) == ()
    assert [expiry.key for expiry in supervisor.expired(9.0)] == ["", "book", "quote"]
