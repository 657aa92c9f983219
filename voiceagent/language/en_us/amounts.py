"""Numbers that are no hours: amounts of money ("four hundred", "five fifty total").

A number is judged in its piece of the sentence. It is an amount when it says so itself ("$550",
"four hundred", "fifty bucks", "do it for four fifty"), or when its piece speaks of money and
nothing right beside the number makes it an hour ("at", "after", "PM", "o'clock").
"""

from __future__ import annotations

import re

from voiceagent.language.en_us.lexicon import (
    TEENS,
    TENS,
    UNITS,
    LexiconWord,
    is_typed_number,
    normal,
    split,
    vocabulary,
)

_NUMBERS = {**UNITS, **TEENS, **TENS}
_SCALES = frozenset({"hundred", "thousand", "grand", "k"})
_CURRENCY = vocabulary("dollar dollars buck bucks cent cents percent grand")
_MONEY = vocabulary("""
    afford amount bill budget cash charge charged charges charging cheap cheaper cost costing costs
    deposit discount dollars bucks estimate estimated expensive fee fees labor labour money
    overcharge paid parts pay paying payment pays price priced prices pricing quote quoted rate
    refund spend tax total worth
""")
_MARKS = frozenset({"at", "after", "before", "until", "till", "til", "by", "from", "between"})
_DAYS = vocabulary("on today tomorrow tonight")
_HALVES = frozenset({"am", "pm", "o'clock", "oclock"})
_HOURS = frozenset({"hours", "hrs", "hour"})
_JOINERS = vocabulary("and but or so if then because plus unless while")
_WORK = vocabulary("it this that all everything job work them")
_ENDS = re.compile(r"[,.;!?]\s|\n")
_FIRST_OF_AFTERNOON, _LAST_HOUR = 13, 23


def without_amounts(text: str) -> str:
    """The text with amounts of money blanked out, character for character; never raises."""
    clean, tokens = normal(text), split(text)
    blanked, of_money = list(clean), _pieces_of_money(clean, tokens)
    for first, last in _runs(tokens):
        if not _is_amount(clean, tokens, first, last, of_money):
            continue
        start, end = tokens[first].start, tokens[last - 1].end
        blanked[start:end] = " " * (end - start)
    return "".join(blanked)


def _is_number(word: str) -> bool:
    return word in _NUMBERS or is_typed_number(word)


def _runs(tokens: tuple[LexiconWord, ...]) -> list[tuple[int, int]]:
    """Neighbouring number words as [first, last) in words."""
    found, at = list[tuple[int, int]](), 0
    while at < len(tokens):
        if not _is_number(tokens[at].text):
            at += 1
            continue
        end = at + 1
        while end < len(tokens) and (_is_number(tokens[end].text) or tokens[end].text in _SCALES):
            end += 1
        found.append((at, end))
        at = end
    return found


def _is_amount(
    clean: str,
    tokens: tuple[LexiconWord, ...],
    first: int,
    last: int,
    of_money: frozenset[int],
) -> bool:
    before = tokens[first - 1].text if first else ""
    after = tokens[last].text if last < len(tokens) else ""
    said = [token.text for token in tokens[first:last]]
    written = clean[tokens[first].start - 1] if tokens[first].start else ""
    if written == "$" or after in _CURRENCY:
        return True
    if after in _HALVES | _HOURS or tuple(t.text for t in tokens[last : last + 2]) in _SPELLED:
        return False
    if not _SCALES.isdisjoint(said):
        return not _is_clock_of_24(said, before, after)
    if before == "for" and first > 1 and _does_it(tokens, first - 2):
        return True
    if before in _MARKS or ":" in clean[tokens[first].start : tokens[last - 1].end]:
        return False
    return not of_money.isdisjoint(range(first, last))


_SPELLED = (("a", "m"), ("p", "m"))


def _does_it(tokens: tuple[LexiconWord, ...], at: int) -> bool:
    """As in "do it for", "done the job for"."""
    verbs = {"do", "doing", "done", "fix", "get"}
    said = {token.text for token in tokens[max(0, at - 2) : at]}
    return tokens[at].text in _WORK and not verbs.isdisjoint(said)


def _is_clock_of_24(said: list[str], before: str, after: str) -> bool:
    """As in "at fourteen hundred", "oh eight hundred"; "at four hundred" is a price."""
    if said[1:2] != ["hundred"] and said[2:3] != ["hundred"]:
        return False
    if before in {"oh", "zero", "o"}:
        return True
    before_it = said[: said.index("hundred")]
    number = sum(int(w) if is_typed_number(w) else _NUMBERS.get(w, 0) for w in before_it)
    return (before in _MARKS or after in _DAYS) and _FIRST_OF_AFTERNOON <= number <= _LAST_HOUR


def _pieces_of_money(clean: str, tokens: tuple[LexiconWord, ...]) -> frozenset[int]:
    """Indices of the words in pieces that speak of money: up to where the sentence breaks."""
    found, start = set[int](), 0
    for end in range(1, len(tokens) + 1):
        if end < len(tokens) and not _breaks(clean, tokens, end):
            continue
        if any(token.text in _MONEY for token in tokens[start:end]):
            found.update(range(start, end))
        start = end
    return frozenset(found)


def _breaks(clean: str, tokens: tuple[LexiconWord, ...], at: int) -> bool:
    """Whether the sentence breaks before word `at`."""
    gap = clean[tokens[at - 1].end : tokens[at].start + 1]
    return tokens[at].text in _JOINERS or _ENDS.search(gap) is not None
