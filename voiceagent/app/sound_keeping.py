"""Who has the sound of calls beside the calls: what settings ask for. Composition-level."""

from __future__ import annotations

from dataclasses import dataclass, field

from voiceagent.app.call_recording import CallRecorder
from voiceagent.app.composition import Engine
from voiceagent.app.disk_queue import DiskQueue
from voiceagent.app.incidents import IncidentRecorder, incident_folder
from voiceagent.app.ops.listening import ListeningRoom
from voiceagent.app.recording_file import recording_folder


@dataclass(frozen=True, slots=True)
class SoundKeeping:
    """Who has the sound of a worker's calls beside the calls: for replays, as recordings, live."""

    incidents: IncidentRecorder | None = None
    recorder: CallRecorder | None = None
    listening: ListeningRoom = field(default_factory=ListeningRoom)

    @property
    def queues(self) -> list[DiskQueue]:
        """What waits to be written."""
        return [one.queue for one in (self.incidents, self.recorder) if one is not None]

    @property
    def lost(self) -> dict[str, int]:
        """What was to be kept and is not: by kind, of what these settings keep."""
        kept = {"recording": self.recorder, "incident": self.incidents}
        return {kind: one.dropped for kind, one in kept.items() if one is not None}


def incident_recorder(engine: Engine) -> IncidentRecorder | None:
    """What keeps calls whole, if these settings say so."""
    settings = engine.settings
    if settings.incident_recording == "off":
        return None
    call_s = settings.max_call_minutes * 60.0
    return IncidentRecorder(incident_folder(settings), engine.business, call_s)


def call_recorder(engine: Engine) -> CallRecorder | None:
    """What keeps the sound of calls, if these settings say so."""
    if engine.settings.call_recording == "off":
        return None
    return CallRecorder(recording_folder(engine.settings), engine.clock.now)
