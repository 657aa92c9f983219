"""How people begin a sentence to win time: "well,", "you know,", "let me see,", "oh gosh,".

Such words say nothing, and are nothing to be noted, looked up or waited for. Said alone they stay:
"let me see" by itself asks for a moment.
"""

from __future__ import annotations

import re

_OPENER = re.compile(
    r"^\W*(?:(?:um+|uh+|er|erm|hmm+|well|oh gosh|gosh|oh boy|oh man|okay so|ok so|alright so|all right so"  # noqa: E501
    r"|for crying out loud|come on|you people)\b[,. ]+"
    r"|(?:you know|look|listen|see|let me see|let's see|let me think|i mean|like i said|so)[,.] +"
    r"|(?:(?:the|here's the) )?thing is,? "
    r"|(?:you know|let me see|let's see|let me think) (?=(?:no|nope|yes|yeah|yep|sure|ok|okay|it's|i'm"  # noqa: E501
    r"|we|my|the)\b)|so (?=(?:no|nope|yes|yeah|it's|i|my|the|we)\b))",
    re.IGNORECASE,
)


def without_opener(text: str) -> str:
    """The turn without the words that only begin it; never empty where it was not."""
    while True:
        rest = _OPENER.sub("", text, count=1)
        if rest == text or not rest.strip(" ,.!?"):
            return text
        text = rest
