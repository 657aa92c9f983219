"""What a written channel is: how its messages are read, and how replies are written for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voiceagent.domain.business import Flags

ATTACHMENT: Final = "[attachment]"
"""Stands in a message for a picture, a file or a voice note, which nobody here can look at."""


class KnownBy(StrEnum):
    """By what a channel knows people: a telephone number, a key in their browser, an address."""

    NUMBER = "number"
    KEY = "key"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class TextIn:
    """A message as it came over the wire.

    Attributes:
        body: as typed.
        attachments: how many pictures, files and voice notes came with it.
        button: the words of the button that was pressed, if one was.
        place: the address or the name of a place that was sent.
        located: whether a place was sent, if only as coordinates.
        subject: of a letter that begins something.
    """

    body: str
    attachments: int = 0
    button: str = ""
    place: str = ""
    located: bool = False
    subject: str = ""


@dataclass(frozen=True, slots=True)
class TextChannel:
    """A written channel.

    Attributes:
        name: on record, and before the colon of its messages' keys.
        is_on: whether the business file switches it on.
        heard: what a message says, in words.
        written: a reply as this channel carries it.
        known_by: by what people are known.
    """

    name: str
    is_on: Callable[[Flags], bool]
    heard: Callable[[TextIn], str]
    written: Callable[[str], str]
    known_by: KnownBy


def words_of(message: TextIn) -> str:
    """A message in words: a button is what it says, and what cannot be looked at is marked."""
    said = message.button or message.body
    if message.located:
        said = f"{said} The address is {message.place}." if message.place else f"{said} {NO_PLACE}"
    return f"{ATTACHMENT} {said}".strip() if message.attachments else said.strip()


NO_PLACE: Final = "[location]"
"""Stands in a message for a place of which only the coordinates came."""
