"""What a short sound means to a conversation, once it has been written down.

Recognisers write "um" for a hesitation and "ha ha" for a laugh. Neither is an answer. "Mm-hm" and
"uh-huh" are: they are written with the same letters, and say yes (backchannels; Yngve, 1970).
"""

from __future__ import annotations

from typing import Final

from voiceagent.language.en_us.lexicon import vocabulary, words

_HESITATIONS: Final = vocabulary(
    "um umm ummm uhm uh uhh er err erm ah ahh aah eh hm hmm hmmm mm mmm ha haha hahaha heh hehe hee"
)
"""Sounds that are written like words. "Oh" is not among them: it is a nought as well."""

_HUMMED: Final = frozenset({("mm", "hm"), ("mm", "hmm"), ("mm", "mm"), ("uh", "uh")})
"""Answers that are made of two of them."""


def says_nothing(text: str) -> bool:
    """Whether there is sound in it and no word: "um", "uh, ah", "ha ha ha"; never raises.

    Args:
        text: a recogniser's words; ``""`` says nothing, too.
    """
    said = words(text)
    hummed = any(said[at : at + 2] in _HUMMED for at in range(len(said)))
    return _HESITATIONS.issuperset(said) and not hummed
