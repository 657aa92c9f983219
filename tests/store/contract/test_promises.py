"""Call backs, offers, facts and published prices are kept by the same rules in both stores."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.store.contract.conftest import Deliver
from tests.support.postgres import a_call, a_draft, a_quote, a_slot, a_window
from tests.support.present import present
from tests.support.rooms import coolcare
from voiceagent.domain.call_backs import CallBackAsked
from voiceagent.domain.customer_facts import CustomerFact, FactConsent, FactKind, FactOrigin
from voiceagent.domain.offers import CustomerOffer, PriceTerms, new_offer_code
from voiceagent.domain.pricing import digest_of
from voiceagent.domain.records import CallId, OutboundMessage, Window
from voiceagent.errors import CallerFixable, PeerMisbehaved, Unavailable
from voiceagent.ports.store import Store

SARAH = "+15551230000"
LEAD = "+19375550112"
YEAR = timedelta(days=365)


async def a_call_back(store: Store, key: str = "k", *, hours: float = 1.0) -> CallBackAsked:
    call_id = await store.calls.open(a_call(SARAH))
    start = await store.now() + timedelta(hours=hours)
    window = Window(start, start + timedelta(hours=2))
    return CallBackAsked(key, call_id, SARAH, "asked", "AC is out.", window)


async def test_a_call_back_is_kept_once_with_its_text_and_changed_by_asking_again(
    store: Store, deliver: Deliver
) -> None:
    asked = await a_call_back(store)
    text = OutboundMessage("k", "sms", LEAD, "Please call.", call_id=asked.call_id)
    await store.call_backs.add(asked, (text,))
    later = replace(asked, summary="AC and heat are out.")
    await store.call_backs.add(later, (text,))
    (kept,) = await store.call_backs.recent(10)
    assert (kept.asked, kept.done_at) == (later, None)
    assert [one.to for one in await deliver()] == [LEAD]


async def test_those_that_wait_stand_first_and_one_is_done_once(store: Store) -> None:
    first, second = await a_call_back(store, "a", hours=3), await a_call_back(store, "b", hours=1)
    for one in (first, second):
        await store.call_backs.add(one, ())
    assert [one.asked.key for one in await store.call_backs.recent(10)] == ["b", "a"]
    assert await store.call_backs.done("b", "ann")
    assert not await store.call_backs.done("b", "bob")
    assert not await store.call_backs.done("nothing", "bob")
    waits, over = await store.call_backs.recent(10)
    assert (waits.asked.key, over.asked.key, over.done_by) == ("a", "b", "ann")
    assert [one.asked.key for one in await store.call_backs.recent(1)] == ["a"]
    await store.call_backs.add(replace(second, summary="again"), ())
    assert (await store.call_backs.recent(10))[1].asked.summary == "AC is out."


async def test_one_conversation_does_not_ring_many_people(store: Store) -> None:
    asked = await a_call_back(store, "0")
    for key in ("0", "1", "2", "1"):
        await store.call_backs.add(replace(asked, key=key), ())
    with pytest.raises(CallerFixable, match="too_many"):
        await store.call_backs.add(replace(asked, key="3"), ())


async def test_a_call_back_of_no_call_or_no_time_is_refused(store: Store) -> None:
    asked = await a_call_back(store)
    backwards = replace(asked, window=Window(asked.window.end, asked.window.start))
    for wrong in (replace(asked, call_id=a_call().call_id), backwards):
        with pytest.raises(Unavailable):
            await store.call_backs.add(wrong, ())
    assert list(await store.call_backs.recent(10)) == []


async def an_offer(
    store: Store, *, phone: str | None = SARAH, days: float = 14, call_id: CallId | None = None
) -> CustomerOffer:
    call_id = call_id or await store.calls.open(a_call(phone or ""))
    terms = PriceTerms(new_offer_code(), Decimal("10.00"), True, ("repair",))
    ends = await store.now() + timedelta(days=days)
    return CustomerOffer(terms, "tag", phone, call_id, ends)


async def test_who_has_a_good_offer_keeps_it(store: Store) -> None:
    offer = await an_offer(store)
    assert await store.offers.give(offer, (), again_after=YEAR) == offer
    again = await store.offers.give(await an_offer(store), (), again_after=YEAR)
    assert again == offer
    assert await store.offers.find(offer.terms.code) == offer
    assert await store.offers.find("NOSUCHOFFERX") is None
    other = await an_offer(store, phone="+15557770000")
    assert await store.offers.give(other, (), again_after=YEAR) == other


async def test_one_that_has_run_out_is_replaced(store: Store) -> None:
    old = await an_offer(store, days=-1)
    await store.offers.give(old, (), again_after=YEAR)
    new = await an_offer(store)
    assert await store.offers.give(new, (), again_after=YEAR) == new


async def test_without_a_number_it_is_one_a_conversation(store: Store) -> None:
    first = await an_offer(store, phone=None)
    again = await an_offer(store, phone=None, call_id=first.call_id)
    await store.offers.give(first, (), again_after=YEAR)
    assert await store.offers.give(again, (), again_after=YEAR) == first
    other = await an_offer(store, phone=None)
    assert await store.offers.give(other, (), again_after=YEAR) == other


async def booked_with(store: Store, offer: CustomerOffer, hours: float) -> str:
    """Book so many hours ahead, at a price that counts on an offer; the job's id."""
    call_id = await store.calls.open(a_call(SARAH))
    quote = replace(a_quote(call_id), offer=offer.terms.code)
    await store.quotes.save(quote)
    (held,) = await store.schedule.hold(call_id, [a_slot(a_window(hours))], minutes=10)
    draft = a_draft(held, quote, phone=SARAH)
    job = await store.jobs.book(draft, (), idempotency_key=f"book:{call_id}")
    return job.job_id


async def test_an_offer_is_used_by_one_booking_and_given_back_with_it(store: Store) -> None:
    offer = await store.offers.give(await an_offer(store), (), again_after=YEAR)
    job_id = await booked_with(store, offer, 24)
    used = await store.offers.find(offer.terms.code)
    assert used is not None
    assert used.used_by == job_id
    with pytest.raises(CallerFixable, match=r"offer\.used"):
        await booked_with(store, offer, 48)
    assert len(await store.jobs.open_for(SARAH)) == 1, "nothing of the refused booking is there"
    with pytest.raises(CallerFixable, match=r"offer\.had"):
        await store.offers.give(await an_offer(store), (), again_after=YEAR)
    (job,) = await store.jobs.open_for(SARAH)
    assert job.call_id is not None
    await store.jobs.cancel(job.job_id, (), call_id=job.call_id, idempotency_key="off")
    back = await store.offers.find(offer.terms.code)
    assert back == offer
    await booked_with(store, offer, 48)


async def test_an_offer_whose_time_is_over_books_nothing(store: Store) -> None:
    offer = await store.offers.give(await an_offer(store, days=-1), (), again_after=YEAR)
    with pytest.raises(CallerFixable, match=r"offer\.used"):
        await booked_with(store, offer, 24)


async def test_a_quote_says_how_long_it_holds_and_books_nothing_after(store: Store) -> None:
    call_id = await store.calls.open(a_call(SARAH))
    over = replace(a_quote(call_id), expires_at=await store.now() - timedelta(seconds=1))
    over = replace(over, digest=digest_of(over))
    await store.quotes.save(over)
    kept = await store.quotes.latest(call_id, "repair")
    assert kept == over
    assert kept is not None
    assert digest_of(kept) == kept.digest
    (held,) = await store.schedule.hold(call_id, [a_slot()], minutes=10)
    with pytest.raises(CallerFixable, match=r"quote\.expired"):
        await store.jobs.book(a_draft(held, over), (), idempotency_key="late")


async def a_fact(
    store: Store, value: str, origin: FactOrigin = FactOrigin.UNPROVEN
) -> CustomerFact:
    call_id = await store.calls.open(a_call(SARAH))
    consent = FactConsent.ASKED_FOR
    now = await store.now()
    return CustomerFact(SARAH, FactKind.PETS, value, origin, consent, call_id, now)


async def test_a_fact_replaces_the_one_of_its_kind_unless_that_was_proven(store: Store) -> None:
    facts = store.customer_facts
    dog, cat = await a_fact(store, "a dog"), await a_fact(store, "a cat")
    assert await facts.keep(dog)
    assert await facts.keep(cat)
    assert list(await facts.of(SARAH)) == [cat]
    proven = await a_fact(store, "two dogs", FactOrigin.PROVEN)
    assert await facts.keep(proven)
    assert not await facts.keep(dog)
    gate = replace(dog, kind=FactKind.ACCESS, value="gate code 1234")
    assert await facts.keep(gate)
    assert list(await facts.of(SARAH)) == [gate, proven]
    assert list(await facts.of("+15557770000")) == []


async def test_a_persons_fact_and_a_lines_are_two_and_who_booked_is_who_said_it(
    store: Store,
) -> None:
    facts = store.customer_facts
    said = await a_fact(store, "a cat")
    call_id = present(said.call_id)
    quote = a_quote(call_id)
    await store.quotes.save(quote)
    (held,) = await store.schedule.hold(call_id, [a_slot()], minutes=10)
    job = await store.jobs.book(a_draft(held, quote, phone=SARAH), (), idempotency_key="k")
    sarah = job.customer.customer_id
    assert await facts.keep(said)
    assert list(await facts.of_people([sarah])) == [said]
    own = replace(await a_fact(store, "a dog", FactOrigin.PROVEN), customer_id=sarah)
    assert await facts.keep(own)
    assert not await facts.keep(replace(own, origin=FactOrigin.UNPROVEN))
    assert list(await facts.of_people([sarah])) == [own]
    assert list(await facts.of(SARAH)) == [own, said]
    other = await a_fact(store, "a parrot")
    assert await facts.keep(other), "the line's is replaced, a person's is not"
    assert list(await facts.of_people([sarah])) == [own]
    assert await facts.delete(sarah, FactKind.ACCESS) == 0
    assert await facts.delete(sarah) == 1
    assert list(await facts.of(SARAH)) == [other]
    assert await facts.drop(other.at) == 0
    assert await facts.drop(other.at + timedelta(seconds=1)) == 1
    assert list(await facts.of(SARAH)) == []


async def test_a_fact_of_nobody_is_not_kept(store: Store) -> None:
    fact = await a_fact(store, "a dog")
    with pytest.raises(Unavailable):
        await store.customer_facts.keep(replace(fact, customer_id=str(uuid.uuid4())))


async def test_a_published_version_never_changes(store: Store) -> None:
    table = coolcare().prices[0]
    later = table.model_copy(update={"version": "2025-09", "effective_from": date(2025, 9, 1)})
    news = OutboundMessage("event:x", "event", "area_ceo", "{}")
    assert await store.prices.publish([later], (news,)) == 1
    assert await store.prices.publish([later], (news,)) == 0
    other = later.model_copy(update={"deposit_share": Decimal("0.5")})
    with pytest.raises(PeerMisbehaved, match="version_reused"):
        await store.prices.publish([table, other], ())
    assert list(await store.prices.tables()) == [later], "all or none"


async def test_a_days_prices_are_fetched_by_one_and_again_after_a_failure(store: Store) -> None:
    day = (await store.now()).date()
    hour, none = timedelta(hours=1), timedelta()
    assert await store.prices.begin_sync(day, again_after=hour)
    assert not await store.prices.begin_sync(day, again_after=hour)
    await store.prices.end_sync(day, "agent.slow")
    assert not await store.prices.begin_sync(day, again_after=hour)
    assert await store.prices.begin_sync(day, again_after=none)
    await store.prices.end_sync(day, "ok")
    assert not await store.prices.begin_sync(day, again_after=none)
    assert await store.prices.begin_sync(day + timedelta(days=1), again_after=hour)
