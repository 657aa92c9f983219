"""What calls have used: the same of both stores."""

from __future__ import annotations

import pytest

from tests.support.postgres import a_call
from voiceagent.domain.records import CallId
from voiceagent.domain.usage import Usage, UsageKind, UsageRow
from voiceagent.errors import Unavailable
from voiceagent.ports.store import Store

ROWS = (
    UsageRow(3, 1, Usage("gpt-4.1-mini", UsageKind.COMPLETION_TOKENS, 10, 1600)),
    UsageRow(3, 1, Usage("gpt-4.1-mini", UsageKind.PROMPT_TOKENS, 900, 36_000)),
    UsageRow(3, 1, Usage("deepgram-flux", UsageKind.RECOGNISED_MS, 4200, None)),
    UsageRow(3, 1, Usage("espeak-ng", UsageKind.SPOKEN_CHARACTERS, 61, 0)),
    UsageRow(5, None, Usage("of-nobody", UsageKind.PROMPT_TOKENS, 7, None, estimated=True)),
)


async def test_rows_are_kept_once_and_shown_with_the_call(store: Store) -> None:
    call = a_call()
    call_id = await store.calls.open(call)
    await store.usage.add(call_id, ROWS)
    changed = UsageRow(3, 1, Usage("gpt-4.1-mini", UsageKind.PROMPT_TOKENS, 1, 1))
    await store.usage.add(call_id, [changed])
    assert tuple(await store.usage.of_call(call_id)) == ROWS
    found = await store.history.call(call.call_sid)
    assert found is not None
    assert found.usage == ROWS


async def test_no_row_without_a_call_and_none_below_nothing(store: Store) -> None:
    with pytest.raises(Unavailable):
        await store.usage.add(CallId("00000000-0000-0000-0000-000000000001"), ROWS)
    call_id = await store.calls.open(a_call())
    below = UsageRow(1, None, Usage("x", UsageKind.PROMPT_TOKENS, -1, None))
    with pytest.raises(Unavailable):
        await store.usage.add(call_id, [below])
    assert not await store.usage.of_call(call_id)
