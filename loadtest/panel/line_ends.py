"""What stands at both ends of a line that is looked at by itself: nobody, who take no part."""

from __future__ import annotations

from voiceagent.core.wire import LineEnd, Played, TurnEnd


class NobodyAnswers:
    """A control plane that lets everything pass (`LineListener`)."""

    def caller_started(self, at_s: float) -> None:
        """See `LineListener`."""

    def barge_in(self, heard: Played | None) -> None:
        """See `LineListener`."""

    def caller_audio(self, pcm_8k: bytes) -> None:
        """See `LineListener`."""

    def caller_paused(self) -> None:
        """See `LineListener`."""

    def caller_resumed(self) -> None:
        """See `LineListener`."""

    def caller_nearly_finished(self) -> None:
        """See `LineListener`."""

    def caller_finished(self, end: TurnEnd) -> None:
        """See `LineListener`."""

    def played(self, progress: Played) -> None:
        """See `LineListener`."""

    def key(self, digit: str) -> None:
        """See `LineListener`."""

    def time_is_up(self) -> None:
        """See `LineListener`."""

    def closed(self, reason: LineEnd, heard: Played | None) -> None:
        """See `LineListener`."""


class DeafCarrier:
    """A carrier that is never sent anything, as nobody answers (`CarrierLink`)."""

    def send_audio(self, mulaw: bytes, mark: str = "") -> None:
        """See `CarrierLink`."""

    def send_mark(self, name: str) -> None:
        """See `CarrierLink`."""

    def send_clear(self) -> None:
        """See `CarrierLink`."""

    def close(self) -> None:
        """See `CarrierLink`."""
