"""What a session tells whoever has the call's sound."""

from __future__ import annotations

import pytest

from tests.pipelines.rig import paper_call
from voiceagent.dialogue.acts import Say
from voiceagent.domain.card_watch import Sign
from voiceagent.ports.recording import Unrecorded

GREETING = {"greet": (Say("Hello and welcome."),)}


class Told(Unrecorded):
    """A `CallRecording` that remembers."""

    def __init__(self) -> None:
        self.what: list[str] = []

    def disclosed(self) -> None:
        self.what.append("disclosed")

    def refused(self) -> None:
        self.what.append("refused")

    def turn_started(self) -> None:
        self.what.append("started")

    def turn_finished(self) -> None:
        self.what.append("finished")

    def turn_judged(self, sign: Sign) -> None:
        self.what.append(sign)

    def key_judged(self, sign: Sign) -> None:
        self.what.append(f"key {sign}")


async def test_the_disclosure_is_told_when_it_was_heard_and_not_before() -> None:
    told = Told()
    async with paper_call(GREETING, recording=told) as call:
        await call.until_said(1)
        assert told.what == []
        await call.hear(1)
        assert told.what == ["disclosed"]


@pytest.mark.parametrize(
    ("words", "then"),
    [
        ("my ac is out", [Sign.PLAIN]),
        ("please do not record this call", [Sign.PLAIN, "refused"]),
        ("I don't want to be recorded", [Sign.PLAIN, "refused"]),
        ("my card is 4242 4242 4242 4242", [Sign.CARD]),
        ("", [Sign.PLAIN]),
    ],
)
async def test_each_turn_is_judged_once(words: str, then: list[str]) -> None:
    told = Told()
    async with paper_call(GREETING, words, recording=told) as call:
        await call.hear(1)
        call.speak()
        await call.settle()
        for _ in range(200):
            if len(told.what) >= 3 + len(then):
                break
            await call.settle()
        assert told.what == ["disclosed", "started", "finished", *then]


async def test_a_private_call_is_refused_to_listeners_too() -> None:
    told = Told()
    async with paper_call(GREETING, recording=told) as call:
        await call.hear(1)
        call.session.privacy.close()
    assert told.what == ["disclosed", "refused"]


async def test_keys_of_a_card_are_told() -> None:
    told = Told()
    async with paper_call(GREETING, recording=told) as call:
        await call.hear(1)
        for digit in "4242424242424242":
            call.session.events.key(digit)
        await call.settle()
    assert told.what[-1] == f"key {Sign.CARD}"
    assert "key maybe" in told.what
