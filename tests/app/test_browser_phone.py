"""The engine's side of the browser phone: whose calls it goes on with, and what it is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.contract import (
    Answer,
    CarrierStatus,
    ConnectAgent,
    DialPerson,
    Goodbye,
    IncomingCall,
    StatusReport,
    TakeMessage,
)
from telephony.token_gate import TokenFault, TokenGate, ticket_of
from telephony.twilio.account import TwilioAccount
from telephony.twilio.webhook import Hooks
from voiceagent.app.browser_phone import BrowserPhone, PhoneSids
from voiceagent.app.ops.live import LiveFeed
from voiceagent.app.web.phone import NoLine, PhoneLine
from voiceagent.core.clock import ManualClock
from voiceagent.errors import CallerFixable, Unavailable

ACCOUNT = TwilioAccount(
    "AC" + "0" * 32, "s3cret", "https://voice.example.com", media_path="/media/3"
)
OURS = "+19375550100"


class Desk:
    """A browser phone over hooks that answer as they are told."""

    def __init__(self, capacity: int = 4) -> None:
        self.answer: Answer = ConnectAgent()
        self.rung: list[IncomingCall] = []
        self.over: list[IncomingCall] = []
        self.reports: list[StatusReport] = []
        self.gate = TokenGate(ManualClock(datetime(2025, 8, 29, tzinfo=UTC)), capacity=capacity)
        self.live = LiveFeed()
        self.sids = PhoneSids("key")
        hooks = Hooks(
            incoming=self._incoming,
            stream_ended=self._stream_ended,
            dial_ended=cast("Any", None),
            call_status=self._status,
            stream_status=cast("Any", None),
            voicemail=cast("Any", None),
            inbound_text=cast("Any", None),
            message_status=cast("Any", None),
        )
        self.phone = BrowserPhone(
            ACCOUNT, self.gate, hooks, self.sids, to_number=OURS, live=self.live, worker=3
        )

    async def _incoming(self, call: IncomingCall) -> Answer:
        self.rung.append(call)
        return self.answer

    async def _stream_ended(self, call: IncomingCall) -> Answer:
        self.over.append(call)
        return self.answer

    async def _status(self, report: StatusReport) -> None:
        self.reports.append(report)

    async def line(self, number: str = "") -> PhoneLine:
        line = await self.phone.ring(number)
        assert isinstance(line, PhoneLine)
        return line


@pytest.mark.parametrize("number", ["5551230000", "+1", "+1555123000x", "tel:+15551230000", " "])
async def test_what_is_no_number_does_not_ring(number: str) -> None:
    desk = Desk()
    with pytest.raises(CallerFixable, match=r"phone\.number"):
        await desk.phone.ring(number)
    assert desk.rung == []
    assert len(desk.gate) == 0


@pytest.mark.parametrize("sid", ["CA" + "1" * 32, "", "CA", "CA1", "MZ" + "0" * 32, "é" * 34])
async def test_no_other_call_is_gone_on_with_or_ended(sid: str) -> None:
    desk = Desk()
    for ask in (desk.phone.stream_over(sid, ""), desk.phone.hung_up(sid)):
        with pytest.raises(CallerFixable, match=r"phone\.unknown"):
            await ask
    assert (desk.over, desk.reports, len(desk.gate)) == ([], [], 0)


@pytest.mark.parametrize(
    ("answer", "then"),
    [
        (DialPerson("All busy.", "+19375550111"), "person"),
        (TakeMessage("Leave a message."), "message"),
        (Goodbye("Bye."), "goodbye"),
    ],
)
async def test_who_is_turned_away_is_told_what_a_caller_would_be(answer: Answer, then: str) -> None:
    desk = Desk()
    desk.answer = answer
    told = await desk.phone.ring("")
    assert told == NoLine(cast("Any", answer).say, then)
    assert len(desk.gate) == 0


async def test_too_many_on_their_way() -> None:
    desk = Desk(capacity=1)
    await desk.line()
    with pytest.raises(Unavailable, match=r"token\.full"):
        await desk.phone.ring("")


async def test_a_call_rings_with_a_token_that_is_good_once_and_for_it_alone() -> None:
    desk = Desk()
    line, other = await desk.line("+15551230000"), await desk.line()
    assert desk.rung[0] == IncomingCall(line.call_sid, "+15551230000", OURS)
    token = line.parameters["token"]
    assert line.media_path == f"/media/3/{ticket_of(token)}"
    assert (line.worker, line.account_sid) == (3, ACCOUNT.account_sid)
    assert desk.gate.redeem(token, other.call_sid) is TokenFault.WRONG
    assert desk.gate.redeem(token, line.call_sid) == desk.rung[0]
    assert desk.gate.redeem(token, line.call_sid) is TokenFault.UNKNOWN
    with desk.live.follow(line.call_sid, after=0):
        pass


async def test_a_stream_that_is_over_gets_another_token_for_the_same_call() -> None:
    desk = Desk()
    line = await desk.line("+15551230000")
    again = await desk.phone.stream_over(line.call_sid, "+15551230000")
    assert isinstance(again, PhoneLine)
    assert again.call_sid == line.call_sid
    assert again.stream_sid != line.stream_sid
    assert again.parameters != line.parameters
    assert desk.over == [desk.rung[0]]
    old = desk.gate.redeem(line.parameters["token"], line.call_sid)
    assert old is TokenFault.WRONG


async def test_whoever_hangs_up_is_waited_for_no_longer() -> None:
    desk = Desk()
    line = await desk.line()
    await desk.phone.hung_up(line.call_sid)
    assert [(r.call_sid, r.status) for r in desk.reports] == [
        (line.call_sid, CarrierStatus.COMPLETED)
    ]
    assert len(desk.gate) == 0


@given(key=st.text(min_size=1), other=st.text(min_size=1), at=st.integers(2, 33))
def test_a_sid_is_known_by_its_seal(key: str, other: str, at: int) -> None:
    sids = PhoneSids(key)
    sid = sids.new()
    assert len(sid) == 34
    assert sids.ours(sid)
    assert PhoneSids(key).ours(sid)
    changed = sid[:at] + ("0" if sid[at] != "0" else "1") + sid[at + 1 :]
    assert not sids.ours(changed)
    assert PhoneSids(other).ours(sid) == (key == other)
