"""Which business file a conversation was held by."""

from __future__ import annotations

import hashlib

from voiceagent.domain.business import Business

_DIGITS = 16


def version_of(business: Business) -> str:
    """Sixteen hex digits of what the file says, as validated; layout and remarks do not count."""
    return hashlib.sha256(business.model_dump_json().encode()).hexdigest()[:_DIGITS]
