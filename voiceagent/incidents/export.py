"""A recorded call as a file for a bug report: it decides as the call did, and names nobody.

What tools were given and what the dialogue has understood says what in the words is personal; that
is replaced wherever it stands. Then the call is held again, and only a file in which it takes the
same course is given out. The caller's voice is noise (`shuffle`). The business file stays as it is,
and so does what nobody has understood: who sends the file reads it first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from pydantic import JsonValue

from voiceagent.dialogue.case_file import CaseFile
from voiceagent.dialogue.tape import DECIDED, TalkRow, TalkRowKind, TalkTape
from voiceagent.domain.business import Business
from voiceagent.errors import OwnerFixable
from voiceagent.incidents.pseudonyms import Pseudonyms
from voiceagent.incidents.recording import CallPart, KeptSound
from voiceagent.incidents.replay import replay as run_again
from voiceagent.incidents.replay import run_part, usual_tuning
from voiceagent.incidents.shuffle import shuffled
from voiceagent.incidents.talk_again import cases_of

EXPORTED: Final = "exported"

_KINDS: Final[Mapping[str, str]] = {
    "name": "name",
    "customer_name": "name",
    "caller_name": "name",
    "phone": "phone",
    "callback_phone": "phone",
    "caller_phone": "phone",
    "address": "address",
    "street": "address",
    "code": "code",
    "booking_code": "code",
    "confirmation_code": "code",
}
"""Names of fields in tools and facts -> what is in them."""

_NOTES: Final = frozenset({"notes", "description", "summary", "reason"})
"""Names of fields of tools that hold a caller's words."""

_ZIPS: Final = re.compile(r"\b\d{5}\b")
_DOLLARS: Final = re.compile(r"\$ ?(\d{3,})")


@dataclass(frozen=True, slots=True)
class Exported:
    """The parts, and what whoever sends them should know."""

    parts: tuple[CallPart, ...]
    notes: tuple[str, ...]


def export(parts: Sequence[CallPart]) -> Exported:
    """The same call without personal data.

    Raises:
        OwnerFixable: ``replay.export``: with other names and numbers it takes another course.
    """
    known, out = _same_course(parts)
    notes = [
        f"Replaced: {len(known.words)} words of names and streets, {len(known.numbers)} numbers.",
        "The caller's voice is noise. City, ZIP code, times, prices and the business file stay.",
        "Read it before you send it.",
    ]
    if any(one.line is not None for one in parts) and run_again(out).differences:
        before = run_again(parts, usual_tuning).differences
        if not before:
            raise OwnerFixable(
                "replay.export", "The file would not replay as the call does.", where=EXPORTED
            )
        notes.append("The call itself does not replay as recorded; nor does the file.")
    return Exported(out, tuple(notes))


def _same_course(parts: Sequence[CallPart]) -> tuple[Pseudonyms, tuple[CallPart, ...]]:
    """The call with pseudonyms by which it takes its course: a name may be a word, too."""
    refused: OwnerFixable | None = None
    for strange in (None, False, True):
        known = Pseudonyms(strange)
        for part in parts:
            _learn(known, part)
        for part in parts:
            _learn_words(known, part)
        try:
            return known, tuple(_exported(part, known) for part in parts)
        except OwnerFixable as error:
            refused = refused or error
    raise refused or RuntimeError("there is a first try")


def _learn(known: Pseudonyms, part: CallPart) -> None:
    for number in (part.header.caller, part.header.caller_number or ""):
        known.phone(number)
    for row in part.talk.rows:
        if row.kind in {TalkRowKind.CALL, TalkRowKind.TOOL, TalkRowKind.JOURNAL}:
            _learn_from(known, _opened(row.body))
    business = Business.model_validate(part.header.business)
    for case in cases_of(part.talk, business, part.header.called):
        _learn_facts(known, case)


def _learn_facts(known: Pseudonyms, case: CaseFile) -> None:
    for name, fact in case.facts.items():
        _learn_from(known, {name: fact.value})
    _learn_from(known, case.booking)


def _learn_words(known: Pseudonyms, part: CallPart) -> None:
    """What a caller said, and notes that were made of it; when names and numbers are known."""
    known.kept |= set(_ZIPS.findall(json.dumps(part.header.business)))
    for row in part.talk.rows:
        known.prices |= set(_DOLLARS.findall(json.dumps(dict(row.body))))
    for row in part.talk.rows:
        if row.kind is TalkRowKind.INPUT and not row.body.get("said"):
            known.hears(str(row.body.get("text", "")))
        elif row.kind in {TalkRowKind.CALL, TalkRowKind.TOOL}:
            for note in _notes_in(_opened(row.body)):
                known.hears(note)


def _notes_in(value: object) -> Iterator[str]:
    match value:
        case Mapping():
            for key, inside in value.items():
                if isinstance(inside, str) and key in _NOTES:
                    yield inside
                else:
                    yield from _notes_in(inside)
        case list():
            for inside in value:
                yield from _notes_in(inside)
        case _:
            pass


def _learn_from(known: Pseudonyms, value: object, field: str = "") -> None:
    match value:
        case str():
            _learn_text(known, value, _KINDS.get(field, ""))
        case Mapping():
            for key, inside in value.items():
                _learn_from(known, inside, str(key))
        case Sequence():
            for inside in value:
                _learn_from(known, inside, field)
        case _:
            pass


def _learn_text(known: Pseudonyms, text: str, kind: str) -> None:
    match kind:
        case "name":
            known.name(text)
        case "phone":
            known.phone(text)
        case "address":
            known.address(text)
        case "code" if text.isdecimal():
            known.code(text)
        case _:
            pass


def _opened(body: Mapping[str, JsonValue]) -> object:
    """A row's body; JSON in texts, as a journal's rows have it, as values."""
    if "rows" not in body:
        return body.get("arguments", body.get("result"))
    return [json.loads(row[2]) for row in cast("list[list[str]]", body["rows"])]


def _exported(part: CallPart, known: Pseudonyms) -> CallPart:
    header = part.header
    talk = TalkTape(part.talk.start, [_replaced(row, known) for row in part.talk.rows])
    if talk.start is not None and (number := talk.start.caller_number) is not None:
        talk.start = replace(talk.start, caller_number=known.text(number))
    header = header.model_copy(
        update={
            "call_id": EXPORTED,
            "call_sid": EXPORTED,
            "caller": known.text(header.caller),
            "caller_number": talk.start.caller_number if talk.start is not None else None,
            "sound": KeptSound.NONE if part.line is None else KeptSound.SHUFFLED,
            "exported": True,
        }
    )
    out = CallPart(header, None if part.line is None else shuffled(part.line), talk)
    if talk.start is None:
        return out
    again = run_part(out)
    for place, (then, now) in enumerate(zip(_course(part.talk), _course(again), strict=False)):
        if then != now:
            why = f"With names and numbers replaced it takes another course: {then}, then {now}."
            raise OwnerFixable("replay.export", why, where=f"decision {place}")
    return replace(out, talk=_with_decisions(talk, again))


def _with_decisions(talk: TalkTape, again: TalkTape) -> TalkTape:
    """The replaced rows, with what is decided now that names are others."""
    coming = iter([row for row in again.rows if row.kind in DECIDED])
    rows = [next(coming, row) if row.kind in DECIDED else row for row in talk.rows]
    return TalkTape(talk.start, rows, talk.full)


def _course(talk: TalkTape) -> list[str]:
    """What was done, without the words."""
    named = {TalkRowKind.CALL: "name", TalkRowKind.EXPECT: "expecting"}
    return [
        f"{row.kind} {row.body.get(named.get(row.kind, 'reason'), '')}".strip()
        for row in talk.rows
        if row.kind in DECIDED
    ]


def _replaced(row: TalkRow, known: Pseudonyms) -> TalkRow:
    body = dict(row.body)
    match row.kind:
        case TalkRowKind.NOW:
            return row
        case TalkRowKind.INPUT | TalkRowKind.KEY:
            for name in {"text", "said"} & body.keys():
                of_caller = name == "text" and not body.get("said")
                body[name] = known.text(str(body[name]), of_caller=of_caller)
        case TalkRowKind.JOURNAL:
            kept = cast("list[list[str]]", body["rows"])
            body["rows"] = [[at, kind, _json(text, known)] for at, kind, text in kept]
        case TalkRowKind.REPLIED:
            body["reply"] = _json(str(body["reply"]), known)
        case _:
            body = cast("dict[str, JsonValue]", known.value(body))
    return TalkRow(row.kind, body)


def _json(text: str, known: Pseudonyms) -> str:
    return json.dumps(known.value(json.loads(text)))
