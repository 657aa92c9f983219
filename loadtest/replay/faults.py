"""Faults that are let happen in a run: which part, what, when and how often.

``stt=reset@20x3``: three times, from the twentieth second on. The names are those of the emulators:
of a provider `FaultName`, of the carrier's REST interface `FaultKind`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from loadtest.simulator.providers.faults import FaultName
from loadtest.simulator.rest import FaultKind

_FORM: Final = re.compile(r"(\w+)=(\w+)(?:@(\d+(?:\.\d+)?))?(?:x(\d+))?")


class FaultyPart(StrEnum):
    """What it happens to."""

    STT = "stt"
    LLM = "llm"
    TTS = "tts"
    CARRIER = "carrier"


class FaultError(ValueError):
    """A fault that there is not."""


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """One fault.

    Attributes:
        part: what it happens to.
        name: see the module.
        at_s: since the first call.
        times: requests that it strikes.
    """

    part: FaultyPart
    name: str
    at_s: float = 0.0
    times: int = 1

    @classmethod
    def read(cls, text: str) -> PlannedFault:
        """From ``PART=NAME[@SECONDS][xTIMES]``.

        Raises:
            FaultError: another form, or no such part or fault.
        """
        match = _FORM.fullmatch(text)
        if match is None:
            raise FaultError(f"write a fault like stt=reset@20x3, not {text!r}")
        part, name, at, times = match.groups()
        if part not in set(FaultyPart):
            raise FaultError(f"no part is called {part!r}: there are {', '.join(FaultyPart)}")
        known: set[str] = set(FaultKind) if part == FaultyPart.CARRIER else set(FaultName)
        if name not in known:
            raise FaultError(f"{part} has no fault {name!r}: there are {', '.join(sorted(known))}")
        if times is not None and int(times) < 1:
            raise FaultError(f"{text}: a fault strikes once or more")
        return cls(FaultyPart(part), name, float(at or 0.0), int(times or 1))

    def __str__(self) -> str:
        return f"{self.part}={self.name}@{self.at_s:g}x{self.times}"
