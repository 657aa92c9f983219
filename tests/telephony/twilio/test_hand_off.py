"""Webhooks of warm transfers: signed, answered alike when repeated, never an error to a caller."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import pytest

from telephony.contract import Answer, ConnectAgent, IncomingCall, LegEvent, LegReport
from telephony.twilio.hand_off_twiml import hold_twiml, join_twiml
from telephony.twilio.hand_off_webhook import HandOffHooks, RoomSeat
from tests.telephony.edge import ACCOUNT, CALL, Edge, running
from voiceagent.errors import Unavailable

pytestmark = pytest.mark.asyncio

ROOM, LEG = "room-of_ours", "one-of_ours1"
LEG_SID = "CA" + "7" * 32
FORM = {
    "AccountSid": ACCOUNT.account_sid,
    "CallSid": LEG_SID,
    "CallStatus": "in-progress",
    "From": "+19375550100",
    "To": "+19375550111",
}
PATHS = (
    "/handoff-caller",
    "/handoff-lead",
    "/handoff-key",
    "/handoff-machine",
    "/handoff-leg",
    "/handoff-room",
)


@dataclass
class Asked:
    """Hooks that note what they are asked."""

    what: list[object] = field(default_factory=list)
    briefing: str | None = "AC is out & <hot>."
    room: str | None = ROOM
    error: Exception | None = None

    def _note(self, what: object) -> None:
        self.what.append(what)
        if self.error is not None:
            raise self.error

    async def caller_out(self, call: IncomingCall) -> Answer:
        self._note(call.call_sid)
        return ConnectAgent()

    async def caller_gone(self, call_sid: str) -> None:
        self._note(("gone", call_sid))

    async def lead_answered(self, leg: str, leg_sid: str) -> str | None:
        self._note((leg, leg_sid))
        return self.briefing

    async def lead_decided(self, leg: str, leg_sid: str, wants: bool) -> RoomSeat | None:
        self._note((leg, leg_sid, wants))
        return RoomSeat(self.room) if wants and self.room is not None else None

    async def told(self, report: LegReport) -> None:
        self._note(report)


@asynccontextmanager
async def edge() -> AsyncIterator[tuple[Edge, Asked]]:
    asked = Asked()
    hooks = HandOffHooks(
        asked.caller_out, asked.caller_gone, asked.lead_answered, asked.lead_decided, asked.told
    )
    async with running(hand_offs=hooks) as made:
        yield made, asked


async def twiml(at: Edge, path: str, **fields: str) -> ET.Element:
    answer = await at.post(path, {**FORM, **fields})
    assert answer.status == 200
    return ET.fromstring(await answer.text())  # noqa: S314  our own words


@pytest.mark.parametrize("path", PATHS)
async def test_what_is_unsigned_or_odd_is_refused_before_anybody_is_asked(path: str) -> None:
    async with edge() as (at, asked):
        bare = await at.post_raw(f"{path}?leg={LEG}", "CallSid=CA1", headers={})
        assert bare.status == 403
        odd = await at.post(f"{path}?leg=../../etc", FORM)
        assert odd.status == 400
        assert asked.what == []


async def test_a_lead_hears_the_briefing_and_must_press() -> None:
    async with edge() as (at, asked):
        first = await twiml(at, f"/handoff-lead?leg={LEG}")
        again = await twiml(at, f"/handoff-lead?leg={LEG}")
        assert ET.tostring(first) == ET.tostring(again)
        assert asked.what == [(LEG, LEG_SID)]
        gather = first.find("Gather")
        assert gather is not None
        assert gather.get("numDigits") == "1"
        assert gather.get("actionOnEmptyResult") == "true"
        assert gather.get("action") == ACCOUNT.url(f"/handoff-key?leg={LEG}")
        said = gather.findtext("Say") or ""
        assert said.count("AC is out & <hot>.") == 2
        assert "Press 1" in said


@pytest.mark.parametrize(
    ("digits", "wants", "joins"), [("1", True, True), ("2", False, False), ("", False, False)]
)
async def test_only_the_key_asked_for_joins(digits: str, wants: bool, joins: bool) -> None:
    async with edge() as (at, asked):
        answer = await twiml(at, f"/handoff-key?leg={LEG}", Digits=digits)
        assert asked.what == [(LEG, LEG_SID, wants)]
        room = answer.find("Dial/Conference")
        assert (room is not None) == joins
        if room is not None:
            assert room.text == ROOM


async def test_a_lead_who_is_too_late_or_whose_hook_fails_is_told_goodbye() -> None:
    async with edge() as (at, asked):
        asked.room = asked.briefing = None
        for path in ("/handoff-key", "/handoff-lead"):
            answer = await twiml(at, f"{path}?leg={LEG}", Digits="1")
            assert [verb.tag for verb in answer] == ["Say", "Hangup"]
        asked.error = Unavailable("store.unreachable", "Down.")
        answer = await twiml(at, "/handoff-lead?leg=another_leg2")
        assert [verb.tag for verb in answer] == ["Say"]
        assert at.counted["hook.store.unreachable"] == 1


async def test_the_caller_is_sent_to_the_agent_with_a_token_of_their_own_each_time() -> None:
    async with edge() as (at, asked):
        mine = {"CallSid": CALL.call_sid}
        first = await twiml(at, f"/handoff-caller?leg={LEG}", **mine)
        copy = await twiml(at, f"/handoff-caller?leg={LEG}", **mine)
        second = await twiml(at, "/handoff-caller?leg=another_leg2", **mine)
        assert ET.tostring(first) == ET.tostring(copy) != ET.tostring(second)
        assert first.find("Connect/Stream") is not None
        asked.what.clear()
        await twiml(at, "/handoff-caller?leg=a-third_leg3", CallStatus="completed", **mine)
        assert asked.what == [("gone", CALL.call_sid)]


async def test_a_caller_whose_hook_fails_is_not_left_with_an_error() -> None:
    async with edge() as (at, asked):
        asked.error = Unavailable("store.unreachable", "Down.")
        answer = await twiml(at, f"/handoff-caller?leg={LEG}", CallSid=CALL.call_sid)
        assert [verb.tag for verb in answer] == ["Say", "Hangup"]


@pytest.mark.parametrize(
    ("path", "fields", "event"),
    [
        ("/handoff-machine", {"AnsweredBy": "machine_start"}, LegEvent.MACHINE),
        ("/handoff-machine", {"AnsweredBy": "fax"}, LegEvent.MACHINE),
        ("/handoff-machine", {"AnsweredBy": "human"}, None),
        ("/handoff-machine", {"AnsweredBy": "unknown"}, None),
        ("/handoff-leg", {"CallStatus": "busy"}, LegEvent.OVER),
        ("/handoff-leg", {"CallStatus": "no-answer"}, LegEvent.OVER),
        ("/handoff-leg", {"CallStatus": "completed"}, LegEvent.OVER),
        ("/handoff-leg", {"CallStatus": "ringing"}, None),
        ("/handoff-room", {"StatusCallbackEvent": "participant-join"}, LegEvent.IN_ROOM),
        ("/handoff-room", {"StatusCallbackEvent": "participant-leave"}, None),
    ],
)
async def test_what_legs_tell(path: str, fields: dict[str, str], event: LegEvent | None) -> None:
    async with edge() as (at, asked):
        for _ in range(2):
            assert (await at.post(f"{path}?leg={LEG}", {**FORM, **fields})).status == 204
        assert asked.what == ([] if event is None else [LegReport(LEG, LEG_SID, event)])


async def test_the_room_begins_with_the_lead_ends_with_either_and_holds_one_guest() -> None:
    caller, lead, guest = (
        ET.fromstring(text).find("Dial/Conference")  # noqa: S314  our own words
        for text in (
            hold_twiml(ROOM, ACCOUNT),
            join_twiml(ROOM, ACCOUNT),
            join_twiml(ROOM, ACCOUNT, guest=True),
        )
    )
    assert caller is not None
    assert lead is not None
    assert guest is not None
    assert caller.text == lead.text == guest.text == ROOM
    begins = [one.get("startConferenceOnEnter") for one in (caller, lead, guest)]
    assert begins == ["false", "true", "false"]
    ends = [one.get("endConferenceOnExit") for one in (caller, lead, guest)]
    assert ends == ["true", "true", "false"]
    for one in (caller, lead, guest):
        assert one.get("maxParticipants") == "3"
        assert one.get("statusCallback") == ACCOUNT.url(f"/handoff-room?leg={ROOM}")
