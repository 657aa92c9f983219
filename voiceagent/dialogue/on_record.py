"""What a conversation puts on record beside its turns and its tools' answers."""

from __future__ import annotations

from dataclasses import replace

from voiceagent.dialogue.acts import RefusedRequest
from voiceagent.domain.records import OutboundMessage
from voiceagent.ports.pager import ON_CALL, PAGER
from voiceagent.toolkit.answers import ToolFailure, ToolOutcome, as_json
from voiceagent.toolkit.audit import audit
from voiceagent.toolkit.context import Keep, ToolContext


def page_of(context: ToolContext) -> OutboundMessage:
    """The page for an angry caller; nothing that was said leaves the house with it."""
    call, business = context.call, context.business
    body = f"{business.name}: an angry caller is on the line, call {call.call_sid}."
    return OutboundMessage(f"{PAGER}:{call.call_id}", PAGER, ON_CALL, body, call_id=call.call_id)


async def audit_refused(
    refused: RefusedRequest, context: ToolContext, words: str, keep: Keep
) -> None:
    """Write the row of a model's request that was refused before it came to the toolbox.

    Args:
        refused: the request.
        context: of the conversation.
        words: the caller's last ones.
        keep: writes it.
    """
    failure = ToolFailure(refused.code, refused.why, "")
    outcome = ToolOutcome(refused.name, as_json(refused.arguments), failure, 0.0)
    basis = replace(refused.basis, heard=words)
    await audit(outcome, replace(context, keep=keep, basis=basis))
