"""Letters (e-mail) as they reach us, and which of them are answered. Sans-I/O.

A machine that answers a machine never ends. So a letter is answered only when nothing in it says
that a program wrote it, that it went to many, or that we wrote it ourselves; the answers carry the
same marks, for the programs of others.

Sources: RFC 3834 (Auto-Submitted, and whom an automatic answer never goes to), RFC 2919 and 2369
(List-Id and its kin), RFC 5321 6.1 (the empty return path of what reports an error), RFC 8601
(Authentication-Results), [MS-OXCMAIL] 2.2.3.2.14 (X-Auto-Response-Suppress).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

MOST_REFERENCES: Final = 20
"""Names of earlier letters that an answer repeats; the first and the newest stay (RFC 5322 allows
that they be cut)."""

LONGEST_SUBJECT: Final = 200

MOST_ANSWERS_A_DAY: Final = 20
"""Letters of one person that are answered in 24 hours: what shows no mark and answers every answer
ends there."""


class Unanswered(StrEnum):
    """Why a letter is not answered.

    NOBODY: no single sender · OURS: we wrote it · BOUNCE: it reports what became of a letter ·
    AUTOMATIC: a program answers or notifies · LIST: it went to many · FORGED: the sender's domain
    says that it did not send it · TOO_MANY: see `MOST_ANSWERS_A_DAY`.
    """

    NOBODY = "nobody"
    OURS = "ours"
    BOUNCE = "bounce"
    AUTOMATIC = "automatic"
    LIST = "list"
    FORGED = "forged"
    TOO_MANY = "too_many"


class Vouched(StrEnum):
    """Whether whoever took the letter in found it to be the sender's (SPF, DKIM, DMARC)."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as somebody who took it in hands it on.

    Attributes:
        sender: the address of its author, in lower case; "" where there is not exactly one.
        subject: on one line.
        text: the plain text of it; "" where it has none.
        html: the other form of the same.
        letter_id: its ``Message-ID`` with its brackets; "" without one.
        references: names of the letters before it in its thread, the oldest first.
        headers: the others by their names in lower case; of several with one name all, in lines.
        return_path: where errors go; "" is nowhere, ``None`` is not known.
        attachments: files, pictures and other letters that came with it.
        vouched: see there.
    """

    sender: str
    subject: str = ""
    text: str = ""
    html: str = ""
    letter_id: str = ""
    references: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    return_path: str | None = None
    attachments: int = 0
    vouched: Vouched = Vouched.UNKNOWN


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What an answer to a letter needs of it.

    Attributes:
        subject: of the letter; "" without one.
        letter_id: its name; "" without one.
        references: names of the letters before it, the oldest first.
    """

    subject: str = ""
    letter_id: str = ""
    references: tuple[str, ...] = ()

    @property
    def answers_subject(self) -> str:
        """The subject of an answer; "" where the letter had none."""
        plain = self.subject[len(_answering(self.subject)) :].strip()
        return f"Re: {plain}" if plain else ""

    @property
    def answers_references(self) -> tuple[str, ...]:
        """The names that an answer carries."""
        names = (*self.references, *((self.letter_id,) if self.letter_id else ()))
        return (
            names if len(names) <= MOST_REFERENCES else (names[0], *names[-MOST_REFERENCES + 1 :])
        )


def letterhead(letter: Letter) -> Letterhead:
    """What is kept of a letter to answer it."""
    return Letterhead(letter.subject[:LONGEST_SUBJECT], letter.letter_id, letter.references)


def letter_names(text: str) -> tuple[str, ...]:
    """The names of letters in a header (``Message-ID``, ``References``), none twice."""
    return tuple(dict.fromkeys(_NAME.findall(text)))


def own_letter_name(key: str, sender: str) -> str:
    """The ``Message-ID`` of a letter of ours: the same for the same key, and known as ours."""
    name = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"<{name}.va@{sender.rpartition('@')[2].lower()}>"


def is_answer(letter: Letter) -> bool:
    """Whether it answers another: its subject is then no news."""
    return bool(letter.references) or _answering(letter.subject) != ""


def _answering(subject: str) -> str:
    """What stands before a subject to say that it is another's: "Re: Fwd: "."""
    found = _ANSWERED.match(subject)
    return found[0] if found else ""


def why_unanswered(letter: Letter, ours: str) -> Unanswered | None:
    """Why nobody answers a letter; ``None`` when somebody does.

    Args:
        letter: as it came.
        ours: the address that we write from.
    """
    rules = (
        (not letter.sender, Unanswered.NOBODY),
        (_is_ours(letter, ours.lower()), Unanswered.OURS),
        (_is_bounce(letter), Unanswered.BOUNCE),
        (_is_list(letter), Unanswered.LIST),
        (_is_automatic(letter), Unanswered.AUTOMATIC),
        (letter.vouched is Vouched.NO, Unanswered.FORGED),
    )
    return next((why for holds, why in rules if holds), None)


def vouched_in(results: str) -> Vouched:
    """What an ``Authentication-Results`` header says, read for what closes (RFC 8601, 2.7)."""
    said: dict[str, str] = dict(_RESULT.findall(results.lower()))
    if "dmarc" in said:
        return _WORDS.get(said["dmarc"], Vouched.UNKNOWN)
    if "pass" in {said.get("dkim"), said.get("spf")}:
        return Vouched.YES
    return Vouched.NO if {"fail", "softfail"} & {said.get("dkim"), said.get("spf")} else _UNSAID


_UNSAID: Final = Vouched.UNKNOWN
_WORDS: Final = {"pass": Vouched.YES, "fail": Vouched.NO}
_RESULT: Final = re.compile(r"\b(dmarc|dkim|spf)\s*=\s*([a-z]+)")
_NAME: Final = re.compile(r"<[^<>\s]{1,250}>")
_ANSWERED: Final = re.compile(
    r"\s*(?:(?:re|aw|rv|r|fwd?|fw|wg|enc)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE
)
_OWN_NAME: Final = re.compile(r"<[0-9a-f]{32}\.va@([^<>@\s]+)>")

_MACHINES: Final = re.compile(
    r"(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|nobody|noreply[+-].*|bounces?(?:[+=-].*)?|"
    r"notifications?|auto-?reply|automated|daemon|root|listserv|majordomo|.*-(?:request|bounces?))"
)
"""Local parts of addresses behind which there is nobody."""

_OF_LISTS: Final = frozenset(
    {"list-id", "list-post", "list-help", "list-subscribe", "list-unsubscribe", "list-owner",
     "mailing-list", "x-mailing-list", "x-loop"}
)  # fmt: skip
_OF_PROGRAMS: Final = frozenset(
    {"x-autoreply", "x-autorespond", "x-autoresponse", "x-auto-reply-from", "x-autogenerated",
     "x-mail-autoreply", "x-failed-recipients", "feedback-id", "x-cron-env"}
)  # fmt: skip
_PRECEDENCES: Final = {
    "bulk": Unanswered.LIST,
    "list": Unanswered.LIST,
    "junk": Unanswered.LIST,
    "auto_reply": Unanswered.AUTOMATIC,
}
_AUTOMATIC_SUBJECT: Final = re.compile(
    r"\s*(?:auto(?:matic)?[ -]?(?:reply|response)|out of (?:the )?office|away from (?:the |my )?"
    r"(?:office|mail)|respuesta autom[aá]tica|fuera de (?:la )?oficina|abwesenheit|"
    r"r[eé]ponse automatique|undeliver(?:able|ed)|(?:mail )?delivery (?:status|failure|has failed)|"
    r"returned mail|failure notice|vacation)\b",
    re.IGNORECASE,
)


def _is_ours(letter: Letter, ours: str) -> bool:
    own = _OWN_NAME.fullmatch(letter.letter_id)
    by_name = own is not None and own[1].lower() == ours.rpartition("@")[2]
    return letter.sender == ours or by_name


def _is_bounce(letter: Letter) -> bool:
    kind = letter.headers.get("content-type", "").lower()
    local = letter.sender.partition("@")[0]
    return (
        letter.return_path in {"", "<>"}
        or kind.lstrip().startswith(("multipart/report", "message/delivery-status"))
        or local in {"mailer-daemon", "postmaster"}
    )


def _is_list(letter: Letter) -> bool:
    precedence = letter.headers.get("precedence", "").strip().lower()
    return bool(_OF_LISTS & letter.headers.keys()) or (
        _PRECEDENCES.get(precedence) is Unanswered.LIST
    )


def _is_automatic(letter: Letter) -> bool:
    said = letter.headers.get("auto-submitted", "no").partition(";")[0].strip().lower()
    suppress = letter.headers.get("x-auto-response-suppress", "").strip().lower()
    precedence = letter.headers.get("precedence", "").strip().lower()
    return (
        said not in {"", "no"}
        or suppress not in {"", "none"}
        or bool(_OF_PROGRAMS & letter.headers.keys())
        or precedence in _PRECEDENCES
        or _MACHINES.fullmatch(letter.sender.partition("@")[0]) is not None
        or _AUTOMATIC_SUBJECT.match(letter.subject) is not None
    )
