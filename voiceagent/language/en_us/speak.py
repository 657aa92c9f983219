"""Written agent text as words for a speech synthesiser, token by token.

Every token keeps the slice of text it came from, so that "heard up to spoken word k" can be told in
written words. Joined, the `written` slices are the text again, character for character.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from voiceagent.language.en_us.plain_words import plain_word
from voiceagent.language.en_us.readings import RULES, ReadingRule

_ATOM = re.compile(r"[^\s\u2014/]*[\u2014/]+|[^\s\u2014/]+")
_SPACE = re.compile(r"\s*")
_SENTENCE_FOLLOWS = re.compile(r"\s*$|\s+[A-Z]")
_OPENING = (
    "([{\"'\N{LEFT DOUBLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}"
    "\N{INVERTED QUESTION MARK}\N{INVERTED EXCLAMATION MARK}"
)
_PAUSES = re.compile(r"^[)\]}\"'\N{RIGHT DOUBLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}]*"
                     r"([,.;:?!]+|\u2026)?")  # fmt: skip


@dataclass(frozen=True, slots=True)
class SpokenToken:
    """A piece of text and its spoken form.

    Attributes:
        written: slice of the text with the white space after it.
        spoken: words separated by single spaces, with the punctuation a voice needs; "" for what
            is not spoken (a dash, an emoji).
    """

    written: str
    spoken: str

    @property
    def words(self) -> int:
        """How many spoken words it has."""
        return len(self.spoken.split())


def _pause(text: str, at: int) -> tuple[str, int]:
    """Closing brackets and punctuation at `at`: (the mark a voice needs, index after it)."""
    match = _PAUSES.match(text[at : at + 12])
    if match is None:
        return "", at
    mark = match.group(1) or ""
    spoken = "." if mark.startswith(("\N{HORIZONTAL ELLIPSIS}", "..")) else mark[:1]
    return spoken, at + match.end()


def _pattern(text: str, at: int, rules: Sequence[ReadingRule]) -> tuple[str, int] | None:
    """The reading of the first rule that fits at `at`: (spoken, index after it)."""
    for rule in rules:
        match = rule.pattern.match(text, at)
        if match is not None and match.end() > at:
            spoken = rule.read(match)
            if spoken is not None:
                return spoken, match.end()
    return None


def _tokens(
    text: str, rules: Sequence[ReadingRule], plain: Callable[[str], str]
) -> Iterator[tuple[str, int]]:
    """(spoken, end in text) of each token in order."""
    at = len(text) - len(text.lstrip())
    while at < len(text):
        start = at
        while start < len(text) and text[start] in _OPENING and not _pattern(text, start, rules):
            start += 1
        read = _pattern(text, start, rules)
        if read is None:
            atom = _ATOM.match(text, start)
            end = atom.end() if atom is not None else start + 1
            spoken = plain(text[start:end])
            if text[start:end].endswith("\N{EM DASH}") and spoken:
                spoken += ","
        else:
            spoken, end = read
            full_stop = text[end - 1] == "." and _SENTENCE_FOLLOWS.match(text, end) is not None
            mark, end = _pause(text, end)
            spoken += mark or "." * full_stop
        end = _SPACE.match(text, max(end, at + 1)).end()  # type: ignore[union-attr]
        yield spoken, end
        at = end


def speakable(text: str) -> tuple[SpokenToken, ...]:
    """`text` as spoken tokens; never raises, and ``"".join(t.written for t in ...) == text``.

    Money, phone numbers, times, dates, house numbers, ZIP codes, booking codes, percentages,
    e-mail addresses and abbreviations are said the way people say them; a thing written in several
    words ("9 to 11 PM") is one token.
    """
    return read_aloud(text, RULES, plain_word)


def read_aloud(
    text: str, rules: Sequence[ReadingRule], plain: Callable[[str], str]
) -> tuple[SpokenToken, ...]:
    """`text` as spoken tokens by the rules of a language; see `speakable`.

    Args:
        text: what is written.
        rules: how written things are read, tried in order.
        plain: reads a word that no rule knows.
    """
    tokens: list[SpokenToken] = []
    at = 0
    for spoken, end in _tokens(text, rules, plain):
        tokens.append(SpokenToken(text[at:end], " ".join(spoken.split())))
        at = end
    if at < len(text):
        tokens.append(SpokenToken(text[at:], ""))
    return tuple(tokens)


def heard_text(tokens: Sequence[SpokenToken], spoken_words_heard: int) -> str:
    """The written text that was heard, whole tokens only, without white space at its end.

    Args:
        tokens: of `speakable`.
        spoken_words_heard: how many spoken words were played; more than there are is all of them.
    """
    heard, left = "", spoken_words_heard
    said_any = False
    for token in tokens:
        if token.words > left or (token.words == 0 and not said_any and spoken_words_heard <= 0):
            break
        said_any = said_any or token.words > 0
        heard += token.written
        left -= token.words
    return heard.rstrip()
