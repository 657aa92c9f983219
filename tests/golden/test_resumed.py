"""Every golden call, cut at every entry of its journal and resumed: nobody is left unheard."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from tests.golden.replay import FOLDER, Golden, load, react
from tests.support.answers import GOODBYE, answer
from tests.support.policy import Policy
from voiceagent.dialogue.acts import CallTool, HangUp, Say, Step
from voiceagent.dialogue.house import wording

CALLS = sorted(FOLDER.glob("*.call"))
DOWN = '{"error": {"code": "tool.failed", "say": "Sorry."}}'
NOBODY = {"transferred": False, "lead": None, "message": "Nobody is free now."}


@dataclass
class Played:
    """A call being played: what the agent said and did, and the journal of it."""

    policy: Policy
    results: deque[str]
    journal: list[tuple[str, str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    booked: int = 0
    hung_up: bool = False

    def take(self, kind: str, text: str) -> None:
        """An input, as the conversation journals it."""
        self.journal.append((kind, text))
        self.perform(self.move(kind, text))

    def move(self, kind: str, text: str) -> Step:
        """What the policy does about an input or a result."""
        match kind:
            case "begin":
                return self.policy.greet()
            case "resume":
                return self.policy.resume()
            case "result":
                name, _, result = text.partition(" ")
                return self.policy.result(name, answer(name, json.loads(result)))
            case _:
                return react(self.policy, text)

    def perform(self, step: Step) -> None:
        """Say and do it; tools answer as in the file, and nobody else is there."""
        for act in step:
            match act:
                case Say(text):
                    self.said.append(text)
                case HangUp():
                    self.hung_up = True
                case CallTool(name):
                    self.called.append(name)
                    result = self._answer(name)
                    self.booked += name == "book_appointment" and "error" not in result
                    self.take("result", f"{name} {json.dumps(result)}")

    def _answer(self, name: str) -> Mapping[str, object]:
        if name == "end_call":
            return GOODBYE
        if name == "escalate_to_human" and not self.results:
            return NOBODY
        told: Mapping[str, object] = json.loads(self.results.popleft() if self.results else DOWN)
        return told


@cache
def golden(path: Path) -> Golden:
    return load(path)


@cache
def whole(path: Path) -> tuple[tuple[tuple[str, str], ...], int]:
    """The journal of the call as the file tells it, and how many bookings were made."""
    call = Played(golden(path).policy(), results_of(path))
    call.take("begin", "")
    for said in golden(path).caller_lines:
        call.take("heard", said)
    return tuple(call.journal), call.booked


def results_of(path: Path) -> deque[str]:
    return deque(line.text for line in golden(path).lines if line.mark == "=")


def cuts(path: Path) -> Iterator[Played]:
    """The call, fed from its journal and cut after each entry: a copy of the policy each time."""
    call = Played(golden(path).policy(), results_of(path))
    for kind, text in whole(path)[0]:
        call.move(kind, text)
        call.journal.append((kind, text))
        if kind == "result" and not text.startswith("end_call"):
            call.results.popleft()
            call.booked += text.startswith("book_appointment") and '"error"' not in text
        yield call


def resumed(cut: Played) -> Played:
    """The call as it goes on, on a new line; a tool that had not answered does so now."""
    policy, results = copy(cut.policy), deque(cut.results)
    call = Played(policy, results, list(cut.journal), booked=cut.booked)
    call.take("resume", "")
    call.results.clear()
    return call


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_a_resumed_call_hears_words(path: Path) -> None:
    for cut in cuts(path):
        call = resumed(cut)
        assert call.said[0].startswith(wording.CUT_OFF)
        assert not call.hung_up
        before = len(call.said)
        call.take("heard", "hello?")
        assert call.said[before:], cut.journal


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_a_resumed_call_hears_a_key(path: Path) -> None:
    for cut in cuts(path):
        call = resumed(cut)
        call.take("key", "[key 0]")
        assert call.called[-1:] == ["escalate_to_human"], cut.journal
        assert not call.hung_up


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_a_resumed_call_prompts_a_silent_caller_and_hangs_up_in_the_end(path: Path) -> None:
    for cut in cuts(path):
        call = resumed(cut)
        prompts: list[list[str]] = []
        while not call.hung_up and len(prompts) < 4:
            before = len(call.said)
            call.take("silence", "[silence]")
            prompts.append(call.said[before:])
        assert all(prompts), cut.journal
        assert len(prompts) > 1
        assert call.hung_up


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_nothing_is_booked_twice(path: Path) -> None:
    """What the journal knows as booked is not asked for again, and what it does not know is."""
    for cut in cuts(path):
        call = resumed(cut)
        for kind, text in (("silence", "[silence]"), ("heard", "yes"), ("heard", "hello?")):
            if not call.hung_up:
                call.take(kind, text)
        assert call.booked <= max(cut.booked, whole(path)[1])


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_a_finished_booking_is_confirmed_again(path: Path) -> None:
    for cut in cuts(path):
        booking = cut.policy.facts.booking
        call = resumed(cut)
        if booking is not None and "anything else" in call.said[-1]:
            assert booking.code in " ".join(call.said)


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_a_call_that_is_cut_again_is_where_it_was(path: Path) -> None:
    """That it was resumed is in the journal: a second successor knows what the first one heard."""
    (*_, cut) = cuts(path)
    first = resumed(cut)
    first.take("silence", "[silence]")
    second = Played(golden(path).policy(), deque())
    for kind, text in first.journal:
        second.move(kind, text)
    assert second.policy.facts == first.policy.facts
    assert second.policy.resume() == first.policy.resume()


def test_a_goodbye_that_was_cut_off_is_taken_back() -> None:
    (*_, cut) = cuts(FOLDER / "reference_call.call")
    call = resumed(cut)
    (said,) = call.said
    assert said.startswith(f"{wording.CUT_OFF} You're booked for tonight, ")
    assert said.endswith(" Your booking code is 482937. Can I do anything else for you?")
