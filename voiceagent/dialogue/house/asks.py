"""The questions the agent can have open, and what each leads the recogniser to expect."""

from __future__ import annotations

from enum import StrEnum

from voiceagent.domain.expecting import Expecting


class Ask(StrEnum):
    """The open question. There is exactly one at any time."""

    HELP = "help"
    WANT_BOOKING = "want_booking"
    SERVICE = "service"
    PROBLEM = "problem"
    SAFETY = "safety"
    AFTER_DANGER = "after_danger"
    NAME_AND_PHONE = "name_and_phone"
    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"
    GO_AHEAD = "go_ahead"
    TIME = "time"
    DAY = "day"
    NOTES = "notes"
    READ_BACK = "read_back"
    CHANGE = "change"
    CHECK = "check"
    PHONE_AND_CODE = "phone_and_code"
    CODE = "code"
    SEND_CODE = "send_code"
    CONFIRM_MOVE = "confirm_move"
    CONFIRM_CANCEL = "confirm_cancel"
    HUMAN_OFFER = "human_offer"
    ANYTHING_ELSE = "anything_else"
    MEANT = "meant"


EXPECTS: dict[Ask, Expecting] = {
    Ask.HELP: Expecting.ANYTHING,
    Ask.WANT_BOOKING: Expecting.YES_NO,
    Ask.SERVICE: Expecting.ANYTHING,
    Ask.PROBLEM: Expecting.ANYTHING,
    Ask.SAFETY: Expecting.YES_NO,
    Ask.AFTER_DANGER: Expecting.YES_NO,
    Ask.NAME_AND_PHONE: Expecting.NAME_AND_PHONE,
    Ask.NAME: Expecting.NAME,
    Ask.PHONE: Expecting.PHONE,
    Ask.ADDRESS: Expecting.ADDRESS,
    Ask.GO_AHEAD: Expecting.YES_NO,
    Ask.TIME: Expecting.TIME,
    Ask.DAY: Expecting.TIME,
    Ask.NOTES: Expecting.NOTES,
    Ask.READ_BACK: Expecting.YES_NO,
    Ask.CHANGE: Expecting.ANYTHING,
    Ask.CHECK: Expecting.YES_NO,
    Ask.PHONE_AND_CODE: Expecting.PHONE,
    Ask.CODE: Expecting.CODE,
    Ask.SEND_CODE: Expecting.YES_NO,
    Ask.CONFIRM_MOVE: Expecting.YES_NO,
    Ask.CONFIRM_CANCEL: Expecting.YES_NO,
    Ask.HUMAN_OFFER: Expecting.YES_NO,
    Ask.ANYTHING_ELSE: Expecting.YES_NO,
    Ask.MEANT: Expecting.YES_NO,
}

WHILE_BOOKING = frozenset({Ask.GO_AHEAD, Ask.TIME, Ask.DAY, Ask.READ_BACK, Ask.CHANGE})
"""Questions of a booking that are about no detail of the caller or the place."""
