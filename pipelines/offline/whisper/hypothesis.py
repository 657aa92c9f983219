"""What Whisper makes of an utterance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One text of an utterance. `score` is its mean log probability a token, the end included."""

    text: str
    tokens: tuple[int, ...]
    score: float

    @property
    def total(self) -> float:
        """Log probability of all of it."""
        return self.score * (len(self.tokens) + 1)


@dataclass(frozen=True, slots=True)
class Hypotheses:
    """The likeliest texts, best first. `no_speech`: how likely it is that nobody speaks, 0..1."""

    found: tuple[Hypothesis, ...]
    no_speech: float


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Of a given text.

    Attributes:
        log_probability: of all of it.
        tokens: how many it has.
        first_s: when its first token ends, seconds of the sound.
    """

    log_probability: float
    tokens: int
    first_s: float
