"""Danger told in Spanish: the same families, negations and compounds as in English, by its grammar.

Spanish denies before what is denied ("no hay humo", "ni gas ni humo", "sin olor a gas") or right
after it ("gas no"), and a clause ends at "pero", "sino" or a comma. What people cannot do ("no puede
respirar") is a sign with its own "no". The fuel in the name of a thing ("calentador de gas", "recibo
del gas") is no danger, nor is what was mended and no longer smells ("ya no huele").

Accents are folded first, since typed and recognised Spanish has them or not.
"""  # noqa: E501

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from voiceagent.domain.accents import without_accents

_PEOPLE = (
    r"desmay\w+|inconsciente|(?:no|ni) (?:puede|puedo|pueden|podemos|puedes) (?:ni )?(?:respirar|"
    r"moverse|despertar\w*)|no (?:esta )?respira\w*|no (?:se )?despierta\w*|no (?:me )?(?:responde\w*|"  # noqa: E501
    r"reacciona\w*|contesta)|no se mueve|convuls\w+|infarto|derrame|(?:le|me) (?:esta )?(?:dando|dio) un "  # noqa: E501
    r"ataque|ataque (?:al|de|del) corazon|dolor(?:es)? (?:en|de) (?:el |la )?pecho|(?:me|le) duele (?:mucho )?"  # noqa: E501
    r"(?:el|la) (?:pecho|cabeza)|dolor(?:es)? de cabeza|maread[oa]s?|mareos?|nauseas?|vomit\w+|sangrando|"  # noqa: E501
    r"atragant\w+|ahogando\w*|intoxicad\w+|se (?:cayo|golpeo) y no"
)
_THINGS: Final = {
    "gas": r"gas|fuga|escape|propano|huevos? podridos?|butano",
    "fire": (
        r"humo|humareda|fuego|incendi\w+|llamas|llamarada|candela|quema(?:ndo|do|da|dos|das)|quemarse|ardiendo|"
        r"se prendio(?! (?:la luz|el piloto|bien|solo))|chispas?|corto ?circuito|derrit\w+|toques|"
        r"electrocut\w+|explosion|exploto|revento|cogio fuego|olor a quemado"
    ),
    "co": (
        r"monoxido|detector de carbono|alarma de (?:gas|carbono)|(?:suena|sonando|pitando|disparo|pita) "  # noqa: E501
        r"(?:la |el )?(?:alarma|detector)|(?:alarma|detector)(?: \w+){0,3}? (?:sonando|pitando|suena|pita)"  # noqa: E501
    ),
    "people": _PEOPLE,
}
_DANGER: Final = re.compile(
    "|".join(rf"\b(?P<{name}>{pattern})(?!\w)" for name, pattern in _THINGS.items())
)
_COMPOUND: Final = re.compile(
    r"\b(?:calentador(?:es)?|estufas?|calefaccion|hornos?|secadora|compania|cuenta|recibo|boiler|caldera|"
    r"calenton|medidor|cocina|chimenea|llave|linea|planta|tanque|unidad|sistema)(?: \w+)? ?(?:de|a|del) gas\b"  # noqa: E501
    r"(?! (?:esta |se esta |se )?(?:huele|tira|tirando|gote\w+|sali\w+))|\bgasolinera\b"
    r"|\b(?:alarma|detector) de (?:humo|monoxido|carbono)\b(?=.*\b(?:pilas?|bateria|baterias|cambiar|instalar)\b)"  # noqa: E501
    r"|\bcalor (?:infernal|del infierno)\b|\bmuriendo del? (?:calor|frio)\b"
)
_NOT: Final = re.compile(
    r"\b(?:no|ni|sin|nada|tampoco|ningun\w*|nunca|ya no)\b(?: (?!pero\b|sino\b|aunque\b)(?:hay|huele|huelo|"  # noqa: E501
    r"huelen|veo|vemos|se ve|siento|sentimos|sale|suena|esta|estan|tengo|tenemos|es|ve|oye|oigo|he|hemos|"  # noqa: E501
    r"olido|visto|notado|un|una|el|la|los|ningun\w*|nada|de|a|olor|olores|rastro|se|me|fuga|alarma|sonando|"
    r"mas|tampoco))*[ ]$"
)
_NOT_AFTER: Final = re.compile(r"^ no\b(?! (?:se|puedo|puede|para))")
_MENDED: Final = re.compile(
    r"\b(?:arregl\w+|repar\w+|cambi\w+)\b.*\bya no\b|\bya no (?:huele|hay|sale)\b|\b(?:ano|mes|semana) pasad[oa]\b"  # noqa: E501
)
_ANEW: Final = re.compile(r"\b(?:otra vez|de nuevo|todavia|sigue|ahora si|aun|volvio)\b")
_YES: Final = re.compile(
    r"^\W*(?:si|claro|claro que si|asi es|correcto|un poco|un poquito|poquito|creo que si|tal vez|puede ser)"  # noqa: E501
    r"(?:\W|$)(?! no\b)"
)
_BLANKET: Final = re.compile(
    r"^(?:no|nop|nada|para nada|nada de eso|nada de (?:nada|lo anterior)|ningun[oa](?: de (?:esas?|esos?|las dos|"  # noqa: E501
    r"los dos|ellas)(?: cosas)?)?|nada por el estilo|nada asi|de ninguna manera|no hay nada(?: de eso)?|no huele a "  # noqa: E501
    r"nada|todo (?:esta )?(?:bien|normal|tranquilo))$"
)
_ASIDE: Final = re.compile(
    r"\b(?:senor|senora|senorita|joven|amigo|amiga|gracias(?: a dios)?|por favor|mire|pues|bueno|este|ay|"  # noqa: E501
    r"dios mio|que va|hombre|mija|mijo|jaja(?:ja)*)\b"
)
"""Courtesy and laughter, wherever in a clause they stand."""
_SPANISH: Final = frozenset(
    "el la los las del mi mis un una hay huele huelo esta estan estoy con por para pero me muy ni ya al aqui "  # noqa: E501, SIM905
    "casa humo fuego se lo le su sus que como cuanto cobran necesito quiero tengo tenemos cita manana hoy ayer "  # noqa: E501
    "siento nada eso esas ninguna gracias dios joven pues senor senora senorita si poquito poco creo cuando donde "  # noqa: E501
    "calentador calefaccion aire estufa llama hablo ingles entiendo hija hijo esposo esposa mama papa nino nina "  # noqa: E501
    "abuela nene llamarada salio candela puedo puede pueden respirar respira despierta  responde humareda explosion chispas infarto todos ella fuga olor alarma suena sonando desde noche se".split()  # noqa: E501
) - {"me", "no", "a", "see", "la", "mama", "papa"}
_ENGLISH: Final = frozenset(
    "the is are was there it we you smell smells my and not does do have has in on of to this that with yes "  # noqa: E501, SIM905
    "what when how can please need here house leak fire smoke".split()
)
_NORMAL: Final = re.compile(r"[^a-z0-9,;.!?' ]+")


@dataclass(frozen=True, slots=True)
class SpanishHeard:
    """What was read in Spanish.

    Attributes:
        alone: the turn is Spanish and nothing else, so that no English rule reads it.
        word: what gave a danger away, else empty.
        denies: every danger is denied.
        rest: what is left for the English rules, whose hazards may stand in a Spanish turn.
    """

    alone: bool
    word: str = ""
    denies: bool = False
    rest: str = ""


NOT_SPANISH: Final = SpanishHeard(alone=False)


def hear_spanish(text: str, *, asked: bool) -> SpanishHeard:
    """Danger or its denial in a turn that has Spanish in it; never raises.

    Args:
        text: one caller turn.
        asked: it answers the safety question.
    """
    if text.isascii() and _SPANISH.isdisjoint(re.findall(r"[a-z']+", text.lower())):
        return NOT_SPANISH
    said = _folded(text)
    words = re.findall(r"[a-z']+", said)
    spanish = sum(word in _SPANISH for word in words)
    if not spanish:
        return NOT_SPANISH
    alone = not any(word in _ENGLISH for word in words)
    topics: set[str] = set()
    over = _MENDED.search(said) is not None and _ANEW.search(said) is None
    for clause in re.split(r"[.;!?,]+|\b(?:pero|sino|aunque)\b", _COMPOUND.sub(" cosa ", said)):
        for found in _DANGER.finditer(clause):
            kind = found.lastgroup or ""
            if _denied(clause, found) or (over and kind != "people"):
                topics.add(kind)
            else:
                return SpanishHeard(alone, found[0].strip())
    if asked and alone and _YES.search(said):
        return SpanishHeard(alone, words[0])
    rest = _DANGER.sub(" cosa ", _COMPOUND.sub(" cosa ", said))
    return SpanishHeard(alone, denies=alone and asked and _denies(said, topics), rest=rest)


def _denied(clause: str, found: re.Match[str]) -> bool:
    if found.lastgroup == "people" and found[0].startswith(("no ", "ni ")):
        return False
    before, after = clause[: found.start()], clause[found.end() :]
    return _NOT.search(before) is not None or _NOT_AFTER.search(after) is not None


def _denies(said: str, topics: set[str]) -> bool:
    """Whether all of it denies: blanket words, courtesy, and denied dangers, two of them or a blanket."""  # noqa: E501
    blanket = False
    for clause in re.split(r"[.;!?,]+|\b(?=ni )", said):
        part = _ASIDE.sub(" ", clause).strip()
        if _BLANKET.search(part):
            blanket = True
        elif part and not _is_denied_thing(part):
            return False
    return blanket or len(topics) > 1


def _is_denied_thing(part: str) -> bool:
    """As "no huele a gas", "ni humo", "no suena ninguna alarma" and nothing else."""
    bare = _DANGER.sub("@", part)
    return re.fullmatch(
        r"(?:no|ni|sin|tampoco|y no)(?: (?:hay|huele|se ve|veo|suena|sale|ningun\w*|olor|a|de|la|el|nada|@|alarma|y))+",  # noqa: E501
        bare,
    ) is not None  # fmt: skip


def _folded(text: str) -> str:
    """Lower case without accents; all else that is no letter, digit or sentence mark is a space."""
    return " ".join(_NORMAL.sub(" ", without_accents(text.lower())).split())
