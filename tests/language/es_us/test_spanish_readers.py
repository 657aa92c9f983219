"""Spanish words to values: tables, and what must never be taken for a yes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.domain.locales import Locale
from voiceagent.domain.records import Window
from voiceagent.language.en_us.choosing import ChoiceKind
from voiceagent.language.en_us.dayparts import Daypart
from voiceagent.language.en_us.yes_no import YesNo
from voiceagent.language.es_us.asking_language import asked_language, told_language
from voiceagent.language.es_us.lexicon import in_digits
from voiceagent.language.es_us.people import hear_name, hear_number, hear_place
from voiceagent.language.es_us.times import hear_time
from voiceagent.language.es_us.wants import Want, hear_wants, wants_no_calls
from voiceagent.language.es_us.wording import show_when
from voiceagent.language.es_us.yes_no import hear_yes_no

NOW = datetime(2025, 8, 29, 20, 5, tzinfo=ZoneInfo("America/New_York"))  # a Friday
TONIGHT = NOW.replace(hour=21, minute=0)
TOMORROW = NOW.replace(hour=8, minute=0) + timedelta(days=1)
OFFERS = tuple(Window(start, start + timedelta(hours=2)) for start in (TONIGHT, TOMORROW))


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        *((yes, YesNo.YES) for yes in ("Sí", "si, por favor", "claro que sí", "¡Perfecto!")),
        *((yes, YesNo.YES) for yes in ("está bien", "sí, resérvelo", "de acuerdo", "adelante")),
        *((no, YesNo.NO) for no in ("No", "no, gracias", "nada más", "No, es Oak Lane")),
        ("si viene hoy", YesNo.UNCLEAR),
        ("sí, pero mañana", YesNo.UNCLEAR),
        ("sí, si es antes de las diez", YesNo.UNCLEAR),
        ("no sé", YesNo.UNCLEAR),
        ("sí, creo", YesNo.UNCLEAR),
        ("bueno, déjeme pensarlo", YesNo.UNCLEAR),
        ("", YesNo.UNCLEAR),
    ],
)
def test_yes_and_no(said: str, answer: YesNo) -> None:
    assert hear_yes_no(said) is answer


@given(st.sampled_from(["sí", "claro", "perfecto"]), st.text("bcdfgjkxyz", min_size=3, max_size=9))
def test_a_yes_with_an_unknown_word_beside_it_is_unclear(yes: str, word: str) -> None:
    assert hear_yes_no(f"{yes} {word}") is not YesNo.YES


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("cinco cinco cinco, uno dos tres", "5 5 5, 1 2 3"),
        ("quinientos cincuenta y cinco", "555"),
        ("cuatro ceros", "0 0 0 0"),
        ("veintitrés", "23"),
        ("una casa", "una casa"),
    ],
)
def test_numbers_in_words(said: str, digits: str) -> None:
    assert in_digits(said) == digits


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Me llamo Sarah Miller, 555-123-0000", "Sarah Miller"),
        ("soy juan pérez y vivo aquí", "Juan Pérez"),
        ("María de la Cruz", "María de la Cruz"),
        ("soy el dueño de la casa", None),
        ("no sé", None),
        ("quiero una cita", None),
    ],
)
def test_names(said: str, name: str | None) -> None:
    assert hear_name(said, asked=True) == name


def test_a_number_in_words_and_an_address_with_a_spanish_zip_code() -> None:
    number = hear_number("es el cinco cinco cinco, uno dos tres, cuatro ceros", "US")
    assert number is not None
    assert number.e164 == "+15551230000"
    place = hear_place(
        "vivo en el 123 de Oak Street, código postal 45501",
        streets=("Oak Street",),
        cities=("Springfield",),
        city="Springfield",
        state="Ohio",
        zips=frozenset({"45501"}),
    )
    assert place is not None
    assert place.text == "123 Oak Street, Springfield, Ohio 45501"


@pytest.mark.parametrize(
    ("said", "day", "part"),
    [
        ("hoy", date(2025, 8, 29), None),
        ("mañana por la mañana", date(2025, 8, 30), Daypart.MORNING),
        ("pasado mañana", date(2025, 8, 31), None),
        ("el martes por la tarde", date(2025, 9, 2), Daypart.AFTERNOON),
        ("esta noche", date(2025, 8, 29), Daypart.EVENING),
        ("por la mañana", None, Daypart.MORNING),
        ("el 5 de septiembre", date(2025, 9, 5), None),
        ("el 31 de febrero", None, None),
    ],
)
def test_days(said: str, day: date | None, part: Daypart | None) -> None:
    heard = hear_time(said, NOW)
    assert (heard.day, heard.daypart) == (day, part)


@pytest.mark.parametrize(
    ("said", "kind", "index"),
    [
        ("la primera", ChoiceKind.CHOSEN, 0),
        ("la segunda, por favor", ChoiceKind.CHOSEN, 1),
        ("esta noche", ChoiceKind.CHOSEN, 0),
        ("mañana", ChoiceKind.CHOSEN, 1),
        ("la de las 8", ChoiceKind.CHOSEN, 1),
        ("lo antes posible", ChoiceKind.CHOSEN, 0),
        ("ninguna me sirve", ChoiceKind.NONE_OF_THEM, None),
        ("a las 3", ChoiceKind.NONE_OF_THEM, None),
    ],
)
def test_windows(said: str, kind: ChoiceKind, index: int | None) -> None:
    choice = hear_time(said, NOW, OFFERS).choice
    assert choice is not None
    assert (choice.kind, choice.index) == (kind, index)


@pytest.mark.parametrize(
    ("said", "want"),
    [
        ("quiero hablar con una persona", Want.HUMAN),
        ("páseme con un agente", Want.HUMAN),
        ("necesito cancelar mi cita", Want.CANCEL),
        ("quiero cambiar la cita", Want.RESCHEDULE),
        ("¿cuánto cuesta?", Want.PRICE),
        ("voy a llamar a mi abogado", Want.LEGAL),
        ("quisiera hacer una cita", Want.BOOK),
    ],
)
def test_wants(said: str, want: Want) -> None:
    assert want in hear_wants(said)


def test_a_denied_wish_is_none() -> None:
    assert Want.CANCEL not in hear_wants("no quiero cancelar la cita")
    assert wants_no_calls("no me llamen más")
    assert not wants_no_calls("no me llamen antes de las diez")


@pytest.mark.parametrize(
    ("said", "asked", "told"),
    [
        ("en español, por favor", Locale.ES_US, Locale.ES_US),
        ("in English please", Locale.EN_US, None),
        ("Do you speak Spanish?", Locale.ES_US, None),
        ("Hola, se descompuso el aire", None, Locale.ES_US),
        ("My AC is not cooling", None, Locale.EN_US),
        ("Los Angeles", None, None),
        ("no", None, None),
        ("123 Oak Street", None, None),
    ],
)
def test_languages(said: str, asked: Locale | None, told: Locale | None) -> None:
    assert asked_language(said) is asked
    if told is not None or asked is None:
        assert told_language(said) is told


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("tonight, 9\N{EN DASH}11 PM", "esta noche, de 9 a 11 PM"),
        (
            "Tuesday, September 2, 11 AM\N{EN DASH}1 PM",
            "martes 2 de septiembre, de 11 AM a 1 PM",
        ),
        ("Fri, Aug 29, 9:00 PM to 11:00 PM", "viernes 29 de agosto, de 9:00 PM a 11:00 PM"),
    ],
)
def test_windows_are_shown(english: str, spanish: str) -> None:
    assert show_when(english) == spanish
