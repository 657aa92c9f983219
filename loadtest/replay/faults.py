"""Faults that are let happen in a run: which part, what, when and how often.

``stt=reset@20x3``: three times, from the twentieth second on. The names are those of the emulators:
of a provider `FaultName`, of the carrier's REST interface `FaultKind`. A provider's fault strikes
at a moment of a request (`FaultMoment`), which may be named: ``stt=reset:mid_stream@20``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from loadtest.simulator.providers.faults import FaultMoment, FaultName, ProviderFault
from loadtest.simulator.rest import FaultKind

_FORM: Final = re.compile(r"(\w+)=(\w+?)(?::(\w+))?(?:@(\d+(?:\.\d+)?))?(?:x(\d+))?")

_ON_A_NEW_CONNECTION: Final = frozenset({FaultName.UNAUTHORIZED})
"""Faults that a connection which is there already does not have."""


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
        moment: of a request; empty for the usual one, and for the carrier.
    """

    part: FaultyPart
    name: str
    at_s: float = 0.0
    times: int = 1
    moment: str = ""

    @classmethod
    def read(cls, text: str) -> PlannedFault:
        """From ``PART=NAME[:MOMENT][@SECONDS][xTIMES]``.

        Raises:
            FaultError: another form, or no such part or fault.
        """
        match = _FORM.fullmatch(text)
        if match is None:
            raise FaultError(f"write a fault like stt=reset@20x3, not {text!r}")
        part, name, moment, at, times = match.groups()
        if part not in set(FaultyPart):
            raise FaultError(f"no part is called {part!r}: there are {', '.join(FaultyPart)}")
        known: set[str] = set(FaultKind) if part == FaultyPart.CARRIER else set(FaultName)
        if name not in known:
            raise FaultError(f"{part} has no fault {name!r}: there are {', '.join(sorted(known))}")
        moments: set[str] = set() if part == FaultyPart.CARRIER else set(FaultMoment)
        if moment is not None and moment not in moments:
            raise FaultError(f"{text}: moments of providers are {', '.join(FaultMoment)}")
        if times is not None and int(times) < 1:
            raise FaultError(f"{text}: a fault strikes once or more")
        return cls(FaultyPart(part), name, float(at or 0.0), int(times or 1), moment or "")

    def of_a_provider(self) -> ProviderFault:
        """As the emulators take it.

        Recogniser and voice keep a connection for long: what would usually strike a new one strikes
        the next request over the one that is there.
        """
        name = FaultName(self.name)
        moment = FaultMoment(self.moment) if self.moment else None
        fault = ProviderFault(name, moment, times=self.times)
        kept = self.part is not FaultyPart.LLM and name not in _ON_A_NEW_CONNECTION
        if moment is None and kept and fault.moment is FaultMoment.CONNECT:
            return ProviderFault(name, FaultMoment.FIRST_BYTE, times=self.times)
        return fault

    def __str__(self) -> str:
        moment = f":{self.moment}" if self.moment else ""
        return f"{self.part}={self.name}{moment}@{self.at_s:g}x{self.times}"
