"""The language of a conversation: told from the caller's words, changed when they ask, and spoken.

A language is served where the business file words it: in writing, and on the phone where what
recognises speech understands it. Where it does not, a wish for it is answered in that language: the
truth, that it is understood in writing, and a person. It changes on a wish ("en español", "in
English, please"), or on a turn that is plainly in the other one; names, addresses and notes change
nothing, they are of no language.
"""

from __future__ import annotations

from dataclasses import replace

from voiceagent.dialogue.acts import Act, Say, Step
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.questions import question
from voiceagent.dialogue.house.reports import Scene
from voiceagent.dialogue.house.speaking import pose
from voiceagent.dialogue.house.state import HouseState, Reply, joined
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
    told_so = told_language(heard.text)
    if state.ask in _OF_NO_LANGUAGE and state.locale is not Locale.EN_US:
        told_so = None  # an American street is English in every language
    wanted = asked_language(heard.text) or told_so
    if wanted is None or not _is_served(wanted, scene.business) or not scene.understands(wanted):
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


def unheard_language(text: str, scene: Scene) -> Locale | None:
    """The language of a turn that is served in writing, and not understood on this line."""
    wanted = asked_language(text) or told_language(text)
    served = wanted is not None and wanted in scene.business.locales
    return wanted if served and wanted is not None and not scene.understands(wanted) else None


def offer_writing(
    state: HouseState, scene: Scene, locale: Locale, ask: Ask = Ask.HUMAN_OFFER
) -> Reply:
    """Say in a language that it is understood in writing only, and ask something, in it too."""
    how = wording.TEXT_IN_SPANISH if scene.business.flags.sms else ""
    asked = question(ask, state.facts, scene.business, scene.now, again=False)
    whole = joined(wording.SPANISH_IN_WRITING, how, asked)
    told_so = TONGUES[locale].tell(whole, state.facts, scene.business, state.quoted)
    return pose(state, scene, ask, told_so)


def _is_served(locale: Locale, business: Business) -> bool:
    return locale is Locale.EN_US or locale in business.locales


def told(state: HouseState, step: Step, heard: Heard, scene: Scene) -> tuple[HouseState, Step]:
    """What is said, in the conversation's language; the first time after its disclosure.

    Guidance to somebody in danger waits for no disclosure, and is told in the language of the turn
    that reports it, also where that is not understood well enough to go on in it.
    """
    locale = _locale_of_answer(state, heard, scene)
    words = scene.business.locales.get(locale) if locale is Locale.ES_US else None
    if words is None or not any(isinstance(act, Say) for act in step):
        return state, step
    tell = TONGUES[locale].tell
    acts: list[Act] = [
        Say(tell(act.text, state.facts, scene.business, state.quoted))
        if isinstance(act, Say)
        else act
        for act in step
    ]
    if locale not in state.spoke and not state.emergency_reported:
        at = next(place for place, act in enumerate(acts) if isinstance(act, Say))
        first = acts[at]
        assert isinstance(first, Say)  # noqa: S101 - it was looked for
        acts[at] = Say(joined(words.disclosure, first.text))
        state = replace(state, spoke=(*state.spoke, locale))
    return state, tuple(acts)


def _locale_of_answer(state: HouseState, heard: Heard, scene: Scene) -> Locale:
    if isinstance(heard, WordsHeard) and state.emergency_reported:
        return unheard_language(heard.text, scene) or state.locale
    return state.locale
