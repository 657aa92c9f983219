"""What a caller has in mind while talking: what was told, asked and agreed to."""

from __future__ import annotations

import random
from collections import Counter
from typing import Final

from loadtest.persona.ending import Record
from loadtest.persona.facts import Errand, Fact, Persona, Temper, Twist
from loadtest.persona.voice import PersonaVoice

PATIENCE: Final = 3
"""So often the same question is answered, and the same wish said, before somebody gives up."""

BOOKS: Final = frozenset((Errand.BOOK, Errand.DECLINE, Errand.OUTSIDE))
HAS_BOOKING: Final = frozenset((Errand.MOVE, Errand.CANCEL, Errand.LOOK_UP))
FOR_A_PERSON: Final = frozenset((Errand.PERSON, Errand.OTHER))


class Mind:
    """One persona on one call.

    Attributes:
        times: how often something has come up, by a name of its own.
        told: facts that were said.
        twists: difficulties still to come.
        slips: facts still to be said wrongly first.
        wish: when the visit may be, as of now; `place`: where it is.
        done: the errand is done, as far as the caller knows.
        danger_due: danger was just told, the next reply must say 911.
        unsure_due: danger was just not ruled out, the next reply must ask again or warn; it may
            wait first for who went to look.
    """

    def __init__(self, persona: Persona) -> None:
        self.persona = persona
        self.record = Record()
        self.chances = random.Random(persona.seed)  # noqa: S311 - repeatable on purpose
        self.voice = PersonaVoice(persona, self.chances)
        self.times: Counter[str] = Counter()
        self.told: set[Fact] = set()
        self.twists = set(persona.twists)
        self.slips = set(persona.slips)
        self.wish = persona.when
        self.place = persona.place
        self.done = False
        self.danger_due = False
        self.unsure_due = False

    def say(self, key: str, **values: str) -> str:
        """A wording, as the persona's temper lets it out."""
        return self.voice.mannered(self.voice.say(key, **values))

    def once(self, what: str) -> bool:
        """True the first time that something comes up."""
        self.times[what] += 1
        return self.times[what] == 1

    def takes(self, twist: Twist) -> bool:
        """Whether a difficulty is still to come; it comes now."""
        if twist not in self.twists:
            return False
        self.twists.discard(twist)
        return True

    def luck(self, share: float) -> bool:
        """True so often."""
        return self.chances.random() < share

    def give_up(self, last_words: str = "end.bye") -> str | None:
        """Leave without having got it: a last word, and then the line is dead."""
        self.record.gave_up = True
        return self.say(last_words) if self.once("give up") else None

    @property
    def may_be_handed_over(self) -> bool:
        """Whether a person who takes over is no surprise."""
        who = self.persona
        wants = who.errand in FOR_A_PERSON or self.record.asked_for_person
        return wants or who.temper is Temper.ANGRY or self.record.danger_told
