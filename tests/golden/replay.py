"""Golden calls: whole conversations as text files that anybody can review.

A file is a header, a line ``---``, and the call::

    title: Sarah books a repair for tonight
    business: business/coolcare.toml
    now: 2025-08-29T20:05:00-04:00
    caller: +15551230000
    seed: job phone=+15551230000 code=482937 service=repair start=2025-09-02T08:00:00-04:00
    ---
    < what the agent says
    > what the caller says; [key 0] is a key of the phone, [silence] the prompt time-out
    * tool {"its": "arguments"}
    = {"its": "result"}

`channel` (voice or text) defaults to voice, `caller` to a withheld number. `seed` lines (any
number) name what must be in the database when the call is played over real tools. In an agent line
``{code}`` stands for any booking code. Lines that start with ``#`` are remarks.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from tests.support.act_model import ACT_MODEL
from tests.support.answers import GOODBYE, answer
from tests.support.policy import Policy
from voiceagent.dialogue.acts import CallTool, HangUp, Say, Step
from voiceagent.dialogue.house.dialogue import HouseDialogue
from voiceagent.domain.business import Business

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
_CODE = "482937"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a call: `mark` is one of ``<>*=``, `number` its line in the file."""

    mark: str
    text: str
    number: int


@dataclass(frozen=True, slots=True)
class Golden:
    """A golden call as read from its file."""

    title: str
    business: Business
    now: datetime
    caller: str | None
    channel: Literal["voice", "text"]
    seeds: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def caller_lines(self) -> tuple[str, ...]:
        """What the caller says, in order."""
        return tuple(line.text for line in self.lines if line.mark == ">")

    def policy(self) -> Policy:
        """A fresh policy in the circumstances of the call."""
        now = self.now.astimezone(ZoneInfo(self.business.timezone))
        return Policy(self.business, now=now, caller_number=self.caller, channel=self.channel)

    def dialogue(self) -> HouseDialogue:
        """A fresh dialogue in the circumstances of the call."""
        return HouseDialogue(self.business, self.caller, self.channel, self.now, ACT_MODEL)


def load(path: Path) -> Golden:
    """Read a golden call."""
    header: dict[str, str] = {}
    seeds: list[str] = []
    lines: list[Line] = []
    in_header = True
    for number, raw in enumerate(path.read_text("utf-8").splitlines(), 1):
        text = raw.strip()
        if not text or text.startswith("#"):
            continue
        if text == "---":
            in_header = False
        elif in_header:
            key, _, value = text.partition(":")
            if key == "seed":
                seeds.append(value.strip())
            else:
                header[key.strip()] = value.strip()
        else:
            lines.append(Line(text[0], text[1:].strip(), number))
    with (ROOT / header["business"]).open("rb") as file:
        business = Business.model_validate(tomllib.load(file))
    return Golden(
        title=header["title"],
        business=business,
        now=datetime.fromisoformat(header["now"]),
        caller=header.get("caller"),
        channel="text" if header.get("channel") == "text" else "voice",
        seeds=tuple(seeds),
        lines=tuple(lines),
    )


def replay(golden: Golden) -> list[str]:
    """Play the caller's lines against the policy with the file's tool results.

    Returns the call in the notation of the file, `canonical` line by line.
    """
    policy = golden.policy()
    results = deque(json.loads(line.text) for line in golden.lines if line.mark == "=")
    played: list[str] = []

    def perform(step: Step) -> None:
        for act in step:
            match act:
                case Say(text):
                    played.append(canonical("<", text))
                case CallTool(name, arguments):
                    played.append(canonical("*", f"{name} {json.dumps(dict(arguments))}"))
                    told = GOODBYE if name == "end_call" else results.popleft()
                    if name != "end_call":
                        played.append(canonical("=", json.dumps(told)))
                    perform(policy.result(name, answer(name, told)))
                case HangUp():
                    pass

    perform(policy.greet())
    for said in golden.caller_lines:
        played.append(canonical(">", said))
        perform(react(policy, said))
    return played


def react(policy: Policy, said: str) -> Step:
    """The policy's answer to a caller line of a golden file."""
    key = re.fullmatch(r"\[key (.)\]", said)
    if key is not None:
        return policy.key(key[1])
    return policy.silence() if said == "[silence]" else policy.hear(said)


def canonical(mark: str, text: str) -> str:
    """A line in comparable form: JSON with sorted keys, booking codes as ``{code}``."""
    if mark == "*":
        name, _, arguments = text.partition(" ")
        return f"* {name} {_sorted(json.loads(arguments))}"
    if mark == "=":
        return f"= {_sorted(json.loads(text))}"
    return f"{mark} {text.replace(_CODE, '{code}')}" if mark == "<" else f"{mark} {text}"


def expected(golden: Golden) -> list[str]:
    """The file's lines in canonical form."""
    return [canonical(line.mark, line.text) for line in golden.lines]


def _sorted(value: Mapping[str, object]) -> str:
    return json.dumps(value, sort_keys=True)
