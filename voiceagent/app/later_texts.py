"""Texts that are sent later (confirmation, receipt, reminder), in the language of the booking."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voiceagent.dialogue.house.spanish import business_words
from voiceagent.domain.business import Business
from voiceagent.domain.locales import Locale
from voiceagent.domain.records import Job
from voiceagent.language.es_us.catalogue import PHRASEBOOK


def in_their_language(business: Business) -> Callable[[str, Job], str]:
    """What makes a text about a booking one in the language in which it was made.

    A text with a sentence that there are no words for stays English as a whole.
    """
    own = {business.brand.sign_off: business.brand.sign_off} if business.brand.sign_off else {}
    spanish: Mapping[str, str] = {**business_words(business), **own}

    def worded(body: str, job: Job) -> str:
        if job.locale is not Locale.ES_US:
            return body
        told = PHRASEBOOK.tell(body, spanish)
        return body if told.untold else told.text

    return worded
