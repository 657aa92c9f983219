"""What serves a call while it runs; made when it begins, let go when it is over."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.session.caller_turns import CallerTurns
from pipelines.session.last_words import LastWords
from pipelines.session.line_reactor import LineReactor
from pipelines.session.mouth import VoiceMouth
from pipelines.session.shared import Shared


@dataclass(frozen=True, slots=True)
class Serving:
    """The parts of a session, and what they share."""

    shared: Shared
    mouth: VoiceMouth
    turns: CallerTurns
    reactor: LineReactor
    last_words: LastWords

    def over(self) -> None:
        """The call is over: nobody need wait for words, nor rescue an answer."""
        self.shared.floor.over()
        self.shared.watch.dialogue = None
