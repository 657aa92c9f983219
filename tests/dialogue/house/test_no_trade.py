"""Sentences of the house carry no trade: where customers come to the business, nobody is sent."""

from __future__ import annotations

import pytest

from tests.dialogue.house.harness import NOW, business_of
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.questions import question


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("ask", [Ask.AFTER_DANGER, Ask.NOTES])
def test_nobody_is_sent_where_nobody_is(ask: Ask, again: bool) -> None:
    for name, sends in (("coolcare", True), ("hotel", False)):
        business = business_of(name)
        facts = Facts(service=business.services[0].id)
        said = question(ask, facts, business, NOW, again=again)
        assert ("visit" in said or "gate code" in said) is sends, said
