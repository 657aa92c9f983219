"""How words sound: the CMU dictionary where it knows a word, letter-to-sound rules where not.

The dictionary ships in the recogniser's wheel. The rules are for names and brands it has never
seen; they are small on purpose and roughly right, which is what a recogniser needs.
Phones are the ARPAbet of the dictionary, without stress.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

_VARIANT: Final = re.compile(r"\(\d+\)$")
_LETTERS: Final[Mapping[str, str]] = {
    "a": "EY", "b": "B IY", "c": "S IY", "d": "D IY", "e": "IY", "f": "EH F", "g": "JH IY",
    "h": "EY CH", "i": "AY", "j": "JH EY", "k": "K EY", "l": "EH L", "m": "EH M", "n": "EH N",
    "o": "OW", "p": "P IY", "q": "K Y UW", "r": "AA R", "s": "EH S", "t": "T IY", "u": "Y UW",
    "v": "V IY", "w": "D AH B AH L Y UW", "x": "EH K S", "y": "W AY", "z": "Z IY",
}  # fmt: skip

# Tried from the top, longer spellings first; `$` is the end of the word. Doubled consonants have
# been made single before.
_RULES: Final[tuple[tuple[str, str], ...]] = (
    ("ough", "AO"), ("augh", "AO"), ("eigh", "EY"), ("tion", "SH AH N"), ("sion", "ZH AH N"),
    ("ture", "CH ER"), ("cial", "SH AH L"), ("igh", "AY"), ("tch", "CH"), ("sch", "SH"),
    ("dge", "JH"), ("eau", "OW"), ("oor", "AO R"), ("air", "EH R"), ("ear", "IH R"),
    ("eer", "IH R"), ("our", "AO R"), ("ing$", "IH NG"), ("ville$", "V IH L"), ("ton$", "T AH N"),
    ("burg$", "B ER G"), ("ck", "K"), ("ch", "CH"), ("sh", "SH"), ("th", "TH"), ("ph", "F"),
    ("wh", "W"), ("qu", "K W"), ("kn", "N"), ("wr", "R"), ("gh", "G"), ("ng", "NG"),
    ("ee", "IY"), ("ea", "IY"), ("oo", "UW"), ("ou", "AW"), ("ow$", "OW"), ("ow", "AW"),
    ("oy", "OY"), ("oi", "OY"), ("oa", "OW"), ("ai", "EY"), ("ay", "EY"), ("ei", "IY"),
    ("ey", "IY"), ("ie", "IY"), ("au", "AO"), ("aw", "AO"), ("ew", "UW"), ("ue$", "UW"),
    ("ar", "AA R"), ("er", "ER"), ("ir", "ER"), ("or", "AO R"), ("ur", "ER"), ("le$", "AH L"),
    ("es$", "Z"), ("ed$", "D"), ("ce", "S"), ("ci", "S IH"), ("cy", "S IY"), ("ge", "JH"),
    ("gi", "JH IH"), ("a$", "AH"), ("e$", ""), ("i$", "IY"), ("o$", "OW"), ("y$", "IY"),
    ("a", "AE"), ("b", "B"), ("c", "K"), ("d", "D"), ("e", "EH"), ("f", "F"), ("g", "G"),
    ("h", "HH"), ("i", "IH"), ("j", "JH"), ("k", "K"), ("l", "L"), ("m", "M"), ("n", "N"),
    ("o", "AA"), ("p", "P"), ("q", "K"), ("r", "R"), ("s", "S"), ("t", "T"), ("u", "AH"),
    ("v", "V"), ("w", "W"), ("x", "K S"), ("y", "IH"), ("z", "Z"),
)  # fmt: skip
_LONG: Final[Mapping[str, str]] = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW"}
_SAID_LETTER_BY_LETTER: Final = 3


class Lexicon:
    """Pronunciations of words, each a tuple of ARPAbet strings such as ``"OW K EY"``.

    Args:
        dictionary: a CMU dictionary file: ``word PH ON ES`` or ``word(2) PH ON ES`` a line.
    """

    def __init__(self, dictionary: Path) -> None:
        self._known: dict[str, list[str]] = {}
        for line in dictionary.read_text().splitlines():
            word, _, phones = line.strip().partition(" ")
            self._known.setdefault(_VARIANT.sub("", word), []).append(phones.strip())

    def __contains__(self, word: str) -> bool:
        return word in self._known

    def known(self) -> Iterable[str]:
        """Every word of the dictionary."""
        return self._known

    def say(self, word: str) -> tuple[str, ...]:
        """How `word` may sound; never empty. Parts joined by ``_`` are said one after another."""
        parts = [part for part in re.split(r"[_-]", word) if part]
        spoken = self._one(parts[0])
        for part in parts[1:]:
            spoken = [f"{before} {after}" for before in spoken for after in self._one(part)[:2]]
        return tuple(spoken[:4])

    def letter(self, letter: str) -> tuple[str, ...]:
        """The name of a letter of the alphabet."""
        extra = ("Z EH D",) if letter == "z" else ()
        return (_LETTERS[letter], *extra)

    def _one(self, word: str) -> list[str]:
        if word in self._known:
            return self._known[word]
        stem = word.removesuffix("'s")
        if stem != word:
            return [f"{phones} Z" for phones in self._one(stem)]
        bare = re.sub(r"[^a-z]", "", word) or "x"
        if not re.search(r"[aeiouy]", bare) or len(bare) < _SAID_LETTER_BY_LETTER:
            return [" ".join(_LETTERS[letter] for letter in bare)]
        joined = self._compound(bare)
        return [joined] if joined else [by_rule(bare)]

    def _compound(self, word: str) -> str:
        """Two known words of three letters or more, run together, as in ``coolcare``."""
        for cut in range(len(word) - 3, 2, -1):
            head, tail = word[:cut], word[cut:]
            if head in self._known and tail in self._known:
                return f"{self._known[head][0]} {self._known[tail][0]}"
        return ""


def by_rule(word: str) -> str:
    """Phones of an unknown word (letters a-z), by rule."""
    text = re.sub(r"([b-df-hj-np-tv-z])\1", r"\1", word)
    phones: list[str] = []
    at = 0
    while at < len(text):
        rest = text[at:]
        if re.match(r"[aeiou][b-df-hj-np-tvwxz]e(s?$|ly$|ment$)", rest):
            phones.append(_LONG[text[at]])
            at += 1
            continue
        for spelling, sound in _RULES:
            bare = spelling.removesuffix("$")
            if rest.startswith(bare) and bare in (spelling, rest):
                phones += sound.split()
                at += len(bare)
                break
    return " ".join(phones) or "AH"
