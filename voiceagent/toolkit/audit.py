"""Keeps who asked what of a tool, what the caller had said, and what came of it."""

from __future__ import annotations

import json

from loguru import logger

from voiceagent.domain.outcomes import PRECEDENCE
from voiceagent.domain.records import ToolAudit
from voiceagent.domain.redact import Withhold
from voiceagent.errors import Unavailable
from voiceagent.toolkit.answers import ToolOutcome
from voiceagent.toolkit.context import ToolContext

_HEARD_CHARACTERS = 500


async def audit(outcome: ToolOutcome, ctx: ToolContext) -> None:
    """Write the audit row of a request. What has been done stands, audited or not.

    While digits of the caller's wait to be judged it waits with them, and goes without a card's.
    """
    signals, basis = ctx.signals, ctx.basis
    index = signals.tool_calls
    signals.tool_calls += 1
    proposed = signals.evidence.noted - signals.audited

    async def write(out: Withhold) -> None:
        entry = ToolAudit(
            call_id=ctx.call.call_id,
            index=index,
            name=outcome.name,
            arguments_json=json.dumps(out.value(dict(outcome.arguments))),
            result_json=json.dumps(out.value(outcome.wire)),
            error_code=outcome.error_code,
            elapsed_ms=outcome.elapsed_ms,
            proposed=tuple(sorted(proposed, key=PRECEDENCE.index)),
            asked_by=basis.asker.value,
            heard=out.text(basis.heard)[:_HEARD_CHARACTERS],
        )
        try:
            await ctx.store.journal.audit(entry)
            signals.audited |= proposed
        except Unavailable as error:
            signals.audits_lost += 1
            logger.error("tool.audit_lost: {}: {}", outcome.name, error.code)

    await ctx.keep(write)
