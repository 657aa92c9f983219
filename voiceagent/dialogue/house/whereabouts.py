"""Addresses that no visit can be made to: a PO box, and places outside the area that is served.

Told as soon as the address is known, not at the read-back.
"""

from __future__ import annotations

import re
from dataclasses import replace

from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import service_of
from voiceagent.dialogue.house.judged import Judged, JudgedTurn
from voiceagent.dialogue.house.reports import Scene
from voiceagent.dialogue.house.speaking import drop, pose
from voiceagent.dialogue.house.state import HouseState
from voiceagent.domain.areas import Reach, reach
from voiceagent.language.en_us.refusals import refuses_it_all
from voiceagent.language.en_us.yes_no import YesNo

_BOX = re.compile(r"\bp\.? ?o\.? ?box\b|\bpost(?: office)? box\b", re.IGNORECASE)
_TOLD = "area"


def lives_where_nobody_comes(said: JudgedTurn) -> Judged:
    """An address out of reach: said at once, and another one is asked for."""
    facts, scene = said.facts, said.scene
    if said.ask is Ask.ADDRESS and _BOX.search(said.turn.text) and facts.address is None:
        state = replace(said.state, facts=replace(facts, address_part=None), misses=0)
        return pose(state, scene, Ask.ADDRESS, said.led(wording.ASK_STREET))
    if _gives_up(said):
        return drop(said.state, scene, wording.NO_PROBLEM)
    state, told = without_far_place(said.state, scene)
    return pose(state, scene, Ask.ADDRESS, said.led(told)) if told else said


def without_far_place(state: HouseState, scene: Scene) -> tuple[HouseState, str]:
    """The state without an address that is out of reach, and what is said of it; "" for none.

    Judged by what is known, not by what was said last: whatever a turn did beside it, an address
    that nobody comes to is never gone on with.
    """
    facts = state.facts
    address, service = facts.address, service_of(facts, scene.business)
    needed = service is None or service.needs_address
    if address is None or not needed:
        return state, ""
    where = reach(scene.business, zip_code=address.zip, city=address.city, state=address.state)
    if where is not Reach.NOT_SERVED:
        return state, ""
    state = replace(
        state,
        facts=replace(facts, address=None, address_part=None, confirmed=False),
        handed=(*state.handed, _TOLD),
        misses=0,
    )
    return state, wording.out_of_area(address.text)


def _gives_up(said: JudgedTurn) -> bool:
    """Whether the question for another address was answered by a no."""
    asked = said.ask is Ask.ADDRESS and _TOLD in said.state.handed
    refuses = said.turn.answer is YesNo.NO or refuses_it_all(said.turn.text)
    return asked and refuses and said.facts == said.before
