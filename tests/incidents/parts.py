"""Written conversations as recordings of calls, for tests and for the whole proof."""

from __future__ import annotations

from voiceagent.dialogue.tape import TalkTape
from voiceagent.domain.business import Business
from voiceagent.domain.records import CallStart
from voiceagent.incidents.keeping import without_cards
from voiceagent.incidents.recording import CallPart, IncidentHeader, KeptSound


def written_part(call: CallStart, tape: TalkTape, business: Business) -> CallPart:
    """A conversation without a line, as it would be kept."""
    start = tape.start
    assert start is not None
    header = IncidentHeader(
        call_id=call.call_id,
        call_sid=call.call_sid,
        caller=call.from_number,
        called=call.to_number,
        row_channel=call.channel,
        business=business.model_dump(mode="json"),
        call_s=1800.0,
        sound=KeptSound.NONE,
        whole=not tape.full,
        began_at=start.at,
        leads=start.leads,
        caller_number=start.caller_number,
        channel=start.channel,
        private=start.private,
    )
    return without_cards(CallPart(header, None, tape))
