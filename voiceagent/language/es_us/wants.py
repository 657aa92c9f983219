"""What a Spanish turn wants, by closed patterns: each names the wish plainly, or it is not heard."""  # noqa: E501

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from voiceagent.language.es_us.lexicon import fold


class Want(StrEnum):
    """A wish, or a move in the conversation; the values are those of the house's intents."""

    BOOK = "book"
    PRICE = "price"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    HUMAN = "human"
    ANGER = "anger"
    LEGAL = "legal"
    KNOWLEDGE = "knowledge"
    REPEAT = "repeat"
    WAIT = "wait"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    THAT_IS_ALL = "that_is_all"
    THIS_NUMBER = "this_number"
    DO_NOT_KNOW = "do_not_know"
    MY_BOOKING = "my_booking"
    RUSH = "rush"
    NO_RUSH = "no_rush"
    GREETING = "greeting"
    WHO_ARE_YOU = "who_are_you"


_MINE: Final = r"(?:mi|nuestra|la|una) (?:proxima )?(?:cita|visita|reserva)"
_PATTERNS: Final[dict[Want, str]] = {
    Want.BOOK: r"(?:hacer|agendar|sacar|reservar|quiero|necesito|quisiera|programar|dan|dar|den|deme|denme) (?:una|la) (?:cita|visita|reserva)"  # noqa: E501
    r"|(?:pueden?|podrian?|podria) (?:venir|mandar|enviar)|(?:manden|mande|envien|envie) (?:a )?(?:alguien|un tecnico)"  # noqa: E501
    r"|que venga (?:alguien|un tecnico)|(?:quiero|quisiera|necesito|me gustaria) (?:reservar|agendar)",  # noqa: E501
    Want.PRICE: r"cuanto (?:cuesta|cobran|vale|seria|sale|es|costaria|me cobran)|que precio|el precio|cotizacion|presupuesto",  # noqa: E501
    Want.RESCHEDULE: r"(?:cambiar|mover|reprogramar|reagendar|pasar|posponer) (?:la|mi|una|el dia de (?:la|mi)|la hora de (?:la|mi)) (?:cita|visita|reserva)",  # noqa: E501
    Want.CANCEL: r"(?:cancelar|anular|cancele|anule|cancelen) (?:la|mi|una|esa)? ?(?:cita|visita|reserva)|^\W*(?:quiero )?cancelar(?:la|lo)?\W*$|(?:quiero|necesito|quisiera|deseo|tengo que|para) (?:cancelar|anular)(?:la|lo)?\W*(?:$|[,.;:\d])",  # noqa: E501
    Want.HUMAN: r"(?:hablar|comunicar\w*|comuniqueme|paseme|conecteme|atienda|hable|pasar\w*) (?:\w+ ){0,2}(?:con |a )?(?:una |un |alguna |algun )?"  # noqa: E501
    r"(?:persona|humano|alguien|agente|operador\w*|representante|encargad[oa]|gerente|supervisor\w*)"
    r"|(?:una|un) (?:persona|humano|agente|operador|operadora|representante) (?:de verdad|real|por favor)"  # noqa: E501
    r"|^\W*(?:persona|humano|agente|operador|operadora|representante|una persona)\W*(?:por favor)?\W*$"  # noqa: E501
    r"|quiero (?:una persona|un humano|un agente|una persona real)|alguien que hable espanol|no (?:quiero|voy a) hablar con (?:una maquina|un robot)",  # noqa: E501
    Want.ANGER: r"(?:es|esto es) (?:una verguenza|ridiculo|inaceptable|indignante|una falta de respeto|el colmo)|estoy (?:furios[oa]|hart[oa]|muy enojad[oa]|muy molest[oa])"  # noqa: E501
    r"|pesimo servicio|son unos (?:rateros|ladrones|inutiles|estafadores)|me estafaron|que porqueria",  # noqa: E501
    Want.LEGAL: r"(?:mi|un|al|con mi) abogad[oa]|(?:los|las|les) voy a demandar|demanda(?:rlos|rles)|mi abogad[oa]|better business bureau",  # noqa: E501
    Want.REPEAT: r"(?:puede|podria|me) (?:lo )?repet\w+|repita|repitalo|otra vez,? por favor|como dijo|que dijo|no (?:le )?(?:escuche|oi)",  # noqa: E501
    Want.WAIT: r"un momento|un momentito|espere|esperame|espereme|deme un (?:momento|segundo|minuto)|un segundo|dejeme ver",  # noqa: E501
    Want.THANKS: r"gracias",
    Want.GOODBYE: r"adios|hasta luego|hasta pronto|nos vemos|chao|chau|bye|que tenga buen \w+",
    Want.THAT_IS_ALL: r"(?:eso|eso) es todo|nada mas|es todo|seria todo|ya no,? gracias|no quiero nada",  # noqa: E501
    Want.THIS_NUMBER: r"(?:a |en )?este (?:mismo )?(?:numero|telefono|celular)|al mismo numero|(?:el|del) (?:numero )?(?:desde|de) (?:el |donde )?(?:que )?(?:le )?(?:llamo|escribo|estoy llamando)",  # noqa: E501
    Want.DO_NOT_KNOW: r"no (?:lo |la )?se\b|no me acuerdo|no recuerdo|no (?:lo )?tengo (?:el codigo|codigo|a mano)|no tengo (?:ningun )?codigo",  # noqa: E501
    Want.MY_BOOKING: rf"(?:a que hora|que hora|que dia|cuando|para cuando|para que (?:dia|hora)|como) (?:\w+ )?(?:es|era|esta|quedo|queda|sera|tengo|tenemos|va) {_MINE}"  # noqa: E501
    rf"|{_MINE} (?:a que hora|cuando|que dia|para cuando) (?:es|era|esta|sera)|(?:la hora|el dia|la fecha|los datos|el estado) de {_MINE}"  # noqa: E501
    rf"|(?:tengo|tenemos) (?:una|la|alguna) (?:cita|visita|reserva)\W*[?]|(?:a que hora|cuando) (?:viene|vienen|llega|llegan) (?:\w+ )?(?:tecnico|mi cita)",  # noqa: E501
    Want.RUSH: r"es urgente|urgente|es una emergencia|lo antes posible|cuanto antes|lo mas pronto|ahora mismo|ahorita mismo|hoy mismo",  # noqa: E501
    Want.NO_RUSH: r"no (?:es urgente|hay prisa|corre prisa|tengo prisa)|sin prisa|cuando puedan",
    Want.GREETING: r"^\W*(?:hola|buenas|buenos dias|buenas tardes|buenas noches|que tal)",
    Want.WHO_ARE_YOU: r"(?:es|eres|hablo con) (?:usted )?(?:un|una) (?:robot|maquina|persona|computadora|bot)|con quien (?:hablo|estoy hablando)|quien (?:es|habla)\W*$",  # noqa: E501
    Want.KNOWLEDGE: r"(?:que|cual(?:es)? (?:es|son)) (?:\w+ ){0,3}(?:horario|horarios|horas)|a que hora (?:abren|cierran)|(?:estan|esta) abiertos?|(?:aceptan|reciben|puedo pagar|como (?:se )?pag\w+)"  # noqa: E501
    r"|garantia|(?:que|cuales) (?:zonas?|areas?|ciudades|servicios)|(?:atienden|llegan|van|trabajan) (?:en|a|hasta)|devuelven el deposito|politica de cancelacion",  # noqa: E501
}  # fmt: skip
_COMPILED: Final = {want: re.compile(rf"(?:{pattern})") for want, pattern in _PATTERNS.items()}
_NO_CALLS: Final = re.compile(
    r"\bno (?:me|nos) (?:llamen?|manden?|envien?|escriban?|contacten?|vuelvan? a (?:llamar|escribir|mandar))\b(?! (?:a |hoy|antes|despues|por la))"  # noqa: E501
    r"|\bdejen? de (?:llamar\w*|escribir\w*|mandar\w*|molestar\w*)\b|\b(?:quiten?me|borren?me|saquen?me) de (?:la|su) lista\b"  # noqa: E501
)
_CORRECTS: Final = re.compile(
    r"^\W*no\b[,. ]+(?:es|son|el|la|mi|era|fue|\d)|\b(?:perdon|quise decir|me equivoque|corrijo|mejor dicho|en vez de|esta mal|no es)\b"  # noqa: E501
)
_QUESTION: Final = re.compile(
    r"[?¿]|(?:^|[.!]\s)\W*(?:que|cual|cuanto|cuanta|cuando|donde|como|quien|por que|a que hora|cada cuanto|tienen|aceptan|hacen|puedo|ofrecen|atienden)\b"  # noqa: E501
)
_EN: Final = re.compile(
    r"\bno (?:(?:quiero|necesito|voy a|deseo) )?(?:(?:que )?me |que )?(?:la |lo )?(?:\w+ )?$"
)


def hear_wants(text: str) -> frozenset[Want]:
    """All that a turn wants, of what is heard; a wish that is denied is none."""
    said = fold(text)
    found: set[Want] = set()
    for want, pattern in _COMPILED.items():
        match = pattern.search(said)
        denied = match is not None and _EN.search(said[: match.start()]) is not None
        if match is not None and not (denied and want in _DENIABLE):
            found.add(want)
    if Want.RESCHEDULE in found or Want.CANCEL in found:
        found.discard(Want.BOOK)
    if Want.MY_BOOKING in found and found & {Want.RESCHEDULE, Want.CANCEL}:
        found.discard(Want.MY_BOOKING)
    if Want.PRICE in found or Want.MY_BOOKING in found:
        found.discard(Want.KNOWLEDGE)
    return frozenset(found)


_DENIABLE: Final = frozenset((Want.BOOK, Want.CANCEL, Want.RESCHEDULE, Want.HUMAN))


_MOVES_IT: Final = re.compile(
    r"\b(?:cambi|mov|muev|reprogram|reagend|pas|pong|ponga)(?:e|a|en|an|er|ar)?(?:me)?(?:la|lo)\b"
)


def moves_it(text: str) -> bool:
    """Whether what is booked is to be put elsewhere: "cámbiela para el viernes"."""
    said = fold(text)
    found = _MOVES_IT.search(said)
    return found is not None and _EN.search(said[: found.start()]) is None


def wants_no_calls(text: str) -> bool:
    """Whether no calls or texts from us are wanted any more."""
    return _NO_CALLS.search(fold(text)) is not None


def corrects(text: str) -> bool:
    """Whether a turn puts something right."""
    return _CORRECTS.search(fold(text)) is not None


_TO_KNOW: Final = re.compile(
    r"\b(?:cada cuanto|cuanto (?:tarda|dura|tiempo|se tarda|se tardan|espacio)|que (?:incluye|cubre|pasa si|debo|hago con|marcas)"  # noqa: E501
    r"|como (?:puedo|se|reconozco|doy|cancelo el plan)|(?:tengo|hay|tiene|tienen) que|(?:reparan|arreglan|instalan|trabajan con|venden|ofrecen|dan|hacen|usan|llevan|hay) (?:\w+ ){0,4}\w+\?)"  # noqa: E501
)


_VISIT: Final = re.compile(r"\b(?:una|la|mi) (?:cita|reserva)\b")


def asks_to_know(text: str) -> bool:
    """Whether a turn asks how things are done or what is offered, whatever service it names."""
    said = fold(text)
    return asks(text) and _TO_KNOW.search(said) is not None and _VISIT.search(said) is None


def asks(text: str) -> bool:
    """Whether a turn asks something."""
    return _QUESTION.search(fold(text)) is not None
