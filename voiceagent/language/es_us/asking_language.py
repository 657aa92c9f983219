"""Which language a turn is in, or asks for: Spanish and English are told, others are not."""

from __future__ import annotations

import re
from typing import Final

from voiceagent.domain.locales import Locale
from voiceagent.language.en_us.english import ENGLISH
from voiceagent.language.es_us.lexicon import fold, words

_ASKS_SPANISH: Final = re.compile(
    r"\b(?:in|en|speak|habla|hablan|hablas|hablar|hable|hablo) (?:in )?(?:spanish|espanol)\b"
    r"|\b(?:spanish|espanol),? (?:please|por favor)\b|^\W*(?:espanol|spanish)\W*$"
    r"|\bno (?:hablo|entiendo)(?: el| nada de| mucho| bien)* ingles\b"
)
_ASKS_ENGLISH: Final = re.compile(
    r"\b(?:in|en|speak|habla|hablar) (?:in )?(?:english|ingles)\b"
    r"|\benglish,? please\b|^\W*(?:english|ingles)\W*$"
)
_MORE_THAN_ASKS: Final = frozenset(
    "please por favor in en speak do you can we could i habla hablan hablas usted puede podemos "  # noqa: SIM905
    "spanish espanol english ingles hola hi hello no hablo entiendo hablar me se the el le gracias "
    "thanks si yes alguien someone anyone there aqui hay que quiero switch cambiar a to let us".split()  # noqa: E501
)
_SPANISH: Final = frozenset((
    "el", "los", "las", "una", "unos", "del", "que", "por", "para", "con", "su", "sus", "mi", "mis",
    "es", "esta", "estan", "muy", "pero", "como", "cuando", "cuanto", "donde", "usted", "ustedes",
    "yo", "hay", "tengo", "tiene", "tienen", "puedo", "puede", "pueden", "necesito", "quiero",
    "quisiera", "hola", "buenas", "buenos", "dias", "tardes", "noches", "gracias", "favor", "casa",
    "aire", "acondicionado", "calefaccion", "funciona", "enfria", "sirve", "hace", "ruido",
    "cita", "reservar", "manana", "hoy", "noche", "llamo", "soy", "vivo", "calle", "numero",
    "telefono", "si", "mi", "nombre", "direccion", "alguien", "persona", "se", "ya", "no", "me",
    "huele", "humo", "y", "o", "de", "la", "en", "un", "le", "lo", "al", "cual", "esto", "eso",
))  # fmt: skip
_ALSO_ENGLISH_OR_NAMES: Final = frozenset(("no", "me", "y", "o", "de", "la", "en", "un", "es", "mi",
                                           "los", "las", "el", "al", "si", "le", "lo", "del"))  # fmt: skip  # noqa: E501
_CLEAR, _FEWEST_ENGLISH = 2, 3
_LETTERS: Final = re.compile(r"[^\W\d_]{3,}")
ACCENTS: Final = frozenset("áéíóúñ")
_ALPHABET: Final = ACCENTS | frozenset("abcdefghijklmnopqrstuvwxyzü")
"""A word with Spanish accents bears out a plain one; alone it may be a name."""

OPENED: Final = re.compile("[\N{INVERTED QUESTION MARK}\N{INVERTED EXCLAMATION MARK}]")
"""Only Spanish opens a question or a call with a mark."""


def asked_language(text: str) -> Locale | None:
    """The language that a turn asks to go on in, ``None`` when it asks for none."""
    said = fold(text)
    if _ASKS_SPANISH.search(said):
        return Locale.ES_US
    return Locale.EN_US if _ASKS_ENGLISH.search(said) else None


def only_asks_language(text: str) -> bool:
    """Whether a turn that asks for a language says nothing else."""
    return set(words(text)) <= _MORE_THAN_ASKS


def told_beside(text: str) -> tuple[str, Locale | None]:
    """What a turn says beside asking for a language, and the language that is plainly in.

    "My air is not working... ¿podemos hablar en español?" tells its trouble in English.
    """
    parts = [part.strip() for part in _SENTENCES.split(text) if part.strip()]
    rest = ". ".join(part for part in parts if asked_language(part) is None)
    return rest, told_language(rest) if rest else None


_SENTENCES: Final = re.compile(r"[.!?\N{INVERTED QUESTION MARK}\N{INVERTED EXCLAMATION MARK}]+")


def is_spanish_word(word: str) -> bool:
    """Whether a folded word is one of a list of frequent Spanish ones."""
    return word in _SPANISH


def told_language(text: str) -> Locale | None:
    """The language that a turn is plainly in, ``None`` where a few words could be of either."""
    said = [word for word in words(text) if not word.isdecimal()]
    own = [word for word in said if word in _SPANISH]
    accented = sum(map(_is_accented, _LETTERS.findall(text.lower())))
    plain = [word for word in own if word not in _ALSO_ENGLISH_OR_NAMES]
    english = sum(word in ENGLISH and word not in _SPANISH for word in said)
    if plain and len(own) + accented >= _CLEAR and len(own) + accented > english:
        return Locale.ES_US
    if len(said) <= _CLEAR and plain and not english:
        return Locale.ES_US
    if OPENED.search(text) is not None and english < _FEWEST_ENGLISH:
        return Locale.ES_US
    return Locale.EN_US if english >= _FEWEST_ENGLISH and not own else None


def _is_accented(word: str) -> bool:
    return not ACCENTS.isdisjoint(word) and _ALPHABET.issuperset(word)
