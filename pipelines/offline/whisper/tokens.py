"""Whisper's words: text to token numbers and back.

The vocabulary is GPT-2's: byte-level pair encoding, in which a token's number is also its rank
among the merges, so that the list of tokens is all that is needed (Sennrich and others, "Neural
machine translation of rare words with subword units", 2016).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

_WORD: Final = re.compile(r"'(?:s|t|re|ve|m|ll|d)| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")
"""What is never joined into one token."""


class TokenVocabulary:
    """The tokens of one model.

    Args:
        tokens: in the order of their numbers, as the model's file has them.
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tuple(tokens)
        self._numbers = {token: number for number, token in enumerate(tokens)}
        self.end = self._numbers["<|endoftext|>"]
        self.start = self._numbers["<|startoftranscript|>"]
        self.before = self._numbers["<|startofprev|>"]
        self.no_timestamps = self._numbers["<|notimestamps|>"]
        self.first_time = self.no_timestamps + 1
        """The token for "at 0 s", the first of those for times."""

    @classmethod
    def load(cls, folder: Path) -> TokenVocabulary:
        """That of a converted model, whichever form its converter wrote."""
        as_json = folder / "vocabulary.json"
        if as_json.exists():
            return cls(json.loads(as_json.read_text("utf-8")))
        return cls((folder / "vocabulary.txt").read_text("utf-8").split("\n"))

    def numbers(self, text: str) -> list[int]:
        """The tokens of a text. A space at its beginning belongs to the first word."""
        return [number for word in _WORD.findall(text) for number in self._word(word)]

    def text(self, numbers: Iterable[int]) -> str:
        """The text of tokens; special ones divide words."""
        letters = "".join(
            self._tokens[number] if number < self.end else _LETTERS[ord(" ")] for number in numbers
        )
        raw = bytes(_BYTES[letter] for letter in letters if letter in _BYTES)
        return " ".join(raw.decode("utf-8", errors="ignore").split())

    def _word(self, word: str) -> list[int]:
        """Join the pair of the lowest rank until there is none."""
        parts = [_LETTERS[byte] for byte in word.encode()]
        while len(parts) > 1:
            ranks = [
                self._numbers.get(parts[at] + parts[at + 1], self.end)
                for at in range(len(parts) - 1)
            ]
            best = min(ranks)
            if best >= self.end:
                break
            at = ranks.index(best)
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return [self._numbers[part] for part in parts]


def _byte_letters() -> dict[int, str]:
    """GPT-2's printable letter for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    found = {byte: chr(byte) for byte in plain}
    return found | {byte: chr(256 + place) for place, byte in enumerate(others)}


_LETTERS: Final = _byte_letters()
_BYTES: Final = {letter: byte for byte, letter in _LETTERS.items()}
