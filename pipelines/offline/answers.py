"""Which shape the answer to a question has, for one business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from pipelines.offline.field_shapes import EmailShape, PlaceShape, SpelledShape, TimeShape
from pipelines.offline.shapes import DIGITS, AnswerShape, AnyShape, NumberShape
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.open_question import OfferedWindows, OpenQuestion

_ANY: Final = AnyShape()


class AnswerShapes:
    """The shapes of answers to a business's questions.

    Args:
        business: for the streets it knows and its time zone.
    """

    def __init__(self, business: Business) -> None:
        self._zone = ZoneInfo(business.timezone)
        numbers = {asked: NumberShape(counts) for asked, counts in DIGITS.items()}
        self._of: Mapping[Expecting, AnswerShape] = {
            **numbers,
            Expecting.NAME: SpelledShape(_ANY),
            Expecting.NAME_AND_PHONE: SpelledShape(numbers[Expecting.NAME_AND_PHONE]),
            Expecting.ADDRESS: PlaceShape(business.vocabulary.streets),
            Expecting.EMAIL: SpelledShape(EmailShape()),
            Expecting.TIME: TimeShape(),
        }

    def of(self, question: OpenQuestion) -> AnswerShape:
        """The shape of the answer to one question."""
        offered = question.offered
        if question.expecting is Expecting.TIME and offered is not None:
            return TimeShape(OfferedWindows(offered.windows, offered.at.astimezone(self._zone)))
        return self._of.get(question.expecting, _ANY)
