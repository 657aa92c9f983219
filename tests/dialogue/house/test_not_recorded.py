""" "Do not record me": at any time, whatever is asked, it is known and said."""

from __future__ import annotations

import pytest

from tests.dialogue.house.harness import BOOKING, Line, business
from voiceagent.dialogue.house.hearing.privacy import refuses_recording, wants_privacy
from voiceagent.domain.business import PrivacyRules

REFUSALS = (
    "don't record me",
    "please stop recording this call",
    "I do not want to be recorded",
    "turn that recording off",
    "I don't consent to being recorded",
    "no recording please",
)
PRIVATE = ("keep this between us", "this is confidential")


@pytest.mark.parametrize("said", REFUSALS)
def test_a_refusal_is_known_from_a_wish_for_privacy(said: str) -> None:
    assert refuses_recording(said)
    assert wants_privacy(said)


@pytest.mark.parametrize("said", PRIVATE)
def test_a_wish_for_privacy_is_no_refusal(said: str) -> None:
    assert wants_privacy(said)
    assert not refuses_recording(said)


@pytest.mark.parametrize("turns", range(len(BOOKING)))
@pytest.mark.parametrize("channel", ["voice", "text"])
def test_it_works_at_every_point_of_a_booking(turns: int, channel: str) -> None:
    line = Line(*BOOKING[:turns], channel=channel)
    ask = line.policy.state.ask
    told = line.hear("please don't record me")
    assert "not recorded" in told
    assert line.policy.state.unrecorded
    assert line.policy.state.ask is ask


def test_it_is_said_where_conversations_are_not_kept_private() -> None:
    open_business = business().model_copy(update={"privacy": PrivacyRules(on_request=False)})
    line = Line("my ac died", business=open_business)
    told = line.hear("don't record me")
    assert "From now on, this call is not recorded" in told
    assert (line.policy.state.unrecorded, line.policy.state.private) == (True, False)
