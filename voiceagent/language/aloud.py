"""What the agent says as words for a voice, in the language that it is written in.

A sentence tells its language itself: those of the house in Spanish come from a catalogue, and what
stands in their holes (a street, a name) makes no sentence English. So nothing has to be handed
along with a sentence on its way to the voice, and one that is carried over, said again or made
ahead is read rightly.
"""

from __future__ import annotations

from typing import Final

from voiceagent.domain.locales import Locale
from voiceagent.language.en_us import speak as english
from voiceagent.language.en_us.english import ENGLISH
from voiceagent.language.en_us.speak import SpokenToken
from voiceagent.language.es_us import speak as spanish
from voiceagent.language.es_us.asking_language import ACCENTS, OPENED, is_spanish_word
from voiceagent.language.es_us.catalogue import PHRASEBOOK
from voiceagent.language.es_us.lexicon import words
from voiceagent.language.es_us.wording import WORDS_OF_TIME

_OF_THE_CATALOGUE: Final = (
    frozenset(word for text in (*PHRASEBOOK.sentences, *WORDS_OF_TIME) for word in words(text))
    - ENGLISH
)


def written_in(sentence: str) -> Locale:
    """The language of a sentence that the agent says; what could be either is English."""
    if OPENED.search(sentence):
        return Locale.ES_US
    said = words(sentence)
    ours = sum(_is_ours(word) for word in said)
    theirs = sum(word in ENGLISH and not _is_ours(word) for word in said)
    accented = any(letter in ACCENTS for letter in sentence.lower())
    return Locale.ES_US if ours > theirs or (accented and ours >= theirs) else Locale.EN_US


def _is_ours(word: str) -> bool:
    return is_spanish_word(word) or word in _OF_THE_CATALOGUE


def speakable(text: str) -> tuple[SpokenToken, ...]:
    """`text` as spoken tokens; see `en_us.speak.speakable`."""
    if written_in(text) is Locale.ES_US:
        return spanish.speakable(text)
    return english.speakable(text)


def spoken(text: str) -> str:
    """What a voice is sent of a written sentence: its words as they are said."""
    return " ".join(token.spoken for token in speakable(text) if token.spoken)
