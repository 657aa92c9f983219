"""What may leave in the business's name: one rule for every text, spoken or written, to anybody.

Whoever worded it (the house, a model, a template with words of a caller in it), a text is judged
here last, in the conversation (`dialogue.loop`) and where rows of the outbox leave
(`store.sending`); no other way leads out. What must not leave is taken out, the rest is left. That
a model says only what tools returned is told before, sentence by sentence
(`dialogue.model.guard`); it asks this rule, too.

Pure; some 20 microseconds for a sentence in which there is nothing to find.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voiceagent.domain.brand import forbidden_in
from voiceagent.domain.business import Business
from voiceagent.domain.card_marks import MARK
from voiceagent.domain.cards import card_spans
from voiceagent.domain.denied import without_denied
from voiceagent.domain.links import EMAILS, LINKS, REMOVED, host_of


class OutboundFault(StrEnum):
    """What was taken out of a text.

    LINK: to a host that is not ours. CARD: a payment card's number. NUMBER, EMAIL, STREET: of
    somebody who did not come up where the text belongs. BRAND: words that the business file
    forbids. DENIED: words that nobody writes to a customer. MODERATED: all of it, by a service.
    """

    LINK = "link"
    CARD = "card"
    NUMBER = "number"
    EMAIL = "email"
    STREET = "street"
    BRAND = "brand"
    DENIED = "denied"
    MODERATED = "moderated"


LEFT_OUT: Final = "(left out)"
"""Stands in the place of what was taken out; links and cards have words of their own."""

_PHONE: Final = re.compile(
    r"(?<![\w.$-])\+?(?:1[\s.-]?)?(?:\(\d{3}\)|\d{3})[\s.-]?\d{3}[\s.-]?\d{4}(?![\w-])"
)
_STREET: Final = re.compile(
    r"(?<![\w$.,:-])(\d{1,6})\s+(?:[NSEW]\.?\s+|(?:North|South|East|West)\s+)?"
    r"((?:[A-Z0-9][\w'.-]*\s+){1,3})"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Court|Ct|Boulevard|Blvd|Place|Pl|Terrace|"
    r"Way|Circle|Cir|Parkway|Pkwy|Highway|Hwy|Trail|Square|Sq|Alley)\b\.?"
)
_TOWARDS: Final = r"(?:[nsew]|north|south|east|west)"
_LOCAL_DIGITS: Final = 10
_APART: Final = re.compile(r"[^a-z0-9]+")

KnownTexts = Callable[[], Iterable[str]]
"""Everything that was said or told where a text belongs; asked only when there is a need."""


@dataclass(frozen=True, slots=True)
class JudgedText:
    """A text as it may leave, and what was taken out of it."""

    text: str
    faults: frozenset[OutboundFault] = frozenset()


@dataclass(frozen=True, slots=True)
class OutboundRule:
    """The rule of one business.

    Attributes:
        forbidden: words and claims of its `[brand]`.
        hosts: whose links are ours, in small letters; hosts below them are, too.
        own: texts of the business, of which everybody may be told: its numbers and addresses.
    """

    forbidden: tuple[str, ...]
    hosts: frozenset[str]
    own: tuple[str, ...]

    @classmethod
    def of(cls, business: Business, hosts: Iterable[str] = ()) -> OutboundRule:
        """The rule of a business file.

        Args:
            business: the file; a host that its pages or sentences name is one of ours.
            hosts: others that are: our own, and who takes payments for us.
        """
        own = (
            business.phone,
            business.city,
            business.brand.sign_off,
            business.voice.greeting,
            business.voice.disclosure,
            business.escalation.unavailable,
            business.emergency.guidance,
            business.emergency.caution,
            *(lead.phone for lead in business.escalation.leads),
            *(page.answer for page in business.knowledge),
        )
        named = (host_of(link[0]) for text in own for link in LINKS.finditer(text))
        return cls(business.brand.forbidden, frozenset({*map(str.lower, hosts), *named}), own)

    def judged(
        self, text: str, known: KnownTexts | None, links: frozenset[str] = frozenset()
    ) -> JudgedText:
        """A text as it may leave.

        Args:
            text: in written form.
            known: what came up where it belongs; ``None`` for the business's own people, and for
                what was judged in its conversation.
            links: hosts of links that were made for this text.
        """
        faults: set[OutboundFault] = set()
        text = self._without_links(text, links, faults)
        if any(char.isdigit() for char in text):
            text = _without_cards(text, faults)
        if known is not None and ("@" in text or any(char.isdigit() for char in text)):
            text = _without_strangers(text, lambda: (*self.own, *known()), faults)
        text = self._without_claims(text, faults)
        clean = without_denied(text)
        if clean != text:
            faults.add(OutboundFault.DENIED)
        return JudgedText(clean, frozenset(faults))

    def _without_links(self, text: str, links: frozenset[str], faults: set[OutboundFault]) -> str:
        if "." not in text and " dot " not in text.lower() and " punto " not in text.lower():
            return text

        def judged(found: re.Match[str]) -> str:
            if _is_of(host_of(found[0]), self.hosts | links):
                return found[0]
            faults.add(OutboundFault.LINK)
            return REMOVED

        return LINKS.sub(judged, text)

    def _without_claims(self, text: str, faults: set[OutboundFault]) -> str:
        """Whole sentences go: half a claim is none of the business's sentences either."""
        if forbidden_in(text, self.forbidden) is None:
            return text
        faults.add(OutboundFault.BRAND)
        kept = (one for one in _SENTENCE.split(text) if not forbidden_in(one, self.forbidden))
        return " ".join(kept).strip() or LEFT_OUT


_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")


def _is_of(host: str, hosts: frozenset[str]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in hosts)


def _without_cards(text: str, faults: set[OutboundFault]) -> str:
    for start, end in reversed(card_spans(text)):
        faults.add(OutboundFault.CARD)
        text = f"{text[:start]}{MARK}{text[end:]}"
    return text


def _without_strangers(text: str, known: KnownTexts, faults: set[OutboundFault]) -> str:
    """A text without numbers, addresses and streets that nobody named where it belongs."""
    if not (_PHONE.search(text) or EMAILS.search(text) or _STREET.search(text)):
        return text
    told = [one for one in known() if one]
    digits = [re.sub(r"\D", "", one) for one in told]
    words = [f" {_plain(one)} " for one in told]

    def number(found: re.Match[str]) -> str:
        local = re.sub(r"\D", "", found[0])[-_LOCAL_DIGITS:]
        return _known(found[0], any(local in one for one in digits), OutboundFault.NUMBER)

    def email(found: re.Match[str]) -> str:
        named = found[0].rstrip(".").lower()
        return _known(found[0], any(named in one.lower() for one in told), OutboundFault.EMAIL)

    def street(found: re.Match[str]) -> str:
        first = re.escape(_plain(found[2]).split()[0])
        named = re.compile(rf" {found[1]} (?:{_TOWARDS} )?{first} ")  # "485 North Fountain Avenue"
        return _known(found[0], any(map(named.search, words)), OutboundFault.STREET)

    def _known(what: str, is_known: bool, fault: OutboundFault) -> str:
        if is_known:
            return what
        faults.add(fault)
        return LEFT_OUT

    return _STREET.sub(street, EMAILS.sub(email, _PHONE.sub(number, text)))


def _plain(text: str) -> str:
    return _APART.sub(" ", text.lower()).strip()
