"""What a turn's words have escalated: a page, a person, or nothing (SPEC, escalation)."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.dialogue.house.harness import business
from voiceagent.core.escalation import EscalationAct, EscalationState
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.reading import moods_of
from voiceagent.dialogue.house.understand import TurnContext, Understanding, understand

PAGE, ROUTE = EscalationAct.PAGE, EscalationAct.ROUTE

PAGED = """
I'm really angry and I hate this company
you lied to me and your technician was rude and nasty
you are a bunch of liars and thieves
you are the worst company I have ever dealt with
this is bullshit, I am furious with you people
this is theft and fraud, you crooks
I am so unhappy and depressed about all this
I'm extremely frustrated and fed up
you people are horrible, dishonest and incompetent
"""
ROUTED = """
I feel humiliated and betrayed
I am devastated, absolutely heartbroken
I am miserable and I hate every minute of this
this is ridiculous
I'll sue you
I'm going to get a lawyer
you will hear from my attorney
my lawyer will call you tomorrow
see you in court
I am a lawyer and I will sue you
I will take legal action
I'm reporting you to the better business bureau
"""
NEITHER = """
my name is Sue Goodman
it's Sue
Goodman
it's a Goodman furnace
legal
the legal name is Acme Holdings
is that even legal
this is Attorney Goodman
I'm a lawyer and my AC is out
he's an attorney, so call after five
my lawyer's house needs a tune up
it is for the attorney's office on Main Street
I live at 12 Court Street
I am at 12 Devils Backbone Road
my name is Rob Savage
I'm Rob Savage
we are the Crooks family
I'm calling for Grace Moody
Tom Madden, 12 Angry Horse Lane
my AC died and it makes an awful horrible noise
it's a terrible mess, the basement is flooded and everything is ruined
I hate to bother you with this terrible noise
I hate this heat
I'm afraid I can't do that time
no problem, you're fine
I am sorry I was rude to you
I was in a terrible accident last week
I am a cancer patient
I am so sorry, my husband died on Sunday
I hope you guys can help, I'm desperate
I would hate you if you did that, just kidding
you didn't do anything wrong
you are not bad at all
I'm not mad, just curious
"""


NOW = datetime.fromisoformat("2025-08-29T20:05:00-04:00")


def understood(said: str) -> Understanding:
    return understand(said, TurnContext(business(), NOW, Ask.HELP, Facts()))


def acts_of(said: str) -> tuple[EscalationAct, ...]:
    _, acts = EscalationState().hear(moods_of(understood(said)))
    return acts


@pytest.mark.parametrize("said", PAGED.strip().splitlines())
def test_anger_that_is_bitter_pages_and_routes(said: str) -> None:
    assert acts_of(said) == (PAGE, ROUTE)


@pytest.mark.parametrize("said", ROUTED.strip().splitlines())
def test_bitterness_and_threats_of_law_route_and_page_nobody(said: str) -> None:
    assert acts_of(said) == (ROUTE,)


@pytest.mark.parametrize("said", NEITHER.strip().splitlines())
def test_names_troubles_and_manners_are_neither(said: str) -> None:
    assert acts_of(said) == ()


def test_a_bitter_conversation_pages_and_routes_once_and_threats_of_law_every_time() -> None:
    state, acts = EscalationState(), list[tuple[EscalationAct, ...]]()
    for said in (PAGED.split("\n")[1], PAGED.split("\n")[2], "see you in court", "I'll sue you"):
        state, done = state.hear(moods_of(understood(said)))
        acts.append(done)
    assert acts == [(PAGE, ROUTE), (), (ROUTE,), (ROUTE,)]
