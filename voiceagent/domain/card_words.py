"""The words that say whether digits are a payment card's, beside them in a caller's turn."""

from __future__ import annotations

import re

from voiceagent.domain.digit_runs import FILLERS

CARD_WORD = re.compile(
    r"\b(?:card|tarjeta|visa|master ?card|amex|american express|discover|diners)\b"
)
LEADING_WORDS = FILLERS | frozenset(
    [
        "number",
        "numbers",
        "is",
        "it",
        "its",
        "the",
        "that",
        "this",
        "starts",
        "begins",
        "with",
        "goes",
        "ends",
        "ending",
        "in",
        "reads",
        "to",
        "here",
        "my",
        "s",
        "first",
        "last",
        "four",
        "digits",
        "part",
        "half",
        "rest",
        "other",
        "of",
        "are",
        "put",
        "would",
        "be",
        "there",
        *("numero", "número", "numeros", "números", "es", "el", "la", "los", "mi", "de", "del"),
        *("empieza", "termina", "con", "primeros", "ultimos", "últimos", "cuatro", "crédito"),
        *("credito", "débito", "debito"),
    ]
)
"""Words that may stand between "card" and its digits, and around digits that go on a number."""
SERIAL_BEFORE = re.compile(
    r"\b(?:serial|model|order|invoice|part|policy|account|tracking|reference)\b[^.?!\d]*$"
)
ALWAYS_DETAIL = re.compile(r"\b(?:cvv|cvc|cvv2|cvc2)\b")
DETAIL_WORD = re.compile(
    r"\b(?:exp|expir\w+|cvv2?|cvc2?|security|good (?:through|thru|until)|valid"
    r"|seguridad|venc\w+|caduc\w+|v[aá]lid[ao])\b"
)
DETAIL_NAME = re.compile(
    r"\b(?:expir\w+|exp date|security (?:code|number)|good (?:through|thru)"
    r"|(?:c[oó]digo|n[uú]mero|clave) de seguridad|venc(?:e|en|imiento)|caduc(?:a|an|idad))\b"
)
"""What nothing but a card has, in a conversation in which one was given."""
CODE_WORD = re.compile(
    r"(?<!gate )(?<!door )(?<!zip )(?<!area )(?<!booking )(?<!confirmation )\bcode\b"
    r"|\bc[oó]digo\b(?! postal| de (?:la )?(?:reserva|cita|confirmaci[oó]n|puerta|entrada|[aá]rea))"
)
MONTH_BEFORE = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\W{1,2}(?:of )?$"
)
MONEY_BEFORE = re.compile(r"[$\u20ac\u00a3]\s?$")


def is_about_cards(word: str) -> bool:
    """Whether a word says that what stands beside it is a card's, or belongs to one."""
    return any(cue.fullmatch(word) is not None for cue in (CARD_WORD, DETAIL_WORD, CODE_WORD))
