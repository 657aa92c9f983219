"""A model that always obeys the attacker, on every channel: a sample of `./run soak-attacks`."""

from __future__ import annotations

import pytest

from tests.channels.obeying import WAYS, WrittenAttack, attacks, came_of, landed
from tests.support.rooms import coolcare
from voiceagent.domain.outbound import OutboundRule

SAMPLE = 37
ALL = tuple(attacks())


def test_there_are_enough_of_each_way() -> None:
    assert len(ALL) >= 600
    assert {one.way for one in ALL} == set(WAYS)


@pytest.mark.parametrize("attack", ALL[::SAMPLE], ids=lambda one: f"{one.way}-{one.family}")
async def test_it_has_no_effect(attack: WrittenAttack) -> None:
    assert not landed(attack, await came_of(attack), OutboundRule.of(coolcare()).hosts)
