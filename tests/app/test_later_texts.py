"""What is sent later about a booking that was made in Spanish is in Spanish."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.dialogue.house.test_spanish import BUSINESS, UNTOLD
from tests.domain.test_phones_and_identity import JOB
from voiceagent.app.deposits import cancelled_text, receipt_text, reminder_text
from voiceagent.app.later_texts import in_their_language
from voiceagent.domain.business import Brand
from voiceagent.domain.locales import Locale
from voiceagent.store.sending import fill

ENGLISH = replace(JOB, code="482937", checkout_url="https://pay.example/c/1")
SPANISH = replace(ENGLISH, locale=Locale.ES_US)
SIGNED = BUSINESS.model_copy(update={"brand": Brand(sign_off="Stay cool!")})
BOOKED = (
    "CoolCare: your repair is booked for Fri, Aug 29, 9:00 PM to 11:00 PM. Booking code {job_code}."
    " Pay the {deposit} deposit here: {checkout_url}"
)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            BOOKED,
            (
                "CoolCare: tiene reservado: reparación, viernes 29 de agosto, "
                "de 9:00 PM a 11:00 PM. Código de reserva 482937. "
                "Pague aquí el depósito de {money}: https://pay.example/c/1"
            ),
        ),
        (
            (
                "CoolCare: your repair has moved to Sat, Aug 30, 8:00 AM to 10:00 AM."
                " Booking code {job_code}."
            ),
            (
                "CoolCare: su cita cambió: reparación, sábado 30 de agosto, de 8:00 AM a 10:00 AM. "
                "Código de reserva 482937."
            ),
        ),
        (
            "CoolCare: your repair on Sat, Aug 30, 8:00 AM to 10:00 AM is cancelled.",
            (
                "CoolCare: su cita quedó cancelada: reparación, sábado 30 de agosto, "
                "de 8:00 AM a 10:00 AM."
            ),
        ),
        (
            receipt_text(BUSINESS),
            (
                "CoolCare: recibimos su depósito de {money}. Su visita, código 482937, está "
                "confirmada."
            ),
        ),
        (
            reminder_text(BUSINESS),
            (
                "CoolCare: por favor pague el depósito de {money} de su visita: "
                "https://pay.example/c/1"
            ),
        ),
        (
            cancelled_text(BUSINESS),
            (
                "CoolCare: su visita, código 482937, se canceló porque el depósito no se pagó. "
                f"Para reservar otra vez, llame al {BUSINESS.phone}."
            ),
        ),
    ],
    ids=["booked", "moved", "cancelled", "receipt", "reminder", "called off"],
)
def test_every_text_about_a_booking_is_in_its_language(body: str, told: str) -> None:
    worded = in_their_language(BUSINESS)
    money = fill("{deposit}", SPANISH)
    said = worded(fill(body, SPANISH), SPANISH)
    assert said.startswith(told.format(money=money))
    assert UNTOLD not in said
    assert worded(fill(body, ENGLISH), ENGLISH) == fill(body, ENGLISH)


def test_a_sign_off_stays_and_what_has_no_words_is_sent_in_english() -> None:
    worded = in_their_language(SIGNED)
    assert worded(fill(receipt_text(SIGNED), SPANISH), SPANISH).endswith("Stay cool!")
    odd = "CoolCare: the moon is made of cheese. Booking code 482937."
    assert worded(odd, SPANISH) == odd
