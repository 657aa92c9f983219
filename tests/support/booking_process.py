"""A process that books, to be killed: ``python booking_process.py DSN CALL_ID``.

It finds the quote and the held slot of a prepared call, books under the key ``k``, prints the
job's id and then waits for its end.
"""

from __future__ import annotations

import asyncio
import sys

from tests.support.postgres import a_draft, a_text
from voiceagent.domain.records import CallId
from voiceagent.store import Limits, PostgresStore

PATIENT = Limits(statement_s=60, lock_s=60, client_s=90)


async def main(dsn: str, call_id: CallId) -> None:
    async with PostgresStore(dsn, limits=PATIENT).opened() as store:
        quote = await store.quotes.latest(call_id, "repair")
        (slot,) = await store.schedule.offered(call_id)
        assert quote is not None
        job = await store.jobs.book(a_draft(slot, quote), [a_text("t")], idempotency_key="k")
        print(job.job_id, flush=True)  # noqa: T201  (the parent reads it)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], CallId(sys.argv[2])))
