"""The house policy beyond the golden calls: interruptions, tools in flight, trouble, ends."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from copy import copy

import pytest

from tests.dialogue.house.harness import BOOKING, NOW, Line, business
from tests.support.act_model import ACT_MODEL
from tests.support.rooms import coolcare, hotel
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.facts import Safety
from voiceagent.dialogue.house.warm import warm_up
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.safety import hear_danger


def safety_of(line: Line) -> Safety:
    return line.policy.facts.safety


def test_the_disclosure_is_an_utterance_of_its_own() -> None:
    line = Line()
    assert len(line.said) == 2
    assert "recorded" in line.said[1]


@pytest.mark.parametrize(
    ("turns", "expecting"),
    [
        ((), Expecting.ANYTHING),
        (BOOKING[:1], Expecting.YES_NO),
        (BOOKING[:2], Expecting.NAME_AND_PHONE),
        ((*BOOKING[:2], "sarah miller"), Expecting.PHONE),
        (BOOKING[:3], Expecting.ADDRESS),
        (BOOKING[:4], Expecting.YES_NO),
        (BOOKING[:5], Expecting.TIME),
        (BOOKING[:6], Expecting.NOTES),
        (BOOKING, Expecting.YES_NO),
        (("i want to cancel my appointment", "555 123 0000"), Expecting.CODE),
    ],
)
def test_expecting_follows_the_open_question(turns: tuple[str, ...], expecting: Expecting) -> None:
    assert Line(*turns).policy.expecting is expecting


def test_nothing_is_booked_before_the_read_back_was_confirmed() -> None:
    line = Line(*BOOKING)
    assert "book_appointment" not in line.called
    assert "Sarah Miller, (555) 123-0000. 123 Oak Street" in line.last
    line.hear("yes")
    assert line.called.count("book_appointment") == 1


def test_yes_with_a_correction_confirms_nothing() -> None:
    line = Line(*BOOKING, "yes but it's oak lane not oak street")
    assert "book_appointment" not in line.called
    assert "123 Oak Lane" in line.last
    line.hear("yes")
    assert line.calls[-1].arguments["address"] == "123 Oak Lane, Springfield, Ohio"


def test_a_plain_no_at_the_read_back_asks_what_to_change() -> None:
    line = Line(*BOOKING)
    assert line.hear("no") == "What should I change?"
    line.hear("the name is sara miller", "yes")
    assert line.calls[-1].arguments["customer_name"] == "Sara Miller"


def test_key_0_is_a_person_while_a_tool_runs_and_its_booking_is_not_lost() -> None:
    line = Line(*BOOKING)
    line.held = {"book_appointment"}
    line.hear("yes")
    line.tools["escalate_to_human"] = [{"transferred": False, "lead": None, "message": "No one."}]
    line.held.add("escalate_to_human")
    line.key("0")
    assert line.called[-1] == "escalate_to_human"
    assert line.answer("book_appointment") == ""
    told = line.answer("escalate_to_human")
    assert "You're booked for tonight" in told
    assert "No one." in told
    assert line.called.count("book_appointment") == 1


def test_words_said_while_a_tool_runs_are_taken_up_after_it() -> None:
    line = Line(*BOOKING[:3])
    line.held = {"get_pricing_quote"}
    line.hear("123 oak street")
    assert line.hear("sorry oak lane not oak street") == ""
    told = line.answer("get_pricing_quote")
    assert "$825" in told
    assert "123 Oak Lane" in told


def test_an_okay_while_the_booking_runs_is_not_an_answer_to_the_next_question() -> None:
    line = Line(*BOOKING)
    line.held = {"book_appointment"}
    line.hear("yes", "okay", "thanks")
    assert line.answer("book_appointment").endswith("anything else I can help with?")


def test_danger_while_a_tool_runs_is_answered_at_once() -> None:
    line = Line(*BOOKING[:3])
    line.held = {"get_pricing_quote"}
    line.hear("123 oak street")
    assert "911" in line.hear("wait i smell gas now")
    assert line.policy.emergency_reported
    assert line.answer("get_pricing_quote") == ""


def test_after_a_warning_danger_words_of_the_visit_do_not_warn_again() -> None:
    line = Line("i smell gas")
    assert "911" in line.last
    assert "911" not in line.hear("yes please send someone for the gas smell")
    assert "name" in line.last


def test_a_second_danger_before_the_caller_is_safe_warns_again() -> None:
    line = Line("i smell gas")
    assert "911" in line.hear("now there is smoke too")


def test_the_caller_number_is_taken_when_the_caller_says_so() -> None:
    line = Line(*BOOKING[:2], "sarah miller", "the number i'm calling from")
    assert "(555) 123-0000" in line.last


def test_a_withheld_number_cannot_be_the_number_i_am_calling_from() -> None:
    line = Line(*BOOKING[:2], "sarah miller", "the number i'm calling from", caller=None)
    assert line.policy.expecting is Expecting.PHONE


def test_a_text_is_promised_only_when_it_can_be_sent() -> None:
    assert "couldn't text" in Line(*BOOKING, "yes", caller=None).last
    other = Line(*BOOKING, "yes", caller="+19375550123").last
    assert "number you're contacting us from" in other


def test_a_quote_that_changed_is_put_to_the_caller_again() -> None:
    line = Line(*BOOKING)
    line.fail("book_appointment", "quote.mismatch", "The estimate is $900.")
    line.hear("yes")
    assert line.called[-1] == "get_pricing_quote"
    assert line.policy.expecting is Expecting.YES_NO


def test_a_refused_phone_number_is_asked_again_with_the_tools_words() -> None:
    line = Line(*BOOKING)
    line.fail("book_appointment", "phone.invalid", "Could you give me the number again?")
    line.hear("yes")
    assert line.last == "Could you give me the number again?"
    assert line.policy.expecting is Expecting.PHONE
    line.hear("555 123 0001", "yes")
    assert line.calls[-1].arguments["phone"] == "+15551230001"


def test_a_slow_booking_is_asked_for_again_with_the_same_arguments() -> None:
    line = Line(*BOOKING)
    line.fail("book_appointment", "tool.working")
    line.hear("yes")
    bookings = [call for call in line.calls if call.name == "book_appointment"]
    assert len(bookings) == 2
    assert bookings[0] == bookings[1]
    assert "You're booked" in line.last


def test_trouble_that_stays_ends_with_an_offer_of_a_person_not_a_loop() -> None:
    line = Line(*BOOKING)
    for _ in range(5):
        line.fail("book_appointment", "slot.taken")
    line.hear("yes")
    for _ in range(6):
        if line.policy.expecting is Expecting.TIME:
            line.hear("tonight", "yes")
    assert "person" in line.last
    assert line.hear("no") == "No problem. Is there anything else I can help with?"


def test_a_date_out_of_range_is_asked_again() -> None:
    line = Line(*BOOKING[:5])
    line.fail("check_availability", "date.out_of_range", "Which day would you like?")
    assert line.hear("december first").endswith("Which day would you like?")
    assert "tonight" in line.hear("tomorrow") or "tomorrow" in line.last


def test_nothing_open_on_a_day_asks_for_another() -> None:
    line = Line(*BOOKING[:5])
    line.tools["check_availability"] = [{"available_slots": [], "message": ""}]
    assert "nothing open" in line.hear("how about monday")
    assert line.policy.expecting is Expecting.TIME


def test_the_caller_can_move_a_booking_made_in_the_same_call() -> None:
    line = Line(*BOOKING, "yes", "actually can we make it tomorrow instead")
    assert line.called[-2:] == ["lookup_customer", "check_availability"]
    line.hear("eight to ten", "yes")
    assert "reschedule_appointment" in line.called


def test_details_of_a_finished_booking_are_changed_by_a_person() -> None:
    line = Line(*BOOKING, "yes", "oh no my address is 125 oak street")
    assert "A person can change that" in line.last


def test_a_second_booking_starts_afresh_but_knows_the_caller() -> None:
    line = Line(*BOOKING, "yes", "yes i also need a tune up")
    assert line.called[-1] == "get_pricing_quote"
    assert line.calls[-1].arguments["service_type"] == "maintenance"


def test_declining_a_booking_midway_ends_the_errand() -> None:
    line = Line(*BOOKING, "never mind cancel that")
    assert "book_appointment" not in line.called
    assert "won't book" in line.last
    line.hear("no bye")
    assert line.hung_up == "done"


def test_hanging_up_follows_the_goodbye_and_nothing_but_a_person_follows_it() -> None:
    line = Line("goodbye")
    assert line.called == ["end_call"]
    assert line.hung_up == "done"
    assert line.hear("hello") == ""
    assert line.silence() == ""
    assert line.key("5") == ""
    assert line.key("0") != ""


def test_silence_ladder_starts_again_after_speech() -> None:
    line = Line("my ac died")
    line.silence()
    line.silence()
    line.hear("hello")
    line.silence()
    assert line.hung_up is None
    line.silence()
    line.silence()
    assert line.hung_up == "caller_left"


def test_zero_typed_in_a_text_chat_is_a_person() -> None:
    assert Line("0", channel="text").called == ["escalate_to_human"]


def test_keys_enter_a_number_with_zeros_and_star_clears_it() -> None:
    line = Line(*BOOKING[:2], "sarah miller")
    for digit in "99*5551230000":
        line.key(digit)
    assert "(555) 123-0000" in line.last
    assert "escalate_to_human" not in line.called


def test_a_first_key_0_is_a_person_even_where_a_number_is_expected() -> None:
    line = Line(*BOOKING[:2], "sarah miller")
    line.key("0")
    assert line.called[-1] == "escalate_to_human"


def test_unfinished_keys_count_when_the_caller_pauses() -> None:
    line = Line(*BOOKING[:2], "sarah miller")
    for digit in "555123":
        line.key(digit)
    assert "remaining digits" in line.silence()
    line.hear("oh oh oh oh")
    assert "(555) 123-0000" in line.last


def test_nothing_understood_ends_with_a_person() -> None:
    line = Line(*["flurb the wozzle"] * 6)
    assert line.called[-1] == "escalate_to_human"
    assert line.called.count("escalate_to_human") <= 3


def test_words_lost_on_the_way_are_asked_for_and_end_with_a_person() -> None:
    line = Line("my ac died")
    asked = line.last
    assert line.lost().startswith("Sorry")
    assert "gas" in asked
    assert "gas" in line.last
    for _ in range(3):
        line.lost()
    assert line.called == ["escalate_to_human"]


def test_an_unknown_question_is_not_answered_with_an_invention() -> None:
    line = Line("my ac died")
    line.tools["answer_from_knowledge"] = [{"found": False, "answer": None, "title": None}]
    answer = line.hear("what is the meaning of life")
    assert answer.startswith("I'm sorry, I don't know that.")
    assert "smell gas" in answer


def test_one_named_window_of_two_is_proposed_alone() -> None:
    line = Line(*BOOKING[:4], "yes tomorrow morning please")
    assert line.last == "I have tomorrow, 8–10 AM. Does that work for you?"  # noqa: RUF001
    line.hear("no")
    assert line.last == "What day would suit you?"


def test_the_offered_service_question_leads_to_an_offer_to_book() -> None:
    line = Line("do you do maintenance")
    assert line.last.startswith("Yes, we do that.")
    line.hear("yes please")
    assert line.policy.expecting is Expecting.NAME_AND_PHONE


def test_hotel_services_need_no_address_and_no_safety_question() -> None:
    line = Line("i need fresh towels", file="hotel")
    assert "name" in line.last
    line.hear("anna fischer 303 555 0199")
    assert line.called == ["get_pricing_quote"]


def test_a_robot_says_that_it_is_one() -> None:
    line = Line("are you a real person")
    assert "automated assistant" in line.last
    assert line.called == []
    line.hear("i want a real person")
    assert line.called == ["escalate_to_human"]


@pytest.mark.parametrize(
    ("complaint", "expecting"),
    [
        ("no the address is wrong", Expecting.ADDRESS),
        ("the name isn't right", Expecting.NAME),
        ("no that's not my number", Expecting.PHONE),
        ("the time is wrong", Expecting.TIME),
    ],
)
def test_a_detail_named_as_wrong_is_asked_anew(complaint: str, expecting: Expecting) -> None:
    line = Line(*BOOKING, complaint)
    assert line.policy.expecting is expecting
    assert "book_appointment" not in line.called


def test_yes_to_two_windows_is_not_a_choice_and_does_not_loop() -> None:
    line = Line(*BOOKING[:5], "yes", "yes", "yes", "yes")
    assert "person" in line.last or "escalate_to_human" in line.called
    assert "book_appointment" not in line.called


def test_an_address_may_come_in_two_pieces() -> None:
    line = Line(*BOOKING[:3], "one twenty three")
    assert line.last == "And which street is number 123 on?"
    line.hear("oak street")
    assert "123 Oak Street, Springfield, Ohio" in " ".join(line.said)


def test_a_moment_is_granted_without_a_new_question() -> None:
    line = Line(*BOOKING[:3])
    assert line.hear("hold on a second") == "Take your time."
    assert line.policy.expecting is Expecting.ADDRESS


def test_warming_up_leaves_no_trace() -> None:
    warm_up(business(), NOW, ACT_MODEL)
    assert Line("my ac died").policy.expecting is Expecting.YES_NO


def test_that_is_all_correct_is_no_wish_to_stop() -> None:
    line = Line(*BOOKING, "the phone is wrong", "yes that's all correct")
    assert line.policy.expecting is Expecting.PHONE


def test_the_end_of_a_number_is_put_right_in_the_read_back() -> None:
    line = Line(*BOOKING, "and the phone ends in four four four four")
    assert "(555) 123-4444" in line.last


def test_too_many_digits_are_dropped_and_the_whole_number_is_asked_again() -> None:
    line = Line(*BOOKING[:2], "sarah miller five five five four five six oh oh oh oh oh")
    assert "remaining" not in line.last
    assert "number" in line.last
    assert "remaining" in line.hear("five five five four five six")
    assert "(555) 456-0000" in line.hear("five five five four five six oh oh oh oh")


def test_a_yes_that_was_taken_for_letters_is_a_yes() -> None:
    line = Line(*BOOKING)
    line.hear("u s")
    assert line.called[-1] == "book_appointment"


def test_the_callers_own_number_with_a_stray_digit_is_read_back_and_can_be_put_right() -> None:
    line = Line(*BOOKING[:2])
    line.hear("sarah miller five five five one two three eight zero zero zero zero")
    assert "(555) 123-0000" in line.last
    line.hear("no my number is five five five one two three eight zero zero zero")
    assert "(555) 123-8000" in line.last


@pytest.mark.parametrize("aside", ["", "no wait it is 125 maple road", "can I speak to a person"])
def test_what_a_copy_is_asked_leaves_the_policy_as_it_was(aside: str) -> None:
    """Answers are made ahead on a copy (`Conversation.preview`), and turns are taken back so."""
    plain, asked = Line(), Line()
    for turn in (*BOOKING, "yes"):
        copy(asked.policy).hear(aside or turn)
        assert asked.hear(turn) == plain.hear(turn)
    assert asked.called == plain.called
    assert "book_appointment" in plain.called


@pytest.mark.parametrize(
    "said", ["i don't know", "i can't tell", "can you not hear me", "don't hang up", "no gas"]
)
def test_an_unclear_answer_about_danger_is_asked_again_then_treated_with_care(
    said: str,
) -> None:
    line = Line("my ac died", said)
    assert "carbon monoxide" in line.last
    assert safety_of(line) is Safety.OPEN
    assert "911 from outside" in line.hear("hard to say really")
    assert safety_of(line) is Safety.CAUTIONED
    assert "name" in line.last
    assert not line.policy.emergency_reported
    line.hear(BOOKING[2], BOOKING[3])
    assert "no clear answer about danger" in str(line.calls[-1].arguments["description"])


NO_ANSWERS = (
    "my name is sarah miller", "my number is 555 123 0000", "the address is 123 oak street",
    "tomorrow morning would be best", "how much is it", "what are your opening hours",
    "how long have you been in business", "i don't know",
)  # fmt: skip


@pytest.mark.parametrize("turns", list(itertools.permutations(NO_ANSWERS, 3)))
def test_the_safety_question_is_repeated_twice_at_most_whatever_is_said_instead(
    turns: tuple[str, ...],
) -> None:
    line = Line("my ac died", *turns)
    emergency = business().emergency
    asks = (emergency.question, emergency.question_again or "")
    assert 2 <= sum(ask in said for said in line.said for ask in asks) <= 3
    assert line.policy.facts.safety is Safety.CAUTIONED
    cautioned = next(i for i, said in enumerate(line.said) if emergency.caution in said)
    assert not any(ask in said for ask in asks for said in line.said[cautioned:])


def test_the_last_repeat_of_the_safety_question_is_in_other_words_and_can_still_be_answered() -> (
    None
):
    line = Line("my ac died", *NO_ANSWERS[:2])
    assert (business().emergency.question_again or "?") in line.last
    assert "123" not in line.hear("no nothing like that")
    assert line.policy.facts.safety is Safety.SAFE
    line = Line("my ac died", *NO_ANSWERS[:2], "actually i smell gas")
    assert line.policy.facts.safety is Safety.WARNED


def test_what_is_said_about_danger_is_the_business_s() -> None:
    told = business()
    emergency = told.emergency.model_copy(
        update={"caution": "Do not touch the wires.", "guidance_again": "Stay off the wet floor."}
    )
    line = Line(business=told.model_copy(update={"emergency": emergency}))
    line.hear("my ac died", "hard to say", "i don't know")
    assert "Do not touch the wires." in line.last
    line = Line(business=told.model_copy(update={"emergency": emergency}))
    line.hear("i smell gas", "okay we are leaving now")
    assert "Stay off the wet floor." in line.last
    plain = emergency.model_copy(update={"guidance_again": None})
    line = Line(business=told.model_copy(update={"emergency": plain}))
    line.hear("i smell gas", "okay we are leaving now")
    assert plain.guidance in line.last


@pytest.mark.parametrize("business_of", [coolcare, hotel])
def test_no_hazard_of_a_business_is_named_in_the_wording(
    business_of: Callable[[], Business],
) -> None:
    words = [text for text in vars(wording).values() if isinstance(text, str)]
    assert not [text for text in words if hear_danger(text, business_of()).is_danger]


def test_a_clear_answer_after_an_unclear_one_is_taken() -> None:
    line = Line("my ac died", "i don't know", "no nothing like that")
    assert line.policy.facts.safety is Safety.SAFE


def test_a_false_alarm_that_is_denied_goes_on() -> None:
    line = Line("my ac died, i smell smoke")
    assert "911" in line.last
    answer = line.hear("no no, i said there is no smoke")
    assert "911" not in answer
    assert "name" in answer
    assert line.hung_up is None
    assert not line.policy.emergency_reported


@pytest.mark.parametrize(
    "said",
    ["okay we are leaving now", "ok we're outside now, what do i do", "no we're still inside"],
)
def test_someone_in_danger_is_told_what_to_do_and_not_asked_for_a_name(said: str) -> None:
    line = Line("i smell gas")
    answer = line.hear(said)
    assert "911 from outside" in answer
    assert "name" not in answer
    assert line.hung_up is None
    assert "name" in line.hear("yes please")


def test_a_volunteered_denial_of_everything_is_not_asked_about() -> None:
    line = Line("furnace is out, no gas smell, no smoke, co alarm is quiet")
    assert line.policy.facts.safety is Safety.SAFE
    assert Line("furnace is out, no gas smell").policy.facts.safety is Safety.OPEN


@pytest.mark.parametrize("goodbye", ["said", "about to be"])
@pytest.mark.parametrize("reached", [True, False])
def test_the_key_for_a_person_is_heard_after_the_goodbye(*, goodbye: str, reached: bool) -> None:
    line = Line()
    line.held = {"end_call"} if goodbye == "about to be" else set()
    line.tools["escalate_to_human"] = [
        {"transferred": reached, "lead": "Kim" if reached else None, "message": "As it is."}
    ]
    line.hear("goodbye")
    line.hung_up = None
    line.held = set()
    line.key("5")
    assert line.called[-1] == "end_call"
    told = line.key("0")
    assert line.called.count("escalate_to_human") == 1
    assert "As it is." in told
    assert line.hung_up == (None if reached else "done")
    assert ("Goodbye" in told) is not reached


@pytest.mark.parametrize("number", ["1", "300", "12", "4512"])
@pytest.mark.parametrize(
    "said",
    [
        "not if it costs more than {}", "no more than {}", "not the {}", "that's wrong, it was {}",
        "no, i said {} dollars", "wait, {} of them", "actually around {}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("turns", [4, 5])
def test_a_number_alone_is_no_house_number_where_no_address_is_spoken_of(
    turns: int, said: str, number: str
) -> None:
    line = Line(*BOOKING[:turns])
    before = line.policy.facts.address
    line.hear(said.format(number))
    assert before is not None
    assert line.policy.facts.address == before


@pytest.mark.parametrize(
    "said",
    ["124 not 123", "it's 124, not 123", "no, the house number is 124", "wrong address, it's 124"],
)  # fmt: skip
def test_the_house_number_is_put_right_where_it_is_named(said: str) -> None:
    line = Line(*BOOKING[:5], said)
    address = line.policy.facts.address
    assert address is not None
    assert address.number == "124"


def test_the_first_of_two_offers_is_no_date() -> None:
    line = Line(*BOOKING[:5], "the first")
    assert line.policy.facts.window is not None
    assert "Tonight" in line.last


@pytest.mark.parametrize(
    "lead", ["", "okay ", "yes ", "okay thank you ", "alright then ", "sure ", "great thanks "]
)
@pytest.mark.parametrize("bye", ["bye", "bye bye", "goodbye", "have a good night"])
def test_a_goodbye_ends_the_call_whatever_stands_before_it(lead: str, bye: str) -> None:
    line = Line("what are your opening hours", lead + bye)
    assert line.hung_up, line.last
