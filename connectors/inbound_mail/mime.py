"""A letter as it travels (RFC 5322, MIME) read into a `Letter`, however badly it is written.

Source: https://docs.python.org/3/library/email.parser.html; the strict policies of that library
raise on headers that are out in the world, so words are decoded here.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses
from typing import Final

from voiceagent.domain.letters import Letter, letter_names, vouched_in
from voiceagent.domain.mail_server import is_email
from voiceagent.errors import PeerMisbehaved

MOST_PARTS: Final = 200
_MOST_TEXT: Final = 400_000
_MOST_HEADER: Final = 4000


def read_letter(raw: bytes, *, return_path: str | None = None) -> Letter:
    """A letter out of its bytes.

    Args:
        raw: headers and body.
        return_path: as the envelope had it, where that is known; else the header's.

    Raises:
        PeerMisbehaved: ``email.unreadable``: nothing can be made of it.
    """
    try:
        message = email.message_from_bytes(raw, policy=policy.compat32)
        return _letter(message, return_path)
    except (ValueError, LookupError, RecursionError, AssertionError, TypeError) as error:
        raise PeerMisbehaved("email.unreadable", "This is no letter.") from error


def headers_in(raw: str) -> dict[str, str]:
    """The headers of a letter by their names in lower case; of several with one name all.

    Raises:
        PeerMisbehaved: ``email.unreadable``.
    """
    try:
        return _headers(email.message_from_string(f"{raw.strip()}\n\n", policy=policy.compat32))
    except (ValueError, LookupError, RecursionError, AssertionError, TypeError) as error:
        raise PeerMisbehaved("email.unreadable", "These are no headers.") from error


def one_address(written: str) -> str:
    """The one address in a ``From`` header, in lower case; "" where it has none or several."""
    found = {address.strip().lower() for _, address in getaddresses([written[:_MOST_HEADER]])}
    found.discard("")
    if len(found) != 1:
        return ""
    (address,) = found
    return address if is_email(address) else ""


def decoded(written: str) -> str:
    """A header's words, with those that are encoded (RFC 2047) in the clear, on one line."""
    try:
        pieces = decode_header(written[:_MOST_HEADER])
        words = "".join(
            piece if isinstance(piece, str) else _text_of(piece, charset or "ascii")
            for piece, charset in pieces
        )
    except (HeaderParseError, ValueError):
        words = written[:_MOST_HEADER]
    return " ".join(words.replace("\0", "").split())


def _letter(message: Message, return_path: str | None) -> Letter:
    headers = _headers(message)
    texts: list[str] = []
    pages: list[str] = []
    attachments = 0
    for part in _leaves(message):
        if _is_file(part):
            attachments += 1
        elif part.get_content_type() == "text/plain":
            texts.append(_body_of(part))
        elif part.get_content_type() == "text/html":
            pages.append(_body_of(part))
    names = letter_names(headers.get("message-id", ""))
    before = headers.get("references", "") or headers.get("in-reply-to", "")
    path = headers.get("return-path") if return_path is None else return_path
    return Letter(
        sender=one_address(headers.get("from", "")),
        subject=decoded(headers.get("subject", "")),
        text="\n".join(texts)[:_MOST_TEXT],
        html="\n".join(pages)[:_MOST_TEXT],
        letter_id=names[0] if names else "",
        references=letter_names(before),
        headers=headers,
        return_path=None if path is None else path.strip().strip("<>"),
        attachments=attachments,
        vouched=vouched_in(headers.get("authentication-results", "").partition("\n")[0]),
    )


def _headers(message: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in message.items():
        one = re.sub(r"[\r\n]+[ \t]*", " ", str(value)).replace("\0", "")[:_MOST_HEADER]
        key = name.lower()
        found[key] = f"{found[key]}\n{one}" if key in found else one
    return found


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something, in their order; a letter in a letter is one part."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        inside = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inside, list):
            waiting[:0] = [one for one in inside if isinstance(one, Message)]
        else:
            yield part


def _is_file(part: Message) -> bool:
    """Whether a part came with the letter and is none of its words; what it shows within is not."""
    disposition = (part.get_content_disposition() or "").lower()
    if disposition == "attachment" or part.get_filename():
        return not (disposition == "inline" and part.get("Content-ID"))
    is_text = part.get_content_type() in {"text/plain", "text/html"}
    return not is_text and not part.get("Content-ID")


def _body_of(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    return _text_of(payload[: 4 * _MOST_TEXT], part.get_content_charset() or "utf-8")


def _text_of(raw: bytes, charset: str) -> str:
    for name in (charset, "utf-8"):
        try:
            return raw.decode(name)
        except (LookupError, ValueError):
            continue
    return raw.decode("latin-1")
