"""20,000 deliveries of 2,000 payment events, copied, shuffled, a fifth of them cut off (goal R10).

    ./run soak-payments
    ./run soak-payments --events 200 --copies 10 --connections 4

A whole engine in a process of its own, its webhook over real sockets, a real PostgreSQL that waits
for its disk, and a carrier on loopback. Deposits are paid, refunded by and by, disputed, paid in
yen; each event comes several times and in any order; of a fifth of the deliveries the connection is
closed before the answer. Afterwards the books must be those of a till that knows nothing of the
engine (`tests.support.till`), and nobody may have got a text twice. What was answered 5xx comes
again, as the provider would have it. Exit status 1 when a cent or a text is wrong, or when the
answers' p99 is over the goal.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import stripe

from tests.soak.ranks import percentile
from tests.support.live import Live, live_engine
from tests.support.payments import NAMES
from tests.support.postgres import state_folder
from tests.support.till import ASKED, Payment, Telling, model, tellings
from voiceagent.app.installation import local_secrets
from voiceagent.app.ops.logs import set_up_logs
from voiceagent.core.clock import SystemClock
from voiceagent.domain.ledger import DepositState, EntryKind
from voiceagent.domain.records import JobId
from voiceagent.store import PostgresStore
from voiceagent.store.embedded import EmbeddedPostgres

GOAL_P99_MS: Final = 50.0
CUT_OFF: Final = 0.2
SETTLE_S: Final = 120.0

_SEED = """
WITH given AS (SELECT $1::uuid AS id, $2::text AS phone, $3::text AS code, $4::int AS place,
                      $5::int AS asked, $6::text AS session),
  call AS (
    INSERT INTO calls (id, call_sid, channel, direction, from_number, to_number, ended_at, outcome)
    SELECT id, 'CA' || replace(id::text, '-', ''), 'voice', 'inbound', phone, '+19375550100',
           app_now(), 'booked' FROM given),
  who AS (
    INSERT INTO customers (id, phone, name) SELECT id, phone, 'Sarah Miller' FROM given),
  job AS (
    INSERT INTO jobs (id, code, customer_id, call_id, quote_id, technician_id, during, service_type,
                      description, address, priority, estimated_cost, deposit_amount)
    SELECT g.id, code, g.id, g.id, 'q', t.id,
           tstzrange('2040-01-01'::timestamptz + place * interval '2 hours',
                     '2040-01-01'::timestamptz + (place + 1) * interval '2 hours'),
           'repair', '', '', 'standard', 82500, asked
      FROM given g JOIN technicians t ON t.key = 'storm'),
  deposit AS (
    INSERT INTO payments (job_id, amount, idempotency_key, session_id, checkout_url)
    SELECT id, asked, session, session, 'https://pay.example/1' FROM given)
INSERT INTO outbox (key, kind, state, call_id, job_id, channel, recipient, body, finished_at)
SELECT 'link-' || session, 'text', 'done', id, id, 'sms', phone, 'Pay: {checkout_url}',
       clock_timestamp() FROM given
"""

_WAITING = "SELECT count(*) AS n FROM outbox WHERE state IN ('waiting', 'leased')"
_BOOKS = """
SELECT p.job_id::text, p.status, p.balance, j.status AS job, c.phone,
       (SELECT count(*) FROM payment_entries e
         WHERE e.event_id = ANY(SELECT unnest($1::text[]))) AS entries
  FROM payments p JOIN jobs j ON j.id = p.job_id JOIN customers c ON c.id = j.customer_id
 WHERE p.job_id = ANY($2::uuid[])
"""


@dataclass
class Deposit:
    """One booking with all that is told of its money."""

    number: int
    told: list[Telling]
    job_id: str
    phone: str


@dataclass
class StormReport:
    """What came of it."""

    events: int
    deliveries: int = 0
    cut_off: int = 0
    again: int = 0
    waits_ms: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    texts: int = 0
    seconds: float = 0.0

    def percentile_ms(self, share: float) -> float:
        """Of the answers that were waited for."""
        return percentile(self.waits_ms, share)

    @property
    def line(self) -> str:
        """All of it in one line."""
        return (
            f"{self.deliveries} deliveries of {self.events} events in {self.seconds:.0f} s, "
            f"{self.cut_off} cut off, {self.again} answered 5xx and told again; {self.texts} "
            f"texts; answers p50 {self.percentile_ms(0.5):.1f}, p99 "
            f"{self.percentile_ms(0.99):.1f} ms; {len(self.wrong)} wrong."
        )


def deposits(events: int, dice: random.Random) -> list[Deposit]:
    """Bookings about which so many events are told."""
    found: list[Deposit] = []
    left = events
    while left > 0:
        number = len(found)
        payment = Payment(
            amount=dice.choice([ASKED] * 12 + [1, ASKED - 1]),
            currency=dice.choice(["usd"] * 12 + ["jpy"]),
            refunds=dice.choice([[]] * 4 + [[600], [ASKED], [600, 10000]]),
            dispute=dice.choice([""] * 5 + ["open", "won", "lost"]),
            failed=dice.choice([frozenset()] * 3 + [frozenset({0})]),
        )
        before = dice.choice([[]] * 3 + [[EntryKind.PENDING], [EntryKind.FAILED]])
        told = list(tellings([payment], before))[:left]
        left -= len(told)
        phone = f"+1555{dice.randrange(2_000_000, 9_999_999):07}"
        found.append(Deposit(number, told, str(uuid.UUID(int=dice.getrandbits(128))), phone))
    phones = Counter(one.phone for one in found)
    return [one for one in found if phones[one.phone] == 1]


def body_of(one: Telling, deposit: Deposit) -> str:
    """The event as the provider writes it."""
    about = {"metadata": {"job_id": deposit.job_id} if one.names_job else {}}
    session = f"cs_{deposit.job_id}"
    money: dict[str, object] = {
        "currency": one.currency,
        "payment_intent": payment_of(one, deposit),
    }
    kind = NAMES[one.kind]
    if kind.startswith("checkout"):
        paid = "paid" if one.kind is EntryKind.PAID else "unpaid"
        thing = {"id": session, "payment_status": paid, "amount_total": one.amount}
    elif one.kind is EntryKind.REFUNDED:
        thing = {"id": f"ch_{deposit.job_id}", "amount_refunded": one.amount, "refunded": False}
    elif one.kind in {EntryKind.REFUND, EntryKind.REFUND_FAILED}:
        gone = one.kind is EntryKind.REFUND_FAILED
        status = "failed" if gone else "succeeded"
        thing = {"id": f"{one.subject}_{deposit.job_id}", "amount": one.amount, "status": status}
    else:
        ends = {EntryKind.DISPUTE_WON: "won", EntryKind.DISPUTE_LOST: "lost"}
        status = ends.get(one.kind, "needs_response")
        thing = {"id": f"dp_{deposit.job_id}", "amount": one.amount, "status": status}
    data = {"object": thing | money | about}
    return json.dumps({"id": one.event_id, "object": "event", "type": kind, "data": data})


def payment_of(one: Telling, deposit: Deposit) -> str | None:
    """The provider's id of the payment."""
    return f"{one.payment}_{deposit.job_id}" if one.payment else None


async def storm(
    live: Live, *, events: int, copies: int, connections: int, seed: int
) -> StormReport:
    """Tell it all, wait until it is quiet, and compare the books."""
    dice = random.Random(seed)
    told = deposits(events, dice)
    await _seed(live.store, told)
    report = StormReport(sum(len(one.told) for one in told))
    waiting = [body_of(one, deposit) for deposit in told for one in deposit.told] * copies
    dice.shuffle(waiting)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    while waiting:
        again: list[str] = []
        lines = iter([(body, dice.random() < CUT_OFF) for body in waiting])
        async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
            for _ in range(connections):
                tasks.create_task(_tell(live, http, lines, report, again))
        report.again += len(again)
        waiting = again
    report.seconds = loop.time() - began_s
    await _quiet(live.store)
    report.wrong = await _wrong(live, told, report)
    return report


async def _tell(
    live: Live,
    http: aiohttp.ClientSession,
    lines: Iterator[tuple[str, bool]],
    report: StormReport,
    again: list[str],
) -> None:
    """One connection's share of the deliveries."""
    secret = local_secrets(live.settings.state_dir).payment_secret
    loop, clock = asyncio.get_running_loop(), SystemClock()
    url = f"{live.engine.url}/webhooks/stripe"
    for body, cut in lines:
        at = int(clock.now().timestamp())
        header = stripe.WebhookSignature.generate_signature_header(body, secret, at)
        report.deliveries += 1
        if cut:
            report.cut_off += 1
            await _cut_off(url, body, header)
            continue
        asked_s = loop.time()
        async with http.post(url, data=body, headers={"Stripe-Signature": header}) as answer:
            await answer.read()
        report.waits_ms.append((loop.time() - asked_s) * 1000.0)
        if answer.status >= 500:
            again.append(body)
        elif answer.status != 200:
            raise RuntimeError(f"an event was answered {answer.status}")


async def _cut_off(url: str, body: str, header: str) -> None:
    """Send a whole request and close the connection before it is answered."""
    parts = urlsplit(url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    lines = (
        f"POST {parts.path} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"Stripe-Signature: {header}",
        f"Content-Length: {len(body.encode())}",
        "",
        body,
    )
    writer.write("\r\n".join(lines).encode())
    await writer.drain()
    writer.transport.abort()


async def _seed(store: PostgresStore, told: Sequence[Deposit]) -> None:
    await store.database.execute(
        "INSERT INTO technicians (key) VALUES ('storm') ON CONFLICT DO NOTHING"
    )
    (row,) = await store.database.rows(
        "SELECT count(*)::int AS n FROM jobs j JOIN technicians t ON t.id = j.technician_id"
        " WHERE t.key = 'storm'"
    )
    for one in told:
        place = row["n"] + one.number
        await store.database.execute(
            _SEED, one.job_id, one.phone, f"{place % 10**6:06}", place, ASKED, f"cs_{one.job_id}"
        )


async def _quiet(store: PostgresStore) -> None:
    """Until every text has left."""
    async with asyncio.timeout(SETTLE_S):
        while (row := await store.database.row(_WAITING)) is not None and row["n"]:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.1)


async def _wrong(live: Live, told: Sequence[Deposit], report: StormReport) -> list[str]:
    """Everything that is not as the till has it."""
    wrong = []
    names = [one.event_id for deposit in told for one in deposit.told]
    ids = [one.job_id for one in told]
    books = {row["job_id"]: row for row in await live.store.database.rows(_BOOKS, names, ids)}
    entries = next(iter(books.values()))["entries"]
    if entries != len(names):
        wrong.append(f"{entries} entries of {len(names)} events")
    sent = Counter((text.to, text.body) for text in live.carrier.emulator.messages)
    wrong += [f"{count} texts to {to}" for (to, _), count in sent.items() if count > 1]
    to_whom = Counter(text.to for text in live.carrier.emulator.messages)
    for one in told:
        row, (paid, gross, back, withheld) = books[one.job_id], model(one.told)
        account = await live.store.payment_events.account(JobId(one.job_id))
        if account is None or (account.paid, account.refunded, account.withheld) != (
            gross, back, withheld,
        ):  # fmt: skip
            wrong.append(f"{one.job_id}: the fold says {account}")
        said = (row["status"] == DepositState.PAID, row["balance"], row["job"])
        if said != (paid, gross - back - withheld, "confirmed" if paid else "booked"):
            wrong.append(f"{one.job_id}: the books say {said}")
        report.texts += to_whom[one.phone]
        only = {entry.kind for entry in one.told} <= {EntryKind.PENDING, EntryKind.PAID}
        if to_whom[one.phone] > 1 or (only and to_whom[one.phone] != int(paid)):
            wrong.append(f"{one.job_id}: {to_whom[one.phone]} receipts")
    return wrong


async def main() -> int:
    """Run; 1 when something is wrong or too slow."""
    parser = argparse.ArgumentParser(prog="./run soak-payments", description=__doc__)
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--copies", type=int, default=10)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with state_folder() as state, tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(state)
        server.start()
        try:
            async with live_engine(server, Path(folder)) as live:
                report = await storm(live, **vars(asked))
        finally:
            server.stop()
    sys.stdout.writelines(f"{line}\n" for line in (*report.wrong[:20], report.line))
    sys.stdout.write(f"Load average at the end {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores.\n")
    return int(bool(report.wrong) or report.percentile_ms(0.99) > GOAL_P99_MS)


if __name__ == "__main__":
    set_up_logs("WARNING")
    sys.exit(asyncio.run(main()))
