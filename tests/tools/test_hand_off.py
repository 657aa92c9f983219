"""Asking for a person where callers can wait for one: what is asked for, and what is claimed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.rooms import SARAH, coolcare
from tests.tools.desk import Desk, desk
from voiceagent.errors import PeerMisbehaved, Unavailable
from voiceagent.ports.hand_off import HandOffAnswer, HandOffWish
from voiceagent.ports.outside import OutsideAgents

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


# --- a technician joins -------------------------------------------------------------------------

MIKE = "+19375550121"


async def join(at: Desk, **more: object) -> dict[str, object]:
    return dict(await at.ok("join_customer_call", summary="AC is out.", **more))


async def test_a_technician_is_rung_and_somebody_of_the_office_is_the_third() -> None:
    at, warm = with_warm(HandOffAnswer.WAITING)
    result = await join(at, service_type="repair")
    assert result["ringing"] is True
    (wish,) = warm.wishes
    assert [lead.phone for lead in wish.leads] == [MIKE]
    assert wish.guest is not None
    assert wish.guest.phone == ON_CALL, "the business is closed"
    assert wish.reason == "technician"
    assert at.ctx.signals.outcome is None, "who waits is not transferred"


class Names:
    """A Tech-Assist agent that names people, or fails."""

    def __init__(self, answer: list[str] | Exception) -> None:
        self.answer = answer

    async def who_joins(self, service_type: str | None, technician: str | None) -> list[str]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "rung"),
    [
        (["nobody-we-know", "dana", "mike", "mike"], [MIKE]),
        (Unavailable("agent.slow", "Late."), [MIKE]),
        (PeerMisbehaved("agent.answer", "Odd."), [MIKE]),
        ([], []),
    ],
)
async def test_only_people_of_the_file_who_have_a_phone_are_rung(
    answer: list[str] | Exception, rung: list[str]
) -> None:
    at, warm = with_warm(HandOffAnswer.WAITING)
    agents = replace(OutsideAgents.of_file(coolcare()), tech_assist=Names(answer))
    at.ctx = replace(at.ctx, agents=agents)
    result = await join(at)
    assert [lead.phone for wish in warm.wishes for lead in wish.leads] == rung
    assert result["ringing"] is bool(rung)


@pytest.mark.parametrize("answer", [HandOffAnswer.NOBODY, HandOffAnswer.REFUSED])
async def test_a_technician_who_cannot_be_had_is_left_a_message(answer: HandOffAnswer) -> None:
    at, _ = with_warm(answer)
    result = await join(at)
    assert result == {"ringing": False, "message": coolcare().escalation.unavailable}
    (note,) = await at.line.store.deliver()
    assert (note.to, SARAH in note.body) == (MIKE, True)
    assert len(at.line.store.kept.call_backs) == 1
