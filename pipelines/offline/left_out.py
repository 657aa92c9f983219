"""What Whisper leaves out at the beginning: "one two three zero zero zero zero" for ten digits.

A small Whisper now and then begins where it is sure, seconds after the voice did, and is sure of
that text. Its attention tells: the first word then lasts for all that was left out. With half a
second of quiet before the sound it mostly begins at the beginning.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voiceagent.core.audio.samples import RATE_8K

LATE_S: Final = 0.9
"""A first word that ends later has sound of others in it. A sound begins 0.3 s before its voice."""

QUIET_S: Final = 0.5
LOST: Final = 1
"""So many words of the first text may be missing in the second."""

MUCH: Final = 2
"""So many words more of the other recogniser are a reason to doubt."""


def says_more(other: str, text: str, words: int = 1) -> bool:
    """Whether the other text has at least so many words more."""
    return len(other.split()) >= len(text.split()) + words


def left_out(text: str, first_s: float, other: str) -> bool:
    """Whether the beginning of an utterance is probably missing in Whisper's text.

    Args:
        text: its words.
        first_s: when the first of them ends.
        other: the other recogniser's words. A "yes" may last; then it hears no more than one.
    """
    return first_s > LATE_S and says_more(other, text)


def after_quiet(pcm_8k: NDArray[np.int16]) -> NDArray[np.int16]:
    """The sound with `QUIET_S` of quiet before it."""
    return np.concatenate([np.zeros(int(QUIET_S * RATE_8K), np.int16), pcm_8k])


def adds_to(second: str, first: str) -> bool:
    """Whether the second text has more words, and among them the first's in order, all but one."""
    more, few = second.split(), first.split()
    met = SequenceMatcher(None, more, few, autojunk=False).get_matching_blocks()
    return len(more) > len(few) and sum(block.size for block in met) >= len(few) - LOST
