"""What an owner can do about an error of a part: one table, by the kind that its code names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from voiceagent.errors import OwnerFixable, VoiceAgentError

_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"openai": "OpenAI", "openai_realtime": "OpenAI", "deepgram-flux": "Deepgram"}
)
"""How providers write themselves, where it is not the setting's name with a capital."""

_KEY: Final = "Check {where} in {place}: copy it again from {name}'s page, without spaces."
_CREDIT: Final = "Add credit at {name}, or put another key into {where} in {place}."
_VALUE: Final = "Check {where} in {place}."
_BUSY: Final = "Wait a minute and try again; if it stays, ask {name} for a higher limit."
_AWAY: Final = (
    "Check this machine's way to the network (firewall, proxy), the address in {place} if you set"
    " one, and {name}'s status page."
)
_SLOW: Final = "Try again; if it stays, see {name}'s status page, or look whether it is far away."
_THEIRS: Final = "That lies with {name}: try again in a few minutes, and see its status page."
_DATABASE: Final = "See whether the database server is up and not overloaded; then try again."

ADVICE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "key_refused": _KEY,
        "key": _KEY,
        "credentials": _KEY,
        "credit": _CREDIT,
        "url": _VALUE,
        "address": _VALUE,
        "unknown": _VALUE,
        "model": _VALUE,
        "voice": _VALUE,
        "sample_rate": _VALUE,
        "value": _VALUE,
        "name": _VALUE,
        "password": _VALUE,
        "tls": _VALUE,
        "certificate": _VALUE,
        "not_let_in": _VALUE,
        "too_many": _BUSY,
        "busy": _BUSY,
        "unreachable": _AWAY,
        "connection": _AWAY,
        "unavailable": _AWAY,
        "cut_off": _AWAY,
        "no_answer": _SLOW,
        "late": _SLOW,
        "silent": _SLOW,
        "lost": _SLOW,
        "failed": _THEIRS,
        "refused": _THEIRS,
        "empty": _THEIRS,
        "no_sound": _THEIRS,
        "cut_short": _THEIRS,
        "garbled": _THEIRS,
    }
)
"""What comes behind the point of an error's code -> what to do."""


def advice(error: VoiceAgentError, name: str, place_of: Callable[[str], str]) -> str:
    """What is wrong, and what to do about it.

    Args:
        error: what a part raised.
        name: of the provider, or whatever stands behind the part, for people.
        place_of: where a setting is written.
    """
    name = _NAMES.get(name, name[:1].upper() + name[1:])
    area, _, kind = error.code.partition(".")
    where = error.where if isinstance(error, OwnerFixable) else ""
    told = _DATABASE if area == "store" else ADVICE.get(kind, "")
    if not where and "{where}" in told:
        told = ""
    done = told.format(name=name, where=where, place=place_of(where.partition(" ")[0]))
    return f"{error.message} {done}".strip()
