"""Over a hundred messages that no carrier sends, between the turns of a live call.

The call must not notice: it hears keys, answers speech and connects a person as ever, every bad
message is counted under its own fault, and the log says so once a socket, not once a message.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.integration.seed import TO_THE_READ_BACK, call_so_far
from tests.integration.stage import (
    agent_texts,
    conversation,
    edge_counts,
    log_lines,
    outcome,
    recording,
)
from tests.integration.wire import WireCall, wire_call
from tests.support.live import Live
from tests.telephony.torture import Torture, torture

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(150)]

WARN_EVERY = 100
"""One log line for the first dropped message of a socket, and for every hundredth after it."""

CALLER = "+15551230002"


async def test_a_live_call_survives_the_whole_corpus(live: Live) -> None:
    """The caller was asked for name and number, types the number, speaks, and wants a person."""
    before, warned = await edge_counts(live), len(log_lines(live, "media.dropped"))
    call_sid = f"CA{secrets.token_hex(16)}"
    await call_so_far(live, call_sid, TO_THE_READ_BACK[:2], caller=CALLER)
    async with wire_call(live, call_sid=call_sid, caller=CALLER) as call:
        await call.answered()
        cases = torture(call.stream_sid, call.call_sid)
        assert len(cases) >= 64
        await send_all(call, cases[0::4])  # while the agent speaks
        await call.agent_done()
        quarter = cases[1::4]  # while nobody speaks, and between keys
        for digit, some in zip("5551230002", chunks(quarter, 10), strict=True):
            await send_all(call, some)
            await call.press(digit)
        await call.agent_done()
        heard = len(call.received)
        await call.play(recording("reference_hard/rms/04"))
        await send_all(call, cases[2::4])  # while the caller's turn is being judged
        await call.agent_done()
        assert sound_ms(call, heard) > 500
        # What followed the keys is written once the next turn has shown that they were no card's.
        assert "(555) 123-0002" in " ".join(await agent_texts(live.store, call_sid))
        await send_all(call, cases[3::4])
        await call.press("0")
        await call.agent_done(silence_s=0.0)
        said = await conversation(live.store, call_sid)
        assert await outcome(live.store, call_sid) == "transferred", said
        assert live.business.escalation.leads[0].phone in call.moved_to

    after = await edge_counts(live)
    counted = {code: after[code] - before.get(code, 0) for code in after}
    dropped = {code: n for code, n in counted.items() if code.startswith("media.") and n}
    assert dropped == Counter(f"media.{case.fault}" for case in cases)

    warnings = log_lines(live, "media.dropped")[warned:]
    assert len(warnings) == 1 + (len(cases) - 1) // WARN_EVERY
    assert not log_lines(live, "Traceback")


def sound_ms(call: WireCall, since: int) -> int:
    """How much of the agent's sound has come in since a message."""
    return 20 * sum(message["event"] == "media" for message in call.received[since:])


def chunks(cases: Sequence[Torture], number: int) -> list[Sequence[Torture]]:
    return [cases[start::number] for start in range(number)]


async def send_all(call: WireCall, cases: Sequence[Torture]) -> None:
    for case in cases:
        await call.send(case.frame, binary=case.binary)
