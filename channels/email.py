"""E-mail: letters that a provider hands in, answered with letters in plain text.

What a letter quotes, its signature and what came with it are not heard (`domain.letter_text`);
which letters are answered at all is told in `domain.letters`. A sender can be forged, so an address
opens nothing; the answer goes to it and to nobody else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from channels.consent import consent_wish
from channels.contract import KnownBy, TextChannel, TextIn, words_of
from voiceagent.domain.business import Flags
from voiceagent.domain.letter_text import written_words
from voiceagent.domain.letters import Letter, is_answer

LONGEST: Final = 10_000
"""Characters of an answer."""


def letter_in(letter: Letter) -> TextIn:
    """A letter as a message: the subject of one that answers another is no news."""
    body = written_words(letter.text, letter.html)
    return TextIn(body, letter.attachments, subject="" if is_answer(letter) else letter.subject)


def heard(message: TextIn) -> str:
    """What a letter says: its subject, then its words, where the one does not repeat the other.

    A letter that only asks for no more messages, or for help, is just that, whatever is above it.
    """
    subject, body = message.subject.strip(), message.body.strip()
    said_twice = not subject or subject.lower().rstrip(".!") == body.lower().rstrip(".!")
    if said_twice or consent_wish(body, stopped=False) is not None:
        return words_of(message)
    end = "" if subject.endswith((".", "!", "?")) else "."
    return words_of(replace(message, body=f"{subject}{end} {body}" if body else subject))


def written(reply: str) -> str:
    """A reply as a letter's body."""
    return reply.strip()[:LONGEST]


def _is_on(flags: Flags) -> bool:
    return flags.email


EMAIL: Final = TextChannel("email", _is_on, heard, written, KnownBy.ADDRESS)
