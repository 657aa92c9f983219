"""Recordings of incidents in a running engine: which calls have a tape, and when it is put away."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from loguru import logger
from pydantic import JsonValue

from voiceagent.app.disk_queue import DiskQueue
from voiceagent.app.settings import Settings
from voiceagent.core.clock import SystemClock
from voiceagent.dialogue.tape import TalkTape
from voiceagent.domain.business import Business
from voiceagent.domain.records import CallStart
from voiceagent.incidents.keeping import IncidentFolder
from voiceagent.incidents.recording import CallPart, IncidentHeader, KeptSound
from voiceagent.media.tape import LineTape

WAITING_MOST = 32
"""Tapes that wait to be written at most: each may be 24 MB. What comes on top is lost, and told."""


def incident_folder(settings: Settings) -> IncidentFolder:
    """Where the recordings of these settings are."""
    return IncidentFolder(
        settings.state_dir / "incidents",
        settings.incident_recording_days,
        settings.incident_recording_mb * 1_000_000,
    )


@dataclass(slots=True)
class LineTapes:
    """What one line of a call is kept on."""

    line: LineTape = field(default_factory=LineTape)
    talk: TalkTape = field(default_factory=TalkTape)


class IncidentRecorder:
    """Writes the tapes of lines that have ended, one after the other, in a thread.

    Args:
        folder: where to.
        business: whose calls they are.
        call_s: the longest that a call may take.
    """

    def __init__(self, folder: IncidentFolder, business: Business, call_s: float) -> None:
        self._folder = folder
        self._business: dict[str, JsonValue] = business.model_dump(mode="json")
        self._call_s = call_s
        self._clock = SystemClock()
        self.queue = DiskQueue(lambda error: self._lost(type(error).__name__))
        self.dropped = 0
        """Calls that were not put away: no time, no disk, or another fault."""

    def put(self, call: CallStart, tapes: LineTapes) -> None:
        """Put away the tapes of a line that has ended, when there is time."""
        if self.queue.waiting >= WAITING_MOST:
            self._lost("too many wait to be written")
            return
        self.queue.put(partial(self._keep, self._part(call, tapes)))

    def _keep(self, part: CallPart) -> None:
        self._folder.keep(part, self._clock.now())

    def _part(self, call: CallStart, tapes: LineTapes) -> CallPart:
        start = tapes.talk.start
        header = IncidentHeader(
            call_id=call.call_id,
            call_sid=call.call_sid,
            caller=call.from_number,
            called=call.to_number,
            row_channel=call.channel,
            business=self._business,
            call_s=self._call_s,
            sound=KeptSound.OWN,
            whole=not tapes.line.full and not tapes.talk.full,
        )
        if start is not None:
            header = header.model_copy(
                update={
                    "began_at": start.at,
                    "leads": start.leads,
                    "caller_number": start.caller_number,
                    "channel": start.channel,
                    "private": start.private,
                }
            )
        return CallPart(header, tapes.line, tapes.talk)

    def _lost(self, reason: str) -> None:
        self.dropped += 1
        logger.warning("incidents.not_kept: {}", reason)
