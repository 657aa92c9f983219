"""Who does not get to the agent is told why, and counted under that."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from telephony.contract import ConnectAgent, DialPerson, IncomingCall, TakeMessage
from telephony.twilio.twiml import MAX_MESSAGE_S
from voiceagent.app.call_hooks import WHAT_THEY_ARE_TOLD, CallHooks
from voiceagent.core.wire import LineEnd
from voiceagent.domain.business_file import load_business
from voiceagent.domain.records import Outcome
from voiceagent.ports.meter import CallCounts, TurnedAway

CALL = IncomingCall("CA1", "+15551230000", "+15550001111")


class Counted:
    """A meter of who was turned away."""

    def __init__(self) -> None:
        self.away: Counter[TurnedAway] = Counter()

    def turned_away(self, why: TurnedAway) -> None:
        self.away[why] += 1

    def ended(self, outcome: Outcome | None, *, channel: str) -> None: ...

    def left(self, counts: CallCounts) -> None: ...


class Desk:
    """A call manager with so many places, of a call that ended in some way."""

    def __init__(self, places: int, outcome: Outcome | None, end: LineEnd | None) -> None:
        self.places, self._outcome, self._end = places, outcome, end
        self.asks_again: dict[str, float] = {}

    def free_slots(self, pending: int) -> int:
        return max(0, self.places - pending)

    async def outcome_of(self, call_sid: str, *, wait_s: float) -> Outcome | None:
        del call_sid, wait_s
        return self._outcome

    def call_settled(self, call_sid: str) -> None: ...

    def last_end(self, call_sid: str) -> LineEnd | None:
        del call_sid
        return self._end

    def carrier_asks_again(self, call_sid: str, within_s: float) -> None:
        self.asks_again[call_sid] = within_s

    async def voicemail_left(self, call_sid: str) -> None: ...


def hooks_of(desk: Desk) -> tuple[CallHooks, Counted]:
    counted = Counted()
    business = load_business(Path("business/coolcare.toml"))
    return CallHooks(business, desk, lambda: 0, counted), counted


async def test_a_caller_with_a_place_is_not_turned_away() -> None:
    these, counted = hooks_of(Desk(1, None, None))
    assert isinstance(await these.hooks().incoming(CALL), ConnectAgent)
    assert not counted.away


async def test_without_a_place_a_caller_is_told_that_all_lines_are_busy() -> None:
    these, counted = hooks_of(Desk(0, None, None))
    answer = await these.hooks().incoming(CALL)
    assert isinstance(answer, DialPerson)
    assert answer.say.startswith(WHAT_THEY_ARE_TOLD[TurnedAway.BUSY])
    assert counted.away == {TurnedAway.BUSY: 1}


@pytest.mark.parametrize(
    ("places", "opened", "outcome", "end", "why"),
    [
        (1, True, Outcome.FAILED, LineEnd.MEDIA_GAP, TurnedAway.LOST),
        (1, True, Outcome.FAILED, None, TurnedAway.FAILED),
        (0, True, None, None, TurnedAway.LOST),
        (0, False, None, None, TurnedAway.BUSY),
    ],
)
async def test_a_call_whose_stream_is_over_is_turned_away_for_the_true_reason(
    places: int, opened: bool, outcome: Outcome | None, end: LineEnd | None, why: TurnedAway
) -> None:
    desk = Desk(1, outcome, end)
    these, counted = hooks_of(desk)
    await these.hooks().incoming(CALL)
    desk.places = places
    if opened:
        these.opened(CALL.call_sid)
    answer = await these.hooks().stream_ended(CALL)
    assert isinstance(answer, DialPerson)
    assert answer.say.startswith(WHAT_THEY_ARE_TOLD[why])
    assert counted.away == {why: 1}


async def test_a_goodbye_is_no_turning_away() -> None:
    these, counted = hooks_of(Desk(1, Outcome.BOOKED, None))
    await these.hooks().stream_ended(CALL)
    assert not counted.away


async def test_who_waited_for_a_person_in_vain_is_with_the_agent_again() -> None:
    desk = Desk(1, None, None)
    these, counted = hooks_of(desk)
    assert these.come_back(CALL.call_sid) == ConnectAgent()
    assert desk.asks_again == {}
    assert not counted.away


async def test_without_room_they_may_leave_a_message_and_a_drain_waits_for_it() -> None:
    desk = Desk(0, None, None)
    these, _ = hooks_of(desk)
    answer = these.come_back(CALL.call_sid)
    assert isinstance(answer, TakeMessage)
    assert desk.asks_again[CALL.call_sid] > MAX_MESSAGE_S
