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
