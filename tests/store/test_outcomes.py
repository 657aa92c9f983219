"""The crash sweep and the end of a call decide as the rule does, whatever the evidence."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator

import pytest

from tests.support.postgres import a_call, prepared
from voiceagent.domain.outcomes import EMERGENCY_REPORTED, Evidence, JobChange, decide
from voiceagent.domain.records import CallId, JobId, Outcome, ToolAudit
from voiceagent.store import Limits, PostgresStore

DOINGS = (Outcome.BOOKED, Outcome.RESCHEDULED, Outcome.CANCELLED)


def subsets(things: tuple[Outcome, ...]) -> Iterator[tuple[Outcome, ...]]:
    for size in range(len(things) + 1):
        yield from itertools.combinations(things, size)


async def two_jobs(store: PostgresStore) -> list[JobId]:
    """Two jobs of no call at all: what calls did to them is written by each test."""
    first = await store.jobs.book(await prepared(store), (), idempotency_key="first")
    rows = await store.database.rows(
        """INSERT INTO jobs (code, customer_id, quote_id, technician_id, during, service_type,
                             description, address, priority, estimated_cost, deposit_amount)
           SELECT '000000', customer_id, quote_id, technician_id,
                  tstzrange(upper(during), upper(during) + interval '1 h'), 'other', '', '',
                  'standard', 0, 0 FROM jobs RETURNING id::text"""
    )
    await store.database.execute("UPDATE calls SET outcome = 'booked', ended_at = app_now()")
    await store.database.execute("DELETE FROM job_changes")
    return [first.job_id, JobId(rows[0]["id"])]


async def write(store: PostgresStore, calls: dict[CallId, Evidence]) -> None:
    """Put all of it on record, in bulk: what tools proposed, and what was done to jobs."""
    await store.database.execute(
        """INSERT INTO calls (id, call_sid, channel, direction, from_number, to_number, worker)
           SELECT id, 'CA' || id, 'voice', 'inbound', '', '', 0 FROM unnest($1::uuid[]) AS id""",
        list(calls),
    )
    await store.database.execute(
        """INSERT INTO tool_audit (id, call_id, idx, name, arguments, result, elapsed_ms, proposed)
           SELECT gen_random_uuid(), c.id, 0, 'tool', '{}', '{}', 1,
                  string_to_array(c.proposed, ',')
             FROM unnest($1::uuid[], $2::text[]) AS c (id, proposed)""",
        list(calls),
        [",".join(evidence.noted) for evidence in calls.values()],
    )
    changes = [
        (call_id, change.job_id, change.what.value)
        for call_id, evidence in calls.items()
        for change in evidence.changes
    ]
    await store.database.execute(
        """INSERT INTO job_changes (idempotency_key, job_id, call_id, kind, during)
           SELECT gen_random_uuid(), c.job, c.call, c.kind, tstzrange(now(), now() + '1 h')
             FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS c (call, job, kind)""",
        [call for call, _, _ in changes],
        [job for _, job, _ in changes],
        [kind for _, _, kind in changes],
    )


async def outcomes(store: PostgresStore) -> dict[CallId, Outcome]:
    rows = await store.database.rows("SELECT id::text, outcome FROM calls")
    return {CallId(row["id"]): Outcome(row["outcome"]) for row in rows}


PATIENT = Limits(statement_s=60, lock_s=60, client_s=90)
"""For a sweep of more calls than any worker has."""


async def test_the_sweep_decides_every_subset_of_evidence_as_the_rule_does(database: str) -> None:
    """Every set of proposals with every set of doings to one job, and of doings to two jobs."""
    async with PostgresStore(database, limits=PATIENT).opened() as store:
        await sweep_everything(store)


async def sweep_everything(store: PostgresStore) -> None:
    mine, old = await two_jobs(store)
    everything = [
        Evidence(frozenset(JobChange(mine, what) for what in done), frozenset(noted))
        for done in subsets(DOINGS)
        for noted in subsets(tuple(Outcome))
    ]
    everything += [
        Evidence(
            frozenset(
                [JobChange(mine, what) for what in mine_done]
                + [JobChange(old, what) for what in old_done]
            )
        )
        for mine_done in subsets(DOINGS)
        for old_done in subsets(DOINGS)
    ]
    calls = {CallId(str(uuid.uuid4())): evidence for evidence in everything}
    await write(store, calls)
    assert len((await store.calls.sweep([])).closed) == len(calls) == 8 * 2048 + 64
    found = await outcomes(store)
    wrong = {
        call_id: (evidence, found[call_id])
        for call_id, evidence in calls.items()
        if found[call_id] is not decide(evidence | Evidence(broken=True))
    }
    assert not wrong


@pytest.mark.parametrize("broken", [False, True])
async def test_a_call_that_ends_joins_what_it_saw_with_what_is_on_record(
    store: PostgresStore, *, broken: bool
) -> None:
    mine, _ = await two_jobs(store)
    on_record = Evidence(
        frozenset({JobChange(mine, Outcome.BOOKED), JobChange(mine, Outcome.CANCELLED)})
    )
    seen = [Evidence.of(*noted, broken=broken) for noted in subsets(tuple(Outcome)[:4])]
    seen.append(Evidence(frozenset({JobChange(mine, Outcome.BOOKED)}), broken=broken))
    calls = {CallId(str(uuid.uuid4())): evidence for evidence in seen}
    await write(store, dict.fromkeys(calls, on_record))
    for call_id, evidence in calls.items():
        assert await store.calls.close(call_id, evidence) is decide(evidence | on_record)


async def test_quotes_and_reported_danger_are_evidence_too(store: PostgresStore) -> None:
    quoted = (await prepared(store)).call_id
    in_danger = await store.calls.open(a_call())
    await store.calls.add_event(in_danger, "disclosure.heard")
    await store.calls.add_event(in_danger, EMERGENCY_REPORTED)
    answered = await store.calls.open(a_call())
    await store.journal.audit(
        ToolAudit(answered, 0, "answer", "{}", "{}", proposed=(Outcome.ANSWERED,))
    )
    assert len((await store.calls.sweep([])).closed) == 3
    found = await outcomes(store)
    assert found == {
        quoted: Outcome.QUOTED,
        in_danger: Outcome.EMERGENCY,
        answered: Outcome.ANSWERED,
    }


async def test_a_booking_cancelled_in_the_same_call_is_no_booking(store: PostgresStore) -> None:
    draft = await prepared(store)
    job = await store.jobs.book(draft, (), idempotency_key="k")
    await store.jobs.cancel(job.job_id, (), call_id=draft.call_id, idempotency_key="c")
    booked = Evidence(frozenset({JobChange(job.job_id, Outcome.BOOKED)}))
    assert await store.calls.close(draft.call_id, booked) is Outcome.CANCELLED
