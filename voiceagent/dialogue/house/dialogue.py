"""The house policy behind the dialogue port: one state, moved by pure functions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from voiceagent.dialogue.acts import DialogueAct, Expect, Say
from voiceagent.dialogue.case_file import CaseFile
from voiceagent.dialogue.house.case import case_of, state_of
from voiceagent.dialogue.house.reports import Scene
from voiceagent.dialogue.house.respond import respond
from voiceagent.dialogue.house.state import HouseState, Reply
from voiceagent.dialogue.port import Channel, Heard, Hurry, WordsHeard, with_typed_key
from voiceagent.domain.business import Business
from voiceagent.domain.locales import ENGLISH_ONLY, Locale
from voiceagent.language.en_us.caller_acts import ActModel


class HouseDialogue:
    """One conversation; see `port.Dialogue`.

    Args:
        business: the business file.
        caller_number: E.164 number the caller has, for "this number"; ``None`` when withheld.
        channel: what carries it; on "text" a typed "0" is the key.
        started_at: when the conversation began, aware.
        acts: proposes what turns do; see `reports.Scene`.
        private: nothing of it may reach a host of others.
        hears: the languages in which what is said on the phone is understood.
    """

    def __init__(
        self,
        business: Business,
        caller_number: str | None,
        channel: Channel,
        started_at: datetime,
        acts: ActModel | None,
        *,
        private: bool = False,
        hears: frozenset[Locale] = ENGLISH_ONLY,
    ) -> None:
        self._business = business
        self._caller_number = caller_number
        self._channel = channel
        self._started_at = started_at
        self._acts = acts
        self._hears = hears
        self._state = HouseState(private=private)
        self._case: CaseFile | None = None

    @property
    def state(self) -> HouseState:
        """Where the conversation stands."""
        return self._state

    async def hear(self, heard: Heard) -> AsyncIterator[DialogueAct]:
        """See `port.Dialogue`. All is decided by the first act; never late."""
        self._state, step = self._respond(heard)
        self._case = None
        for act in step:
            yield act
        yield Expect(self._state.expecting)

    async def preview(self, heard: WordsHeard) -> str:
        """See `port.Dialogue`."""
        _, step = self._respond(heard)
        return step[0].text if step and isinstance(step[0], Say) else ""

    def hurry(self, how: Hurry) -> bool:  # noqa: ARG002 - it is never late
        """See `port.Dialogue`."""
        return False

    async def close(self) -> None:
        """See `port.Dialogue`: nothing is begun that is not over."""

    def recall(self, replies: Sequence[str]) -> None:
        """See `port.Dialogue`: no model is asked here, so there is nothing to recall."""

    def snapshot(self) -> CaseFile:
        """See `port.Dialogue`."""
        if self._case is None:
            self._case = case_of(self._state, self._started_at)
        return self._case

    def take_over(self, case: CaseFile) -> None:
        """See `port.Dialogue`.

        Raises:
            pydantic.ValidationError: see `case.state_of`.
        """
        self._state, self._case = state_of(case), None
        self._started_at = case.started_at

    def _respond(self, heard: Heard) -> Reply:
        scene = Scene.of(
            heard, self._business, self._caller_number, self._acts, self._channel, self._hears
        )
        return respond(self._state, with_typed_key(heard, self._channel), scene)
