"""What the engine keeps of the calls of a load test, read from its database afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from loadtest.replay.results import ReplyStages, SpokenLine
from loadtest.replay.run import EngineView
from voiceagent.domain.history import CallHistory
from voiceagent.domain.records import Speaker, Turn
from voiceagent.errors import Unavailable
from voiceagent.store import PostgresStore

SETTLE_S = 8.0
"""How long after its end a call may take to be written down whole."""

LOOK_EVERY_S = 0.2


async def engine_side(store: PostgresStore, sids: Sequence[str]) -> Mapping[str, EngineView]:
    """By SID, what is stored of those calls; one that nothing is known of is left out."""
    found: dict[str, EngineView] = {}
    waited_s = 0.0
    unsettled = list(sids)
    while unsettled:
        later = []
        for sid in unsettled:
            history = await _history(store, sid)
            if history is not None:
                found[sid] = _view(history)
            if history is None or history.summary.outcome is None:
                later.append(sid)
        if waited_s >= SETTLE_S:
            break
        unsettled = later
        await asyncio.sleep(LOOK_EVERY_S if later else 0)
        waited_s += LOOK_EVERY_S
    return found


async def _history(store: PostgresStore, sid: str) -> CallHistory | None:
    try:
        return await store.history.call(sid)
    except Unavailable:
        return None  # asked again, and told as missing in the end


def _view(history: CallHistory) -> EngineView:
    outcome = history.summary.outcome
    return EngineView(
        outcome=outcome.value if outcome is not None else "",
        replies=tuple(
            stages for turn in history.turns if (stages := _stages(history, turn)) is not None
        ),
        transcript=tuple(
            SpokenLine(
                who="agent" if turn.speaker is Speaker.AGENT else "caller",
                text=turn.text,
                heard=turn.heard,
            )
            for turn in history.turns
        ),
    )


def _stages(history: CallHistory, turn: Turn) -> ReplyStages | None:
    if turn.latency is None or turn.speaker is not Speaker.AGENT:
        return None
    return ReplyStages(
        at_s=(turn.at - history.summary.started_at).total_seconds(),
        endpoint_ms=turn.latency.endpoint_ms,
        stt_ms=turn.latency.stt_ms,
        think_ms=turn.latency.think_ms,
        tools_ms=turn.latency.tools_ms,
        tts_ms=turn.latency.tts_ms,
        send_ms=turn.latency.send_ms,
    )
