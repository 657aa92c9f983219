"""What a turn does, proposed from the words alone: a linear model over pieces of words.

It reads words, pairs and triples of them, pieces of three to five letters (so that a misheard or
misspelled word still looks like itself), and each word together with the question that was open.
It knows no business, no facts and no grammar, so it only *proposes*; `dialogue.house.proposing` says
what a proposal may do. The weights (`caller_acts.npz`) come from `training/caller_acts`.

Reading the weights takes 15 to 30 ms: done once, at the start, by who composes the engine.
"""  # noqa: E501

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from voiceagent.language.en_us.lexicon import words

Floats = NDArray[np.float32]

WEIGHTS: Final = Path(__file__).with_name("caller_acts.npz")

BUCKETS: Final = 1 << 14
"""Features are hashed into so many; what collides shares a weight."""

MOST_WORDS: Final = 60
"""Of a longer turn the beginning and the end are read."""

_PIECES: Final = (3, 4, 5)


class CallerAct(StrEnum):
    """What a turn does. A matter that only people settle is one act for each kind of it."""

    YES = "yes"
    NO = "no"
    PICK = "pick"
    OTHER_TIME = "other_time"
    TELL = "tell"
    CORRECT = "correct"
    CONDITION = "condition"
    BOOK = "book"
    PRICE = "price"
    HAGGLE = "haggle"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    MY_BOOKING = "my_booking"
    AMEND = "amend"
    ASK = "ask"
    PERSON = "person"
    LEGAL = "legal"
    WHO = "who"
    REPEAT = "repeat"
    WAIT = "wait"
    DO_NOT_KNOW = "dont_know"
    THIS_NUMBER = "this_number"
    ON_FILE = "on_file"
    DONE = "done"
    GOODBYE = "goodbye"
    MORE = "more"
    WRONG_NUMBER = "wrong_number"
    SALES = "sales"
    NONE = "none"
    COMPLAINT = "complaint"
    NO_SHOW = "no_show"
    INVOICE = "invoice"
    WARRANTY = "warranty"
    PART = "part"
    MESSAGE = "message"
    CALL_BACK = "call_back"
    LOST_ITEM = "lost_item"
    NO_LINK = "no_link"
    RUNNING_LATE = "running_late"


ACTS: Final = tuple(CallerAct)
"""In the order of the model's outputs."""

_MATTERS_FROM: Final = ACTS.index(CallerAct.COMPLAINT)

MATTERS: Final = frozenset(ACTS[_MATTERS_FROM:])
"""What only people settle."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The likeliest act of a turn; `sure` 0..1, calibrated on authors that were left out."""

    act: CallerAct
    sure: float


NO_PROPOSAL: Final = Proposal(CallerAct.NONE, 0.0)


@dataclass(frozen=True, slots=True)
class ActModel:
    """Weights of shape (`BUCKETS`, acts), biases (acts,), and what logits are multiplied by."""

    weights: Floats
    biases: Floats
    sharpness: float = 1.0

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Self:
        """Read a model, the shipped one unless told otherwise.

        Weights are kept as bytes and a scale for each act.
        """
        with np.load(path) as kept:
            weights = kept["weights"].astype(np.float32) * kept["scales"]
            return cls(weights, kept["biases"].astype(np.float32), float(kept["sharpness"]))

    def save(self, path: Path) -> None:
        """Write it as `load` reads it."""
        scales = np.maximum(np.abs(self.weights).max(axis=0), 1e-9) / 127
        np.savez_compressed(
            path,
            weights=np.round(self.weights / scales).astype(np.int8),
            scales=scales.astype(np.float32),
            biases=self.biases.astype(np.float32),
            sharpness=np.float32(self.sharpness),
        )

    def shares(self, text: str, question: str) -> Floats:
        """The share of each of `ACTS`, summing to 1.

        Args:
            text: one turn of the caller.
            question: which question was open, as `features` takes it.
        """
        logits = self.logits(features(text, question))
        powers = np.exp((logits - logits.max()) * self.sharpness)
        return np.asarray(powers / powers.sum(), dtype=np.float32)

    def logits(self, turn: NDArray[np.int64]) -> Floats:
        """Of the `features` of a turn, one for each of `ACTS`."""
        found = self.weights[turn].sum(axis=0) / np.float32(max(1, len(turn))) ** 0.5
        return np.asarray(self.biases + found, dtype=np.float32)

    def propose(self, text: str, question: str) -> Proposal:
        """The likeliest act; nothing for a turn without words."""
        if not words(text):
            return NO_PROPOSAL
        shares = self.shares(text, question)
        best = int(shares.argmax())
        sure = float(shares[_MATTERS_FROM:].sum() if best >= _MATTERS_FROM else shares[best])
        return Proposal(ACTS[best], sure)


def features(text: str, question: str) -> NDArray[np.int64]:
    """The buckets of a turn's features, each once, ascending.

    Args:
        text: one turn of the caller.
        question: a name for the open question; any string.
    """
    said = words(text)
    if len(said) > MOST_WORDS:
        said = (*said[: MOST_WORDS // 2], *said[-MOST_WORDS // 2 :])
    line = ("<", *said, ">")
    found = {f"?{question}"}
    found.update(line)
    found.update(f"{one} {two}" for one, two in pairwise(line))
    found.update(" ".join(line[at : at + 3]) for at in range(len(line) - 2))
    found.update(f"?{question} {word}" for word in line)
    for word in said:
        edged = f"_{word}_"
        found.update(
            f"~{edged[at : at + size]}" for size in _PIECES for at in range(len(edged) - size + 1)
        )
    return np.unique([zlib.crc32(one.encode()) % BUCKETS for one in found])
