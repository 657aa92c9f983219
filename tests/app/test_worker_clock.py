"""Workers of one door have one clock, whenever they are started."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.rooms import FRIDAY_NIGHT
from voiceagent.app.composition import clock_for
from voiceagent.app.settings import Settings
from voiceagent.app.workers import environment_of
from voiceagent.core.clock import SystemClock


def test_a_worker_that_is_started_again_is_not_behind_what_it_wrote_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = datetime.now(UTC) - timedelta(hours=2)  # the door has been there for two hours
    door = Settings.read(
        {"start_time": FRIDAY_NIGHT.isoformat(), "start_time_at": opened.isoformat()}
    )

    for name, value in environment_of(1, door, 7).items():
        monkeypatch.setenv(name, value)
    worker = clock_for(Settings.read({}))

    assert worker.offset == SystemClock(FRIDAY_NIGHT, opened).offset
    assert worker.now() >= FRIDAY_NIGHT + timedelta(hours=2)


def test_a_clock_needs_aware_times() -> None:
    naive = FRIDAY_NIGHT.replace(tzinfo=None)
    with pytest.raises(ValueError, match="aware"):
        SystemClock(FRIDAY_NIGHT, naive)
    with pytest.raises(ValueError, match="aware"):
        SystemClock(naive)
