"""One text, never seven: over the carrier's REST interface, with every way to lose an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from loadtest.simulator.carrier import CarrierEmulator
from loadtest.simulator.rest import FaultKind, RestFault
from loadtest.simulator.texts import POOL_NUMBER, RCS_AGENT, TextFate
from telephony.twilio.account import TwilioAccount
from telephony.twilio.rest import TwilioRest
from telephony.twilio.whisper_texts import WhisperTexts
from tests.store.test_dispatcher import Carrier, Provider, forward
from tests.support.postgres import a_text, prepared
from voiceagent.domain.business import TextLimits
from voiceagent.domain.records import OutboundMessage
from voiceagent.domain.texting import Delivery, DeliveryReport
from voiceagent.errors import CallerFixable, FateUnknown, Unavailable
from voiceagent.ports.email import Email
from voiceagent.store import PostgresStore
from voiceagent.store.dispatcher import Dispatcher, Pace
from voiceagent.store.sending import Carriers

SARAH = "+15551230000"
QUICK = Pace(backoff_s=0.01, attempt_s=2.0, settle_s=0.01)


@asynccontextmanager
async def carrier(*, rcs_service: str = "") -> AsyncIterator[tuple[CarrierEmulator, TwilioRest]]:
    """The emulated carrier and our client, whose patience is short."""
    emulator = CarrierEmulator(account_sid="AC" + "0" * 32, auth_token="token")
    async with emulator.running(), aiohttp.ClientSession() as http:
        rest = TwilioRest(
            TwilioAccount("AC" + "0" * 32, "token", "http://127.0.0.1:9"),
            http,
            from_number="+19375550100",
            transfer_numbers=frozenset(),
            briefings=WhisperTexts(),
            base_url=emulator.rest_url,
            rcs_service=rcs_service,
            try_s=0.1,
            pause_s=0.01,
        )
        yield emulator, rest


async def drained(store: PostgresStore, dispatcher: Dispatcher, *, rounds: int = 8) -> None:
    for _ in range(rounds):
        await dispatcher.drain()
        await forward(store)


LOST = {
    "taken, answered late": [RestFault(FaultKind.LATE, "Messages", 3, delay_s=0.3)],
    "taken, no answer": [RestFault(FaultKind.DROP, "Messages", 3)],
    "an error of theirs": [RestFault(FaultKind.ERROR, "Messages", 1)],
    "busy": [RestFault(FaultKind.REFUSE, "Messages", 5)],
    "taken, and then they are gone": [
        RestFault(FaultKind.DROP, "Messages", 1),
        RestFault(FaultKind.ERROR, "Messages", 9),
    ],
}


@pytest.mark.parametrize("how", LOST)
async def test_a_text_whose_answer_is_lost_leaves_once(store: PostgresStore, how: str) -> None:
    await store.outbox.put(a_text("t", body="Hello"))
    async with carrier() as (emulator, rest):
        emulator.faults.extend(replace(fault) for fault in LOST[how])
        dispatcher = Dispatcher(store.database, Provider(), Carriers(rest.texts), pace=QUICK)
        await drained(store, dispatcher)
        assert [text.body for text in emulator.messages] == ["Hello"]
        (row,) = await store.database.rows("SELECT key, carrier_id FROM messages")
        assert (row["key"], row["carrier_id"]) == ("t", emulator.messages[0].sid)


async def test_two_texts_that_read_alike_are_two(store: PostgresStore) -> None:
    """The one that is looked for is not taken for the other."""
    async with carrier() as (emulator, rest):
        dispatcher = Dispatcher(store.database, Provider(), Carriers(rest.texts), pace=QUICK)
        await store.outbox.put(a_text("one", body="Hello"))
        await drained(store, dispatcher, rounds=1)
        emulator.faults.append(RestFault(FaultKind.ERROR, "Messages", 1))
        await store.outbox.put(a_text("two", body="Hello"))
        await drained(store, dispatcher)
        assert len(emulator.messages) == 2
        rows = await store.database.rows("SELECT carrier_id FROM messages")
        assert {row["carrier_id"] for row in rows} == {text.sid for text in emulator.messages}


class Died(BaseException):
    """The process ends here."""


async def test_a_process_that_dies_over_a_text_does_not_send_it_twice(
    store: PostgresStore,
) -> None:
    class Killed(Carrier):
        async def send(self, message: OutboundMessage) -> str:
            await super().send(message)
            raise Died

    first = Killed()
    await store.outbox.put(a_text("t", body="Hello"))
    with pytest.raises(Died):
        await Dispatcher(store.database, Provider(), Carriers(first), pace=QUICK).drain()
    await forward(store)
    heir = Carrier(sent=first.sent)
    dispatcher = Dispatcher(store.database, Provider(), Carriers(heir), pace=QUICK)
    await dispatcher.drain()
    assert (len(heir.sent), heir.looked_up, dispatcher.counts.found) == (1, 1, 1)


async def test_a_report_that_comes_first_settles_it(store: PostgresStore) -> None:
    """The carrier told of the text before its answer came, and the answer was lost."""
    await store.outbox.put(a_text("t", body="Hello"))
    silent = Carrier(errors=[FateUnknown("twilio.fate_unknown", "")])
    dispatcher = Dispatcher(store.database, Provider(), Carriers(silent), pace=QUICK)
    await dispatcher.drain()
    told = DeliveryReport("SM77", "t", Delivery.DELIVERED)
    assert await store.deliveries.report(told, by_email=False, by_voice=False)
    await drained(store, dispatcher, rounds=2)
    assert (silent.sent, silent.looked_up) == ([], 0)
    (row,) = await store.database.rows("SELECT carrier_id, status FROM messages")
    assert tuple(row) == ("SM77", "delivered")


async def test_while_it_cannot_be_looked_up_it_is_not_sent(store: PostgresStore) -> None:
    class Blind(Carrier):
        async def find(self, message: OutboundMessage, **_: object) -> str | None:
            self.looked_up += 1
            raise Unavailable("twilio.unavailable", "")

    blind = Blind(errors=[FateUnknown("twilio.fate_unknown", "")])
    await store.outbox.put(a_text("t", body="Hello"))
    dispatcher = Dispatcher(store.database, Provider(), Carriers(blind), pace=QUICK)
    await drained(store, dispatcher, rounds=5)
    assert (blind.sent, blind.looked_up) == ([], 4)


async def test_caps_hold_however_many_send_at_once(store: PostgresStore) -> None:
    limits = TextLimits(per_number_a_day=5, per_block_a_day=12, a_day=20)
    sent = Carrier()
    ours = "+15558880000"
    carriers = Carriers(sent, limits=limits, ours=frozenset({ours}))
    for index in range(10):
        for number in (SARAH, f"+1555123{1000 + index}", f"+1555777{1000 + index}", ours):
            key = f"{index}-{number}"
            await store.outbox.put(OutboundMessage(key, "sms", number, "Hello."))
    both = [Dispatcher(store.database, Provider(), carriers, pace=QUICK) for _ in range(2)]
    await asyncio.gather(*(one.drain() for one in both))
    to = [message.to for message in sent.sent]
    assert len(to) == 20
    assert to.count(SARAH) <= 5
    assert sum(number.startswith("+1555123") for number in to) <= 12
    rows = await store.database.rows(
        "SELECT error_code, count(*)::int AS n FROM outbox WHERE state = 'dead' GROUP BY 1"
    )
    codes = {row["error_code"]: row["n"] for row in rows}
    assert sum(codes.values()) == 20
    assert set(codes) <= {"text.number_cap", "text.block_cap", "text.day_cap"}


async def test_a_lead_is_texted_beyond_the_cap_of_a_number(store: PostgresStore) -> None:
    limits = TextLimits(per_number_a_day=1, per_block_a_day=1)
    sent = Carrier()
    carriers = Carriers(sent, limits=limits, ours=frozenset({SARAH}))
    for index in range(3):
        await store.outbox.put(a_text(f"{index}", body="Call back."))
    await Dispatcher(store.database, Provider(), carriers, pace=QUICK).drain()
    assert len(sent.sent) == 3


@dataclass
class Post:
    """A mail server that loses answers."""

    sent: list[Email] = field(default_factory=list)
    lost: int = 0

    async def send_email(self, email: Email) -> str:
        self.sent.append(email)
        if self.lost:
            self.lost -= 1
            raise FateUnknown("email.fate_unknown", "")
        return "<1@example.com>"


@pytest.mark.parametrize(
    ("lost", "sent", "state"), [(0, 1, "done"), (1, 2, "done"), (9, 2, "dead")]
)
async def test_a_letter_whose_fate_is_unknown_is_sent_twice_at_most(
    store: PostgresStore, lost: int, sent: int, state: str
) -> None:
    post = Post(lost=lost)
    await store.outbox.put(OutboundMessage("t", "email", "sarah@example.com", "Hello."))
    carriers = Carriers(Carrier(), email=post)
    dispatcher = Dispatcher(store.database, Provider(), carriers, pace=QUICK)
    await drained(store, dispatcher, rounds=4)
    assert len(post.sent) == sent
    (row,) = await store.database.rows("SELECT state FROM outbox")
    assert row["state"] == state


async def test_without_email_a_letter_is_dead_and_says_why(store: PostgresStore) -> None:
    await store.outbox.put(OutboundMessage("t", "email", "sarah@example.com", "Hello."))
    await Dispatcher(store.database, Provider(), Carriers(Carrier()), pace=QUICK).drain()
    (row,) = await store.database.rows("SELECT state, error_code FROM outbox")
    assert tuple(row) == ("dead", "email.not_configured")


@dataclass
class Phone:
    """Reads out."""

    said: list[tuple[str, str]] = field(default_factory=list)

    async def read_out(self, number: str, words: str) -> str:
        self.said.append((number, words))
        return "CA1"


async def test_a_refused_number_is_barred_and_told_by_telephone(store: PostgresStore) -> None:
    draft = await prepared(store)
    await store.jobs.book(draft, [a_text("t")], idempotency_key="k")
    carrier_, phone = Carrier(errors=[CallerFixable("text.landline", "")]), Phone()
    dispatcher = Dispatcher(store.database, Provider(), Carriers(carrier_, voice=phone), pace=QUICK)
    await dispatcher.drain()
    ((number, words),) = phone.said
    assert number == SARAH
    assert "http" not in words
    assert "could not be sent to this number" in words
    assert (await store.deliveries.verdict(SARAH, TextLimits())).value == "landline"


async def test_nobody_is_called_at_night(store: PostgresStore) -> None:
    phone = Phone()
    await store.outbox.put(OutboundMessage("t", "voice", SARAH, "Hello."))
    for wait_s in (3600.0, 0.0):
        carriers = Carriers(Carrier(), voice=phone, voice_waits_s=lambda wait_s=wait_s: wait_s)  # type: ignore[misc]
        await Dispatcher(store.database, Provider(), carriers, pace=QUICK).drain()
        assert len(phone.said) == int(wait_s == 0.0)
        await forward(store)


async def test_what_nobody_waits_for_keeps_quiet_hours_and_answers_do_not(
    store: PostgresStore,
) -> None:
    for key in ("waiting:1", "unpaid:1", "booked:1", "reply:1"):
        await store.outbox.put(OutboundMessage(key, "sms", SARAH, key))
    for wait_s, sent in ((3600.0, 2), (0.0, 4)):
        texts = Carrier()
        carriers = Carriers(texts, text_waits_s=lambda _, wait_s=wait_s: wait_s)  # type: ignore[misc]
        await Dispatcher(store.database, Provider(), carriers, pace=QUICK).drain()
        rows = await store.database.rows("SELECT key FROM messages ORDER BY key")
        assert len(rows) == sent, [row["key"] for row in rows]
        await forward(store)


@pytest.mark.parametrize("has_rcs", [True, False])
async def test_over_the_wire_rcs_is_an_sms_where_a_phone_has_none_and_found_by_both(
    store: PostgresStore, has_rcs: bool
) -> None:
    async with carrier(rcs_service="MG" + "0" * 32) as (emulator, rest):
        emulator.texts.with_rcs = {SARAH} if has_rcs else set()
        text = OutboundMessage("t", "rcs", SARAH, "Your visit is tomorrow.")
        await store.outbox.put(text)
        await Dispatcher(store.database, Provider(), Carriers(rest.texts), pace=QUICK).drain()
        (sent,) = emulator.messages
        ends = (RCS_AGENT, f"rcs:{SARAH}") if has_rcs else (POOL_NUMBER, SARAH)
        assert (sent.from_, sent.to) == ends
        since = datetime.now(UTC) - timedelta(minutes=5)
        assert await rest.texts.find(text, since=since, but_not=()) == sent.sid
        assert await rest.texts.find(text, since=since, but_not=(sent.sid,)) is None


async def test_over_the_wire_a_landline_is_read_the_text(store: PostgresStore) -> None:
    """Refused by the carrier for good (21614), then told by a call that the emulator answers."""
    draft = await prepared(store)
    await store.jobs.book(draft, [a_text("t")], idempotency_key="k")
    async with carrier() as (emulator, rest):
        emulator.texts.fates[SARAH] = TextFate(refused=21614)
        carriers = Carriers(rest.texts, voice=rest)
        await Dispatcher(store.database, Provider(), carriers, pace=QUICK).drain()
        assert emulator.messages == []
        (leg,) = emulator.legs
        assert leg.to_number == SARAH
