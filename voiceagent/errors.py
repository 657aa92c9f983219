"""Errors, sorted by who can act on them.

Every error the engine raises on purpose is one of the four kinds below. The kind decides what
happens next, so a caller of a function needs to know the kind and never the text:

==================  =======================  ==========================================
kind                who can act              what the engine does
==================  =======================  ==========================================
`CallerFixable`     the caller               asks a question (voice, text) or answers 4xx
`Unavailable`       nobody on the line       apologises, retries, or hands off
`PeerMisbehaved`    the other machine        counts it, closes the connection if it must
`OwnerFixable`      whoever configures us    refuses to start, or says which part is off
==================  =======================  ==========================================

`code` is stable, short and safe to log or to count; the message is for people.
"""

from __future__ import annotations


class VoiceAgentError(Exception):
    """Base of all errors raised on purpose.

    Args:
        code: stable identifier in ``area.reason`` form, e.g. ``"slot.taken"``.
        message: one English sentence without personal data.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class CallerFixable(VoiceAgentError):
    """The caller can fix it by saying something else.

    Args:
        say: what the agent says to the caller about it; defaults to `message`.
        field: dotted path of the argument at fault, for API answers (``"phone"``); may be empty.
    """

    def __init__(self, code: str, message: str, *, say: str = "", field: str = "") -> None:
        super().__init__(code, message)
        self.say = say or message
        self.field = field


class Unavailable(VoiceAgentError):
    """A part we depend on is down, slow or not configured.

    Args:
        retry_after_s: seconds until a retry is worth it, ``None`` when unknown.
        say: what the agent says to the caller about it; an apology where there is nothing to say.
    """

    def __init__(
        self, code: str, message: str, *, retry_after_s: float | None = None, say: str = ""
    ) -> None:
        super().__init__(code, message)
        self.retry_after_s = retry_after_s
        self.say = say


class FateUnknown(Unavailable):
    """Something was asked for once only, and the answer was lost: it may have been done.

    It is looked up before it is asked for again.
    """


class PeerMisbehaved(VoiceAgentError):
    """The machine at the other end broke its protocol, or is not who it says it is."""


class OwnerFixable(VoiceAgentError):
    """Configuration is wrong.

    Args:
        where: ``file:line`` and key, or the name of a setting.
    """

    def __init__(self, code: str, message: str, *, where: str = "") -> None:
        super().__init__(code, message)
        self.where = where

    def __str__(self) -> str:
        return f"{self.code}: {self.where}: {self.message}" if self.where else super().__str__()
