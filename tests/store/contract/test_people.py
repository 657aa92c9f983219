"""Who a booking belongs to, and codes that are texted to see who is calling."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest

from tests.store.contract.conftest import Deliver
from tests.support.postgres import a_call, a_slot, a_window, prepared
from voiceagent.domain.assets import AssetDraft, NewOwner
from voiceagent.domain.records import CallId, Job
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.ports.people import (
    MOST_CODES_A_CALL,
    MOST_CODES_A_NUMBER_AND_DAY,
    MOST_CODES_A_PREFIX_AND_HOUR,
    ONE_TIME_CODE,
    CodeCheck,
    CodeSending,
    CodeText,
)
from voiceagent.ports.store import Store

LINE, OTHER = "+15552223344", "+15557770000"
TEXT = CodeText("sms", f"CoolCare: {ONE_TIME_CODE} is your code.")
PEOPLE = (
    ("Sarah Miller", "123 Oak Street"),
    ("Tom Miller", "123 Oak Street"),
    ("Sarah Miller", "9 Elm Lane"),
)
"""A family: two at one house, and one of the first one's name at another."""


async def test_wrong_codes_are_counted_by_the_number_over_all_calls(store: Store) -> None:
    for _ in range(2):
        call = await store.calls.open(a_call(OTHER))
        await store.code_guesses.wrong(call, LINE)
        await store.code_guesses.wrong(call, LINE)
    assert await store.code_guesses.lately(LINE) == 4
    assert await store.code_guesses.lately(OTHER) == 0
    with pytest.raises(Unavailable, match=r"store\.refused"):
        await store.code_guesses.wrong(CallId(str(uuid.uuid4())), LINE)


async def booking(
    store: Store,
    name: str,
    address: str,
    hours: float,
    *,
    line: str = LINE,
    proven: frozenset[str] = frozenset(),
) -> Job:
    """Somebody books with the family's number, from whatever line."""
    draft = await prepared(store, phone=line, slot=a_slot(a_window(hours)))
    wish = replace(draft, phone=LINE, customer_name=name, address=address, proven=proven)
    return await store.jobs.book(wish, (), idempotency_key=f"{name}{address}{hours}{line}")


def shown(job: Job | None) -> tuple[str, str, str | None]:
    assert job is not None
    return job.customer.name, job.address, job.customer.address


class TestCustomers:
    @pytest.mark.parametrize("order", list(permutations(PEOPLE, 2)), ids=str)
    async def test_nobody_is_renamed_or_moved_by_who_has_the_same_number(
        self, store: Store, order: Sequence[tuple[str, str]]
    ) -> None:
        jobs = [await booking(store, *who, 24 * at) for at, who in enumerate(order, start=1)]
        for job, (name, address) in zip(jobs, order, strict=True):
            assert shown(await store.jobs.get(job.job_id)) == (name, address, address)
        assert len({job.customer.customer_id for job in jobs}) == 2
        assert [one.name for one in await store.customers.at_number(LINE)] == [
            name for name, _ in order
        ]

    async def test_two_of_one_name_are_one_only_by_proof(self, store: Store) -> None:
        first = await booking(store, "Sarah Miller", "123 Oak Street", 24)
        second = await booking(store, "Sarah Miller", "123 Oak Street", 48, line=OTHER)
        assert second.customer.customer_id != first.customer.customer_id
        await store.jobs.cancel(second.job_id, (), call_id=_call_of(second), idempotency_key="gone")
        proven = frozenset({first.customer.customer_id})
        third = await booking(store, "sarah  miller", "123 Oak Street", 72, proven=proven)
        assert third.customer.customer_id == first.customer.customer_id

    async def test_a_proof_of_one_makes_nobody_another(self, store: Store) -> None:
        first = await booking(store, "Sarah Miller", "123 Oak Street", 24)
        proven = frozenset({first.customer.customer_id})
        second = await booking(store, "Tom Miller", "1 Elm Lane", 48, proven=proven)
        assert second.customer.customer_id != first.customer.customer_id
        assert shown(await store.jobs.get(first.job_id))[0] == "Sarah Miller"
        other_number = await prepared(store, phone=OTHER, slot=a_slot(a_window(72)))
        stolen = replace(other_number, customer_name="Sarah Miller", proven=proven)
        third = await store.jobs.book(stolen, (), idempotency_key="stolen")
        assert third.customer.customer_id != first.customer.customer_id

    async def test_the_same_window_of_another_person_is_another_booking(self, store: Store) -> None:
        first = await booking(store, "Sarah Miller", "123 Oak Street", 24)
        draft = await prepared(store, phone=OTHER, slot=a_slot(a_window(24), "lee"))
        wish = replace(draft, phone=LINE, customer_name="Tom Miller", address="123 Oak Street")
        second = await store.jobs.book(wish, (), idempotency_key="tom")
        assert second.job_id != first.job_id
        assert second.technician_id == "lee"

    async def test_what_was_made_from_a_line_is_told_from_what_was_made_for_it(
        self, store: Store
    ) -> None:
        mine = await booking(store, "Sarah Miller", "123 Oak Street", 24)
        theirs = await booking(store, "Eve", "1 Elm Lane", 48, line=OTHER)
        assert list(await store.jobs.made_from(LINE)) == [mine]
        assert list(await store.jobs.open_for(LINE)) == [mine, theirs]
        assert list(await store.jobs.made_from(OTHER)) == []

    @pytest.mark.parametrize("nobody", ["+266696687", "+7378742833", "+11111111111", "anonymous"])
    async def test_what_stands_for_no_number_is_nobodys_identity(
        self, store: Store, nobody: str
    ) -> None:
        """Each of many strangers may book and hold, however many did so before."""
        for at in range(4):
            draft = await prepared(store, phone=nobody, slot=a_slot(a_window(24 * (at + 1))))
            wish = replace(draft, phone=f"+1555888{at:04d}")
            await store.jobs.book(wish, (), idempotency_key=f"{at}")
        one, two = [await store.calls.open(a_call(nobody)) for _ in (1, 2)]
        await store.schedule.hold(one, [a_slot(a_window(200))], minutes=10)
        await store.schedule.hold(two, [a_slot(a_window(300))], minutes=10)
        assert len(await store.schedule.offered(one)) == 1


def _call_of(job: Job) -> CallId:
    assert job.call_id is not None
    return job.call_id


async def a_caller(store: Store, line: str = OTHER) -> CallId:
    return await store.calls.open(a_call(line))


async def code_sent(store: Store, call: CallId, deliver: Deliver) -> str:
    assert await store.one_time_codes.send(call, LINE, TEXT) is CodeSending.QUEUED
    (text,) = await deliver()
    found = re.search(r"\d{6}", text.body)
    assert found is not None
    assert (text.to, text.channel) == (LINE, "sms")
    return found[0]


def wrong(code: str) -> str:
    return code[::-1] if code[::-1] != code else "222333"


class TestOneTimeCodes:
    async def test_a_code_opens_once_in_its_own_call_for_its_own_number(
        self, store: Store, deliver: Deliver
    ) -> None:
        await booking(store, *PEOPLE[0], 24)
        await deliver()
        call, other_call = await a_caller(store), await a_caller(store)
        code = await code_sent(store, call, deliver)
        check = store.one_time_codes.check
        assert await check(other_call, LINE, code) is CodeCheck.NONE
        assert await check(call, OTHER, code) is CodeCheck.NONE
        assert await check(call, LINE, wrong(code)) is CodeCheck.WRONG
        assert await check(call, LINE, " ".join(code)) is CodeCheck.RIGHT
        assert await check(call, LINE, code) is CodeCheck.NONE

    async def test_three_tries_and_it_is_void(self, store: Store, deliver: Deliver) -> None:
        await booking(store, *PEOPLE[0], 24)
        await deliver()
        call = await a_caller(store)
        code = await code_sent(store, call, deliver)
        for _ in range(3):
            assert await store.one_time_codes.check(call, LINE, wrong(code)) is CodeCheck.WRONG
        assert await store.one_time_codes.check(call, LINE, code) is CodeCheck.NONE

    async def test_a_newer_code_makes_the_older_one_void(
        self, store: Store, deliver: Deliver
    ) -> None:
        await booking(store, *PEOPLE[0], 24)
        await deliver()
        call = await a_caller(store)
        old, new = [await code_sent(store, call, deliver) for _ in (1, 2)]
        assert old == new or await store.one_time_codes.check(call, LINE, old) is CodeCheck.WRONG
        assert await store.one_time_codes.check(call, LINE, new) is CodeCheck.RIGHT

    async def test_nothing_goes_to_a_number_that_never_booked_from_its_own_line(
        self, store: Store, deliver: Deliver
    ) -> None:
        """Whoever books with somebody else's number cannot have them texted."""
        await booking(store, "Eve", "1 Elm Lane", 24, line=OTHER)
        await deliver()
        call = await a_caller(store)
        assert await store.one_time_codes.send(call, LINE, TEXT) is CodeSending.NOBODY
        assert list(await deliver()) == []
        assert await store.one_time_codes.check(call, LINE, "222333") is CodeCheck.NONE

    async def test_codes_are_capped_by_call_by_number_and_by_prefix(
        self, store: Store, deliver: Deliver
    ) -> None:
        await booking(store, *PEOPLE[0], 24)
        for at in range(4):
            line = f"{LINE[:-4]}{at:04d}"
            draft = await prepared(store, phone=line, slot=a_slot(a_window(24 * (at + 2))))
            await store.jobs.book(draft, (), idempotency_key=line)
        await deliver()
        send = store.one_time_codes.send
        sent = 0
        for _ in range(MOST_CODES_A_NUMBER_AND_DAY):
            call = await a_caller(store)
            for _ in range(MOST_CODES_A_CALL + 1):
                sent += await send(call, LINE, TEXT) is CodeSending.QUEUED
        assert sent == MOST_CODES_A_NUMBER_AND_DAY
        for at in range(4):
            for _ in range(2):
                line = f"{LINE[:-4]}{at:04d}"
                sent += await send(await a_caller(store), line, TEXT) is CodeSending.QUEUED
        assert sent == MOST_CODES_A_PREFIX_AND_HOUR
        assert len(await deliver()) == sent

    async def test_once_its_text_has_left_a_code_stands_nowhere(
        self, store: Store, deliver: Deliver
    ) -> None:
        await booking(store, *PEOPLE[0], 24)
        await deliver()
        call = await a_caller(store)
        code = await code_sent(store, call, deliver)
        (kept,) = await store.outbox.sent(call)
        assert code not in kept.body
        assert "******" in kept.body


async def test_an_asset_is_its_owners_and_the_owner_is_who_they_were(store: Store) -> None:
    owner = NewOwner("Sarah Miller", LINE, "s@example.com", "123 Oak Street")
    draft = AssetDraft("unit-7", owner, "repair", "ac", "Carrier")
    first = await store.assets.keep(draft)
    assert await store.assets.find("unit-7") == first
    assert await store.customers.get(first.customer.customer_id) == first.customer
    same = replace(owner, name="sarah miller", email=None, address="9 Elm Street")
    again = await store.assets.keep(replace(draft, owner=same, model="Trane"))
    assert again.customer == replace(first.customer, address="9 Elm Street")
    assert again.model == "Trane"
    other = await store.assets.keep(replace(draft, owner=replace(owner, name="Tom Ng")))
    assert other.customer.customer_id != first.customer.customer_id
    named = replace(draft, asset_id="unit-8", owner=first.customer.customer_id)
    assert (await store.assets.keep(named)).customer == again.customer


async def test_an_asset_of_nobody_is_not_kept(store: Store) -> None:
    nobody = str(uuid.uuid4())
    with pytest.raises(CallerFixable, match="unknown_id"):
        await store.assets.keep(AssetDraft("unit-7", nobody, "repair", "", ""))
    owner = NewOwner("Sarah", "555", None, "")
    with pytest.raises(Unavailable):
        await store.assets.keep(AssetDraft("unit-7", owner, "repair", "", ""))
    assert await store.assets.find("unit-7") is None
    assert await store.customers.get(nobody) is None
