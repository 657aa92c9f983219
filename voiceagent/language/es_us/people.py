"""Names, telephone numbers and addresses in a Spanish turn.

The numbers and streets are those of the United States, so what is left once the Spanish around them
is away is read by the readers of `en_us`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from voiceagent.language.en_us.addresses import AddressHeard, hear_address
from voiceagent.language.en_us.phones import PhoneHeard, hear_phone
from voiceagent.language.es_us.lexicon import fold, in_digits

_CUE: Final = re.compile(
    r"\b(?:me llamo|mi nombre (?:completo )?es|el nombre es|a nombre de|soy|habla|le habla|"
    r"se llama|nombre:)\s+",
)
_PARTICLES: Final = frozenset(("de", "la", "las", "los", "del", "y"))
_NO_NAMES: Final = frozenset((
    "el", "la", "un", "una", "yo", "mi", "mis", "su", "me", "es", "y", "con", "para", "por", "en",
    "que", "si", "no", "numero", "telefono", "celular", "direccion", "calle", "casa", "vivo",
    "aqui", "quien", "dueno", "duena", "inquilino", "cliente", "clienta", "nuevo", "nueva",
    "gracias", "favor", "hola", "buenas", "buenos", "dias", "tardes", "noches", "claro", "bueno",
    "senor", "senora", "senorita", "nombre", "llamo", "soy", "esta", "este", "estoy", "tengo",
    "hoy", "manana", "noche", "tarde", "ya", "se", "lo", "le", "al", "a", "o", "pero", "porque",
    "nada", "nadie", "ninguno", "como", "cuando", "cuanto", "donde", "cual", "espanol", "ingles",
    "persona", "alguien", "ayuda", "cita", "problema", "aire", "correcto", "perfecto", "quiero",
    "necesito", "puede", "puedo", "mejor", "otro", "otra", "primero", "primera", "dije", "digo",
    "perdon", "espere", "momento", "ok", "okay", "adelante", "entiendo", "decir", "digame", "da",
    "igual", "muy", "bien", "todo", "todos", "solo", "tambien", "habla", "hablo", "usted",
    "listo", "exacto", "supuesto", "acuerdo", "confirmo", "acepto", "vale",
))  # fmt: skip
_MOST_WORDS: Final = 5
_NAME_WORD: Final = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*\.?")
_PLACE: Final = re.compile(
    r"\b(\d{1,6}) (?:de (?:la )?(?:calle )?|de )?(?=[^\W\d_]|\d+(?:st|nd|rd|th)\b)", re.IGNORECASE
)
_END: Final = re.compile(
    r"[.;!?]|,? (?:y )?(?:mi|el|su) (?:nombre|telefono|teléfono|numero|número|celular)\b|,? y me llamo\b",  # noqa: E501
    re.IGNORECASE,
)
_ZIP_CUE: Final = re.compile(r",? *(?:el )?(?:c[oó]digo|zona) postal(?: es)?:? *", re.IGNORECASE)
_UNIT: Final = re.compile(
    r"\b(?:apartamento|departamento|apto|depto)\.? *(?:n[uú]mero )?", re.IGNORECASE
)


def hear_name(text: str, *, asked: bool) -> str | None:
    """The name a turn gives: behind words that give one, or alone where one was asked for."""
    said = fold(text)
    if len(said) == len(text):  # folding kept every letter's place
        for cue in _CUE.finditer(said):
            name = _name_at(text, cue.end())
            if name is not None:
                return name
    return _bare(text) if asked else None


def _name_at(text: str, at: int) -> str | None:
    """The words of a name from `at` on, up to the first that is none."""
    found: list[str] = []
    end = at
    for word in _NAME_WORD.finditer(text, at):
        if found and text[end : word.start()].strip():
            break
        plain = fold(word[0])
        if (plain in _NO_NAMES and not (found and plain in _PARTICLES)) or len(
            found
        ) >= _MOST_WORDS:
            break
        found.append(word[0])
        end = word.end()
    while found and fold(found[-1]) in _PARTICLES:
        found.pop()
    return _titled(found)


def _bare(text: str) -> str | None:
    """A turn that is a name, and maybe a number, and nothing else."""
    plain = re.sub(r"[\d()+\-]+", " ", in_digits(text))
    plain = re.sub(
        r"\b(?:y )?(?:mi |el |es )*(?:tel[eé]fono|n[uú]mero|celular)(?: es)?\b",
        " ",
        plain,
        flags=re.IGNORECASE,
    )
    found = [word[0] for word in _NAME_WORD.finditer(plain)]
    while found and fold(found[-1]) in _PARTICLES:
        found.pop()
    if not 0 < len(found) <= _MOST_WORDS or any(
        fold(word) in _NO_NAMES and fold(word) not in _PARTICLES for word in found
    ):
        return None
    return None if fold(found[0]) in _PARTICLES else _titled(found)


def _titled(found: Sequence[str]) -> str | None:
    """A name as it is written: capitals where none were typed."""
    if not found:
        return None
    return " ".join(
        word if word[:1].isupper() or fold(word) in _PARTICLES else word.capitalize()
        for word in found
    ).rstrip(".")


def hear_number(text: str, country: str) -> PhoneHeard | None:
    """The telephone number of a turn, in digits or in words."""
    return hear_phone(in_digits(text), country=country)


def hear_place(
    text: str,
    *,
    streets: Sequence[str],
    cities: Sequence[str],
    city: str,
    state: str,
    zips: frozenset[str],
) -> AddressHeard | None:
    """The address of a turn: from its house number to the end of the sentence.

    Args:
        text: one turn.
        streets: streets that the business knows.
        cities: cities that it knows.
        city: used when none is said.
        state: likewise.
        zips: the ZIP codes that are served.
    """
    written = _UNIT.sub("Apt ", _ZIP_CUE.sub(" ", in_digits(text)))
    for number in _PLACE.finditer(written):
        rest = written[number.end() :]
        end = _END.search(rest)
        street = rest[: end.start()] if end is not None else rest
        street = re.sub(r"^(?:la )?calle ", "", street, flags=re.IGNORECASE)
        heard = hear_address(
            f"{number[1]} {street}",
            known_streets=streets,
            known_cities=cities,
            default_city=city,
            default_state=state,
            known_zips=zips,
        )
        if heard is not None and heard.number == number[1] and heard.street:
            return heard
    return None
