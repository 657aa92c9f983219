"""What the agent says is read in the language that it is written in, whatever stands in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialogue.house.test_spanish import BUSINESS, HOTEL, SENTENCES
from voiceagent.domain.business import Business
from voiceagent.domain.locales import Locale
from voiceagent.language.aloud import speakable, spoken, written_in
from voiceagent.language.es_us.catalogue import CATALOGUE

_HOLE = re.compile(r"\{(\w+?)\d?\}")
IN_A_HOLE = {
    "money": "$825",
    "phone": "(937) 555-0142",
    "digits": "14",
    "code": "482937",
    "name": "Sarah Miller",
    "text": "la reja está abierta",
    "thing": "reparación",
    "when": "viernes 29 de agosto, de 9 a 11 PM",
    "hours": "lunes a viernes, de 8 AM a 6 PM",
    "list": "reparación o visita de mantenimiento",
    "fact": "123 Oak Street",
}


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?!])\s+(?=[A-ZÁÉÍÓÚÑ¿¡])", text)


def test_every_spanish_sentence_of_the_house_is_told_by_itself() -> None:
    filled = [
        _HOLE.sub(lambda hole: IN_A_HOLE[hole[1]], ours)
        for english, ours in CATALOGUE
        if len(_HOLE.sub("", ours).strip(" .,")) > 1
    ]
    english = [one for text in filled for one in sentences(text) if written_in(one) is Locale.EN_US]
    assert english == []


@pytest.mark.parametrize("business", [BUSINESS, HOTEL], ids=["coolcare", "hotel"])
def test_no_english_sentence_is_read_in_spanish(business: Business) -> None:
    texts = [*SENTENCES, *(page.answer for page in business.knowledge), business.voice.greeting]
    texts += [business.voice.disclosure, business.emergency.guidance, business.emergency.question]
    spanish = [
        one for text in texts for one in sentences(text) if written_in(one) is not Locale.EN_US
    ]
    assert spanish == []


def test_what_the_business_words_in_spanish_is_read_in_spanish() -> None:
    words = BUSINESS.locales[Locale.ES_US]
    texts = [words.disclosure, words.unavailable, *(page.answer for page in words.knowledge)]
    texts += [value for value in words.emergency.model_dump().values() if isinstance(value, str)]
    assert all(written_in(one) is Locale.ES_US for text in texts for one in sentences(text))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("El depósito es de $206.", "El depósito es de doscientos seis dólares."),
        ("Son $21.50 en total.", "Son veintiún dólares con cincuenta centavos en total."),
        ("Cuesta $1,825.", "Cuesta mil ochocientos veinticinco dólares."),
        (
            "Tengo el (937) 555-0142.",
            "Tengo el nueve tres siete, cinco cinco cinco, cero uno cuatro dos.",
        ),
        (
            "Su código de reserva es 482937.",
            "Su código de reserva es cuatro ocho dos nueve tres siete.",
        ),
        (
            "Esta noche, de 9 a 11 PM, o mañana, de 8 a 10 AM.",
            "Esta noche, de nueve a once de la noche, o mañana, de ocho a diez de la mañana.",
        ),
        ("A las 12:30 PM, por favor.", "A las doce y media del mediodía, por favor."),
        ("A la 1:15 PM, por favor.", "A la una y cuarto de la tarde, por favor."),
        ("Es el viernes 29 de agosto.", "Es el viernes veintinueve de agosto."),
        (
            "¿Es 123 Oak Street, 45502?",
            "Es ciento veintitrés Oak Street, cuatro cinco cinco cero dos?",
        ),
        ("Tiene 15% de descuento.", "Tiene quince por ciento de descuento."),
        ("Le escribo a ana@example.com.", "Le escribo a ana arroba example punto com."),
    ],
)
def test_figures_are_said_as_people_say_them(written: str, said: str) -> None:
    assert spoken(written) == said


@given(st.text(max_size=80), st.sampled_from(["Gracias. ", "¿Qué? ", "The "]))
def test_nothing_written_is_lost(text: str, before: str) -> None:
    whole = before + text
    assert "".join(token.written for token in speakable(whole)) == whole
