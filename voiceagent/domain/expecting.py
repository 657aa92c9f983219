"""What the agent expects to hear next; the bridge between dialogue and turn-taking."""

from __future__ import annotations

from enum import StrEnum


class Expecting(StrEnum):
    """The kind of answer the last question asks for.

    Turn-taking grants patience by it (people pause inside phone numbers and addresses), and a
    recogniser may weigh its hypotheses by it. It never restricts what the caller may say.
    """

    ANYTHING = "anything"
    YES_NO = "yes_no"
    NAME = "name"
    PHONE = "phone"
    NAME_AND_PHONE = "name_and_phone"
    EMAIL = "email"
    ADDRESS = "address"
    TIME = "time"
    CODE = "code"
    NOTES = "notes"


class Completeness(StrEnum):
    """What a partial transcript says about the turn, judged against what is expected.

    COMPLETE: the answer is all there (ten digits, a clear yes) and waiting longer is dead air.
    ENOUGH: it would do as it is, but people like to add to such answers ("the code is 1234 ... and
    there's a dog").
    INCOMPLETE: the caller is visibly in the middle (six digits, "my address is").
    UNKNOWN: the words do not tell; the voice decides.
    """

    COMPLETE = "complete"
    ENOUGH = "enough"
    INCOMPLETE = "incomplete"
    UNKNOWN = "unknown"
