"""What something costs is asked while something else is open, or of another thing than before."""

from __future__ import annotations

import re
from dataclasses import replace

from voiceagent.dialogue.acts import Say
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.agenda import SETTLED, AgendaStage
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.hearing.bare_places import is_out_of_reach
from voiceagent.dialogue.house.hearing.services import prices_unknown_thing
from voiceagent.dialogue.house.intents import Intent
from voiceagent.dialogue.house.judged import Judged, JudgedTurn
from voiceagent.dialogue.house.moves import price_at, price_of_another
from voiceagent.dialogue.house.speaking import advance, look_up, pose, situation, use, wait_for
from voiceagent.dialogue.house.state import joined


def asks_the_price_elsewhere(said: JudgedTurn) -> Judged:
    """What it costs in a place where nobody comes: that is said instead of a price."""
    place, scene = said.turn.place, said.scene
    if place is None or not is_out_of_reach(place, scene.business):
        return said
    told = joined(wording.not_served(place.name), wording.served(scene.business))
    state = replace(said.state, goal=None, facts=replace(said.facts, place=""))
    return pose(state, scene, Ask.ANYTHING_ELSE, said.led(told))


def asks_another_price(said: JudgedTurn) -> Judged:
    """What another thing costs than the one that is talked of: never told the price of that one.

    Of a thing that the file does not speak of the answer is looked up.
    """
    turn, facts, scene = said.turn, said.facts, said.scene
    if not _asks_a_price(said) or facts.service is None:
        return said
    if turn.service is not None and turn.service.service != facts.service:
        call = price_of_another(turn.service.service, facts, scene.business, scene.now)
        state = wait_for(replace(said.state, posed=None, misses=0), call)
        return state, (Say(said.led(wording.CHECK_PRICE)), call)
    if turn.service is None and prices_unknown_thing(turn.text, scene.business):
        return look_up(said.state, turn.text, said.lead)
    return said


def asks_the_price(said: JudgedTurn) -> Judged:
    """What it costs, while something else is open; the open question returns after it."""
    turn, facts = said.turn, said.facts
    if not _asks_a_price(said):
        return said
    scene = said.scene
    when = turn.timed or turn.off_hours
    elsewhen = price_at(facts, scene.business, scene.now) if when else None
    if elsewhen is not None and facts.quote is not None and facts.window is None:
        state = wait_for(replace(said.state, posed=None, misses=0), elsewhen)
        return state, (Say(said.led(wording.CHECK_VISIT_PRICE)), elsewhen)
    if facts.quote is not None and SETTLED[AgendaStage.PRICE](facts, situation(said.scene)):
        if _FOR_SEVERAL.search(turn.text.lower()) is not None:
            return advance(said.state, said.scene, said.led(wording.PRICE_OF_ONE))
        return advance(said.state, said.scene, said.led(facts.quote.message))
    if facts.service is not None:
        return use(said.state, said.scene, AgendaStage.PRICE, said.lead)
    return said


def _asks_a_price(said: JudgedTurn) -> bool:
    intents = said.turn.intents
    return Intent.PRICE in intents and Intent.BOOK not in intents and said.verdict is None


_FOR_SEVERAL = re.compile(
    r"\b(?:both|each|per unit|apiece|all (?:of them|two|three|four)|the (?:two|three)"
    r"|(?:two|three) of them)\b"
)
"""A price asked for more than one."""
