"""A caller's words as the safety rules read them: plain words, and phrases with a meaning.

The phrases are the business file's: hazards, signs in people, and harmless phrases that contain a
hazard word. What stands here is English, and the same for every business.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from voiceagent.domain.business import Business, Emergency
from voiceagent.domain.danger_signs import SIGN
from voiceagent.domain.spoken_forms import spelled_out


class TokenKind(Enum):
    """What a token is."""

    HAZARD = auto()
    SENSE = auto()
    HARMLESS = auto()
    WORD = auto()
    COMMA = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a phrase of the business file. `denied`: a negation reaches it."""

    text: str
    kind: TokenKind
    denied: bool = False


SENSES = frozenset(
    {
        *("smell", "smells", "smelling", "smelled", "smelt", "odor", "odors", "odour"),
        *("see", "seeing", "seen", "saw", "notice", "noticed", "noticing", "hear", "hearing"),
        *("whiff", "whiffs", "stink", "stinks", "stench", "reek", "reeks"),
        *("leak", "leaks", "leaking", "fumes", "hiss", "hissing", "alarm", "alarms", "beeping"),
    }
)
WEAK_SENSES = frozenset(
    {"see", "seeing", "seen", "saw", "notice", "noticed", "noticing", "hear", "hearing"}
)
ALARMS = frozenset({"alarm", "alarms", "beeping", "detector", "detectors", "monitor", "sensor"})
_SHORT_FORMS = (
    (re.compile(r"\bcannot\b|\bca(?:n'?t|n not)\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (
        re.compile(r"\b(do|does|did|is|are|was|were|have|has|had|would|could|should)n'?t\b"),
        r"\1 not",
    ),
    (re.compile(r"\b(?!let's\b)([a-z]+)'s\b"), r"\1 is"),
    (re.compile(r"\b(i)'m\b"), r"\1 am"),
    (re.compile(r"\b(we|they|you)'re\b"), r"\1 are"),
    (re.compile(r"\b(i|we|they|you)'ve\b"), r"\1 have"),
)
_MISHEARD = (
    (re.compile(r"\b(do|did|does) not no\b"), r"\1 not know"),
    (re.compile(r"(?:^|(?<=[,.;!?] ))(?:know|noh)(?=[,.!]| (?:smell|smoke|gas|burn|fire|odor"
                r"|fumes|alarm|no|know|sign|there|it|i|we|carbon|c o|co|nothing|sir)|$)"), "no"),
    (re.compile(r"\bknow(?= (?:smells?|smoke|gas|odou?rs?|fumes|carbon)\b)(?<!i know)(?<!to know)"
                r"(?<!you know)(?<!not know)(?<!we know)"), "no"),
)  # fmt: skip
"""What a recogniser writes for "no": only where "know" cannot be a verb of somebody's."""

_LOOK_ALIKES = str.maketrans("аеорсухі", "aeopcyxi")  # noqa: RUF001 - Cyrillic, and what it looks like
_WORD = re.compile(r"[a-z]{3,}")
_TWICE = re.compile(r"(.)\1+")


def _folded(word: str) -> str:
    """As it sounds, however often a letter is written: "gass" and "gaz" are "gas"."""
    return _TWICE.sub(r"\1", word).replace("z", "s")


_MEANT = {
    _folded(word): word
    for word in (
        *("gas", "smell", "smells", "smelling", "smoke", "fire", "propane", "burning", "alarm"),
        *("carbon", "monoxide", "detector", "leak", "leaking", "sparks", "dizzy"),
    )
}
"""Words of danger by how they sound: whoever is in a hurry mistypes."""

_PIECE = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|,")


def plain(text: str) -> str:
    """Lower case, short forms written out ("isn't" as "is not"), a misheard "no" put right."""
    text = unicodedata.normalize("NFKC", text).lower().translate(_LOOK_ALIKES)
    text = spelled_out(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").strip())
    text = _WORD.sub(lambda one: _MEANT.get(_folded(one[0]), one[0]), text)
    for pattern, full in (*_SHORT_FORMS, *_MISHEARD):
        text = pattern.sub(full, text)
    return text


@lru_cache(maxsize=4096)
def phrase(text: str) -> str:
    """A phrase of the business file, `plain`; remembered, as a caller's words never are."""
    return plain(text)


def sentences(text: str) -> list[str]:
    """The sentences of a plain text."""
    return re.split(r"[.;!?\n]+", text)


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """The phrases of a business file by their first word, so that most words are looked up once.

    Attributes:
        by_first: for each first word the phrases that begin with it, longest first, as words.
    """

    by_first: Mapping[str, Sequence[tuple[tuple[str, ...], TokenKind]]]

    @classmethod
    def of(cls, emergency: Emergency) -> Phrasebook:
        """The phrases of an `emergency` section.

        Of phrases with as many words a harmless one is found before a hazard, as the file may
        call one phrase both.
        """
        phrases = (
            *((phrase(p), TokenKind.HARMLESS) for p in emergency.harmless),
            *((phrase(p), TokenKind.HAZARD) for p in (*emergency.words, *emergency.people)),
        )
        by_first: dict[str, list[tuple[tuple[str, ...], TokenKind]]] = {}
        for text, kind in phrases:
            words = tuple(_PIECE.findall(text))
            if words:
                by_first.setdefault(words[0], []).append((words, kind))
        for known in by_first.values():
            known.sort(key=lambda one: len(one[0]), reverse=True)
        return cls(by_first)

    def tokens(self, sentence: str) -> Iterator[Token]:
        """The words of a plain sentence; a phrase of the book is one token."""
        pieces = _PIECE.findall(sentence)
        water = "water" in pieces
        at = 0
        while at < len(pieces):
            word = pieces[at]
            for words, kind in self.by_first.get(word, ()):
                if tuple(pieces[at : at + len(words)]) == words:
                    yield Token(" ".join(words), kind)
                    at += len(words)
                    break
            else:
                yield Token(word, _kind(word, water=water))
                at += 1


def _kind(word: str, *, water: bool) -> TokenKind:
    """What a word by itself is; what leaks where water is spoken of is no sign of danger."""
    if word == ",":
        return TokenKind.COMMA
    if word == SIGN:
        return TokenKind.HAZARD
    senses = word in SENSES and not (water and word.startswith("leak"))
    return TokenKind.SENSE if senses else TokenKind.WORD


phrasebook = lru_cache(maxsize=16)(Phrasebook.of)
"""The phrasebook of an `emergency` section, made once for each: it is read at every turn."""


def tokens(sentence: str, business: Business) -> Iterator[Token]:
    """The words of a plain sentence; phrases of the business file are one token each."""
    return phrasebook(business.emergency).tokens(sentence)
