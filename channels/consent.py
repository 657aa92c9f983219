"""STOP, START and HELP, and their kin, in English and Spanish, on every channel alike.

A whole message that is one of the carriers' words counts as that word. In free wording a wish for
no more messages counts too (closed on doubt: it can be taken back, and the confirmation says how);
a wish for messages again must be plain.

Source: CTIA Messaging Principles and Best Practices (2023), 5.1.2 and 5.1.3; 47 CFR 64.1200(a)(10),
in force since April 2025: any reasonable means, and the words listed there.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final

from voiceagent.dialogue.house.hearing.opt_outs import wants_no_calls
from voiceagent.domain.business import Business
from voiceagent.language.en_us.phones import show_phone


class ConsentWish(StrEnum):
    """STOP: no more messages · START: messages again · HELP: what is this."""

    STOP = "stop"
    START = "start"
    HELP = "help"


class Tongue(StrEnum):
    """In which language it was said."""

    ENGLISH = "en"
    SPANISH = "es"


_STOP_EN: Final = frozenset(
    {"stop", "stop all", "stopall", "stop it", "end", "quit", "cancel", "unsubscribe", "revoke",
     "opt out", "optout", "stop texting", "stop messages", "stop please", "please stop",
     "remove me", "leave me alone"}
)  # fmt: skip
_START_EN: Final = frozenset({"start", "unstop", "subscribe", "resubscribe", "opt in", "optin"})
_START_AGAIN: Final = frozenset({"yes", "resume", "continue"})
"""Words that ask for messages again from who has stopped them, and answer a question otherwise."""
_HELP_EN: Final = frozenset({"help", "info"})
_STOP_ES: Final = frozenset(
    {"alto", "parar", "pare", "paren", "detener", "baja", "cancelar", "salir", "fin", "basta",
     "terminar", "darme de baja", "no mas", "no mas mensajes"}
)  # fmt: skip
_START_ES: Final = frozenset({"iniciar", "comenzar", "empezar", "reanudar", "alta", "suscribir"})
_AGAIN_ES: Final = frozenset({"si"})
_HELP_ES: Final = frozenset({"ayuda", "informacion"})

_SENDING = (
    r"(?:mandar|mandarme|mandarnos|enviar|enviarme|enviarnos|escribir|escribirme|llamar|llamarme|"
    r"textear|textearme|molestar|molestarme|contactar|contactarme)"
)
_SENDS = r"(?:mand|envi|escrib|llam|texte|molest|contact)(?:en|e|an|a|es|as)"
_NO_MORE_ES: Final = tuple(
    map(
        re.compile,
        (
            rf"\bdej(?:en|e|a|ar) de {_SENDING}\b",
            rf"\bno (?:me|nos) {_SENDS}\b(?!.{{0,20}}\b(?:antes|despues|hasta|manana|hoy)\b)",
            r"\bno quiero (?:recibir )?(?:mas )?(?:sus )?(?:mensajes|textos|llamadas|sms)\b",
            r"\bno (?:mas|quiero mas) (?:mensajes|textos|llamadas|sms)\b",
            r"\b(?:quiten|quite|borren|borre|saquen|saque|elimin\w+)(?:me|nos| mi numero)\b",
            r"\bdar(?:me|nos) de baja\b",
        ),
    )
)
_AGAIN_EN: Final = tuple(
    map(
        re.compile,
        (
            r"\b(?:start|resume) (?:texting|messaging|sending) (?:me|us|texts|messages)\b",
            r"\b(?:you (?:can|may)|please) (?:text|message|write) (?:me|us|to me) again\b",
            r"\bopt (?:me|us) (?:back )?in\b|\b(?:re)?subscribe me\b",
            r"\bi (?:want|would like) (?:your |to get (?:your )?)?(?:texts|messages) again\b",
            r"\b(?:puede|pueden) (?:escribirme|mandarme mensajes|enviarme mensajes) otra vez\b",
            r"\bquiero (?:recibir )?(?:mensajes|textos) (?:otra vez|de nuevo)\b",
        ),
    )
)


def consent_wish(text: str, *, stopped: bool) -> tuple[ConsentWish, Tongue] | None:
    """What a message asks for; ``None`` when it is about something else.

    Args:
        text: as written.
        stopped: they want no messages so far; then a yes is one to messages.
    """
    said = _plain(text)
    words: tuple[tuple[frozenset[str], ConsentWish, Tongue], ...] = (
        (_STOP_EN, ConsentWish.STOP, Tongue.ENGLISH),
        (_STOP_ES, ConsentWish.STOP, Tongue.SPANISH),
        (_START_EN | (_START_AGAIN if stopped else frozenset()), ConsentWish.START, Tongue.ENGLISH),
        (_START_ES | (_AGAIN_ES if stopped else frozenset()), ConsentWish.START, Tongue.SPANISH),
        (_HELP_EN, ConsentWish.HELP, Tongue.ENGLISH),
        (_HELP_ES, ConsentWish.HELP, Tongue.SPANISH),
    )
    for known, wish, tongue in words:
        if said in known:
            return wish, tongue
    if stopped and any(pattern.search(said) for pattern in _AGAIN_EN):
        spanish = said.startswith(("puede", "quiero"))
        return ConsentWish.START, Tongue.SPANISH if spanish else Tongue.ENGLISH
    if any(pattern.search(said) for pattern in _NO_MORE_ES):
        return ConsentWish.STOP, Tongue.SPANISH
    if wants_no_calls(text):
        return ConsentWish.STOP, Tongue.ENGLISH
    return None


def confirmation(wish: ConsentWish, tongue: Tongue, business: Business) -> str:
    """What is answered, once."""
    name, phone = business.name, show_phone(business.phone)
    english = {
        ConsentWish.STOP: f"{name}: you will get no more messages from us. Reply START to get them "
        f"again, or call {phone}.",
        ConsentWish.START: f"{name}: you get messages from us again. Reply STOP to end them.",
        ConsentWish.HELP: f"{name}: an automated assistant answers here, for prices and visits. "
        f"Type 0 for a person or call {phone}. Reply STOP for no more messages. Message and data "
        "rates may apply.",
    }
    spanish = {
        ConsentWish.STOP: f"{name}: no le enviaremos más mensajes. Responda START para recibirlos "
        f"de nuevo, o llame al {phone}.",
        ConsentWish.START: f"{name}: le enviaremos mensajes otra vez. Responda STOP para pararlos.",
        ConsentWish.HELP: f"{name}: aquí responde un asistente automático, para precios y visitas. "
        f"Escriba 0 para hablar con una persona o llame al {phone}. Responda STOP para no recibir "
        "más mensajes.",
    }
    return (spanish if tongue is Tongue.SPANISH else english)[wish]


def _plain(text: str) -> str:
    """Lower case, no accents, words with single blanks."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[a-z0-9]+", bare.lower()))
