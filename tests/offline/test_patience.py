"""How long both ears are waited for at the end of a turn, and whose words do when that is over."""

from __future__ import annotations

from typing import cast

import pytest

from pipelines.offline.helper import Helper, Pulse, Stream
from pipelines.offline.messages import HelperMessage
from pipelines.offline.recogniser import (
    RecogniserAnswer,
    RecogniserRequest,
    Recognition,
    Utterance,
)
from pipelines.offline.verdict import CHEAP_CONFIDENCE, Ear, HearingVerdict
from voiceagent.errors import Unavailable

ALL = HearingVerdict("yes please", 0.9, Ear.BOTH)
CHEAP = Recognition("yes lease", CHEAP_CONFIDENCE)


class PaperHelper:
    """Answers FINISH with what it was given, in order."""

    def __init__(self, *answers: tuple[RecogniserAnswer, bytes]) -> None:
        self.stream = Stream(1, Pulse(), lambda: None)
        self.answers = answers
        self.asked: list[int] = []
        self.closed = 0

    def send(self, kind: int, stream: int, payload: bytes = b"") -> None:
        self.asked.append(kind)
        if kind == RecogniserRequest.FINISH:
            for answer, text in self.answers:
                self.stream.deliver(HelperMessage(answer, stream, text))

    def close(self, stream: Stream) -> None:
        self.closed += 1


def utterance(helper: PaperHelper, heard: list[HearingVerdict]) -> Utterance:
    return Utterance(cast("Helper", helper), helper.stream, heard.append)


MEANWHILE = (RecogniserAnswer.MEANWHILE, b"yes lease")
FINAL = (RecogniserAnswer.FINAL, ALL.written())
FAILED = (RecogniserAnswer.FAILED, b"broken")


@pytest.mark.parametrize(
    ("answers", "patience_s", "found", "ear"),
    [
        ((MEANWHILE, FINAL), 60.0, Recognition("yes please", 0.9), Ear.BOTH),
        ((FINAL,), None, Recognition("yes please", 0.9), Ear.BOTH),
        ((MEANWHILE,), 0.0, CHEAP, Ear.POCKETSPHINX_ALONE),
        ((FINAL,), 0.0, Recognition("yes please", 0.9), Ear.BOTH),
    ],
)
async def test_one_ear_will_do_when_both_are_late(
    answers: tuple[tuple[RecogniserAnswer, bytes], ...],
    patience_s: float | None,
    found: Recognition,
    ear: Ear,
) -> None:
    helper, heard = PaperHelper(*answers), list[HearingVerdict]()
    assert await utterance(helper, heard).finish(patience_s) == found
    assert [one.by for one in heard] == [ear]
    assert helper.closed == 1
    late = ear is Ear.POCKETSPHINX_ALONE
    assert (RecogniserRequest.ABANDON in helper.asked) == late, "who is not waited for may stop"


@pytest.mark.parametrize("patience_s", [None, 0.0])
async def test_ears_that_fail_are_told_as_such(patience_s: float | None) -> None:
    helper = PaperHelper(FAILED)
    with pytest.raises(Unavailable, match="broken"):
        await utterance(helper, []).finish(patience_s)
    assert helper.closed == 1
