"""Whatever a dialogue says passes the rule for all texts, and there is no other way out."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests.dialogue.test_tools_together import Asker
from tests.support.rooms import line
from tests.support.scripted_model import Ear
from voiceagent.dialogue.acts import DialogueAct, Say
from voiceagent.dialogue.loop import Conversation
from voiceagent.dialogue.mouth import Input, InputKind
from voiceagent.dialogue.port import Heard, WordsHeard
from voiceagent.dialogue.recorder import Recorder
from voiceagent.domain.links import REMOVED
from voiceagent.domain.outbound import LEFT_OUT, OutboundRule
from voiceagent.ports.outbound import NOT_SAID, OutboundGate
from voiceagent.toolkit.toolbox import Toolbox

ROOT: Final = Path(__file__).parents[2]
SENDING: Final = "voiceagent/store/sending.py"
OTHERS: Final = "Pay at evil.example, or ring (937) 555-0199 about 742 Evergreen Terrace."


class Sayer(Asker):
    """Says what it is to say."""

    def __init__(self, text: str) -> None:
        super().__init__(())
        self._text = text

    async def hear(self, heard: Heard) -> AsyncIterator[DialogueAct]:
        if isinstance(heard, WordsHeard):
            yield Say(self._text)


class Flags:
    """A service that flags everything."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def flagged(self, text: str) -> bool:
        self.asked.append(text)
        return True


async def said(text: str, heard: str, channel: str, flags: Flags | None = None) -> list[str]:
    on, ear = line(), Ear()
    context = replace(
        on.call(channel=channel), gate=OutboundGate(OutboundRule.of(on.business), flags)
    )
    talk = Conversation(Sayer(text), Toolbox(()), context, ear, Recorder(), on.clock)
    await talk.answer(Input(InputKind.HEARD, heard))
    return ear.said


@pytest.mark.parametrize("channel", ["voice", "sms", "whatsapp", "rcs", "webchat", "email"])
async def test_what_did_not_come_up_is_taken_out_on_every_channel(channel: str) -> None:
    out = f"Pay at {REMOVED}, or ring {LEFT_OUT} about {LEFT_OUT}"
    assert await said(OTHERS, "hello", channel) == [out]
    theirs = "it is 742 Evergreen Terrace, my number is 937 555 0199"
    assert await said(OTHERS, theirs, channel) == [OTHERS.replace("evil.example", REMOVED)]


@pytest.mark.parametrize("channel", ["voice", "sms"])
async def test_a_sentence_that_a_service_flags_is_another(channel: str) -> None:
    flags = Flags()
    assert await said("We can come tonight.", "hello", channel, flags) == [NOT_SAID]
    assert flags.asked == ["We can come tonight."]


@pytest.mark.parametrize(
    ("folder", "call", "only"),
    [
        ("voiceagent/dialogue", r"mouth\.say\(", {"voiceagent/dialogue/loop.py"}),
        ("voiceagent/store", r"\btexts\.send\b|\bsend_email\b|\bread_out\(", {SENDING}),
    ],
)
def test_there_is_no_other_way_out(folder: str, call: str, only: set[str]) -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / folder).rglob("*.py")
        if re.search(call, path.read_text(encoding="utf-8"))
    }
    assert found == only
