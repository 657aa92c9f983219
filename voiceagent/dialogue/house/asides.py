"""Turns beside the errand: a person's matter, a wrong number, a haggle, another language.

What the business cannot do here ends with the truth and a person, never with a question about a
repair. Each rule answers the turn or passes it on (see `judging`).
"""

from __future__ import annotations

import re
from dataclasses import replace

from voiceagent.dialogue.acts import Say
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.agenda import SETTLED, AgendaStage, Goal, Situation
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import service_of
from voiceagent.dialogue.house.hearing.foreign_danger import names_danger_in_another_language
from voiceagent.dialogue.house.hearing.services import asks_of_unknown_things
from voiceagent.dialogue.house.intents import Intent, asks_knowledge
from voiceagent.dialogue.house.judged import Judged, JudgedTurn
from voiceagent.dialogue.house.locale import offer_writing, unheard_language
from voiceagent.dialogue.house.moves import waiting
from voiceagent.dialogue.house.prices import names_another_price
from voiceagent.dialogue.house.proposing import WONDERS
from voiceagent.dialogue.house.reading import (
    CONFIRMS,
    PRICED,
    hangs,
    is_half_a_yes,
    names_another_time,
)
from voiceagent.dialogue.house.speaking import (
    advance,
    escalate,
    finish,
    look_up,
    offer_a_person,
    pose,
    wait_for,
)
from voiceagent.dialogue.house.state import Wondered, joined
from voiceagent.dialogue.house.steering import asks_about_a_service, facts_for
from voiceagent.dialogue.house.verdicts import Verdict
from voiceagent.domain.areas import Reach, reach
from voiceagent.domain.business import Business
from voiceagent.domain.phones import is_allowed
from voiceagent.language.en_us.caller_acts import CallerAct
from voiceagent.language.en_us.english import ENGLISH, SentenceLanguage, language_of
from voiceagent.language.en_us.favours import asks_for_a_discount
from voiceagent.language.en_us.lexicon import words
from voiceagent.language.en_us.matching import find_worded
from voiceagent.language.en_us.matching import words as content_words
from voiceagent.language.en_us.matters import Matter, asks_for_text_again
from voiceagent.language.en_us.postal import known_phrases, read_city
from voiceagent.language.en_us.several_questions import asks_beside_assent, questions_in
from voiceagent.language.en_us.yes_no import YesNo

_ABOUT_US = re.compile(
    r"^(?:hello|hi|hey|yes|um|uh|oh|wait|so|sorry|excuse me|good morning|good afternoon"
    r"|good evening|[,.?! ])*(?:is this|isn't this) "
    r"(?!a |an |going|covered|urgent|line|recorded|call|real|still|okay|ok|something|normal|about|"
    r"the (?:right|correct|number|best)|your|my|for)",
    re.IGNORECASE,
)
_NAMES_AND_PLACES = frozenset({Ask.NAME, Ask.NAME_AND_PHONE, Ask.ADDRESS, Ask.NOTES, Ask.CODE})
_DANGER_ASKS = frozenset({Ask.SAFETY, Ask.AFTER_DANGER})
_KNOWN_ON_FILE = frozenset({Ask.ADDRESS, Ask.NAME, Ask.NAME_AND_PHONE, Ask.PHONE})
_WISHES = frozenset({Intent.BOOK, Intent.RESCHEDULE, Intent.CANCEL, Intent.PRICE, Intent.HAGGLE})
_LONGER = "a longer time than one booking"
_LONG = re.compile(
    r"\b(?:all|whole|entire|half(?: a)?) (?:day|morning|afternoon|evening|weekend)\b"
    r"|\bfor (?:two|three|four|five|six|eight|[2-9]|several) (?:hours|days)\b",
    re.IGNORECASE,
)
_FEWEST_WORDS = 3
_HALF_YES = re.compile(
    r"^\W*(?:yes|yeah|yep|sure|ok|okay|alright|all right|well|fine)\b.*"
    r"\b(?:but|wait|hold on|hang on|except|first|until)\b",
    re.IGNORECASE | re.DOTALL,
)


def half_yes(text: str) -> bool:
    """Whether a yes is held back by what follows it: "yes, but …"."""
    return _HALF_YES.search(text) is not None


def has_a_peoples_matter(said: JudgedTurn) -> Judged:
    """Something that only a person settles: they are fetched, or offered; once for each matter."""
    matter = said.turn.matter
    told_when = matter is not None and _asks_when_beside(said, matter.name)
    if matter is None or told_when:
        return said
    if matter.name in said.state.handed:
        told_again = matter.offer and said.ask is Ask.HUMAN_OFFER
        if not told_again or said.turn.answer is YesNo.NO:
            return said
        return escalate(said.state, said.scene, "stuck", about=_about(said, matter.name))
    if matter.name == Matter.CALL_BACK and Intent.CALL_BACK in said.turn.intents:
        return said  # it is arranged here, no person need be fetched for it
    state = replace(said.state, handed=(*said.state.handed, matter.name))
    if matter.offer:
        return pose(state, said.scene, Ask.HUMAN_OFFER, said.led(wording.PERSON_CAN_HELP))
    about = _about(said, matter.name)
    return escalate(state, said.scene, "stuck", about=about, words=said.led(wording.FOR_OUR_TEAM))


def _asks_when_beside(said: JudgedTurn, matter: str) -> bool:
    """As in "when are you coming, I lost the text": they are told when."""
    return matter == Matter.NO_LINK and Intent.MY_BOOKING in said.turn.intents


def _about(said: JudgedTurn, matter: str) -> str:
    return f"{matter}: {said.spoken.strip()}"


def wants_the_text_again(said: JudgedTurn) -> Judged:
    """The text of a booking, or its link, once more: for who proves that it is theirs, and once.

    Who asks for it again after that is offered a person.
    """
    matter, scene, name = said.turn.matter, said.scene, Goal.TEXT_AGAIN.value
    wanted = matter is not None and matter.name == Matter.NO_LINK
    asks = wanted and asks_for_text_again(said.turn.text)
    if not asks or name in said.state.handed or Intent.MY_BOOKING in said.turn.intents:
        return said
    if not scene.business.flags.sms:
        return said
    facts = facts_for(Goal.TEXT_AGAIN, said.facts)
    facts = replace(
        facts,
        phone=said.turn.phone or facts.phone,
        code=said.turn.code or facts.code,
    )
    state = replace(
        said.state, goal=Goal.TEXT_AGAIN, facts=facts, handed=(*said.state.handed, name), misses=0
    )
    return advance(state, scene, said.lead)


def called_the_wrong_place(said: JudgedTurn) -> Judged:
    """A wrong number or a sales call ends kindly; who asks which firm this is gets its name."""
    turn, scene = said.turn, said.scene
    asks_who = (
        said.ask in {Ask.HELP, Ask.SERVICE, Ask.ANYTHING_ELSE}
        and _ABOUT_US.search(turn.text) is not None
    )
    told = turn.service is not None and not (asks_who and not turn.service.symptoms)
    if said.state.goal is not None or told:
        return said
    if Intent.WRONG_NUMBER in turn.intents:
        return finish(said.state, wording.WRONG_NUMBER, "done")
    if Intent.SALES in turn.intents:
        return finish(said.state, wording.NO_OFFERS, "done")
    if asks_who and not turn.intents - {Intent.GREETING}:
        return pose(said.state, scene, Ask.HELP, said.led(wording.this_is(scene.business)))
    return said


def speaks_another_language(said: JudgedTurn) -> Judged:
    """A turn in another language: the truth, and a person is offered; danger is asked about."""
    if said.ask in _NAMES_AND_PLACES or said.turn.has_facts or said.turn.intents:
        return said
    spoken = words(said.turn.text)
    ours = sum(word in ENGLISH for word in spoken)
    other = language_of(said.turn.text) is SentenceLanguage.OTHER
    dangerous = names_danger_in_another_language(said.turn.text, said.scene.business)
    unheard = unheard_language(said.turn.text, said.scene)
    if unheard is not None and not (dangerous and said.ask in _DANGER_ASKS):
        ask = Ask.SAFETY if dangerous else Ask.HUMAN_OFFER
        return offer_writing(said.state, said.scene, unheard, ask)
    if dangerous and said.ask not in _DANGER_ASKS:
        lead = said.led(joined(wording.ONLY_ENGLISH, said.scene.business.emergency.question))
        return pose(said.state, said.scene, Ask.SAFETY, lead)
    if len(spoken) < _FEWEST_WORDS or not other or ours > 1:
        return said
    return pose(said.state, said.scene, Ask.HUMAN_OFFER, said.led(wording.ONLY_ENGLISH))


def asks_of_things_unknown(said: JudgedTurn) -> Judged:
    """Work on a thing that the file does not speak of, or what is asked about work: looked up."""
    turn = said.turn
    named = turn.service is not None and bool(turn.service.symptoms)
    wishes = turn.timed or bool(turn.intents & _WISHES)
    if said.state.goal is not None or named or not turn.asks or wishes:
        return said
    unknown = asks_of_unknown_things(turn.text, said.scene.business)
    if not unknown and not asks_about_a_service(turn):
        return said
    return look_up(said.state, turn.text, said.lead)


def wants_what_is_not_done(said: JudgedTurn) -> Judged:
    """Trouble with a thing of which a page says that it is not ours: that is the answer."""
    turn, business = said.turn, said.scene.business
    if said.state.goal is not None and said.ask not in {Ask.SERVICE, Ask.PROBLEM}:
        return said
    tokens = content_words(turn.text)
    if turn.danger.is_danger or not _names_only_what_is_declined(tokens, business):
        return said
    state = replace(said.state, goal=None, misses=0)
    return look_up(state, turn.text, said.lead)


def _names_only_what_is_declined(tokens: tuple[str, ...], business: Business) -> bool:
    for page in business.knowledge:
        found = (find_worded(phrase, tokens) for phrase in page.questions if page.declines)
        spans = [one for one in found if one is not None]
        taken = {at for span in spans for at in range(span.start, span.end)}
        rest = tuple("" if at in taken else word for at, word in enumerate(tokens))
        if spans and not any(find_worded(phrase, rest) for phrase in page.ours):
            return True
    return False


def asks_for_their_booking(said: JudgedTurn) -> Judged:
    """When the visit is that was booked in this very call; others are looked up by their code."""
    made = said.facts.booking
    if Intent.MY_BOOKING not in said.turn.intents or made is None or said.state.goal is not None:
        return said
    told = wording.still_booked(made, said.scene.now)
    return pose(said.state, said.scene, Ask.ANYTHING_ELSE, said.led(told))


def asks_for_a_place(text: str) -> bool:
    """Whether a turn asks whether somebody comes to a place."""
    return _DO_YOU_GO.search(" ".join(words(text))) is not None


def asks_where_we_go(said: JudgedTurn) -> Judged:
    """Whether somebody comes to a town: no at once where the file says so, else by its pages."""
    asked = _DO_YOU_GO.search(" ".join(words(said.turn.text)))
    if asked is None:
        return said
    business = said.scene.business
    known = known_phrases(
        (*business.vocabulary.cities, *(c for a in business.areas for c in a.cities))
    )
    city = read_city(words(asked["place"]), 0, known, unknown_too=True)
    if city is None:
        return said
    if reach(business, zip_code=None, city=city[0], state=business.state) is Reach.NOT_SERVED:
        told = joined(wording.not_served(city[0]), wording.served(business))
        return pose(said.state, said.scene, said.ask, said.led(told))
    known_words = asks_knowledge(content_words(said.turn.text), business)
    asked_so = said.turn.text if known_words else f"do you serve {city[0]}"
    return look_up(said.state, asked_so, said.lead)


_DO_YOU_GO = re.compile(
    r"\b(?:do|does) (?:you|they|your \w+|somebody|someone)(?: guys| all| folks| people| also| even| ever| still)* "  # noqa: E501
    r"(?:go|come|drive|travel|get|make it|service|serve|cover|work|deliver)(?: out| over| down| up)*"  # noqa: E501
    r"(?: as far as| all the way| to| into| in| around)* (?P<place>[a-z].*)"
)


def wants_longer_than_a_window(said: JudgedTurn) -> Judged:
    """A whole day of something that is booked by the hour: a person arranges it; we go on."""
    service = service_of(said.facts, said.scene.business)
    at_the_house = service is not None and not service.needs_address
    longer = _LONG.search(said.turn.text) is not None or _spans_more(said)
    if not at_the_house or not longer or _LONGER in said.state.handed:
        return said
    state = replace(said.state, handed=(*said.state.handed, _LONGER))
    about = f"{_LONGER}: {said.spoken.strip()}"
    return escalate(state, said.scene, "stuck", about=about, words=said.led(wording.FOR_OUR_TEAM))


def _spans_more(said: JudgedTurn) -> bool:
    """Whether it is wanted from one hour to another, further apart than a window is long.

    "Between two and five" names hours in which it may begin.
    """
    wish, length = said.turn.wish, said.scene.business.slots.length_minutes
    if wish is None or wish.earliest is None or wish.latest is None:
        return False
    return wish.latest - wish.earliest > length and _FROM_TO.search(said.turn.text) is not None


_FROM_TO = re.compile(r"\bfrom\b[^.!?]{1,25}\b(?:to|until|till|til|through)\b", re.IGNORECASE)


def haggles(said: JudgedTurn) -> Judged:
    """A wish for another price: there is none, but one of a kind that a page may grant is looked up."""  # noqa: E501
    intents = said.turn.intents
    another = said.ask in PRICED and names_another_price(said.turn, said.before)
    if not another and (Intent.HAGGLE not in intents or Intent.KNOWLEDGE in intents):
        return said
    if said.turn.coupon:
        return said
    if said.verdict not in {None, Verdict.DECLINE} or said.ask is Ask.NOTES:
        return said
    state = replace(said.state, misses=0)
    if asks_for_a_discount(said.turn.text):
        return look_up(state, said.turn.text, said.lead)
    return advance(state, said.scene, said.led(wording.FIXED_PRICES), said.echo)


def wants_to_wait(said: JudgedTurn) -> Judged:
    """No time suits, and they want to wait for one: they are put on the list.

    Before all is known that a booking needs, it is asked for first; then the list is asked for
    once more, where nothing is free.
    """
    facts, scene = said.facts, said.scene
    here = Situation(scene.business, scene.now)
    known = all(SETTLED[stage](facts, here) for stage in _BEFORE_WAITING)
    booking = said.state.goal is Goal.BOOK and facts.booking is None
    if Intent.WAITING_LIST not in said.turn.intents or not known or not booking:
        return said
    call = waiting(facts, scene.business)
    state = wait_for(replace(said.state, posed=None, misses=0), call)
    return state, (Say(said.led(wording.PUTTING_ON_LIST)), call)


_BEFORE_WAITING = (
    AgendaStage.SERVICE,
    AgendaStage.SAFETY,
    AgendaStage.CONTACT,
    AgendaStage.ADDRESS,
)


def gives_a_number_we_cannot_use(said: JudgedTurn) -> Judged:
    """A number abroad, or one that bills its caller: said at once, and a person offered."""
    phone, scene = said.facts.phone, said.scene
    if phone is None or phone == said.before.phone or is_allowed(phone, scene.business.country):
        return said
    state = replace(said.state, facts=replace(said.facts, phone=None, phone_part=""), misses=0)
    return pose(state, scene, Ask.HUMAN_OFFER, said.led(wording.NOT_THAT_NUMBER))


def refers_to_the_file(said: JudgedTurn) -> Judged:
    """Their details are said to be on file: nothing of it is told or used before it is said."""
    asked = Intent.ON_FILE in said.turn.intents and said.ask in _KNOWN_ON_FILE
    if not asked or said.facts != said.before:
        return said
    return pose(said.state, said.scene, said.ask, said.led(wording.ONLY_WHAT_IS_SAID))


def names_no_one_day(said: JudgedTurn) -> Judged:
    """A day that does not exist, or a stretch of days: said, and which one is meant is asked.

    Nothing else of the turn's time was taken in. Whatever it answers besides waits until then.
    """
    turn, scene = said.turn, said.scene
    state = replace(said.state, misses=0)
    if state.goal is None:
        return said
    if turn.no_such_day is not None:
        return pose(state, scene, Ask.DAY, said.led(wording.no_such_day(turn.no_such_day)))
    arranging = said.ask in _ARRANGING or Intent.BOOK in turn.intents or not said.stays
    if not turn.loose_time or not arranging:
        return said
    return pose(state, scene, Ask.DAY, said.led(wording.which_day(turn.loose_time)))


_ARRANGING = frozenset({Ask.TIME, Ask.DAY, Ask.READ_BACK, Ask.CHANGE, Ask.CONFIRM_MOVE})


def answers_on_a_condition(said: JudgedTurn) -> Judged:
    """A yes with a string to it leads to no act: its question is answered, and asked again."""
    turn = said.turn
    if said.ask not in CONFIRMS or said.verdict is not None or not said.stays:
        return said
    if names_another_time(turn, said.ask):
        return _may_want_it_moved(said)
    if said.facts != said.before:
        return said
    asks = asks_beside_assent(turn.text)
    half = turn.answer is not YesNo.NO and (hangs(turn) or half_yes(turn.text) or asks)
    if not half:
        return _to_be_sure(said) if is_half_a_yes(turn, said.ask, said.before) else said
    state = replace(said.state, misses=0)
    if turn.asks or asks:
        first, *others = questions_in(turn.text) or (turn.text,)
        state = replace(state, unanswered=(*others, *state.unanswered))
        return look_up(state, first, said.lead)
    done = wording.NOTHING_YET if said.ask not in _CHANGES else wording.UNCHANGED_YET
    return pose(state, said.scene, said.ask, said.led(done))


_CHANGES = frozenset({Ask.CONFIRM_CANCEL, Ask.CONFIRM_MOVE})


def _may_want_it_moved(said: JudgedTurn) -> Judged:
    """A time beside a yes to cancelling: whether it is to be moved is a question of its own."""
    if said.state.misses:
        return _to_be_sure(said)
    wondered = Wondered(CallerAct.RESCHEDULE, said.spoken, said.ask)
    state = replace(said.state, facts=said.before, wondered=wondered, misses=1)
    return pose(state, said.scene, Ask.MEANT, said.led(WONDERS[CallerAct.RESCHEDULE]))


def _to_be_sure(said: JudgedTurn) -> Judged:
    """A yes that says more than yes does nothing: it is asked again, then a person is offered."""
    state = replace(said.state, misses=said.state.misses + 1)
    if state.misses >= _MOST_UNSURE:
        return offer_a_person(replace(state, misses=0), said.scene, said.lead)
    return pose(state, said.scene, said.ask, said.led(wording.TO_BE_SURE))


_MOST_UNSURE = 3
"""Answers in a row of which nobody knows whether they agree, after which a person is offered."""
