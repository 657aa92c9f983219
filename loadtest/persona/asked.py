"""What a caller makes of the agent's words: by their topics, with no knowledge of who made them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

from loadtest.persona.windows import Named, named


class AgentTopic(StrEnum):
    """What the caller is expected to say next."""

    SAFETY = "safety"
    NAME = "name"
    PHONE = "phone"
    NAME_AND_PHONE = "name and phone"
    ADDRESS = "address"
    CITY = "city"
    ZIP = "zip"
    UNIT = "unit"
    ERRAND = "errand"
    PROBLEM = "problem"
    PRICE = "price"
    WINDOW = "window"
    DAY = "day"
    NOTES = "notes"
    READ_BACK = "read-back"
    CODE = "code"
    CODE_AND_PHONE = "code and phone"
    CANCEL = "cancel"
    MOVE = "move"
    PERSON = "person"
    SPELLING = "spelling"
    EMAIL = "e-mail"
    ANYTHING_ELSE = "anything else"
    MESSAGE = "message"
    IS_RIGHT = "is that right"
    WHETHER = "yes or no"
    WHOSE_TURN = "go on"
    CHANGE = "what to change"
    MEANT = "what was meant"
    UNKNOWN = "unknown"


class ReplySign(StrEnum):
    """What a reply does beside asking."""

    NAMES_911 = "names 911"
    ONLY_WARNS = "only warns"
    HANDS_OVER = "hands over"
    LEFT_WORD = "left word"
    WAITS = "waits"
    GOODBYE = "goodbye"
    READS_BACK = "reads back"
    BOOKED = "booked"
    CHANGED = "changed"
    NOT_THERE = "not there"
    LOST = "lost"


TOPICS: Final = Path(__file__).with_name("topics.toml")


@lru_cache(maxsize=1)
def _topics() -> tuple[tuple[AgentTopic, re.Pattern[str]], ...]:
    """Each topic with what asks for it, in order."""
    return tuple(
        (AgentTopic(one["name"]), re.compile("|".join(one["asks"]), re.IGNORECASE))
        for one in tomllib.loads(TOPICS.read_text("utf-8"))["topic"]
    )


@lru_cache(maxsize=1)
def _signs() -> tuple[tuple[ReplySign, re.Pattern[str]], ...]:
    return tuple(
        (ReplySign(one["name"]), re.compile("|".join(one["says"]), re.IGNORECASE))
        for one in tomllib.loads(TOPICS.read_text("utf-8"))["sign"]
    )


_SENTENCE: Final = re.compile(r"(?<=[.?!])\s+(?=[A-Z(\d¿¡])")
_PHONE: Final = re.compile(r"\(?(\d{3})\)?[ .-]*(\d{3})[ .-](\d{4})\b")
_MONEY: Final = re.compile(r"\$\s?(\d[\d,]*)")


@dataclass(frozen=True, slots=True)
class Understood:
    """What a caller has taken from one reply.

    Attributes:
        topic: what to answer.
        question: the sentence that asks it, or the last one.
        windows: times named, outside questions of hours.
        phones: numbers named, ten digits each.
        figures: sums named, in whole dollars.
        signs: what else the reply does.
    """

    text: str
    topic: AgentTopic
    question: str
    windows: tuple[Named, ...]
    phones: tuple[str, ...]
    figures: tuple[int, ...]
    signs: frozenset[ReplySign]

    @property
    def asks(self) -> bool:
        """Whether it ends with a question."""
        return self.question.endswith("?")


def understand(text: str, now: datetime) -> Understood:
    """Take in what the agent said since the caller's last words."""
    sentences = [one.strip() for one in _SENTENCE.split(text) if one.strip()]
    asked = [one for one in sentences if one.endswith("?")]
    topic, question = _topic(asked or sentences[-1:])
    signs = {sign for sign, rule in _signs() if rule.search(text)}
    if topic is AgentTopic.READ_BACK:
        signs.add(ReplySign.READS_BACK)
    if ReplySign.NAMES_911 in signs and _only_warns(sentences):
        signs.add(ReplySign.ONLY_WARNS)
    return Understood(
        text=text,
        topic=topic,
        question=question,
        windows=named(text, now),
        phones=tuple("".join(found.groups()) for found in _PHONE.finditer(text)),
        figures=tuple(int(found[1].replace(",", "")) for found in _MONEY.finditer(text)),
        signs=frozenset(signs),
    )


def _only_warns(sentences: list[str]) -> bool:
    """911 is named for a case that may be, not for one that is."""
    rule = dict(_signs())[ReplySign.NAMES_911]
    return all(" if " in f" {one.lower()}" for one in sentences if rule.search(one))


def _topic(sentences: list[str]) -> tuple[AgentTopic, str]:
    """Of the last sentence that asks something that is known."""
    for sentence in reversed(sentences):
        for topic, rule in _topics():
            if rule.search(sentence):
                return topic, sentence
    return AgentTopic.UNKNOWN, sentences[-1] if sentences else ""
