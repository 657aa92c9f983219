"""What a recogniser may be able to do beside transcripts, as it is called in a call.

Its provider's record says so too (`SttCapabilities`), for people and for choosing; what is called
is looked at itself: a record that is wrong ends no call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

from voiceagent.domain.open_question import OfferedWindows
from voiceagent.media.second_look import SecondLook

AskOffered = Callable[[], OfferedWindows | None]
"""Tells which appointment windows the caller may choose from now."""


@runtime_checkable
class AsksPartial(Protocol):
    """A recogniser that tells more, or sooner, when it is asked in a pause of the caller's."""

    async def ask_partial(self) -> None:
        """Push an interim transcript, now or when it is there."""
        ...


@runtime_checkable
class LosesWords(Protocol):
    """A recogniser that knows when a turn's words were lost and not merely none."""

    @property
    def words_lost(self) -> bool:
        """Whether recognition of the last turn failed."""
        ...


@runtime_checkable
class GoesDeaf(Protocol):
    """A recogniser that knows when nobody hears the caller any more."""

    @property
    def nobody_hears(self) -> bool:
        """Whether the words of the next turn will be lost like those of the last."""
        ...


@runtime_checkable
class CutsWords(Protocol):
    """A recogniser that knows when its last transcript may lack words."""

    @property
    def words_cut(self) -> bool:
        """Whether the last turn was not recognised to its end."""
        ...


@runtime_checkable
class TellsConfidence(Protocol):
    """A recogniser that knows how sure it is of its last final transcript."""

    @property
    def confidence(self) -> float | None:
        """How likely its words are right, 0..1; ``None`` when it cannot tell this time."""
        ...


@runtime_checkable
class WeighsOffers(Protocol):
    """A recogniser that hears better which of the offered times is chosen when it knows them."""

    def weigh_by(self, offered: AskOffered) -> None:
        """From now on ask for them when a turn begins."""
        ...


@runtime_checkable
class SharedEars(Protocol):
    """A program that recognises for all calls of a worker, and can have too many of them."""

    @property
    def turns(self) -> Mapping[str, int]:
        """Turns that ended so far, by the ear whose words they have."""
        ...

    @property
    def takes_more(self) -> bool:
        """Whether one more call would be understood in time."""
        ...


@runtime_checkable
class ReadsShortSounds(Protocol):
    """A program that can read short sounds over our speech for all calls of a worker."""

    @property
    def second_look(self) -> SecondLook | None:
        """Who does; ``None`` when it cannot after all."""
        ...


@runtime_checkable
class GivesUp(Protocol):
    """A recogniser that makes do with less when a turn's best words take too long."""

    def be_patient(self, within_s: float) -> None:
        """From now on wait for the best words, for so long at most: nobody is on the line."""
        ...
