"""Asking for a person where callers can wait for one: what is asked for, and what is claimed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.rooms import SARAH, coolcare
from tests.tools.desk import Desk, desk
from voiceagent.errors import Unavailable
from voiceagent.ports.hand_off import HandOffAnswer, HandOffWish

ON_CALL = "+19375550111"


class Warm:
    """`WarmTransfer` with one answer."""

    def __init__(self, answer: HandOffAnswer | Unavailable) -> None:
        self.answer = answer
        self.wishes: list[HandOffWish] = []

    async def begin(self, wish: HandOffWish) -> HandOffAnswer:
        self.wishes.append(wish)
        if isinstance(self.answer, Unavailable):
            raise self.answer
        return self.answer


def with_warm(answer: HandOffAnswer | Unavailable, *, channel: str = "voice") -> tuple[Desk, Warm]:
    at, warm = desk(channel=channel), Warm(answer)
    at.line.control.answers = {ON_CALL}
    at.ctx = replace(at.ctx, hand_offs=warm)
    return at, warm


async def ask(at: Desk) -> dict[str, object]:
    asked = {"reason": "asked", "summary": "AC is out."}
    return dict(await at.ok("escalate_to_human", **asked))


async def test_a_caller_who_waits_is_not_transferred_yet_and_nobody_is_rung_twice() -> None:
    at, warm = with_warm(HandOffAnswer.WAITING)
    result = await ask(at)
    assert result["transferred"] is False
    assert result["lead"] is None
    assert "left a message" not in str(result["message"])
    (wish,) = warm.wishes
    assert wish.leads[0].phone == ON_CALL
    assert (wish.summary, wish.call_back) == ("AC is out.", SARAH)
    assert at.line.control.transfers == []
    assert await at.line.store.deliver() == []
    assert at.ctx.signals.outcome is None
    assert at.ctx.signals.escalated


async def test_who_was_waited_for_in_vain_is_not_rung_again() -> None:
    at, _ = with_warm(HandOffAnswer.NOBODY)
    result = await ask(at)
    assert result["message"] == coolcare().escalation.unavailable
    assert at.line.control.transfers == []
    assert len(await at.line.store.deliver()) == 1


@pytest.mark.parametrize("answer", [HandOffAnswer.REFUSED, Unavailable("store.down", "Down.")])
async def test_where_nobody_can_wait_they_are_put_through(
    answer: HandOffAnswer | Unavailable,
) -> None:
    at, _ = with_warm(answer)
    assert (await ask(at))["transferred"] is True
    assert [to for _, to, _ in at.line.control.transfers] == [ON_CALL]


async def test_nobody_waits_in_writing() -> None:
    at, warm = with_warm(HandOffAnswer.WAITING, channel="sms")
    assert (await ask(at))["message"] == coolcare().escalation.unavailable
    assert warm.wishes == []
