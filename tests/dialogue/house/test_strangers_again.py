"""More kinds that callers who had not read the rules came by: tables, with what must not change."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.dialogue.house.harness import BOOKING, NOW, Line, business
from voiceagent.dialogue.house.agenda import Goal
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.hearing.codes import hear_code, without_code
from voiceagent.dialogue.house.intents import Intent
from voiceagent.dialogue.house.understand import TurnContext, Understanding, understand
from voiceagent.language.en_us.dates import hear_date
from voiceagent.language.en_us.dayparts import Daypart, hear_daypart
from voiceagent.language.en_us.matters import Matter, hear_matter
from voiceagent.language.en_us.preferences import what_is_asked_for
from voiceagent.language.en_us.refusals import leaves_it
from voiceagent.language.en_us.visit_talk import calls_off_visit, moves_visit

AUGUST = datetime(2026, 8, 12, 10, tzinfo=NOW.tzinfo)


def heard(text: str, ask: Ask = Ask.HELP, facts: Facts | None = None) -> Understanding:
    return understand(text, TurnContext(business(), AUGUST, ask, facts or Facts()))


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ("I work today. Friday would be better", "Friday would be better"),
        ("my wife has the car until noon. Could we do one?", "Could we do one?"),
        ("could we do Tuesday? no, Wednesday", "could we do Tuesday? no, Wednesday"),
        ("Friday at two", "Friday at two"),
        ("not before ten, please", "not before ten, please"),
    ],
)
def test_what_is_asked_for_stands_behind_why(said: str, rest: str) -> None:
    assert what_is_asked_for(said) == rest


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("oh shoot I work today. Friday would be better", date(2026, 8, 14)),
        ("my wife works Tuesday, could we do Thursday at ten", date(2026, 8, 13)),
        ("could we do Tuesday? no, Wednesday", date(2026, 8, 19)),
        ("the day after, Tuesday the 18th then", date(2026, 8, 18)),
        ("the day after Tuesday the 18th", date(2026, 8, 19)),
        ("I said Tuesday, the 8th of September", date(2026, 9, 8)),
    ],
)
def test_the_day_that_is_asked_for(said: str, day: date) -> None:
    assert heard(said, Ask.TIME).day == day


def test_a_time_that_is_preferred_is_no_note() -> None:
    turn = heard("oh shoot I work today. Friday would be better", Ask.NOTES)
    assert (turn.note, turn.day) == ("", date(2026, 8, 14))
    assert heard("we work days, the dog is friendly", Ask.NOTES).note


@pytest.mark.parametrize(
    ("said", "earliest", "latest"),
    [
        ("so there is nothing after five?", 17 * 60, None),
        ("you have nothing before ten?", None, 10 * 60),
        ("nothing after five please", None, 17 * 60),
        ("That is a morning. I said I cannot do mornings", 12 * 60, None),
        ("That starts before five. I need after five", 17 * 60, None),
        ("I only get home at five so it must be after five", 17 * 60, None),
    ],
)
def test_which_hours_are_wished_for(said: str, earliest: int | None, latest: int | None) -> None:
    wish = heard(said, Ask.TIME).wish
    assert wish is not None
    assert (wish.earliest, wish.latest) == (earliest, latest)


def test_a_part_of_day_that_is_refused_is_not_wished_for_by_its_name() -> None:
    assert hear_daypart("That is a morning, I can't do mornings") is None
    assert hear_daypart("I can't do mornings, the afternoon then") is Daypart.AFTERNOON


@pytest.mark.parametrize("rest", ["4", "84", "184", "0184"])
def test_the_rest_of_a_number_is_no_hour(rest: str) -> None:
    whole = "9375550184"
    facts = Facts(phone_part=whole.removesuffix(rest))
    turn = heard(rest, Ask.PHONE, facts)
    assert turn.phone == f"+1{whole}"
    assert turn.wish is None


@pytest.mark.parametrize(
    ("said", "place"),
    [
        (
            "45505 is the zip, Springfield, High Street, number 1204, apartment 3",
            "1204 High Street, Apt 3, Springfield, Ohio 45505",
        ),
        ("Harding Road 31, Springfield, code 45503", "31 Harding Road, Springfield, Ohio 45503"),
        ("that would be Rosewood Boulevard, number 4874", "4874 Rosewood Boulevard"),
        ("my zip code is 45503 and it's 12 Elm Street", "12 Elm Street, Springfield, Ohio 45503"),
        ("zip 45505, 12 Oak Street", "12 Oak Street, Springfield, Ohio 45505"),
        ("12 Oak Street, the zip's 45505", "12 Oak Street, Springfield, Ohio 45505"),
    ],
)
def test_an_address_said_in_another_order(said: str, place: str) -> None:
    turn = heard(said, Ask.ADDRESS)
    assert turn.address is not None
    assert turn.address.text.startswith(place)
    assert turn.code is None


@pytest.mark.parametrize(
    ("said", "asked", "code"),
    [
        ("111111, sorry, no: 276773", True, "276773"),
        ("sorry, it's 276773", True, "276773"),
        ("no, I don't have it", True, None),
        ("Cancel appointment 353384 please", False, "353384"),
        ("booking number: 353384", False, "353384"),
        ("I have an appointment, my number is 937 555 0150", False, None),
    ],
)
def test_which_code_is_meant(said: str, *, asked: bool, code: str | None) -> None:
    assert hear_code(said, asked=asked) == code


def test_what_stands_behind_a_code_is_kept() -> None:
    assert "937 555 0150" in without_code("The code's 496383, phone 937 555 0150")
    turn = heard("Can my visit go to Thursday instead? The code's 496383, phone 937 555 0150")
    assert (turn.code, turn.phone) == ("496383", "+19375550150")
    assert Intent.RESCHEDULE in turn.intents


@pytest.mark.parametrize(
    "said",
    [
        "Can I get out of my appointment?",
        "Somebody booked a visit for my house, I want it undone",
        "I'd rather you didn't come tomorrow",
    ],
)
def test_a_visit_is_called_off_in_other_words(said: str) -> None:
    assert calls_off_visit(said)
    assert not moves_visit(said)
    assert hear_matter(said) is None


@pytest.mark.parametrize(
    ("said", "matter"),
    [
        ("are you hiring technicians? I'd like to send my resume", Matter.WORK),
        ("no, I want to work for you", Matter.WORK),
        ("about a job as a technician", Matter.WORK),
        ("who handles your purchasing", Matter.TRADE),
        ("I'm with Johnson Supply, about your account with us", Matter.TRADE),
        ("do you have any openings for tomorrow", None),
        ("I need someone to work on my AC", None),
        ("the job you did was fine", None),
    ],
)
def test_who_wants_something_else_of_the_business(said: str, matter: Matter | None) -> None:
    assert hear_matter(said) is matter


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ("Six is too late for my plane. Never mind, I will take a taxi", "I will take a taxi"),
        ("so there is nothing after five? then no thanks", ""),
        ("well, forget it then", ""),
        ("never mind the dog", None),
        ("no thanks", None),
    ],
)
def test_it_is_let_go(said: str, rest: str | None) -> None:
    assert leaves_it(said) == rest


def test_what_is_let_go_for_a_reason_of_time_is_let_go() -> None:
    line = Line(*BOOKING[:-2], "That is too early for me. Never mind, I'll ask my brother")
    assert line.policy.state.goal is None
    line = Line(*BOOKING[:-2], "never mind, tomorrow at nine is fine")
    assert line.policy.state.goal is not None


def test_a_price_that_is_asked_of_another_time_accepts_nothing() -> None:
    line = Line(*BOOKING[:4], "How much is it if I wait until morning?")
    assert not line.policy.facts.accepted
    assert line.policy.facts.day == NOW.date().replace(day=NOW.day + 1)


def test_several_things_are_counted_behind_of() -> None:
    turn = heard("three of the air conditioners are dead")
    assert turn.others == ("three air conditioners",)
    beside = heard("the fan on my furnace stopped, and I need the filter changed")
    assert beside.others == ("filter changed",)


def test_nothing_is_asked_of_homes_by_who_gets_home() -> None:
    assert Intent.KNOWLEDGE not in heard("I only get home at five").intents
    assert hear_date("I only get home at five", AUGUST) is None


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Dale. 937-555-0110. Dale Rooker.", "Dale Rooker"),
        ("name: Geoffrey Smythe, phone: 937 555 0110", "Geoffrey Smythe"),
        ("Dale, 937-555-0110. Dale is home all day.", "Dale"),
    ],
)
def test_a_name_in_full_and_behind_its_label(said: str, name: str) -> None:
    assert heard(said, Ask.NAME_AND_PHONE).name == name


def test_a_name_that_is_said_as_it_stands_is_not_asked_for() -> None:
    line = Line(*BOOKING, "no", "name: Sarah Miller")
    assert line.policy.facts.name == "Sarah Miller"
    assert line.policy.state.ask is Ask.READ_BACK


@pytest.mark.parametrize(
    ("said", "priced"),
    [
        ("Does that include you driving out here?", True),
        ("is the trip included, does the total cover the visit?", True),
        ("does that include a warranty?", False),
    ],
)
def test_whether_the_way_is_in_the_price_is_a_question_of_price(said: str, *, priced: bool) -> None:
    assert (Intent.PRICE in heard(said, Ask.GO_AHEAD).intents) is priced


def test_what_a_page_speaks_of_is_priced_by_the_page() -> None:
    hotel = TurnContext(business("hotel"), AUGUST, Ask.HELP, Facts())
    turn = understand("How much is parking?", hotel)
    assert Intent.PRICE not in turn.intents
    assert Intent.KNOWLEDGE in turn.intents
    assert understand("What time do I have to be out of the room?", hotel).service is None
    assert Intent.PRICE in heard("how much is it after hours?").intents


def test_a_wish_for_a_person_after_nobody_came_ends_the_question() -> None:
    nobody = {"transferred": False, "lead": None, "message": "Nobody could pick up."}
    line = Line(*BOOKING[:4])
    line.tools["escalate_to_human"] = [nobody]
    line.hear("no, let me talk to a person")
    assert line.policy.state.goal is None
    assert "anything else" in line.last


AGAIN = "I'm sending your confirmation, with the link to pay the deposit, once more."


@pytest.mark.parametrize(
    "said",
    [
        "can you send me the link again please",
        "I never got the text",
        "I deleted the message with the link",
        "could you resend the confirmation",
    ],
)
def test_the_text_of_a_booking_is_sent_again_once(said: str) -> None:
    line = Line(*BOOKING, "yes", said)
    assert line.called[-2:] == ["lookup_customer", "text_booking_again"]
    assert AGAIN in line.last
    line.hear(said)
    assert line.policy.state.ask is Ask.HUMAN_OFFER


def test_the_text_is_sent_again_only_for_a_code() -> None:
    line = Line("hi, I never got the text with the link")
    assert line.policy.state.ask is Ask.PHONE_AND_CODE
    assert line.called == []
    line.hear("this number, and the code is 482937")
    assert line.called == ["lookup_customer", "text_booking_again"]


@pytest.mark.parametrize(
    "said", ["I don't have a cell phone, how do I get the link", "this is a landline"]
)
def test_who_has_no_phone_for_texts_is_offered_a_person(said: str) -> None:
    line = Line(*BOOKING, "yes", said)
    assert "text_booking_again" not in line.called
    assert line.policy.state.ask is Ask.HUMAN_OFFER


def test_a_good_day_ends_no_call() -> None:
    line = Line(
        "i already told somebody this. good afternoon. there's no air coming out of my vents"
    )
    assert line.hung_up is None
    assert line.policy.facts.service == "repair"


@pytest.mark.parametrize("said", ["hold on a second", "just one second", "give me half a second"])
def test_a_second_of_time_is_no_second_window(said: str) -> None:
    line = Line(*BOOKING[:-2], said)
    assert line.policy.facts.window is None
    assert "Take your time" in line.last


def test_what_is_counted_behind_a_street_is_no_house_number() -> None:
    said = "I'm Sheila Rivera over on Oak Street, it's eighty five degrees in my house"
    assert heard(said).address is None
    assert heard("it's Oak Street, number eighty five", Ask.ADDRESS).address is not None


def test_a_second_trouble_is_kept_whatever_the_first_one_is_called() -> None:
    turn = heard("the AC isn't doing anything, and there's no air coming out of my vents")
    assert turn.service is not None
    assert "no air coming out of my vents" in (*turn.others, turn.service.problem)


@pytest.mark.parametrize("last", ["Monday", "Price", "Miller"])
def test_a_family_name_before_the_first(last: str) -> None:
    turn = heard(f"{last}, first name is Frank, 937 555 0142", Ask.NAME_AND_PHONE)
    assert turn.name == f"Frank {last}"


def test_who_wants_work_is_offered_a_person_and_fetched_one_for_more() -> None:
    line = Line("do you have any jobs open")
    assert line.policy.state.ask is Ask.HUMAN_OFFER
    line.hear("about a job as a technician")
    assert line.called[-1] == "escalate_to_human"
    assert "wants to work" in str(line.calls[-1].arguments["summary"])
    assert Line("do you have any jobs open", "no, thanks").called == []


@pytest.mark.parametrize(
    "said",
    [
        "if you come out and I don't do the repair do I still pay the 165?",
        "do I owe you anything if I decide not to go ahead?",
        "would we have to pay when nothing is wrong",
    ],
)
def test_what_is_paid_in_a_case_is_a_question(said: str) -> None:
    assert Line(said).called == ["answer_from_knowledge"]


@pytest.mark.parametrize(
    ("said", "note"),
    [("how soon can you be here", ""), ("can he knock first", "Can he knock first.")],
)
def test_a_question_is_no_note_and_a_request_is_one(said: str, note: str) -> None:
    assert heard(said, Ask.NOTES).note == note


@pytest.mark.parametrize("end", ["", " in Springfield", ", Springfield, Ohio"])
@pytest.mark.parametrize("street", ["Avenue of the Pines", "Boulevard of Roses"])
def test_a_street_with_its_kind_in_front(street: str, end: str) -> None:
    turn = heard(f"five oh one {street}{end}", Ask.ADDRESS)
    assert turn.address is not None
    assert (turn.address.number, turn.address.street) == ("501", street)


def test_what_something_does_and_does_not_is_one_trouble() -> None:
    turn = heard(
        "the air runs but it doesn't get cold, and also my unit keeps tripping the breaker"
    )
    assert turn.service is not None
    told = "; ".join((turn.service.problem, *turn.others))
    assert "cold" in told
    assert "breaker" in told


def test_who_lost_the_text_and_asks_when_is_told_when() -> None:
    line = Line("can you tell me when you're coming out, I lost the text")
    assert line.policy.state.goal is Goal.LOOK_UP


def test_a_goodbye_takes_no_offered_person() -> None:
    line = Line("do you have any jobs open", "okay, thanks, bye")
    assert line.called == ["end_call"]


def test_the_earliest_is_none_of_what_is_refused() -> None:
    line = Line(*BOOKING[:-2], "that doesn't work for me, tomorrow, as early as you can")
    assert line.policy.facts.window is None
    assert line.called.count("check_availability") == 2


def test_the_code_of_a_gate_is_a_note_and_no_bookings_code() -> None:
    said = "have you got anybody free? you need a code for the gate, it's 4584"
    turn = heard(said)
    assert turn.code is None
    assert "4584" in turn.note
    assert heard("there's ice on the line, the code to the front door is 4584").code is None
    assert heard("can you come look, the code is 482937").code == "482937"
