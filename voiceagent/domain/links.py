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
_BRACES: Final = str.maketrans("{}", "()")
"""Braces would be filled in by us: a link to pay, a code."""


def without_links(text: str) -> str:
    """A text without links and without what we would fill in; all else as it was.

    Args:
        text: words of a caller, or of a model about them.
    """
    return _LINK.sub(REMOVED, text.translate(_BRACES))
