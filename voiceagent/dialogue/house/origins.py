"""How each fact was obtained: noted where it is learned, for whoever goes on with the case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from voiceagent.dialogue.case_file import Obtained, Origin
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts

CALLERS_FACTS = (
    "service", "symptoms", "problem", "safety", "name", "phone", "phone_part", "phone_choices",
    "extension", "email", "address", "address_part", "address_choices", "day", "daypart", "wish",
    "haste", "window", "notes", "code", "technician", "coupon", "others", "amendment", "room",
)  # fmt: skip
"""Facts that a caller tells; what tools return (quote, offers, booking) speaks for itself."""

_NUMBER = frozenset({"phone", "phone_part", "phone_choices", "extension"})
_PLACE = frozenset({"address", "address_part", "address_choices"})
_TIME = frozenset({"day", "daypart", "wish", "haste", "window"})
ASKED_FOR: dict[Ask, frozenset[str]] = {
    Ask.HELP: frozenset({"service", "symptoms", "problem"}),
    Ask.SERVICE: frozenset({"service", "symptoms", "problem"}),
    Ask.PROBLEM: frozenset({"symptoms", "problem"}),
    Ask.SAFETY: frozenset({"safety"}),
    Ask.NAME_AND_PHONE: _NUMBER | {"name"},
    Ask.NAME: frozenset({"name"}),
    Ask.PHONE: _NUMBER,
    Ask.ADDRESS: _PLACE,
    Ask.TIME: _TIME,
    Ask.DAY: _TIME,
    Ask.NOTES: frozenset({"notes"}),
    Ask.PHONE_AND_CODE: _NUMBER | {"code"},
    Ask.CODE: frozenset({"code"}),
}
"""Question -> the facts it asks for; another fact in the answer is volunteered."""

_READ_BACK = frozenset({"name", "phone", "address", "window", "notes", "room"})
_PROVEN = frozenset({"phone", "code"})
_UNKNOWN = Facts()


def told(
    before: Facts,
    after: Facts,
    ask: Ask,
    *,
    corrects: bool,
    at: datetime,
    sure: float | None = None,
) -> Facts:
    """`after` with the origin of all that a caller's turn changed.

    Args:
        before: the facts before the turn.
        after: the facts it leads to.
        ask: the question that was open.
        corrects: whether the caller put something right.
        at: when it was said, in the business's zone.
        sure: the recogniser's confidence in the turn, 0..1, where it tells.
    """
    corrects = corrects or ask is Ask.CHECK

    def how(name: str) -> Obtained:
        if corrects and _is_known(before, name):
            return Obtained.CORRECTED
        return Obtained.ASKED if name in ASKED_FOR.get(ask, ()) else Obtained.VOLUNTEERED

    return _noted(before, after, how, at, sure)


def assumed(before: Facts, after: Facts, *, at: datetime) -> Facts:
    """`after` with the origin of what nobody said: a gas leak makes it an urgent visit."""
    return _noted(before, after, lambda _: Obtained.ASSUMED, at)


def from_tool(before: Facts, after: Facts, *, at: datetime) -> Facts:
    """`after` with the origin of what a tool's answer changed or proved."""
    noted = _noted(before, after, lambda _: Obtained.VERIFIED, at)
    if noted.found is None or noted.found == before.found:
        return noted
    return _marked(noted, _PROVEN, Obtained.VERIFIED, at)


def read_back(facts: Facts, *, at: datetime) -> Facts:
    """The facts after the caller said yes to hearing them read back."""
    return _marked(facts, _READ_BACK, Obtained.READ_BACK, at)


def _marked(facts: Facts, names: frozenset[str], how: Obtained, at: datetime) -> Facts:
    known = {name: Origin(how, at) for name in names if _is_known(facts, name)}
    return replace(facts, origins={**facts.origins, **known})


def _noted(
    before: Facts,
    after: Facts,
    how: Callable[[str], Obtained],
    at: datetime,
    sure: float | None = None,
) -> Facts:
    changed = [n for n in CALLERS_FACTS if getattr(before, n) != getattr(after, n)]
    if not changed:
        return after
    origins = {name: origin for name, origin in after.origins.items() if name not in changed}
    fresh = {n: Origin(how(n), at, sure) for n in changed if _is_known(after, n)}
    return replace(after, origins=origins | fresh)


def _is_known(facts: Facts, name: str) -> bool:
    return bool(getattr(facts, name) != getattr(_UNKNOWN, name))
