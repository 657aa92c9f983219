"""Yes and no in Spanish, by closed lists: any word beside them makes the answer unclear.

"Si" without its accent is also "if": only where nothing but assent stands with it is it a yes.
"""

from __future__ import annotations

import re
from typing import Final

from voiceagent.language.en_us.agreement import ProposedAct
from voiceagent.language.en_us.yes_no import YesNo
from voiceagent.language.es_us.lexicon import fold, words

_CLAUSE: Final = re.compile(r"[.,;:!?¡¿]+")
_YES: Final = frozenset((
    "si", "claro", "correcto", "exacto", "exactamente", "perfecto", "adelante", "confirmo", "dale",
    "acepto", "afirmativo", "confirmado", "confirmada", "resérvela", "reservela", "reservelo",
    "hagalo", "hagala", "agendela", "agendelo", "ok", "okay", "vale", "listo", "bueno",
))  # fmt: skip
_YES_BESIDE: Final = frozenset((
    "que", "por", "supuesto", "favor", "gracias", "muchas", "esta", "bien", "muy", "todo", "asi",
    "es", "eso", "de", "acuerdo", "me", "parece", "lo", "la", "quiero", "senor", "senora",
    "senorita", "sirve", "funciona", "va", "ya", "ahora", "reservar", "reserve", "mande",
    "alguien", "a", "con", "gusto", "pues", "esa", "ese", "hora", "cita", "agende", "haga", "hacer",
))  # fmt: skip
_YES_PHRASES: Final = (
    "por supuesto", "de acuerdo", "esta bien", "asi es", "me parece bien", "todo bien",
    "todo correcto", "muy bien", "eso es", "por favor", "con gusto", "me sirve",
)  # fmt: skip
_NO: Final = frozenset(("no", "nop", "nada", "ninguna", "ninguno", "nadie", "tampoco", "negativo"))
_NO_BESIDE: Final = frozenset((
    "gracias", "muchas", "para", "de", "eso", "por", "ahora", "favor", "asi", "esta", "bien", "mas",
    "es", "todo", "senor", "senora", "senorita", "ya", "solo", "hay", "tengo", "quiero", "lo", "la",
    "seria", "pues", "dios", "a", "notas", "nota", "ningun", "algo",
))  # fmt: skip
_NO_FIRST: Final = re.compile(r"^\W*(?:no|nop|nada)\s*(?:[.,;:!]|$)")
_HEDGES: Final = frozenset((
    "pero", "excepto", "siempre", "cuando", "primero", "antes", "todavia", "aun", "espere",
    "espera", "pensar", "pensarlo", "consultar", "preguntar", "aunque", "depende", "quizas",
    "quiza", "talvez", "tal", "despues", "luego", "salvo", "mejor", "creo", "supongo", "menos",
    "mientras", "hasta", "depender",
))  # fmt: skip


def hear_yes_no(text: str) -> YesNo:
    """What a turn answers; a "no" that something follows is a no, a yes only by itself.

    "Sí, pero mañana" and "si viene hoy" are unclear, as is every yes with a word that is not known
    to go with one.
    """
    said = words(text)
    if not said:
        return YesNo.UNCLEAR
    if set(said) <= _NO | _NO_BESIDE and not _NO.isdisjoint(said):
        return YesNo.NO
    if is_hedged(text) and not _RATHER_NOT.search(fold(text)):
        return YesNo.UNCLEAR
    if _RATHER_NOT.search(fold(text)) is not None or _NO_FIRST.search(fold(text)) is not None:
        return YesNo.NO
    return YesNo.YES if _assents(text) else YesNo.UNCLEAR


_RATHER_NOT: Final = re.compile(r"^\W*(?:no\W+)*mejor (?:ya )?no\b|^\W*(?:no\W+)+ya no\b")


def agrees(text: str, act: ProposedAct) -> bool:
    """Whether a turn agrees with an act that was proposed, and says nothing else.

    A word goes with one act and not with another: "sí, la quiero" keeps what is to be called off.
    """
    said = words(text)
    own = _ACT_WORDS[act]
    if is_hedged(text) or "?" in text or _LETS_STAND.search(fold(text)) is not None:
        return False
    named = not own.isdisjoint(said)
    if act is ProposedAct.BOOK:
        return _assents(text)
    yes, beside = _YES - _ACT_WORDS[ProposedAct.BOOK] | own, _COURTESIES
    beside = beside | _OF_THE_ACT if named else beside
    whole = f" {' '.join(said)} "
    agreed = not yes.isdisjoint(said) or any(f" {one} " in whole for one in _PHRASES_OF_ALL)
    for one in _PHRASES_OF_ALL:
        whole = whole.replace(f" {one} ", " ")
    return agreed and set(whole.split()) <= yes | beside


def lets_it_stand(text: str) -> bool:
    """Whether what is booked is to stay what it is: "sí, déjela", "mejor la dejo así"."""
    said = fold(text)
    if _NOT_TO_BE_DONE.search(said) is not None and "?" not in text:
        return True
    found = _LETS_STAND.search(said)
    return found is not None and re.search(r"\bno (?:\w+ )?$", said[: found.start()]) is None


_NOT_TO_BE_DONE: Final = re.compile(
    r"\bno (?:(?:la|lo|me|quiero|voy a|deseo|hace falta|es necesario) )*(?:cancel|anul|muev|cambi)\w+"  # noqa: E501
)
_LETS_STAND: Final = re.compile(
    r"\b(?:dej(?:e|a|o|en|ar|emos)(?:me)?(?:la|lo|las)?|mantenga(?:la|lo)?|mantener(?:la|lo)?|conserv\w+"
    r"|que(?:de|da|do)(?:se)?|ahi (?:estare|voy)|(?:si )?(?:voy|vengan|iremos)|l[ao]s? espero)\b"
)
_ACT_WORDS: Final = {
    ProposedAct.BOOK: frozenset((
        "reservela", "reservelo", "agendela", "agendelo", "reservar", "reserve", "agende", "acepto",
    )),
    ProposedAct.MOVE: frozenset((
        "cambiela", "cambielo", "cambie", "muevala", "muevalo", "mueva", "pasela", "cambiar",
        "cambiarla", "mover", "moverla",
    )),
    ProposedAct.CANCEL: frozenset((
        "cancelela", "cancelelo", "cancele", "cancelar", "cancelarla", "cancelarlo", "anulela",
        "anule", "anular", "anularla", "cancelen",
    )),
}  # fmt: skip
_COURTESIES: Final = frozenset((
    "por", "favor", "gracias", "muchas", "senor", "senora", "senorita", "ya", "ahora", "pues",
    "que", "si",
))  # fmt: skip
_OF_THE_ACT: Final = frozenset(
    ("quiero", "la", "lo", "mi", "esa", "cita", "reserva", "visita", "me")
)
_PHRASES_OF_ALL: Final = (
    "por supuesto", "de acuerdo", "esta bien", "asi es", "me parece bien", "muy bien", "eso es",
    "con gusto",
)  # fmt: skip


def assents_first(text: str) -> bool:
    """Whether the first clause is a whole yes, whatever facts follow it, and nothing hedges it."""
    first, *_ = (one for one in _CLAUSE.split(text) if one.strip()) if text.strip() else ("",)
    return not is_hedged(text) and "?" not in text and _assents(first)


def is_hedged(text: str) -> bool:
    """Whether what is said hangs on something, or is put off."""
    return not _HEDGES.isdisjoint(words(text))


def without_answer(text: str) -> str:
    """What follows a yes or no that stands first and apart."""
    return _LED.sub("", text)


_LED: Final = re.compile(
    r"^\W*(?:s[ií]|no|claro|correcto|exacto|bueno|ok|okay|perdón|perdon)\b(?: que s[ií])?[\s,.;:!]+",  # noqa: E501
    re.IGNORECASE,
)


def _assents(text: str) -> bool:
    said = words(text)
    whole = f" {' '.join(said)} "
    named = not _YES.isdisjoint(said) or any(f" {one} " in whole for one in _YES_PHRASES)
    return named and set(said) <= _YES | _YES_BESIDE
