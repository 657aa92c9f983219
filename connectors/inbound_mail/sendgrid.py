"""Letters that SendGrid's Inbound Parse posts: a form with what it read, or the raw letter in it.

Source: https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook
(default and raw payload).
"""

from __future__ import annotations

import email
import json
import re
from collections.abc import Mapping
from email import policy
from email.message import Message
from typing import Final

from connectors.inbound_mail.mime import decoded, headers_in, one_address, read_letter
from voiceagent.domain.letters import Letter, Vouched, letter_names, vouched_in
from voiceagent.errors import PeerMisbehaved

_MOST_FIELDS: Final = 200
_DKIM: Final = re.compile(r":\s*(pass|fail)")
_SPF: Final = {"pass": Vouched.YES, "fail": Vouched.NO, "softfail": Vouched.NO}


def letter_of_form(content_type: str, body: bytes) -> Letter:
    """The letter in a form.

    Args:
        content_type: of the request, ``multipart/form-data`` with its boundary.
        body: of the request.

    Raises:
        PeerMisbehaved: ``email.form``: it is no such form.
    """
    fields, files = _form(content_type, body)
    path = _return_path(fields)
    if raw := fields.get("email"):
        return read_letter(raw.encode("utf-8", "surrogateescape"), return_path=path)
    if "from" not in fields:
        raise PeerMisbehaved("email.form", "This is no letter of SendGrid's.")
    headers = headers_in(fields.get("headers", ""))
    names = letter_names(headers.get("message-id", ""))
    before = headers.get("references", "") or headers.get("in-reply-to", "")
    return Letter(
        sender=one_address(fields["from"]),
        subject=decoded(fields.get("subject", "")),
        text=fields.get("text", ""),
        html=fields.get("html", ""),
        letter_id=names[0] if names else "",
        references=letter_names(before),
        headers=headers,
        return_path=path,
        attachments=files,
        vouched=_vouched(fields, headers),
    )


def _form(content_type: str, body: bytes) -> tuple[dict[str, str], int]:
    """Texts by name, and how many files there are beside them."""
    head = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode()
    message: Message = email.message_from_bytes(head + body, policy=policy.compat32)
    parts = message.get_payload()
    if message.get_content_type() != "multipart/form-data" or not isinstance(parts, list):
        raise PeerMisbehaved("email.form", "This is no form.")
    fields: dict[str, bytes] = {}
    files = 0
    for part in parts[:_MOST_FIELDS]:
        if not isinstance(part, Message):
            continue
        name = part.get_param("name", header="content-disposition")
        if part.get_filename():
            files += 1
        elif isinstance(name, str) and isinstance(payload := part.get_payload(decode=True), bytes):
            fields[name] = payload
    charsets = _charsets(fields.get("charsets", b""))
    return {
        name: _in_charset(name, value, charsets).replace("\0", "") for name, value in fields.items()
    }, files


def _in_charset(name: str, value: bytes, charsets: Mapping[str, str]) -> str:
    if name == "email":
        return value.decode("utf-8", "surrogateescape")
    for charset in (charsets.get(name, "utf-8"), "utf-8"):
        try:
            return value.decode(charset)
        except (LookupError, ValueError):
            continue
    return value.decode("latin-1")


def _charsets(written: bytes) -> Mapping[str, str]:
    try:
        found = json.loads(written)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _return_path(fields: Mapping[str, str]) -> str | None:
    try:
        envelope = json.loads(fields.get("envelope", ""))
    except (ValueError, RecursionError):
        return None
    path = envelope.get("from") if isinstance(envelope, dict) else None
    return path.strip().strip("<>") if isinstance(path, str) else None


def _vouched(fields: Mapping[str, str], headers: Mapping[str, str]) -> Vouched:
    """What SendGrid found: a signature that holds counts, else the sender's own servers."""
    by_header = vouched_in(headers.get("authentication-results", "").partition("\n")[0])
    found = _DKIM.findall(fields.get("dkim", "").lower())
    if "pass" in found:
        return Vouched.YES
    by_spf = _SPF.get(fields.get("SPF", "").strip().lower(), Vouched.UNKNOWN)
    return by_header if by_spf is Vouched.UNKNOWN else by_spf
