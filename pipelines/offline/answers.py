"""Which shape the answer to a question has, for one business."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from pipelines.offline.field_shapes import (
    EmailShape,
    PlaceShape,
    SpelledShape,
    TimeShape,
    YesNoShape,
)
from pipelines.offline.shapes import DIGITS, AnswerShape, AnyShape, NumberShape
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.open_question import OfferedWindows, OpenQuestion
from voiceagent.language.en_us.addresses import hear_address

_ANY: Final = AnyShape()


class AnswerShapes:
    """The shapes of answers to a business's questions.

    Args:
        business: for the streets and dangers it knows and its time zone.
    """

    def __init__(self, business: Business) -> None:
        self._zone = ZoneInfo(business.timezone)
        numbers = {
            asked: NumberShape(counts, beside_a_name=asked is Expecting.NAME_AND_PHONE)
            for asked, counts in DIGITS.items()
        }
        known = business.vocabulary
        read_address = partial(
            hear_address,
            known_streets=known.streets,
            known_cities=known.cities,
            default_city=business.city,
            default_state=business.state,
        )
        self._of: Mapping[Expecting, AnswerShape] = {
            **numbers,
            Expecting.NAME: SpelledShape(_ANY),
            Expecting.NAME_AND_PHONE: SpelledShape(numbers[Expecting.NAME_AND_PHONE]),
            Expecting.ADDRESS: PlaceShape(known.streets, read_address),
            Expecting.EMAIL: SpelledShape(EmailShape()),
            Expecting.TIME: TimeShape(),
            Expecting.YES_NO: YesNoShape(business=business),
        }

    def of(self, question: OpenQuestion) -> AnswerShape:
        """The shape of the answer to one question."""
        offered = question.offered
        if question.expecting is Expecting.TIME and offered is not None:
            return TimeShape(OfferedWindows(offered.windows, offered.at.astimezone(self._zone)))
        return self._of.get(question.expecting, _ANY)
