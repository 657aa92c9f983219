"""What a recogniser may be able to do beside transcripts, as it is called in a call.

Its provider's record says so too (`SttCapabilities`), for people and for choosing; what is called
is looked at itself: a record that is wrong ends no call.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class AsksPartial(Protocol):
    """A recogniser that has to be asked for its transcript so far (`Partials.ON_REQUEST`)."""

    async def ask_partial(self) -> None:
        """Push an interim transcript."""
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
