"""The language of a conversation: told from the caller's words, changed when they ask, and spoken.

A language is served where the business file words it, in writing: recognition of speech knows
English only, so on the phone a wish for Spanish is answered with the truth and a person. It changes
on a wish ("en español", "in English, please"), or on a turn that is plainly in the other one;
names, addresses and notes change nothing, they are of no language.
"""

from __future__ import annotations

from dataclasses import replace

from voiceagent.dialogue.acts import Act, Say, Step
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.reports import Scene
from voiceagent.dialogue.house.state import HouseState, joined
from voiceagent.dialogue.house.tongues import TONGUES
from voiceagent.dialogue.port import Heard, WordsHeard
from voiceagent.domain.business import Business
from voiceagent.domain.locales import Locale
from voiceagent.language.es_us.asking_language import (
    asked_language,
    only_asks_language,
    told_beside,
    told_language,
)

_OF_NO_LANGUAGE = frozenset({Ask.NAME, Ask.NAME_AND_PHONE, Ask.ADDRESS, Ask.NOTES, Ask.CODE})


def in_their_language(state: HouseState, heard: Heard, scene: Scene) -> HouseState:
    """The state in the language that the caller's words ask for, or plainly are in."""
    if not isinstance(heard, WordsHeard) or not scene.business.locales:
        return state
    if scene.channel == "voice":
        return state
    told_so = told_language(heard.text)
    if state.ask in _OF_NO_LANGUAGE and state.locale is not Locale.EN_US:
        told_so = None  # an American street is English in every language
    wanted = asked_language(heard.text) or told_so
    if wanted is None or not _is_served(wanted, scene.business):
        return state
    return replace(state, locale=wanted)


def chooses_language(text: str, business: Business) -> bool:
    """Whether a turn asks for a language that is served, and for nothing else."""
    wanted = asked_language(text)
    served = wanted is not None and business.locales and _is_served(wanted, business)
    return bool(served) and only_asks_language(text)


def read_in(text: str, locale: Locale) -> tuple[str, Locale]:
    """What of a turn is to be understood, and in which language.

    Where it asks for a language and tells the rest in another, the rest is read in that one.
    """
    if asked_language(text) is not locale:
        return text, locale
    rest, other = told_beside(text)
    return (rest, other) if other is not None and other is not locale else (text, locale)


def speaks_it_in_writing_only(text: str, scene: Scene) -> bool:
    """Whether a language is asked for on the phone that is served in writing."""
    wanted = asked_language(text)
    served = wanted is not None and wanted in scene.business.locales
    return scene.channel == "voice" and served


def _is_served(locale: Locale, business: Business) -> bool:
    return locale is Locale.EN_US or locale in business.locales


def told(state: HouseState, step: Step, scene: Scene) -> tuple[HouseState, Step]:
    """What is said, in the conversation's language; the first time after its disclosure.

    Guidance to somebody in danger waits for no disclosure.
    """
    words = scene.business.locales.get(state.locale) if state.locale is Locale.ES_US else None
    if words is None or not any(isinstance(act, Say) for act in step):
        return state, step
    tell = TONGUES[state.locale].tell
    acts: list[Act] = [
        Say(tell(act.text, state.facts, scene.business, state.quoted))
        if isinstance(act, Say)
        else act
        for act in step
    ]
    if state.locale not in state.spoke and not state.emergency_reported:
        at = next(place for place, act in enumerate(acts) if isinstance(act, Say))
        first = acts[at]
        assert isinstance(first, Say)  # noqa: S101 - it was looked for
        acts[at] = Say(joined(words.disclosure, first.text))
        state = replace(state, spoke=(*state.spoke, state.locale))
    return state, tuple(acts)
