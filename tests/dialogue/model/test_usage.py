"""What a conversation's replies used: rows, counters and limits have the same figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.failover.noted import Noted
from tests.support.rooms import FRIDAY_NIGHT, line
from tests.support.scripted_model import Beat, ScriptedModel, Talk, says
from tests.support.virtual_time import LoopClock, run
from voiceagent.core.breaker import Breaker
from voiceagent.dialogue.fallback import FallbackModel, Stage
from voiceagent.dialogue.model.state import ModelLimits
from voiceagent.domain.usage import Usage
from voiceagent.errors import Unavailable
from voiceagent.ports.language_model import ReplyEnd, StopReason, TextPiece, TokenUsage

MINI = "gpt-4.1-mini"
USED = st.builds(TokenUsage, st.integers(1, 900), st.integers(0, 900), st.integers(0, 90))


def costing(used: TokenUsage) -> list[Beat]:
    return [TextPiece("I can look that up."), ReplyEnd(StopReason.COMPLETE, used)]


async def rows_of(talk: Talk) -> list[Usage]:
    await talk.recorder.drained()
    rows = await talk.on.store.usage.of_call(talk.context.call.call_id)
    return [row.usage for row in rows]


@pytest.mark.thorough
@given(st.lists(USED, min_size=1, max_size=4))
def test_rows_counters_and_limits_agree(replies: Sequence[TokenUsage]) -> None:
    async def talked() -> None:
        talk = Talk(ScriptedModel([costing(used) for used in replies], MINI), on=line())
        await talk.begin()
        for _ in replies:
            await talk.hears("hmm let me think")
        rows, counts, state = await rows_of(talk), talk.dialogue._counts, talk.dialogue._state
        assert sum(row.units for row in rows) == state.tokens
        assert state.tokens == sum(used.prompt + used.completion for used in replies)
        assert sum(row.micro_cents or 0 for row in rows) == state.micro_cents
        assert counts.micro_cents[MINI] == state.micro_cents > 0
        by_kind = Counter[tuple[str, str]]()
        for row in rows:
            by_kind[row.provider, row.kind.value] += row.units
        assert +by_kind == +counts.tokens
        assert not any(row.estimated for row in rows)

    run(talked())


async def test_what_was_given_up_is_estimated_and_an_unknown_price_stays_unknown() -> None:
    talk = Talk(ScriptedModel([says("What is your name? ", "And more.")], "of-nobody"))
    await talk.begin()
    await talk.hears("hmm let me think")
    rows = await rows_of(talk)
    assert rows
    assert all(row.estimated and row.micro_cents is None and row.units > 0 for row in rows)


async def test_money_is_a_limit() -> None:
    model = ScriptedModel(lambda _: costing(TokenUsage(1000, 0, 10)), MINI)
    talk = Talk(model, limits=ModelLimits(micro_cents=100_000))
    await talk.begin()
    for _ in range(6):
        await talk.hears("hmm let me think")
    assert len(model.requests) == 3, "41,600 micro-cents a reply"


@pytest.mark.parametrize("error", ["model.connection", "model.busy"])
async def test_who_wrote_it_is_charged_and_who_was_left_is_counted(error: str) -> None:
    watch = Noted()
    first = ScriptedModel(lambda _: [Unavailable(error, "Down.")], "other")
    second = ScriptedModel(lambda _: costing(TokenUsage(100, 20, 5)), MINI)
    stages = [Stage(first, Breaker()), Stage(second, Breaker())]
    talk = Talk(FallbackModel(stages, LoopClock(FRIDAY_NIGHT), watch=watch))
    await talk.begin()
    await talk.hears("hmm let me think")
    assert {row.provider for row in await rows_of(talk)} == {MINI}
    assert [(one.failed, one.to) for one in watch.failovers] == [("other", MINI)]


async def test_what_is_refused_is_counted_by_its_rule() -> None:
    lie = says("It costs $99.")
    talk = Talk(ScriptedModel([lie, lie], MINI))
    await talk.begin()
    await talk.hears("hmm let me think")
    assert talk.dialogue._counts.refusals == {"money": 2}
