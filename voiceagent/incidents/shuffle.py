"""The caller's voice as noise, as loud at every moment: it decides alike, and says nothing.

Within each 4 ms the samples change places. That leaves every level as it was which turn-taking
looks at (8 ms blocks, and what is left over of a packet: both are whole numbers of 32 samples when
packets are) and takes away what words and voices are told by: all structure finer than 4 ms. What
stays is how loud the call was over time, to 4 ms.

The networks' answers are on the tape; they are not asked about this.
"""

from __future__ import annotations

import copy
import secrets
from typing import Final

import numpy as np

from voiceagent.media.tape import LineTape

PIECE: Final = 32
"""Samples that change places with each other."""


def shuffled(tape: LineTape) -> LineTape:
    """The tape with such sound; nobody can turn it back."""
    out = copy.copy(tape)
    whole = len(tape.sound) // PIECE * PIECE
    pieces = np.frombuffer(bytes(tape.sound[:whole]), dtype=np.uint8).reshape(-1, PIECE)
    mixed = np.random.default_rng(secrets.randbits(128)).permuted(pieces, axis=1)
    out.sound = bytearray(mixed.tobytes() + bytes(sorted(tape.sound[whole:])))
    return out
