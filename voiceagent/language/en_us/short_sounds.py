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


_BEGINNINGS: Final = vocabulary("and so well but the a")

_LOOP: Final = 3
"""Nobody says the same so often; "uh-uh" is a no."""

_STOPS_US: Final = vocabulary(
    "stop wait no nope hold hang excuse sorry pardon hello hey listen help operator quiet"
)
"""What a short turn over somebody's speech says when it asks them to stop."""

_NODS: Final = vocabulary(
    "yes yeah yep yup right okay ok alright all sure good great fine i see got it thanks thank you"
    " perfect exactly of course cool oh so well and aha huh true nice wow really understood"
    " mm mmm hm hmm uh"
)
"""What listeners say to show that they follow."""

_BEFORE_IT: Final = _HESITATIONS | vocabulary("oh okay ok yeah yes well but and please right")
"""What may come before that."""

_ALL_IS_WELL: Final = vocabulary("problem worries")
"""After "no", a nod."""


def wants_the_floor(text: str) -> bool:
    """Whether a short turn over our speech asks us to stop: "stop", "hold on"; never raises.

    A nod ("right", "okay", "no problem") does not, nor do words that nobody must say at once.

    Args:
        text: a recogniser's words.
    """
    said = words(text)
    first = next((at for at, word in enumerate(said) if word not in _BEFORE_IT), None)
    if first is None or said[first] not in _STOPS_US:
        return False
    return said[first] != "no" or _ALL_IS_WELL.isdisjoint(said[first + 1 : first + 2])


def nods(text: str) -> bool:
    """Whether a short turn only shows that its speaker follows: "right", "oh I see"; never raises.

    Args:
        text: a recogniser's words; ``""`` does not.
    """
    said = words(text)
    return bool(said) and _NODS.issuperset(said)


def hesitates(text: str) -> bool:
    """Whether a short turn has begun and says nothing yet: "um", "and uh", "so"; never raises.

    One sound written many times ("uh. uh. uh. uh") is that sound: recognisers loop.

    Args:
        text: a recogniser's words; ``""`` says nothing, too.
    """
    said = words(text)
    loops = len(said) >= _LOOP and len(set(said)) == 1
    once = said[:1] if loops else said
    return says_nothing(" ".join(word for word in once if word not in _BEGINNINGS))


def says_nothing(text: str) -> bool:
    """Whether there is sound in it and no word: "um", "uh, ah", "ha ha ha"; never raises.

    Args:
        text: a recogniser's words; ``""`` says nothing, too.
    """
    said = words(text)
    hummed = any(said[at : at + 2] in _HUMMED for at in range(len(said)))
    return _HESITATIONS.issuperset(said) and not hummed
