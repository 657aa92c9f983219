"""The headers of our letters: which they answer, and that a program wrote them.

Whoever answers letters by program leaves ours alone for them (RFC 3834), and people find how to get
no more (RFC 2369): the address there is ours, where it counts as a STOP.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from voiceagent.domain.letters import own_letter_name
from voiceagent.ports.email import Email


def marks_of(email: Email, sender: str) -> Mapping[str, str]:
    """Headers by name, beside who writes to whom about what.

    Args:
        email: the letter.
        sender: the address that it comes from.
    """
    unsubscribe = f"<mailto:{quote(sender, safe='@')}?subject=unsubscribe>"
    marks = {
        "Message-ID": own_letter_name(email.key, sender),
        "Auto-Submitted": "auto-replied" if email.answers else "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-Unsubscribe": unsubscribe,
    }
    if email.answers:
        marks["In-Reply-To"] = email.answers
    if email.references:
        marks["References"] = " ".join(email.references)
    return marks
