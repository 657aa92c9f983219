"""A word for danger in a sentence of a language that is not understood here: it is asked about.

Nothing such a sentence says can be judged, so it is never a danger told and never one denied. But a
word in it that is written or sounds like one of the business's own ("gaz", "monoxyde"), or that is
the word for fire, smoke or gas of a language callers are likely to speak, leads to the safety
question.
"""

from __future__ import annotations

import re
from typing import Final

from voiceagent.domain.accents import without_accents
from voiceagent.domain.business import Business
from voiceagent.language.en_us.english import ENGLISH, SentenceLanguage, language_of
from voiceagent.language.likeness import alike, sound

_WORD: Final = re.compile(r"[^\W\d_]+")
_FEWEST_WORDS, _SHORTEST, _SAME_START = 3, 3, 5
_MOST_ENGLISH = 1
_NO: Final = frozenset(("no",))
"""A word of many languages, ours among them."""

_DANGERS: Final = frozenset(
    (
        # French, German, Italian, Portuguese, Dutch, Polish, Tagalog, Vietnamese, Haitian Creole,
        # without accents; Spanish is understood (`domain.danger_es`).
        "gaz", "fumee", "feu", "incendie", "brule", "flammes", "etincelles",
        "rauch", "feuer", "brennt", "flammen", "funken", "verbrannt", "gasgeruch",
        "fumo", "fuoco", "incendio", "brucia", "fiamme", "scintille",
        "fumaca", "fogo", "queimado", "queimando", "chamas", "faiscas",
        "vlammen", "gaslucht",
        "dym", "ogien", "pozar", "plomienie", "gazu",
        "sunog", "usok", "apoy",
        "khoi",
        "dife", "lafimen",
    )
)  # fmt: skip


def names_danger_in_another_language(text: str, business: Business) -> bool:
    """Whether a turn that is no English holds a word for danger; never raises.

    Args:
        text: the turn.
        business: for its words of danger.
    """
    said = _WORD.findall(without_accents(text.lower()))
    if len(said) < _FEWEST_WORDS or sum(word in ENGLISH for word in said) > _MOST_ENGLISH:
        return False
    if language_of(text) is SentenceLanguage.ENGLISH:
        return False
    ours = {word for phrase in business.emergency.words for word in _WORD.findall(phrase.lower())}
    ours = {word for word in ours if len(word) >= _SHORTEST}
    if (ENGLISH | ours | _NO).issuperset(said):
        return False  # "no gas, no smoke": hardly a word of a language, and each one of ours
    return any(word in _DANGERS or any(_is_like(word, one) for one in ours) for word in said)


def _is_like(word: str, ours: str) -> bool:
    """Whether a foreign word is one of ours: by its sound, a letter of a long one, or a long root."""  # noqa: E501
    if word in ENGLISH or len(word) < _SHORTEST:
        return False
    root = word[:_SAME_START] == ours[:_SAME_START] and len(ours) > _SAME_START
    return root or sound(word) == sound(ours) or alike(word, ours)
