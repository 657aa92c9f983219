"""Links in words that are passed on: what a caller says must not become a link in somebody's hand.

Whoever takes over gets a text with the caller's own words, and telephones make links of whatever
looks like one. Every link that leaves is made by us, so one in words of others is named and not
shown; an e-mail address stays.
"""

from __future__ import annotations

import re
from typing import Final

REMOVED: Final = "(link left out)"

_LINK: Final = re.compile(
    r"(?<![@\w.])(?:"
    r"[a-z][a-z0-9+.-]{1,12}://[^\s<>]+"
    r"|www\.[^\s<>]+"
    r"|(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:com|net|org|info|biz|io|co|me|ly|gl|us|uk|de|ru|cn|xyz|"
    r"top|app|dev|link|click|site|online|shop|live|page|to|cc|tv|example)(?![\w@-])(?:[/?#:][^\s<>]*)?"
    r"|(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?/[^\s<>]*"
    r")",
    re.IGNORECASE,
)
LINKS: Final = re.compile(
    rf"{_LINK.pattern}|(?<!\bat )\b[\w-]+ (?:dot|punto) (?:com|net|org|info|io|co|us|xyz|app)\b",
    re.IGNORECASE,
)
"""Links as they are written, and as they are said aloud ("evil dot com")."""

EMAILS: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
"""E-mail addresses as they stand in a text."""

_BRACES: Final = str.maketrans("{}", "()")
"""Braces would be filled in by us: a link to pay, a code."""


def without_links(text: str) -> str:
    """A text without links and without what we would fill in; all else as it was.

    Args:
        text: words of a caller, or of a model about them.
    """
    return _LINK.sub(REMOVED, text.translate(_BRACES))


def host_of(link: str) -> str:
    """The host that a link leads to, in small letters; what stands before an ``@`` is none."""
    rest = re.sub(r" (?:dot|punto) ", ".", link.lower()).partition("://")
    authority = re.split(r"[/?#\\]", rest[2] or rest[0], maxsplit=1)[0]
    return authority.rpartition("@")[2].partition(":")[0].strip(".")
