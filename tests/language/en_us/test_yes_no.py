"""Answers that mean yes, no, or neither."""
# ruff: noqa: E501  (a row of a table stays a row)

from __future__ import annotations

import pytest

from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no

YES = """
yes | yep | yeah | sure | okay | ok great | sounds good | uh huh | mhm | y | \N{THUMBS UP SIGN}
yes that's fine please go ahead | that's fine please go ahead | yes please | please | please do
no problem | no worries go ahead | no that's right | no go ahead | yeah no that's fine | no wait yes
of course | absolutely | definitely | i think so | yes i think so | why not | sure why not
yes that's right please book it | works for me | let's do it | yeah go for it | right | correct
yes no gas code | yes don't worry about the dog | not bad let's do it | i don't mind | yes i do
it is | that'd be great | great thanks | okay thank you | Yes, that's fine. | i guess so
yeah, no, that's fine | yes, no, go ahead | yes no gas | yeah no pets
no no that's right | nope that's correct | yes but that's fine | um yes | Sure thing!
"""
NO = """
no | nope | nah | n | no thanks | no thank you goodbye | not really | i don't think so | \N{THUMBS DOWN SIGN}
no that's all | no that's all thank you goodbye | that's all | that's it | i'm good | nothing else
no no gas no smoke no carbon monoxide | No, no gas, no smoke, no carbon monoxide. | no smells
don't | please don't | absolutely not | of course not | never mind | yeah no | no i don't
that's not right | no that's wrong | no it's wrong | not now | not yet | cancel that | too expensive
no but thanks | uh uh | no i'm not sure about that | that doesn't work | i'm all set thanks
yeah, no, we'll be here | yeah no we're home all day | yes, no, my neighbor told me | yep, nope, nothing special
yes wait no | no that's not right | no actually don't | i'd rather not | we don't | none
"""
UNCLEAR = """
yes but not tonight | yes but the address is wrong | yes except the number | okay wait | maybe
not sure | i'm not sure | i don't know | how much is it | what | hmm | my ac is broken
nine to eleven | sarah miller | how long does it take | why do you need that | can you repeat that
it depends | yes hold on | five five five | hello | thank you | sure but call me first
"""


def each(block: str) -> list[str]:
    return [phrase.strip() for line in block.strip().splitlines() for phrase in line.split("|")]


@pytest.mark.parametrize("text", each(YES))
def test_yes(text: str) -> None:
    assert hear_yes_no(text) is YesNo.YES


@pytest.mark.parametrize("text", each(NO))
def test_no(text: str) -> None:
    assert hear_yes_no(text) is YesNo.NO


@pytest.mark.parametrize("text", [*each(UNCLEAR), ""])
def test_unclear(text: str) -> None:
    assert hear_yes_no(text) is YesNo.UNCLEAR
