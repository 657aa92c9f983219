"""What today has cost: of the business's day, of all workers, and the last figure while away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg

from tests.support.whole_database import SARAH, TOM, fill
from voiceagent.app.spending import Spending
from voiceagent.errors import Unavailable
from voiceagent.store import PostgresStore
from voiceagent.store.spending import PostgresSpending

NEW_YORK = ZoneInfo("America/New_York")


class Rows:
    """`AddsUp`."""

    def __init__(self) -> None:
        self.asked: list[datetime] = []
        self.away = False

    async def since(self, moment: datetime) -> Mapping[str, int]:
        self.asked.append(moment)
        if self.away:
            raise Unavailable("store.busy", "Busy.")
        return {"gpt-4.1": 7}


async def test_the_day_begins_where_the_business_is() -> None:
    rows = Rows()
    at = datetime(2026, 1, 31, 3, 30, tzinfo=UTC)  # still the 30th in New York
    spending = Spending(rows, lambda: at, NEW_YORK)
    await spending.look()
    assert rows.asked == [datetime(2026, 1, 30, tzinfo=NEW_YORK)]
    assert spending.today == {"gpt-4.1": 7}
    rows.away = True
    await spending.look()
    assert spending.today == {"gpt-4.1": 7}


async def test_rows_are_added_up_by_provider_and_unknown_prices_left_out(database: str) -> None:
    fill(database, SARAH, TOM)
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO call_usage (call_id, idx, provider, kind, units, micro_cents, estimated,"
            " at) VALUES (%(c)s, 1, 'deepgram', 'recognised_ms', 5, 11, false, app_now()),"
            " (%(c)s, 2, 'own', 'recognised_ms', 5, NULL, false, app_now()),"
            " (%(c)s, 3, 'deepgram', 'recognised_ms', 5, 99, false, app_now() - interval '2 d')",
            {"c": SARAH.call_id},
        )
    async with PostgresStore(database).opened() as store:
        found = await PostgresSpending(store.database).since(datetime.now(UTC) - timedelta(days=1))
    assert found == {"gpt-4.1-mini": 72000, "deepgram": 11}
