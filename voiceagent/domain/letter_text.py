"""What somebody wrote in a letter: without what they quote and what their program put in.

A closed grammar over lines, each looked at once. Sans-I/O.

What is cut too little is heard twice; what is cut too much is never heard. So the text is cut only
where a line by itself says that the rest is another's words or a signature's, and where that would
leave nothing, only the marks of quoting are taken off.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Final

LONGEST_READ: Final = 40_000
"""Characters of a letter that are looked at."""

_LONGEST_LINE: Final = 2000
_WRAPPED: Final = 60
"""A line of so many characters was broken by a program, and not by who wrote it."""

_QUOTE: Final = re.compile(r"^\s*>")
_WROTE: Final = re.compile(
    r"^\s*(?:on|el|le|am|em)\b.{4,300}"
    r"(?:wrote|writes|escribi[oó]|a [eé]crit|schrieb|escreveu)\s*:\s*$",
    re.IGNORECASE,
)
_ORIGINAL: Final = re.compile(
    r"^\s*(?:-{2,}|_{2,})\s*(?:original message|forwarded message|mensaje original|"
    r"mensaje reenviado|reply message)\s*(?:-{2,}|_{2,})?\s*$|^\s*begin forwarded message:\s*$",
    re.IGNORECASE,
)
_RULE: Final = re.compile(r"^\s*_{10,}\s*$")
_FROM: Final = re.compile(r"^\s*\*?(?:from|de|von)\s*:\*?\s*\S", re.IGNORECASE)
_SENT: Final = re.compile(
    r"^\s*\*?(?:sent|date|to|subject|enviado(?: el)?|fecha|para|asunto|gesendet|datum|an)\s*:",
    re.IGNORECASE,
)
_SIGNATURE: Final = re.compile(r"^--\s?$")
_DEVICE: Final = re.compile(
    r"^\s*(?:sent|enviado) (?:from|via|with|desde) .{1,60}$|^\s*get outlook for .{1,40}$|"
    r"^\s*(?:download|get) .{1,40} for (?:ios|android).{0,20}$",
    re.IGNORECASE,
)
_DISCLAIMER: Final = re.compile(
    r"^\s*(?:this (?:e-?mail|message)(?: and any| is| may| contains|,)|confidentiality notice\b|"
    r"the information (?:contained )?in this (?:e-?mail|message)\b|este (?:correo|mensaje) (?:es|"
    r"contiene|y sus))",
    re.IGNORECASE,
)
_ENDED: Final = re.compile(r"[.!?:;,]$")
_BLANKS: Final = re.compile(r"[ \t\xa0\u200b\ufeff]+")


def written_words(text: str, html: str) -> str:
    """What somebody wrote, on one line a paragraph run together as sentences; "" for nothing.

    Args:
        text: the plain text of a letter.
        html: read where there is no plain text.
    """
    whole = text if text.strip() else html_text(html)
    lines = _lines(whole)
    own = _own(lines)
    if not any(line.strip() for line in own):
        own = [_QUOTE.sub("", line) for line in lines if not _WROTE.match(line)]
        own = _until(own, _closes)
    return _run_together(own)


def _lines(text: str) -> list[str]:
    plain = text[:LONGEST_READ].replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return [line.rstrip()[:_LONGEST_LINE] for line in plain.split("\n")]


def _own(lines: list[str]) -> list[str]:
    """The lines before the first that is somebody else's, without such as are quoted between."""
    return [line for line in _until(lines, _ends) if not _QUOTE.match(line)]


def _until(lines: list[str], ends: Callable[[list[str], int], bool]) -> list[str]:
    for place in range(len(lines)):
        if ends(lines, place):
            return lines[:place]
    return lines


def _closes(lines: list[str], place: int) -> bool:
    """Whether a signature, a program's advertisement or a lawyer's begins here."""
    return any(one.match(lines[place]) for one in (_SIGNATURE, _DEVICE, _DISCLAIMER))


def _ends(lines: list[str], place: int) -> bool:
    return _closes(lines, place) or _quotes(lines, place)


def _quotes(lines: list[str], place: int) -> bool:
    """Whether what follows is the letter that this one answers.

    ``On … wrote:`` may be broken over three lines; a block of headers begins with its author and
    goes on with another header.
    """
    line = lines[place]
    for length in (1, 2, 3):
        joined = " ".join(part.strip() for part in lines[place : place + length])
        if _WROTE.match(joined):
            return True
    if _ORIGINAL.match(line) or (_RULE.match(line) and _FROM.match(_next(lines, place))):
        return True
    if _FROM.match(line):
        following = [part for part in lines[place + 1 : place + 4] if part.strip()]
        return any(_SENT.match(part) for part in following)
    return False


def _next(lines: list[str], place: int) -> str:
    return next((line for line in lines[place + 1 : place + 3] if line.strip()), "")


def _run_together(lines: list[str]) -> str:
    """Lines as sentences: one that its writer ended ends something, one that was too long not."""
    parts: list[str] = []
    broken = False
    for line in lines:
        bare = _BLANKS.sub(" ", line).strip()
        if not bare:
            broken = True
            continue
        if parts and not _ENDED.search(parts[-1]) and (broken or len(parts[-1]) < _WRAPPED):
            parts[-1] += "."
        parts.append(bare)
        broken = False
    return " ".join(parts)


_BREAKS: Final = frozenset(
    {"p", "div", "br", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "hr"}
)
_UNSEEN: Final = frozenset({"style", "script", "head", "title", "template", "noscript"})
_VOID: Final = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "area", "col", "base"})
_QUOTING: Final = re.compile(
    r"gmail_quote|gmail_attr|yahoo_quoted|moz-cite-prefix|divRplyFwdMsg|appendonsend|protonmail_quote"
    r"|gmail_signature|protonmail_signature",
    re.IGNORECASE,
)


def html_text(html: str) -> str:
    """The words of a letter in HTML, lines where they are seen; quoted letters are left out."""
    reader = _Words()
    reader.feed(html[: 4 * LONGEST_READ])
    reader.close()
    return reader.text


class _Words(HTMLParser):
    """Collects what is seen; what is hidden or quoted is passed over with all that is in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._over: list[str] = []
        """Elements that are passed over, with those in them."""

    @property
    def text(self) -> str:
        lines = [_BLANKS.sub(" ", line).strip() for line in "".join(self._parts).split("\n")]
        return "\n".join(lines).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._over:
            if tag not in _VOID:
                self._over.append(tag)
            return
        marks = " ".join(value or "" for name, value in attrs if name in {"class", "id"})
        hidden = any(
            n == "style" and "display:none" in (v or "").replace(" ", "") for n, v in attrs
        )
        passed = tag in _UNSEEN or tag == "blockquote" or hidden or _QUOTING.search(marks)
        if passed and tag not in _VOID:
            self._over.append(tag)
        elif tag in _BREAKS:
            self._parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if not self._over:
            if tag in _BREAKS:
                self._parts.append("\n")
            return
        if tag in self._over:
            while self._over.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._over:
            self._parts.append(data.replace("\n", " "))
