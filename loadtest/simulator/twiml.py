"""TwiML as the carrier reads it: a flat list of verbs, with the rules of `<Connect><Stream>`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

_MAX_PARAMETER: Final = 500
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class TwimlError(ValueError):
    """A document the carrier would reject; starts with the carrier's error code."""


@dataclass(frozen=True, slots=True)
class StreamNoun:
    """`<Stream>` in `<Connect>`.

    Attributes:
        url: media socket.
        parameters: custom parameters, delivered in `start`.
        name: optional stream name.
        status_callback: where stream events go.
    """

    url: str
    parameters: Mapping[str, str]
    name: str | None
    status_callback: str | None


@dataclass(frozen=True, slots=True)
class ConferenceNoun:
    """`<Conference>` in `<Dial>`.

    Attributes:
        name: rooms of one name are one room.
        starts: entering begins it.
        ends: leaving ends it for all.
        max_participants: more are not let in.
        status_callback: where its events go.
    """

    name: str
    starts: bool
    ends: bool
    max_participants: int
    status_callback: str | None


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb of a document.

    Attributes:
        name: such as `Say` or `Connect`.
        text: its own text, stripped.
        action: URL asked for more TwiML when the verb is done.
        stream: for `<Connect><Stream>`.
        conference: for `<Dial><Conference>`.
        timeout_s: of `<Gather>`: how long it waits for a key.
    """

    name: str
    text: str = ""
    action: str | None = None
    stream: StreamNoun | None = None
    conference: ConferenceNoun | None = None
    timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed response: its text as received and its verbs in order."""

    text: str
    verbs: tuple[Verb, ...]


def parse(text: str) -> Document:
    """Reads a TwiML document.

    Raises:
        TwimlError: not XML, no `<Response>`, or a `<Stream>` that breaks the carrier's rules.
    """
    try:
        root = ET.fromstring(text)  # noqa: S314 - from the engine under test; expat caps expansion
    except ET.ParseError as error:
        raise TwimlError(f"12100 document parse failure: {error}") from error
    if root.tag != "Response":
        raise TwimlError(f"12100 document parse failure: root is <{root.tag}>, not <Response>")
    return Document(text, tuple(_verb(element) for element in root))


def _verb(element: ET.Element) -> Verb:
    noun = element.find("Stream") if element.tag == "Connect" else None
    room = element.find("Conference") if element.tag == "Dial" else None
    words = " ".join(element.itertext()) if element.tag == "Gather" else element.text or ""
    return Verb(
        name=element.tag,
        text=words.strip(),
        action=element.get("action"),
        stream=None if noun is None else _stream(noun),
        conference=None if room is None else _conference(room),
        timeout_s=float(element.get("timeout", "5")) if element.tag == "Gather" else 5.0,
    )


def _conference(noun: ET.Element) -> ConferenceNoun:
    name = (noun.text or "").strip()
    if not name:
        raise TwimlError("13231 <Conference> without a name")
    return ConferenceNoun(
        name=name,
        starts=noun.get("startConferenceOnEnter", "true") == "true",
        ends=noun.get("endConferenceOnExit", "false") == "true",
        max_participants=int(noun.get("maxParticipants", "250")),
        status_callback=noun.get("statusCallback"),
    )


def _stream(noun: ET.Element) -> StreamNoun:
    url = urlsplit(noun.get("url", "").strip())
    plain_loopback = url.scheme == "ws" and url.hostname in _LOOPBACK
    if not url.hostname or not (url.scheme == "wss" or plain_loopback):
        raise TwimlError(f"31920 stream URL must be wss: {url.geturl()!r}")
    if url.query:
        raise TwimlError(f"31920 stream URL must not have a query string: {url.geturl()!r}")
    parameters: dict[str, str] = {}
    for item in noun.findall("Parameter"):
        name, value = item.get("name", ""), item.get("value", "")
        if not name or len(name) + len(value) >= _MAX_PARAMETER:
            raise TwimlError(f"12200 <Parameter> {name!r} is unnamed or longer than 500 characters")
        parameters[name] = value
    return StreamNoun(
        url=url.geturl(),
        parameters=MappingProxyType(parameters),
        name=noun.get("name"),
        status_callback=noun.get("statusCallback"),
    )
