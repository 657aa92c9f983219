"""Kinds of what callers say that a rule tells apart: tables of sentences, each with its like."""

from __future__ import annotations

import pytest

from tests.dialogue.house.harness import BOOKING, Line
from voiceagent.dialogue.house.agenda import Goal
from voiceagent.dialogue.house.facts import Safety
from voiceagent.dialogue.house.hearing.bookings import amends_booking, asks_for_own
from voiceagent.dialogue.house.hearing.codes import lacks_code
from voiceagent.dialogue.house.hearing.notes import volunteers_note
from voiceagent.dialogue.house.intents import is_question
from voiceagent.language.en_us.matching import words
from voiceagent.language.en_us.openers import without_opener
from voiceagent.language.en_us.past import of_now
from voiceagent.language.en_us.refusals import awaits_a_call, postpones, refuses_it_all
from voiceagent.language.en_us.suppositions import is_conditional
from voiceagent.language.en_us.troubles import is_upkeep
from voiceagent.language.en_us.visit_talk import moves_visit
from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        ("the fan on my furnace stopped", "fan on my furnace stopped"),
        ("the blower in the furnace quit", "blower in the furnace quit"),
        ("my furnace stopped", "no heat"),
        ("there's ice on the coil", "ice on the unit"),
    ],
)
def test_what_is_said_of_a_part_is_not_said_of_the_whole(said: str, trouble: str) -> None:
    facts = Line(said).policy.facts
    assert "; ".join((*facts.symptoms, *filter(None, (facts.problem,)))) == trouble


@pytest.mark.parametrize(
    ("said", "service"),
    [
        ("it's time for my AC to get serviced", "maintenance"),
        ("I'd like my furnace checked over before winter, nothing's wrong with it", "maintenance"),
        ("I want my ac inspected", "maintenance"),
        ("I want the yearly service done, I need someone to come take a look", "maintenance"),
        ("could somebody come look, it's due for its regular maintenance", "maintenance"),
        ("I'd like a quote on a new furnace, I need somebody to come look at it", "installation"),
        ("I'd like to schedule a service call, my unit keeps turning off and on", "repair"),
        ("my furnace keeps shutting off, can you check it over", "repair"),
    ],
)
def test_upkeep_is_no_repair(said: str, service: str) -> None:
    facts = Line(said).policy.facts
    assert facts.service == service
    assert facts.others == ()
    assert is_upkeep(said) is (service == "maintenance")


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        ("could you come take a look please, the fan on my furnace stopped", "fan on my furnace stopped"),  # noqa: E501
        ("I need someone to come take a look at it", ""),
        ("I need some help with my unit, this is the third company I've called", ""),
        ("the fan on my outside unit stopped, and also there's no heat", "no heat; fan on my outside unit stopped"),  # noqa: E501
        ("have somebody come by and see it, there's ice on the coil", "ice on the unit"),
        ("my furnace isn't working, plus there's ice on the line", "ice on the unit; furnace is not working"),  # noqa: E501
        ("my ac is not working and the furnace quit", "AC not cooling; no heat"),
        ("there's water leaking from the unit and the furnace is not working", "water leaking from the unit; furnace is not working"),  # noqa: E501
    ],
)  # fmt: skip
def test_a_wish_for_somebody_tells_no_trouble_and_hides_none(said: str, trouble: str) -> None:
    facts = Line(said).policy.facts
    told = (*facts.symptoms, *filter(None, (facts.problem,)), *facts.others)
    assert "; ".join(told) == trouble


@pytest.mark.parametrize(
    ("said", "safe"),
    [
        ("nah, it just doesn't work", True), ("no, it won't come on at all", True),
        ("no we're good there, sorry, the baby's crying", True),
        ("nope, my mother-in-law is coming so you can imagine", True),
        ("no ma'am, it's been one of those weeks", True), ("no, my wife is coming to", False),
        ("no, my brother is coughing", False), ("no, it's been one of those smells", False),
        ("no, nothing of the kind, I'm eighty four so I can't stand the heat", True),
        ("it just doesn't work", False), ("no, it smells funny", False),
        ("no, but I'm eighty four and dizzy", False), ("no, the alarm just doesn't work", False),
        ("sorry, the baby's crying", False),
    ],
)  # fmt: skip
def test_what_is_told_beside_a_clear_no_leaves_it_one(said: str, safe: bool) -> None:
    assert (Line("my ac died", said).policy.facts.safety is Safety.SAFE) is safe


@pytest.mark.parametrize("ask", ["time", "notes", "read-back"])
@pytest.mark.parametrize(
    "said",
    [
        "neither one, not before 3pm", "no, not the first one, after 2", "not at 1, at 3",
        "no, 3 o'clock, not 1", "actually not before 3", "that one, not the 3 pm one",
    ],
)  # fmt: skip
def test_hours_and_counts_never_put_a_phone_number_right(said: str, ask: str) -> None:
    turns = {"time": BOOKING[:5], "notes": BOOKING[:6], "read-back": BOOKING}[ask]
    line = Line(*turns)
    before = line.policy.facts.phone
    line.hear(said)
    assert line.policy.facts.phone == before


@pytest.mark.parametrize(
    "said",
    ["no, it ends in 1", "my number ends in 1 not 0", "the last digit is 1", "no, 0001 not 0000"],
)
def test_a_number_that_was_just_read_or_is_named_is_put_right(said: str) -> None:
    assert Line(*BOOKING, said).policy.facts.phone == "+15551230001"


@pytest.mark.parametrize(
    "said",
    [
        "the last one you said", "let me see, the last one", "the second one you mentioned",
        "the later one that you gave me",
    ],
)  # fmt: skip
def test_what_was_offered_is_picked_by_its_place_among_the_offers(said: str) -> None:
    line = Line(*BOOKING[:5], said)
    assert line.policy.facts.window is not None
    assert line.policy.facts.window.start.day == 30


@pytest.mark.parametrize(
    "said",
    ["my number is 937 555 0197, I lost it", "937 555 0197, but I never got a code", "it's 937-555-0197, I have no idea"],  # noqa: E501
)  # fmt: skip
def test_a_phone_number_and_what_is_told_beside_it_are_no_address(said: str) -> None:
    facts = Line("please cancel my booking", said).policy.facts
    assert facts.phone == "+19375550197"
    assert facts.address is None


def test_who_has_no_code_and_wants_none_texted_is_offered_a_person() -> None:
    line = Line("please cancel my booking", "937 555 0197", "I lost it", "I don't have it")
    assert line.last.endswith("Shall I connect you with a person?")


@pytest.mark.parametrize(
    "said", ["no, that's all, I can't stand the heat", "no thanks, the furnace can wait"]
)
def test_nothing_more_is_wanted_by_who_says_so(said: str) -> None:
    line = Line("move my appointment", "555 123 0000", "code 482937", "never mind, leave it")
    line.hear(said)
    assert line.policy.state.goal is None


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("it just doesn't work", False), ("it does not come on", False), ("does it work", True),
        ("is it not included", True), ("does that not work", True), ("how does it work", True),
    ],
)  # fmt: skip
def test_a_verb_behind_its_subject_asks_nothing(said: str, asks: bool) -> None:
    assert is_question(words(said)) is asks


@pytest.mark.parametrize(
    "said",
    [
        "that's right, except I need Tuesday in the afternoon", "yes, only I need it on Tuesday",
        "yes but it's Tuesday that I need",
    ],
)  # fmt: skip
def test_what_stands_behind_except_is_said_for_itself(said: str) -> None:
    line = Line(*BOOKING, said)
    assert "book_appointment" not in line.called
    assert line.calls[-1].arguments["preferred_date"] == "2025-09-02"


@pytest.mark.parametrize(
    ("said", "moves"),
    [
        ("the thermostat won't do anything. an afternoon next week", False),
        ("my furnace won't do anything, is there another time I should try it", False),
        ("I can't make it, is there another day", True), ("we won't be home, can we find another day", True),  # noqa: E501
        ("can't do Thursday, I need another time", True),
    ],
)  # fmt: skip
def test_a_thing_that_does_nothing_moves_no_visit(said: str, moves: bool) -> None:
    assert moves_visit(said) is moves


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ("nothing, I just don't want to book it", True), ("no, I don't want it after all", True),
        ("nothing, just leave it", True), ("you know what, no, not yet", True),
        ("hold off on that, I'll call back", True), ("no, never mind", True),
        ("that's way too much", True), ("I don't want that time", False),
        ("no, the address is wrong", False), ("don't forget it", False), ("not Friday", False),
        ("I don't need a ladder, do I", False),
    ],
)  # fmt: skip
def test_a_refusal_of_the_act_is_no_no_to_a_detail(said: str, refused: bool) -> None:
    assert refuses_it_all(said) is refused
    dropped = Line(*BOOKING, said).last.startswith("No problem.")
    assert dropped is refused


def test_what_puts_an_act_off_counts_at_any_question() -> None:
    assert postpones("let me not book it yet")
    assert not postpones("I don't have it")


@pytest.mark.parametrize("said", ["nothing, go ahead", "nothing, it's fine, book it", "no", "yes"])
def test_nothing_to_change_goes_back_to_the_read_back(said: str) -> None:
    line = Line(*BOOKING, "no", said)
    assert "book_appointment" not in line.called
    assert line.last.endswith("Shall I book it?")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("oh, I can't do that after all", YesNo.NO), ("I won't do that", YesNo.NO),
        ("we cannot do that", YesNo.NO), ("I can do that", YesNo.YES),
        ("yes that's all right", YesNo.YES), ("that's alright", YesNo.YES),
        ("that's all", YesNo.NO),
    ],
)  # fmt: skip
def test_a_denied_yes_is_a_no(said: str, answer: YesNo) -> None:
    assert hear_yes_no(said) is answer


@pytest.mark.parametrize(
    ("said", "hangs"),
    [
        ("yes, if you can promise that", True), ("yes, if they can come at noon", True),
        ("sure, after I ask my wife", True), ("yes, if possible", False),
        ("yes, if you can", False),
        ("if that's what it costs, yes", False),
        ("yeah, once my landlord signs off on it", True),
        ("yeah, once you confirm I get the deposit back", True),
        ("yes, when my husband gets home and agrees", True),
        ("sure, as soon as I hear back from the insurance", True),
        ("yes, once the warranty company approves", True), ("yes, pending approval", True),
        ("okay, depending on the price", True), ("yes, long as it ain't over six hundred", True),
        ("only once my brother agrees, yes", True), ("yes, after two", False),
        ("yes, as soon as possible", False), ("okay, when you come use the side gate", False),
        ("yes, when they get here the dog will be out", False), ("sure, after the first", False),
        ("yes, and call me once you're on the way", False), ("yes, before the weekend", False),
    ],
)  # fmt: skip
def test_courtesy_is_no_condition(said: str, hangs: bool) -> None:
    assert is_conditional(said) is hangs


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ("you know, just ring the bell", "just ring the bell"), ("um, well, no", "no"),
        ("let me see, the gate code is 4711", "the gate code is 4711"),
        ("let me see", "let me see"), ("you know what, no", "you know what, no"), ("so", "so"),
    ],
)  # fmt: skip
def test_words_that_only_begin_a_sentence_say_nothing(said: str, rest: str) -> None:
    assert without_opener(said) == rest


@pytest.mark.parametrize(
    "said",
    [
        "say again please", "wait, slow down please", "what was that", "hold on a second",
        "one moment, I need to find my glasses", "huh", "let me check",
    ],
)  # fmt: skip
def test_a_move_in_the_talk_is_no_note(said: str) -> None:
    line = Line(*BOOKING[:-1])
    assert "gate code" in line.last
    line.hear(said)
    assert line.policy.facts.notes is None


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("my AC is making a terrible noise", False), ("the doorbell is broken, just knock", True),
        ("please ring the bell", True), ("we park in the driveway", True),
        ("it's a bargain", False), ("you need a code for the gate, it's 4711", True),
    ],
)  # fmt: skip
def test_a_note_is_told_word_for_word(said: str, noted: bool) -> None:
    assert volunteers_note(said) is noted


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("what time are you coming", True), ("what time is somebody coming", True),
        ("can you tell me when you're coming out, I lost the text", True),
        ("I want to check what time my appointment is", True),
        ("when can you come", False), ("what time can somebody come tomorrow", False),
    ],
)  # fmt: skip
def test_when_somebody_is_coming_is_asked_of_a_booking(said: str, asked: bool) -> None:
    assert asks_for_own(said) is asked


@pytest.mark.parametrize(
    ("said", "amends"),
    [
        ("I have an appointment but we moved, it has to be at another address", True),
        ("the address on my appointment is wrong, can that be changed", True),
        ("I have an appointment and I want to add something to it", True),
        ("I need an appointment at another address", False), ("move my appointment", False),
    ],
)  # fmt: skip
def test_a_wrong_detail_of_a_booking_is_no_new_errand(said: str, amends: bool) -> None:
    assert amends_booking(said) is amends


@pytest.mark.parametrize(
    ("said", "lacks"),
    [
        ("I can't find the code", True), ("what code", True), ("nobody gave me a code", True),
        ("I lost it", True), ("I never got a text", True), ("what code do I need", False),
        ("the code is 482937", False),
    ],
)  # fmt: skip
def test_who_has_no_code_says_so_in_many_ways(said: str, lacks: bool) -> None:
    assert lacks_code(said) is lacks


@pytest.mark.parametrize(
    "said",
    [
        "that's way too much", "my name is ted st. james", "I'd rather have October 2",
        "no, Friday the 5th in the afternoon", "sorry, that's not the right time",
    ],
)  # fmt: skip
def test_what_is_no_place_changes_none(said: str) -> None:
    facts = Line(*BOOKING, said).policy.facts
    assert facts.address is None or facts.address.text.startswith("123 Oak Street")


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("no, it's oak lane", "123 Oak Lane"), ("no, lane", "123 Oak Lane"),
        ("no, it's 125", "125 Oak Street"), ("it should be 9 Cedar Drive", "9 Cedar Drive"),
    ],
)  # fmt: skip
def test_a_place_put_right_changes(said: str, text: str) -> None:
    facts = Line(*BOOKING, said).policy.facts
    assert facts.address is not None
    assert facts.address.text.startswith(text)


@pytest.mark.parametrize(
    ("said", "moves"),
    [
        ("I have a visit booked and I need a different day", True),
        ("I won't be able to make my appointment, is there another day", True),
        ("can I move the time of my visit", True), ("I need another appointment", False),
        ("can you make an appointment for another day", False),
    ],
)  # fmt: skip
def test_another_time_for_a_visit_they_have(said: str, moves: bool) -> None:
    goal = Line(said).policy.state.goal
    assert (goal is Goal.RESCHEDULE) is moves


def test_a_code_belongs_to_the_gate_before_it() -> None:
    said = "my heat is out. the bell is broken, just knock, you need a code for the gate, it's 4711"
    facts = Line(said).policy.facts
    assert facts.notes is not None
    assert "4711" in facts.notes
    assert "bell" not in "; ".join((*facts.symptoms, facts.problem, *facts.others)).lower()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("there's a rattling noise coming from the furnace it quit on Thursday", "rattling noise"),
        ("my AC is frozen it quit on Monday", "frozen"),
    ],
)
def test_a_trouble_is_kept_beside_what_is_told_of_the_past(said: str, kept: str) -> None:
    facts = Line(said).policy.facts
    assert kept in facts.problem


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("so the blower quit, plus my AC is making an awful noise", ("blower", "noise")),
        ("the blower motor won't run, my neighbor recommended you", ("blower motor",)),
    ],
)
def test_each_clause_that_complains_is_kept_and_no_aside(said: str, kept: tuple[str, ...]) -> None:
    facts = Line(said).policy.facts
    told = "; ".join((*facts.symptoms, facts.problem, *facts.others))
    assert all(word in told for word in kept)
    assert "neighbor" not in told


def test_what_is_put_right_in_anger_is_kept() -> None:
    facts = Line(*BOOKING, "this is ridiculous. it should be 9 Cedar Drive").policy.facts
    assert facts.address is not None
    assert facts.address.text.startswith("9 Cedar Drive")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("ted st. james, same number", "Ted St James"), ("Nadia Monday, sure", "Nadia Monday"),
        ("last name St. James, first name Ted", "Ted St James"), ("Stan Street", "Stan Street"),
        ("Goodman, first name is Al", "Al Goodman"), ("Jean De La Cruz", "Jean De La Cruz"),
    ],
)  # fmt: skip
def test_a_name_is_a_name_where_one_was_asked(said: str, name: str) -> None:
    assert Line("i have no heat", "no", said).policy.facts.name == name


def test_a_person_named_bill_is_no_bill() -> None:
    line = Line("my ac is leaking water all over the floor. bill marsh, this number is fine")
    assert "escalate_to_human" not in line.called


def test_how_somebody_feels_today_is_no_wish_for_today() -> None:
    assert of_now("no that's all, sorry, I'm a bit scattered today") == "no that's all, sorry"
    assert of_now("I'm home today") == "I'm home today"


def test_who_waits_for_a_call_needs_nothing_more() -> None:
    assert awaits_a_call("alright, I'll wait for the call, thanks")
    assert not awaits_a_call("wait, call me before you come")


def test_thanks_after_a_booking_moves_nothing() -> None:
    line = Line(*BOOKING, "yes", "no that's all, bye, sorry, I'm a bit scattered today")
    assert line.called[-1] == "end_call"


@pytest.mark.parametrize("said", ["tonight 9 to 11 would be great, bless you", "I have 2 dogs"])
def test_a_settled_address_stays_in_talk_of_other_things(said: str) -> None:
    line = Line(*BOOKING[:5], said)
    assert line.policy.facts.address is not None
    assert line.policy.facts.address.text == "123 Oak Street, Springfield, Ohio"


@pytest.mark.parametrize(
    "said",
    [
        "move it to Monday",
        "cancel it. no wait, move it to Monday",
        "can you push it to tomorrow afternoon",
        "could you change it to the 2nd at 3pm",
    ],
)
def test_what_was_just_booked_is_moved_and_not_cancelled(said: str) -> None:
    line = Line(*BOOKING, "yes", said)
    assert line.called[-1] == "check_availability"
    assert "cancel_appointment" not in line.called
    assert line.last.endswith("Which works better for you?")


@pytest.mark.parametrize("said", ["can you move it", "I need to change the time"])
def test_where_to_is_asked(said: str) -> None:
    line = Line(*BOOKING, "yes", said)
    assert line.called[-1] == "lookup_customer"
    assert "day" in line.last


def test_who_is_asked_about_cancelling_may_move_instead() -> None:
    line = Line("cancel my appointment", "555 123 0000", "code 482937", "no, move it to Monday")
    assert line.called[-1] == "check_availability"
