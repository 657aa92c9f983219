"""Every golden call, cut at every entry of its journal and resumed: nobody is left unheard."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.golden.replay import FOLDER, Golden, Line, load, react
from voiceagent.dialog import wording
from voiceagent.dialog.acts import CallTool, HangUp, Say, Step
from voiceagent.dialog.policy import Policy

CALLS = sorted(FOLDER.glob("*.call"))
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
                return self.policy.result(name, json.loads(result))
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
            return {"message": ""}
        if name == "escalate_to_human" and not self.results:
            return NOBODY
        answer: Mapping[str, object] = json.loads(self.results.popleft())
        return answer


def whole(golden: Golden) -> Played:
    """The call as the file tells it."""
    results = deque(line.text for line in golden.lines if line.mark == "=")
    call = Played(golden.policy(), results)
    call.take("begin", "")
    for said in golden.caller_lines:
        call.take("heard", said)
    return call


def resumed(golden: Golden, cut: int) -> Played:
    """The call cut after `cut` entries of its journal, and resumed on a new line."""
    journal = whole(golden).journal[:cut]
    results = deque(line.text for line in golden.lines if line.mark == "=")
    call = Played(golden.policy(), results)
    for kind, text in journal:
        call.move(kind, text)
        if kind == "result" and not text.startswith("end_call"):
            call.results.popleft()
        done = text.startswith("book_appointment") and '"error"' not in text
        call.booked += kind == "result" and done
    call.journal = list(journal)
    call.take("resume", "")
    return call


CUTS = [
    pytest.param(path, cut, id=f"{path.stem}-{cut}")
    for path in CALLS
    for cut in range(1, len(whole(load(path)).journal) + 1)
]


@pytest.mark.parametrize(("path", "cut"), CUTS)
def test_a_resumed_call_answers(path: Path, cut: int) -> None:
    """Words, a key and silence; each is tried alone."""
    golden = load(path)
    call = resumed(golden, cut)
    assert call.said[0].startswith(wording.CUT_OFF)
    assert not call.hung_up
    before = len(call.said)
    call.results.clear()
    call.take("heard", "hello?")
    assert call.said[before:], "deaf to words"

    call = resumed(golden, cut)
    call.results.clear()
    call.take("key", "[key 0]")
    assert call.called[-1:] == ["escalate_to_human"], "deaf to 0"
    assert not call.hung_up

    call = resumed(golden, cut)
    prompts = []
    while not call.hung_up and len(prompts) < 4:
        before = len(call.said)
        call.take("silence", "[silence]")
        prompts.append(call.said[before:])
    assert all(prompts), "a silence without a prompt"
    assert call.hung_up


@pytest.mark.parametrize(("path", "cut"), CUTS)
def test_nothing_is_booked_twice_and_a_finished_booking_is_confirmed(path: Path, cut: int) -> None:
    golden = load(path)
    call = resumed(golden, cut)
    done = call.booked
    assert done <= max(1, whole(golden).booked)
    if call.policy.facts.booking is not None and "book_appointment" not in call.called:
        if call.policy.expecting is not None and "anything else" in call.said[-1]:
            assert call.policy.facts.booking.code in " ".join(call.said)
    call.results.clear()
    call.take("silence", "[silence]")
    assert call.booked == done


@pytest.mark.parametrize(("path", "cut"), CUTS)
def test_a_call_that_is_cut_and_resumed_twice_is_where_it_was(path: Path, cut: int) -> None:
    """That it was resumed is in the journal: a second successor knows what the first one heard."""
    golden = load(path)
    first = resumed(golden, cut)
    first.results.clear()
    first.take("silence", "[silence]")
    second = Played(golden.policy(), deque())
    for kind, text in first.journal:
        second.move(kind, text)
    assert second.policy.facts == first.policy.facts
    assert second.policy.resume() == first.policy.resume()


def test_a_goodbye_that_was_cut_off_is_taken_back() -> None:
    golden = load(FOLDER / "reference_call.call")
    call = resumed(golden, len(whole(golden).journal))
    assert call.said == [
        "Sorry, we were cut off for a moment. You're booked for tonight, 9–11 PM. "
        "Your booking code is 482937. Is there anything else I can help with?"
    ]
