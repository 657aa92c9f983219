"""Hand-offs are kept by version, found by any of their keys, and settle calls: the same of both."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.postgres import a_call
from voiceagent.core.hand_off import BACK_S, HandOff, HandOffEnd, HandOffStage
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import Outcome
from voiceagent.ports.store import Store


async def kept(store: Store) -> HandOff:
    """A new one, of a call that goes on."""
    call = a_call("+15551230000")
    call_id = await store.calls.open(call)
    row = HandOff(
        key=f"key-{call_id[:8]}",
        call_id=call_id,
        call_sid=call.call_sid,
        leads=("on-call", "office"),
        legs=(f"leg-a-{call_id[:8]}", f"leg-b-{call_id[:8]}"),
        reason="asked",
        summary="AC is out.",
        call_back="+15551230000",
        due_at=await store.now() + timedelta(seconds=10),
    )
    assert await store.hand_offs.open(row)
    return row


async def test_one_a_call_found_by_call_sid_and_keys(store: Store) -> None:
    row = await kept(store)
    hand_offs = store.hand_offs
    assert await hand_offs.open(row), "the same statement again is the same first one"
    assert not await hand_offs.open(replace(row, key="another", legs=("x", "y")))
    assert await hand_offs.of_call(row.call_id) == row
    assert await hand_offs.of_call_sid(row.call_sid) == row
    none = a_call().call_id
    assert await hand_offs.of_calls([none, row.call_id]) == [row]
    assert list(await hand_offs.of_calls([])) == []
    for key in (row.key, *row.legs):
        assert await hand_offs.by_key(key) == row
    assert await hand_offs.by_key("another") is None


async def test_of_two_who_change_it_one_is_first(store: Store) -> None:
    row = await kept(store)
    ringing = replace(row, stage=HandOffStage.RINGING, attempt=0, version=1, leg_sid="CA9")
    assert await store.hand_offs.change(ringing)
    assert not await store.hand_offs.change(replace(row, stage=HandOffStage.RETURNING, version=1))
    assert await store.hand_offs.of_call(row.call_id) == ringing


async def test_what_is_due_is_found_until_it_has_ended(store: Store) -> None:
    row = await kept(store)
    assert row not in await store.hand_offs.due(row.due_at - timedelta(seconds=1))
    assert row in await store.hand_offs.due(row.due_at)
    ended = replace(row, stage=HandOffStage.ENDED, ended=HandOffEnd.RETURNED, version=1)
    assert await store.hand_offs.change(ended)
    assert await store.hand_offs.due(row.due_at + timedelta(days=1)) == []


async def test_a_lead_who_joined_is_what_the_call_is_remembered_for(store: Store) -> None:
    row = await kept(store)
    assert await store.hand_offs.change(replace(row, stage=HandOffStage.JOINED, version=1))
    assert await store.calls.close(row.call_id, Evidence(broken=True)) is Outcome.TRANSFERRED


async def test_a_lead_who_was_only_rung_is_not(store: Store) -> None:
    row = await kept(store)
    assert await store.hand_offs.change(replace(row, stage=HandOffStage.RINGING, version=1))
    assert await store.calls.close(row.call_id, Evidence()) is Outcome.ABANDONED


@pytest.mark.parametrize("before", [HandOffStage.PLACING, HandOffStage.RINGING])
@pytest.mark.parametrize(
    ("stage", "ended", "outcome"),
    [
        (HandOffStage.JOINED, None, Outcome.TRANSFERRED),
        (HandOffStage.PARTING, None, Outcome.TRANSFERRED),
        (HandOffStage.ENDED, HandOffEnd.TRANSFERRED, Outcome.TRANSFERRED),
        (HandOffStage.ENDED, HandOffEnd.RETURNED, Outcome.FAILED),
        (HandOffStage.ENDED, HandOffEnd.CALLER_LEFT, Outcome.FAILED),
        (HandOffStage.ENDED, HandOffEnd.UNPLACED, Outcome.FAILED),
        (HandOffStage.ENDED, HandOffEnd.LOST, Outcome.FAILED),
    ],
)
async def test_who_waits_is_spared_by_the_sweep_and_swept_when_that_is_over(
    store: Store,
    before: HandOffStage,
    stage: HandOffStage,
    ended: HandOffEnd | None,
    outcome: Outcome,
) -> None:
    row = replace(await kept(store), stage=before, version=1)
    assert await store.hand_offs.change(row)
    swept = await store.calls.sweep([])
    assert (list(swept.closed), swept.spared) == ([], 1)
    assert await store.calls.outcome(row.call_id) is None
    over_at = await store.now() - timedelta(seconds=BACK_S + 1)
    row = replace(row, stage=stage, ended=ended, due_at=over_at, version=2)
    assert await store.hand_offs.change(row)
    swept = await store.calls.sweep([])
    assert ([one.outcome for one in swept.closed], swept.spared) == ([outcome], 0)
    assert await store.calls.outcome(row.call_id) is outcome


async def test_who_was_just_brought_back_has_time_to_be_on_a_line(store: Store) -> None:
    row = await kept(store)
    now = await store.now()
    back = replace(row, stage=HandOffStage.ENDED, ended=HandOffEnd.RETURNED, due_at=now, version=1)
    assert await store.hand_offs.change(back)
    swept = await store.calls.sweep([])
    assert (list(swept.closed), swept.spared) == ([], 1)
