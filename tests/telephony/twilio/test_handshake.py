from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from telephony.contract import IncomingCall
from telephony.token_gate import TokenFault, TokenGate, ticket_of
from telephony.twilio.codec import (
    Connected,
    Dtmf,
    Event,
    Malformed,
    Mark,
    Media,
    MediaFormat,
    Start,
    Stop,
)
from telephony.twilio.fields import Fault
from telephony.twilio.handshake import (
    MAX_EARLY_MESSAGES,
    TABLE,
    Handshake,
    HandshakeAct,
    HandshakeInput,
    HandshakeState,
    Refusal,
    Signal,
    Tokens,
)
from voiceagent.core.clock import ManualClock
from voiceagent.errors import Unavailable

CALL = IncomingCall("CA1", "+15551230000", "+19375550100")
OTHER = replace(CALL, call_sid="CA2")
HELLO = Connected("Call", "1.0.0")
SOUND = Media(b"\xff")
START = Start(
    stream_sid="MZ1",
    account_sid="AC1",
    call_sid="CA1",
    tracks=("inbound",),
    media_format=MediaFormat("audio/x-mulaw", 8000, 1),
    parameters={"token": "good"},
)


def redeem(token: str, call_sid: str) -> IncomingCall | TokenFault:
    if call_sid != CALL.call_sid:
        return TokenFault.UNKNOWN
    return CALL if token == "good" else TokenFault.WRONG


def machine(*events: Event | Signal) -> Handshake:
    made = Handshake(account_sid="AC1", redeem=redeem)
    for event in events:
        made.feed(event)
    return made


def test_the_table_has_a_row_for_everything() -> None:
    assert set(TABLE) == set(HandshakeState)
    for rows in TABLE.values():
        assert set(rows) == set(HandshakeInput)


@pytest.mark.parametrize(
    ("before", "event", "act", "state"),
    [
        ((), HELLO, HandshakeAct.WAIT, HandshakeState.CONNECTED),
        ((), START, HandshakeAct.ACCEPT, HandshakeState.STREAMING),
        ((), SOUND, HandshakeAct.DROP, HandshakeState.OPENED),
        ((), Malformed(Fault.BAD_JSON), HandshakeAct.DROP, HandshakeState.OPENED),
        ((), Stop(), HandshakeAct.END, HandshakeState.STOPPED),
        ((), Signal.TIMEOUT, HandshakeAct.REFUSE, HandshakeState.REFUSED),
        ((), Signal.GONE, HandshakeAct.END, HandshakeState.STOPPED),
        ((HELLO,), HELLO, HandshakeAct.DROP, HandshakeState.CONNECTED),
        ((HELLO,), START, HandshakeAct.ACCEPT, HandshakeState.STREAMING),
        ((HELLO,), SOUND, HandshakeAct.DROP, HandshakeState.CONNECTED),
        ((HELLO,), Mark("m"), HandshakeAct.DROP, HandshakeState.CONNECTED),
        ((HELLO,), Malformed(Fault.BAD_JSON), HandshakeAct.DROP, HandshakeState.CONNECTED),
        ((HELLO,), Signal.TIMEOUT, HandshakeAct.REFUSE, HandshakeState.REFUSED),
        ((HELLO,), Signal.GONE, HandshakeAct.END, HandshakeState.STOPPED),
        ((HELLO, START), SOUND, HandshakeAct.DELIVER, HandshakeState.STREAMING),
        ((HELLO, START), Mark("m"), HandshakeAct.DELIVER, HandshakeState.STREAMING),
        ((HELLO, START), Dtmf("0"), HandshakeAct.DELIVER, HandshakeState.STREAMING),
        ((HELLO, START), HELLO, HandshakeAct.DROP, HandshakeState.STREAMING),
        ((HELLO, START), START, HandshakeAct.DROP, HandshakeState.STREAMING),
        (
            (HELLO, START),
            replace(START, call_sid="CA2"),
            HandshakeAct.DROP,
            HandshakeState.STREAMING,
        ),
        ((HELLO, START), Malformed(Fault.BAD_JSON), HandshakeAct.DROP, HandshakeState.STREAMING),
        ((HELLO, START), Signal.TIMEOUT, HandshakeAct.WAIT, HandshakeState.STREAMING),
        ((HELLO, START), Stop(), HandshakeAct.END, HandshakeState.STOPPED),
        ((HELLO, START), Signal.GONE, HandshakeAct.END, HandshakeState.STOPPED),
        ((HELLO, START), Signal.CLOSED, HandshakeAct.END, HandshakeState.STOPPED),
        ((HELLO, START, Stop()), SOUND, HandshakeAct.DROP, HandshakeState.STOPPED),
        ((HELLO, START, Stop()), START, HandshakeAct.DROP, HandshakeState.STOPPED),
        ((Signal.TIMEOUT,), START, HandshakeAct.DROP, HandshakeState.REFUSED),
    ],
)
def test_rows(
    before: tuple[Event | Signal, ...],
    event: Event | Signal,
    act: HandshakeAct,
    state: HandshakeState,
) -> None:
    made = machine(*before)
    assert (made.feed(event), made.state) == (act, state)


@pytest.mark.parametrize(
    ("start", "refusal"),
    [
        (replace(START, account_sid="AC2"), Refusal.WRONG_ACCOUNT),
        (replace(START, parameters={}), Refusal.NO_TOKEN),
        (replace(START, parameters={"token": ""}), Refusal.NO_TOKEN),
        (replace(START, parameters={"token": "forged"}), Refusal.TOKEN_WRONG),
        (replace(START, parameters={"token": "gööd"}), Refusal.TOKEN_WRONG),
        (replace(START, call_sid="CA2"), Refusal.TOKEN_UNKNOWN),
        (replace(START, tracks=("outbound",)), Refusal.UNSUPPORTED_FORMAT),
        (replace(START, tracks=("inbound", "outbound")), Refusal.UNSUPPORTED_FORMAT),
        (
            replace(START, media_format=MediaFormat("audio/x-mulaw", 16000, 1)),
            Refusal.UNSUPPORTED_FORMAT,
        ),
    ],
)
def test_a_start_that_is_not_believed_ends_the_socket(start: Start, refusal: Refusal) -> None:
    made = machine(HELLO)
    assert made.feed(start) is HandshakeAct.REFUSE
    assert (made.state, made.refusal, made.call) == (HandshakeState.REFUSED, refusal, None)
    assert made.feed(START) is HandshakeAct.DROP


def test_a_good_start_names_the_call_the_webhook_knew() -> None:
    made = machine(HELLO, START)
    assert (made.call, made.start, made.refusal) == (CALL, START, None)


def test_silence_is_too_late() -> None:
    assert machine(HELLO, Signal.TIMEOUT).refusal is Refusal.TOO_LATE


def test_chatter_before_the_start_is_refused_and_a_little_of_it_is_not() -> None:
    made = machine(*[SOUND] * (MAX_EARLY_MESSAGES - 1))
    assert made.feed(START) is HandshakeAct.ACCEPT
    noisy = machine(*[SOUND] * MAX_EARLY_MESSAGES)
    assert noisy.feed(SOUND) is HandshakeAct.REFUSE
    assert noisy.refusal is Refusal.TOO_NOISY


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2025, 8, 30, tzinfo=UTC))


def test_a_refused_start_does_not_use_the_token_up(clock: ManualClock) -> None:
    gate = TokenGate(clock)
    parameters = {"token": gate.issue(CALL)}
    forged = replace(START, account_sid="AC2", parameters=parameters)
    real = replace(START, parameters=parameters)
    assert Handshake(account_sid="AC1", redeem=gate.redeem).feed(forged) is HandshakeAct.REFUSE
    assert Handshake(account_sid="AC1", redeem=gate.redeem).feed(real) is HandshakeAct.ACCEPT
    again = Handshake(account_sid="AC1", redeem=gate.redeem)
    assert again.feed(real) is HandshakeAct.REFUSE
    assert again.refusal is Refusal.TOKEN_UNKNOWN


def test_a_token_is_good_once_for_its_own_call(clock: ManualClock) -> None:
    gate = TokenGate(clock)
    token, other = gate.issue(CALL), gate.issue(OTHER)
    assert gate.redeem(other, "CA1") is TokenFault.WRONG
    assert gate.redeem("\ud800", "CA1") is TokenFault.WRONG
    assert gate.redeem(token, "CA9") is TokenFault.UNKNOWN
    assert gate.redeem(token, "CA1") == CALL
    assert gate.redeem(token, "CA1") is TokenFault.UNKNOWN
    assert gate.redeem(other, "CA2") == OTHER


def test_tokens_are_long_and_differ(clock: ManualClock) -> None:
    gate = TokenGate(clock)
    tokens = {gate.issue(CALL) for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) * 6 >= 128 for token in tokens)
    assert len(gate) == 1


@pytest.mark.parametrize(("age_s", "fresh"), [(59.9, True), (60.0, False), (3600.0, False)])
def test_a_token_expires(clock: ManualClock, age_s: float, fresh: bool) -> None:
    unclaimed: list[IncomingCall] = []
    gate = TokenGate(clock, on_unclaimed=unclaimed.append)
    token = gate.issue(CALL)
    clock.advance(age_s)
    expected = (CALL, []) if fresh else (TokenFault.EXPIRED, [CALL])
    assert (gate.redeem(token, "CA1"), unclaimed) == expected


def test_a_second_token_makes_the_first_worthless(clock: ManualClock) -> None:
    gate = TokenGate(clock)
    first, second = gate.issue(CALL), gate.issue(CALL)
    assert gate.redeem(first, "CA1") is TokenFault.WRONG
    assert gate.redeem(second, "CA1") == CALL


def test_the_gate_is_bounded_and_forgets_the_expired(clock: ManualClock) -> None:
    unclaimed: list[IncomingCall] = []
    gate = TokenGate(clock, capacity=2, on_unclaimed=unclaimed.append)
    gate.issue(CALL)
    clock.advance(30)
    gate.issue(OTHER)
    third = replace(CALL, call_sid="CA3")
    with pytest.raises(Unavailable) as full:
        gate.issue(third)
    assert full.value.code == "token.full"
    clock.advance(30)
    gate.issue(third)
    assert unclaimed == [CALL]
    gate.revoke("CA2")
    gate.revoke("CA2")
    assert unclaimed == [CALL, OTHER]
    assert len(gate) == 1


@pytest.mark.parametrize(
    ("tokens", "act"), [(Tokens.REQUIRED, HandshakeAct.REFUSE), (Tokens.OFF, HandshakeAct.ACCEPT)]
)
def test_a_start_without_a_token_is_believed_only_where_tokens_are_off(
    tokens: Tokens, act: HandshakeAct
) -> None:
    made = Handshake(account_sid="AC1", redeem=lambda *_: CALL, tokens=tokens)
    assert made.feed(replace(START, parameters={})) is act
    assert made.call == (CALL if act is HandshakeAct.ACCEPT else None)


def test_a_ticket_is_known_as_long_as_its_token_is_good(clock: ManualClock) -> None:
    gate = TokenGate(clock)
    first, used, revoked = (
        gate.issue(CALL),
        gate.issue(OTHER),
        gate.issue(replace(CALL, call_sid="CA3")),
    )
    second = gate.issue(CALL)
    gate.redeem(used, "CA2")
    gate.revoke("CA3")
    known = [gate.announced(ticket_of(token)) for token in (first, second, used, revoked)]
    assert known == [False, True, False, False]
    assert not gate.announced("")
    assert gate.redeem(ticket_of(second), "CA1") is TokenFault.WRONG
    clock.advance(60)
    assert not gate.announced(ticket_of(second))
