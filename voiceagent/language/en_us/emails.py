"""E-mail addresses, dictated and read out."""

from __future__ import annotations

import re

from voiceagent.language.en_us.digits import spoken_digits
from voiceagent.language.en_us.lexicon import (
    normal,
    vocabulary,
)
from voiceagent.language.en_us.numbers import say_digits
from voiceagent.language.en_us.spelled import with_letters

_TYPED = re.compile(r"[a-z0-9][a-z0-9._%+-]{0,63}@(?:[a-z0-9-]+\.)+[a-z]{2,}", re.ASCII)
_SYMBOLS = {
    "dot": ".", "period": ".", "point": ".", "underscore": "_", "dash": "-", "hyphen": "-",
    "minus": "-", "plus": "+",
}  # fmt: skip
_SPELLED_PROVIDERS = {
    ("g", "mail"): "gmail", ("hot", "mail"): "hotmail", ("out", "look"): "outlook",
    ("i", "cloud"): "icloud", ("a", "o", "l"): "aol", ("proton", "mail"): "protonmail",
    ("m", "s", "n"): "msn",
}  # fmt: skip
_TOP_LEVEL = vocabulary("com net org edu gov us uk io co info biz me mil ca de app dev tv")
PROVIDERS = vocabulary("gmail yahoo hotmail outlook icloud aol protonmail")
_TOP_ALIKES = {"calm": "com", "comm": "com", "come": "com", "nets": "net"}
_BEFORE_LOCAL = vocabulary("""
    is it's its email e-mail mail address to me yes my use that's at reach the on and or so um
    uh well okay ok sure i'm i'd it would be send contact no sorry actually you can
""")
_WORDS = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[._%+@-]", re.ASCII)
_SYMBOL_WORDS = {".": "dot", "_": "underscore", "-": "dash", "+": "plus", "@": "at", "%": "percent"}
_MAX_LOCAL = 64
_MAX_SPAN, _MAX_TRIES = 40, 10


def _digits_joined(tokens: list[str]) -> list[str]:
    """`tokens` with dictated digits turned into digits; "oh" counts only beside another digit."""
    text = " ".join(tokens)
    runs = spoken_digits(text)
    written: list[str] = []
    at = 0
    for run in runs:
        written += [*tokens[at : run.start], run.digits]
        at = run.end
    return [*written, *tokens[at:]] if len(text.split()) == len(tokens) else tokens


def _written(tokens: list[str]) -> str:
    """Words of one side of the "at" as written."""
    out: list[str] = []
    stretch: list[str] = []
    for word in [*tokens, "."]:
        if word in _SYMBOLS or word in _SYMBOLS.values():
            out += _digits_joined(stretch)
            out.append(_SYMBOLS.get(word, word))
            stretch = []
        else:
            stretch.append(word)
    return "".join(out)[:-1].replace("'", "")


def _domain(tokens: list[str]) -> str | None:
    """The domain at the start of `tokens`, up to its last top-level part."""
    for spelled, provider in _SPELLED_PROVIDERS.items():
        if tuple(tokens[: len(spelled)]) == spelled:
            tokens = [provider, *tokens[len(spelled) :]]
    end = 0
    for at in range(len(tokens) - 1):
        top = _TOP_ALIKES.get(tokens[at + 1], tokens[at + 1])
        if at > 0 and tokens[at] in (".", "dot", "period", "point") and top in _TOP_LEVEL:
            tokens[at + 1] = top
            end = at + 2
            if end >= len(tokens) or tokens[end] not in (".", "dot"):
                break
    if not end and tokens and tokens[0] in PROVIDERS:
        return f"{tokens[0]}.com"
    return _written(tokens[:end]) if end else None


def hear_email(text: str) -> str | None:
    """The e-mail address in `text`, lower case, or ``None``; never raises.

    "sarah dot miller at gmail dot com", "s m i t h underscore four two at yahoo dot com",
    "info at cool dash care dot co dot uk". Letters and words are joined, digits are digits.
    """
    clean = normal(text)
    match = _TYPED.search(clean)
    if match is not None:
        return match.group()
    tokens = with_letters([word for word in _WORDS.findall(clean) if word != "sign"])
    ats = [at for at, word in enumerate(tokens) if at > 0 and word in ("at", "@")]
    for at in reversed(ats[-_MAX_TRIES:]):
        domain = _domain(tokens[at + 1 : at + 1 + _MAX_SPAN])
        start = at
        while start > max(0, at - _MAX_SPAN) and tokens[start - 1] not in _BEFORE_LOCAL:
            start -= 1
        local = _written(tokens[start:at]).strip(".")
        if domain and local and len(local) <= _MAX_LOCAL and _TYPED.fullmatch(f"{local}@{domain}"):
            return f"{local}@{domain}"
    return None


def say_email(email: str) -> str:
    """The address for the ear: "sarah dot miller at gmail dot com"; digits one by one."""
    parts = re.findall(r"[^\W\d_]+|\d+|[^\w\s]|_", email.strip())
    said = (say_digits(p) if p.isdecimal() else _SYMBOL_WORDS.get(p, p) for p in parts)
    return " ".join(word for word in said if word)


_SAID = re.compile(
    r"(?:\b(?:and )?(?:my |the )?e-?mail(?: address)?(?: is|'s)?\s*)?"
    r"[\w.+-]+(?:\s+(?:dot|underscore|dash|point)\s+\w+)*(?:\s*@\s*|\s+at\s+)"
    r"[\w-]+(?:\s+mail)?(?:\s*\.\s*|\s+dot\s+)\w+(?:(?:\.|\s+dot\s+)\w+)*",
    re.IGNORECASE,
)


def without_email(text: str) -> str:
    """The text without the e-mail address in it and its "my e-mail is"; never raises."""
    return _SAID.sub(" ", text) if hear_email(text) is not None else text
