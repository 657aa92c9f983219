"""What "yes" and "no" mean: a table from the open question and the answer to a verdict."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts, Safety, preferred
from voiceagent.language.en_us.yes_no import YesNo


class Verdict(StrEnum):
    """The meaning of an answer."""

    SAFE = "safe"
    ACCEPT = "accept"
    DECLINE = "decline"
    START_BOOKING = "start_booking"
    TAKE_TIME = "take_time"
    OTHER_TIME = "other_time"
    NO_NOTES = "no_notes"
    CONFIRM = "confirm"
    CHANGE = "change"
    RIGHT = "right"
    WRONG = "wrong"
    AS_IT_IS = "as_it_is"
    KEEP = "keep"
    HUMAN = "human"
    NO_HUMAN = "no_human"
    ARRANGE_VISIT = "arrange_visit"
    STAY_SAFE = "stay_safe"
    SEND_CODE = "send_code"
    NO_CODE = "no_code"
    MORE = "more"
    FINISH = "finish"


VERDICTS: dict[tuple[Ask, YesNo], Verdict] = {
    (Ask.SAFETY, YesNo.NO): Verdict.SAFE,
    (Ask.GO_AHEAD, YesNo.YES): Verdict.ACCEPT,
    (Ask.GO_AHEAD, YesNo.NO): Verdict.DECLINE,
    (Ask.WANT_BOOKING, YesNo.YES): Verdict.START_BOOKING,
    (Ask.WANT_BOOKING, YesNo.NO): Verdict.DECLINE,
    (Ask.TIME, YesNo.YES): Verdict.TAKE_TIME,
    (Ask.TIME, YesNo.NO): Verdict.OTHER_TIME,
    (Ask.NOTES, YesNo.NO): Verdict.NO_NOTES,
    (Ask.READ_BACK, YesNo.YES): Verdict.CONFIRM,
    (Ask.READ_BACK, YesNo.NO): Verdict.CHANGE,
    (Ask.CHANGE, YesNo.YES): Verdict.AS_IT_IS,
    (Ask.CHANGE, YesNo.NO): Verdict.AS_IT_IS,
    (Ask.CONFIRM_MOVE, YesNo.YES): Verdict.CONFIRM,
    (Ask.CONFIRM_MOVE, YesNo.NO): Verdict.OTHER_TIME,
    (Ask.CONFIRM_CANCEL, YesNo.YES): Verdict.CONFIRM,
    (Ask.CONFIRM_CANCEL, YesNo.NO): Verdict.KEEP,
    (Ask.SEND_CODE, YesNo.YES): Verdict.SEND_CODE,
    (Ask.SEND_CODE, YesNo.NO): Verdict.NO_CODE,
    (Ask.HUMAN_OFFER, YesNo.YES): Verdict.HUMAN,
    (Ask.HUMAN_OFFER, YesNo.NO): Verdict.NO_HUMAN,
    (Ask.AFTER_DANGER, YesNo.YES): Verdict.ARRANGE_VISIT,
    (Ask.AFTER_DANGER, YesNo.NO): Verdict.STAY_SAFE,
    (Ask.ANYTHING_ELSE, YesNo.YES): Verdict.MORE,
    (Ask.ANYTHING_ELSE, YesNo.NO): Verdict.FINISH,
}

CHECKED: dict[YesNo, Verdict] = {YesNo.YES: Verdict.RIGHT, YesNo.NO: Verdict.WRONG}
"""Of `Ask.CHECK`, which `doubts` judges."""


def settle(facts: Facts, verdict: Verdict) -> Facts:  # noqa: PLR0911 - one return per case
    """The facts after a verdict; those that are about the conversation change no fact."""
    match verdict:
        case Verdict.SAFE:
            return replace(facts, safety=Safety.SAFE)
        case Verdict.ACCEPT | Verdict.START_BOOKING:
            return replace(facts, accepted=True)
        case Verdict.NO_NOTES:
            return replace(facts, notes="")
        case Verdict.CONFIRM:
            return replace(facts, confirmed=True)
        case Verdict.TAKE_TIME:
            fitting = preferred(facts) or facts.offers
            only = fitting[0] if len(fitting) == 1 else facts.window
            return replace(facts, window=only, confirmed=facts.confirmed and only == facts.window)
        case Verdict.OTHER_TIME:
            return replace(facts, offers=(), window=None)
        case _:
            return facts
