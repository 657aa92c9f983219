"""The golden calls again, by voice: recordings over the carrier protocol to real engines.

What the caller says is recorded in ``audio_fixtures/golden``. Compared are the tool calls with
their arguments, the outcome, how the line ended, and the job in the database; not the words in
between. The calls run once for the whole file, in real time and at the same time (`engines.py`).

To record again, after a caller line of a ``.call`` file has changed or a call was added:

1. Give the call a voice in ``CAST`` of ``audio_fixtures/make_golden.py``.
2. ``python audio_fixtures/make_golden.py`` (needs ``flite`` and ``sox``).
3. Give it an outcome in `OUTCOMES` below, or a reason in `TEXT_ONLY`.

A call that does not come out right is listed in `KNOWN_MISSES` with its reason; it then *must* not
come out right, so that the list cannot outlive its reasons.
"""

from __future__ import annotations

import pytest

from tests.golden.replay import FOLDER
from tests.voice.compare import came_to, transcript, wanted
from tests.voice.engines import Circumstances, Played, golden, play
from tests.voice.spoken import cast, script
from voiceagent.store.embedded import EmbeddedPostgres

pytestmark = pytest.mark.timeout(900)

OUTCOMES = {
    "address_corrected_in_read_back": "booked",
    "all_at_once": "booked",
    "already_booked": "booked",
    "angry_caller": "transferred",
    "cancel": "cancelled",
    "card_refused": "quoted",
    "facts_out_of_order": "booked",
    "gas_then_visit": "emergency",
    "hotel_spa": "booked",
    "human_by_key": "answered",
    "human_by_words": "transferred",
    "keyed_number": "quoted",
    "no_smells": "quoted",
    "opening_hours": "answered",
    "quote_only": "quoted",
    "reference_call": "booked",
    "reschedule": "rescheduled",
    "silence": "abandoned",
    "smoke_in_the_answer": "emergency",
    "time_corrected": "booked",
    "wrong_code": "transferred",
}

TEXT_ONLY = {
    "name_and_number_corrected": "time: a long booking; corrections are heard in two other calls",
    "price_asked_midway": "time: a long booking; questions in between are heard in hotel_spa",
    "services_then_booking": "time: a long booking; questions are heard in opening_hours",
    "not_understood": "its words are made up; a recogniser can only hear words there are",
    "slot_taken": "another caller must be faster by less than a second",
    "tool_down": "the database must fail for one tool and serve the rest of the call",
}

KNOWN_MISSES: dict[str, str] = {
    "facts_out_of_order": "heard: 'mary lopez' for Maria Lopez and a digit wrong, by voice slt",
    "hotel_spa": "heard: 'Fisher' for Fischer (they sound alike), a digit wrong, by voice slt",
}
"""Calls that come out wrong by voice, with the reason."""

FRIDAY = Circumstances("business/coolcare.toml", "2025-08-29T20:05:00-04:00")
ENGINES = {FRIDAY: 4}
"""Most calls are of this day."""


@pytest.fixture(scope="module")
def played(
    postgres: EmbeddedPostgres,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> dict[str, Played | Exception]:
    """The calls whose tests are to run, all played."""
    items = (item for item in request.session.items if isinstance(item, pytest.Function))
    chosen = [
        str(item.callspec.params["name"])
        for item in items
        if item.originalname == test_golden_call_by_voice.__name__
        and "name" in item.callspec.params
    ]
    return play(chosen, ENGINES, postgres, tmp_path_factory.mktemp("voice"))


@pytest.mark.parametrize("name", OUTCOMES)
def test_golden_call_by_voice(
    name: str, played: dict[str, Played | Exception], request: pytest.FixtureRequest
) -> None:
    if reason := KNOWN_MISSES.get(name):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    result = played[name]
    if isinstance(result, Exception):
        raise result
    like = wanted(golden(name), OUTCOMES[name])
    assert came_to(result, like) == like, transcript(result.call.result)


def test_every_golden_call_is_spoken_or_argued_away() -> None:
    every = {path.stem for path in FOLDER.glob("*.call")}
    assert set(OUTCOMES) | set(TEXT_ONLY) == every
    assert set(OUTCOMES) == set(cast())
    assert not set(OUTCOMES) & set(TEXT_ONLY)


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_line_is_recorded(name: str) -> None:
    steps = script(name, golden(name)).steps
    silences = golden(name).caller_lines.count("[silence]")
    assert len(steps) == len(golden(name).caller_lines) - silences
