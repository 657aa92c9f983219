"""The sound of a call, both sides, for whoever keeps it or listens to it.

The call tells and never waits. What may be kept is decided by what the session tells
(`CallRecording`): nothing before the disclosure was heard, nothing of a caller who refuses, and no
sound of a card's number.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from voiceagent.domain.card_watch import Sign


class CallRecording(Protocol):
    """What a recording has to know of its call. No method may fail or wait."""

    def disclosed(self) -> None:
        """The caller has heard that the call may be recorded."""
        ...

    def refused(self) -> None:
        """The caller does not want to be recorded: nothing is kept, and nobody listens."""
        ...

    def turn_started(self) -> None:
        """A turn of the caller's was noticed."""
        ...

    def turn_finished(self) -> None:
        """The caller's turn is over; its words are still to come."""
        ...

    def turn_judged(self, sign: Sign) -> None:
        """The turn's words have passed the gate that keeps card numbers out."""
        ...

    def turn_unheard(self) -> None:
        """Nobody has understood the turn, and there may have been anything in it."""
        ...

    def key_judged(self, sign: Sign) -> None:
        """So has a key."""
        ...


class Unrecorded:
    """Nobody keeps the call: a `CallRecording` that does nothing."""

    def disclosed(self) -> None:
        """See `CallRecording`."""

    def refused(self) -> None:
        """See `CallRecording`."""

    def turn_started(self) -> None:
        """See `CallRecording`."""

    def turn_finished(self) -> None:
        """See `CallRecording`."""

    def turn_judged(self, sign: Sign) -> None:
        """See `CallRecording`."""

    def turn_unheard(self) -> None:
        """See `CallRecording`."""

    def key_judged(self, sign: Sign) -> None:
        """See `CallRecording`."""


@dataclass(frozen=True, slots=True)
class KeptRecording:
    """What is known of a recording without hearing it.

    `began` is aware, by the clock of the call's turns; `seconds` are those that are there.
    """

    began: datetime
    seconds: float


class Recordings(Protocol):
    """The recordings of an engine. Every method blocks for a moment: for a thread."""

    def find(self, call_sid: str) -> Path | None:
        """The file of a call's recording, if there is one."""
        ...

    def kept(self, call_sid: str) -> KeptRecording | None:
        """What is known of it."""
        ...


class ListensIn(Protocol):
    """The calls of a worker, for those who listen."""

    def listen(self, call_sid: str) -> AbstractContextManager[AsyncIterator[bytes]]:
        """Both sides of a live call from now on, in pieces as in `SoundSink`; ends with the call.

        Who does not come for the next piece in time loses the oldest.

        Raises:
            CallerFixable: ``listen.unknown``, no such call is on a line here; ``listen.not_yet``,
                the caller has not heard the disclosure; ``listen.refused``, and will not be heard.
            Unavailable: ``listen.crowded``, too many listen already.
        """
        ...
