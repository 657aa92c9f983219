"""Whether a text holds somebody's telephone number, however it is written or spoken."""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers

from voiceagent.domain.digit_runs import digit_runs, written_as
from voiceagent.domain.phones import E164_SHAPE


@dataclass(frozen=True, slots=True)
class SoughtNumber:
    """A number in E.164, and how people say it: without its country."""

    e164: str
    national: str

    @classmethod
    def of(cls, number: str) -> SoughtNumber:
        """Read a number.

        Raises:
            ValueError: it is not written like +15551230000.
        """
        if not E164_SHAPE.fullmatch(number):
            raise ValueError("Write the number like +15551230000 (E.164)")
        try:
            national = phonenumbers.national_significant_number(phonenumbers.parse(number))
        except phonenumbers.NumberParseException:  # a country that there is not
            national = number[1:]
        return cls(number, national)

    def stands_in(self, text: str) -> bool:
        """Whether a text holds it: "+1 (555) 123-0000", "five five five, uh, one two three …"."""
        return any(self.national in run.digits for run in digit_runs(text))

    def blanked_in(self, text: str) -> str:
        """A text with nines in the place of its digits, written or spoken as they were.

        So JSON stays JSON, and it is no telephone's number: there is no area code 999.
        """
        out, at = [], 0
        for run in digit_runs(text):
            if self.national not in run.digits:
                continue
            out += [text[at : run.start], written_as(text, run, "9" * len(run.digits))]
            at = run.end
        return "".join([*out, text[at:]])
