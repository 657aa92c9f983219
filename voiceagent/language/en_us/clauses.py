"""The first clause of a long sentence, for when its sound is wanted before the whole of it."""

from __future__ import annotations

from voiceagent.language.en_us.speak import speakable

MIN_WORDS = 10
"""A shorter sentence is spoken whole: cutting it would cost more melody than it saves time."""

CLAUSE_WORDS = 3
"""Least spoken words on either side of the cut."""

_ENDS = (",", ";", ":", "\N{EN DASH}", "\N{EM DASH}")


def first_clause(sentence: str) -> tuple[str, str]:
    """A long sentence as (first clause, rest), or as (sentence, "") when it stays whole.

    It is cut after a comma, semicolon, colon or dash, and never inside what is read as one unit (an
    amount, a time, "August 29, 2025"), so both parts are spoken as they would have been together;
    joined by a space they are the sentence again.
    """
    tokens = speakable(sentence)
    total = sum(token.words for token in tokens)
    if total < MIN_WORDS:
        return sentence, ""
    words, written = 0, ""
    for token in tokens:
        words += token.words
        written += token.written
        if total - words < CLAUSE_WORDS:
            break
        if words >= CLAUSE_WORDS and token.written.rstrip().endswith(_ENDS):
            if not token.written[-1].isspace():
                continue
            return written.rstrip(), sentence[len(written) :]
    return sentence, ""
