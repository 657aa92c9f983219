"""The house in Spanish: every sentence has its words, and nothing is acted on that is a guess."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.dialogue.house.harness import Line
from tests.golden.replay import FOLDER, load
from tests.support.answers import answer
from tests.support.policy import Policy
from voiceagent.dialogue.acts import CallTool, Say
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.questions import PLAIN, TEXTED_CODE
from voiceagent.dialogue.house.spanish import tell_in_spanish
from voiceagent.domain.business import Business
from voiceagent.domain.business_file import load_business
from voiceagent.domain.locales import Locale
from voiceagent.errors import OwnerFixable

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "business/coolcare.toml"
BUSINESS = load_business(FILE)
HOTEL = load_business(ROOT / "business/hotel.toml")
UNTOLD = "Esto solo lo tengo en inglés"
NOT_FOR_CALLERS = {wording.SPEAKS_SPANISH}
SENTENCES = sorted(
    {
        *(
            value
            for name, value in vars(wording).items()
            if name.isupper() and not name.startswith("_") and isinstance(value, str)
        ),
        *wording.FILLERS,
        *(words for pair in PLAIN.values() for words in pair),
        *TEXTED_CODE,
    }
    - NOT_FOR_CALLERS
)


def partner(business: Business = BUSINESS) -> Policy:
    zone = ZoneInfo(business.timezone)
    now = datetime(2025, 8, 29, 20, 5, tzinfo=zone)
    policy = Policy(business, now=now, caller_number="+15551230000", channel="text")
    policy.greet()
    return policy


def at_the_read_back() -> Policy:
    """A booking that only lacks its yes."""
    golden = load(FOLDER / "spanish/unclear_yes.call")
    results = [json.loads(line.text) for line in golden.lines if line.mark == "="]
    policy = golden.policy()
    policy.greet()
    for line in golden.caller_lines[:6]:
        step = policy.hear(line)
        while step and isinstance(step[-1], CallTool):
            step = policy.result(step[-1].name, answer(step[-1].name, results.pop(0)))
    assert policy.state.ask is Ask.READ_BACK
    return policy


def said(policy: Policy, text: str) -> str:
    return " ".join(act.text for act in policy.hear(text) if isinstance(act, Say))


@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_fixed_sentence_of_the_house_has_spanish_words(sentence: str) -> None:
    told = tell_in_spanish(sentence, Facts(), BUSINESS)
    assert UNTOLD not in told, sentence
    assert told != sentence


def test_what_has_no_spanish_words_is_said_and_said_to_be_english() -> None:
    told = tell_in_spanish("Of course. The moon is made of cheese. Hello.", Facts(), BUSINESS)
    assert told == f"Claro que sí. {UNTOLD}: «The moon is made of cheese.». Hola."


def test_a_business_without_spanish_says_so_and_offers_a_person() -> None:
    policy = partner(HOTEL)
    assert said(policy, "se me perdió la llave del cuarto").startswith(wording.ONLY_ENGLISH)
    assert policy.state.locale is Locale.EN_US


@pytest.mark.parametrize(
    "reply", ["sí, pero mañana no", "si viene antes de las ocho", "bueno, creo", "xyz", "tal vez"]
)
def test_no_guess_books(reply: str) -> None:
    policy = at_the_read_back()
    acts = policy.hear(reply)
    assert not any(isinstance(act, CallTool) and act.name == "book_appointment" for act in acts)


def test_the_language_stays_through_names_and_streets() -> None:
    policy = partner()
    policy.hear("Hola, el aire no enfría")
    policy.hear("No.")
    policy.hear("John Smith of Springfield")
    assert policy.state.locale is Locale.ES_US


IN_WRITING = (
    "Lo siento, por teléfono solo entiendo inglés. Por escrito también entiendo español. "
    "Puede mandarnos un mensaje de texto en español a este número. "
)


@pytest.mark.parametrize(
    "words", ["do you speak spanish", "en español, por favor", "quiero hacer una cita para mañana"]
)
def test_who_is_not_understood_on_the_phone_is_told_so_in_spanish(words: str) -> None:
    policy = partner()
    policy.channel = "voice"
    assert said(policy, words) == f"{IN_WRITING}¿Le comunico con una persona?"
    assert policy.state.ask is Ask.HUMAN_OFFER
    assert policy.state.locale is Locale.EN_US
    step = policy.hear("sí")
    assert any(isinstance(act, CallTool) and act.name == "escalate_to_human" for act in step)


def test_danger_in_spanish_that_is_half_understood_is_asked_about_in_spanish() -> None:
    policy = partner()
    policy.channel = "voice"
    words = said(policy, "mi casa tiene olor raro por favor ayuda hay gases")
    assert words.startswith("Lo siento, por teléfono solo entiendo inglés.")


def test_danger_told_in_spanish_to_an_english_ear_is_answered_in_spanish() -> None:
    policy = partner()
    policy.channel = "voice"
    words = said(policy, "hay humo y huele a quemado")
    assert words.startswith(BUSINESS.locales[Locale.ES_US].emergency.guidance)
    assert policy.state.locale is Locale.EN_US


def test_where_spanish_is_heard_a_call_goes_on_in_spanish() -> None:
    policy = partner()
    policy.channel, policy.hears = "voice", frozenset(Locale)
    words = BUSINESS.locales[Locale.ES_US]
    assert said(policy, "hola el aire no enfria").startswith(words.disclosure)
    assert policy.state.locale is Locale.ES_US
    assert said(policy, "no huele a gas ni hay humo").startswith("Bien, gracias.")
    assert "nueve" not in said(policy, "me llamo maría garcía")
    policy.hear("nueve tres siete cinco cinco cinco cero uno cuatro dos")
    assert policy.facts.phone == "+19375550142"
    assert said(policy, "in english please").startswith("Of course.")


def test_danger_on_a_call_in_spanish_is_answered_in_spanish() -> None:
    policy = partner()
    policy.channel, policy.hears = "voice", frozenset(Locale)
    words = said(policy, "hay humo y huele a quemado")
    assert words.startswith(BUSINESS.locales[Locale.ES_US].emergency.guidance)


def test_danger_is_answered_at_once_and_in_spanish() -> None:
    policy = partner()
    words = said(policy, "hay humo y huele a quemado")
    assert words.startswith(BUSINESS.locales[Locale.ES_US].emergency.guidance)


def test_a_person_is_told_that_spanish_is_spoken() -> None:
    policy = partner()
    acts = policy.hear("quiero hablar con una persona, por favor")
    call = next(act for act in acts if isinstance(act, CallTool))
    assert str(call.arguments["summary"]).startswith(wording.SPEAKS_SPANISH)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("[locales.es-US.services.maintenance]", "[locales.es-US.services.gardening]", "gardening"),
        ('"no heat" = { say', '"no beer" = { say', "no beer"),
        ("[locales.es-US]", "[locales.fr-CA]", "locales"),
        ('office = "la gerente', 'boss = "la gerente', "boss"),
    ],
)
def test_a_wrong_word_in_the_file_is_a_line(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    file = tmp_path / "business.toml"
    file.write_text(FILE.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(OwnerFixable) as raised:
        load_business(file)
    assert problem in f"{raised.value.where} {raised.value}"


@pytest.mark.parametrize(
    "question",
    [
        "¿Qué hago con mi perro durante la visita?",
        "cada cuanto cambio el filtro",
        "una pregunta, ¿reparan piscinas?",
        "¿Ustedes arreglan aires Trane?",
        "¿Cuánto tarda una visita de mantenimiento?",
        "¿Hay descuento para veteranos?",
    ],
)
def test_a_question_is_looked_up_in_spanish_and_its_page_is_told_as_it_stands(
    question: str,
) -> None:
    policy = partner()
    (call,) = policy.hear(f"Hola. {question}")
    assert isinstance(call, CallTool)
    assert call.name == "answer_from_knowledge"
    assert call.arguments["language"] == "es-US"
    page = "Los perros se quedan en otro cuarto. Cada tres meses."
    found = {"found": True, "answer": page, "title": "Su visita", "source": "Su visita, Mascotas"}
    step = policy.result(call.name, answer(call.name, found))
    told = " ".join(act.text for act in step if isinstance(act, Say))
    assert page in told
    assert UNTOLD not in told


def test_what_no_page_answers_is_not_known_in_spanish() -> None:
    policy = partner()
    policy.hear("¿Reparan piscinas?")
    nothing = {"found": False, "answer": None, "title": None}
    step = policy.result("answer_from_knowledge", answer("answer_from_knowledge", nothing))
    told = " ".join(act.text for act in step if isinstance(act, Say))
    assert "eso no lo sé" in told
    assert UNTOLD not in told


@pytest.mark.parametrize(
    ("words", "tool"),
    [
        ("¿Me dan una cita?", ""),
        ("¿Pueden venir mañana? El aire no enfría.", ""),
        ("¿Cuánto cuesta una reparación?", "get_pricing_quote"),
    ],
)
def test_a_wish_in_the_form_of_a_question_is_no_question(words: str, tool: str) -> None:
    called = [act.name for act in partner().hear(words) if isinstance(act, CallTool)]
    assert "answer_from_knowledge" not in called
    assert called == ([tool] if tool else [])


def test_an_errand_in_one_go_is_spanish_by_its_words_not_by_its_numbers() -> None:
    line = Line(channel="text")
    assert "¿Quiere que la cancele?" in line.hear("quiero cancelar, 937 555 9911, código 482937")
    assert line.calls[-1].arguments["code"] == "482937"
    line.hear("sí")
    assert line.called == ["lookup_customer", "cancel_appointment"]


@pytest.mark.parametrize(
    "words",
    [
        "¿a qué hora es mi cita?",
        "para cuándo es mi visita",
        "¿cuándo tengo la cita?",
        "¿tengo una cita?",
        "¿cuándo viene el técnico?",
    ],
)
def test_ones_own_visit_is_no_question_for_the_opening_hours(words: str) -> None:
    line = Line(channel="text")
    assert "código de reserva" in line.hear(words)
    assert not line.called
