"""Reading the business file so that an error names its line, and the checks across sections.

`tomllib` gives values without positions, pydantic gives the path of a bad value
(``services.0.heard``). `TomlLines` joins the two: it remembers on which line of the text every
table and key starts. A path inside an inline table or an array answers with the line of the key
that holds it.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from pathlib import Path
from typing import Final, get_args
from zoneinfo import ZoneInfo

import holidays
from pydantic import ValidationError

from voiceagent.domain.brand import forbidden_in
from voiceagent.domain.business import (
    MOST_QUIET_HOURS,
    Business,
    Hours,
    Leave,
    OpenHours,
    PriceTable,
    Service,
    Weekday,
)
from voiceagent.domain.field_faults import field_fault
from voiceagent.errors import OwnerFixable

KeyPath = tuple[str | int, ...]
"""Where a value stands: keys and zero-based positions, ``("services", 0, "heard")``."""

_WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)
_NOON: Final = time(12)
_SMALL_HOURS: Final = time(6)

_HEADER = re.compile(r"^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_NAME = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_KEY = re.compile(rf"^\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*=")
_PART = re.compile(_NAME)
_TOKEN = re.compile(r"""\"{3}|'{3}|"(?:[^"\\]|\\.)*"|'[^']*'|\#.*|[\[\]{}]""")
_CLOSING = {'"""': re.compile(r'(?:[^\\]|\\.)*?"""'), "'''": re.compile(r".*?'''")}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the owner has to mend, at a path of the file."""

    path: KeyPath
    message: str


class TomlLines:
    """Line numbers of a TOML text that `tomllib` accepts.

    Args:
        text: the whole file.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[KeyPath, int] = {}
        tables: Counter[KeyPath] = Counter()
        table: KeyPath = ()
        depth, quote = 0, ""
        for number, line in enumerate(text.splitlines(), start=1):
            rest = line
            if depth == 0 and not quote:
                if header := _HEADER.match(line):
                    table = self._enter(header, tables)
                    self._lines.setdefault(table, number)
                    continue
                key = _KEY.match(line)
                if key is None:
                    continue
                self._remember(table + _parts(key[1]), number)
                rest = line[key.end() :]
            depth, quote = _open_at_end(rest, depth, quote)

    def line_of(self, path: KeyPath) -> int:
        """The line (1-based) of the value at `path`, or of what encloses it."""
        for size in range(len(path), 0, -1):
            if (line := self._lines.get(path[:size])) is not None:
                return line
        return 1

    def _remember(self, path: KeyPath, number: int) -> None:
        for size in range(1, len(path) + 1):
            self._lines.setdefault(path[:size], number)

    @staticmethod
    def _enter(header: re.Match[str], tables: Counter[KeyPath]) -> KeyPath:
        """The path a ``[table]`` or ``[[array]]`` header opens; counts the array's tables."""
        path: KeyPath = ()
        parts = _parts(header[2])
        for place, part in enumerate(parts, start=1):
            path = (*path, part)
            if place == len(parts) and header[1] == "[[":
                tables[path] += 1
            if tables[path]:
                path = (*path, tables[path] - 1)
        return path


def dotted(path: KeyPath) -> str:
    """A path as people read it: ``services[0].heard``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def cross_checks(business: Business) -> Iterator[Problem]:
    """What no single section can know: references between sections, orders and overlaps."""
    yield from _unique_ids(business)
    yield from _time_problems(business)
    yield from _price_problems(business)
    yield from _people_problems(business)
    yield from _rota_problems(business)
    yield from _area_problems(business)
    yield from _brand_problems(business)
    yield from _offer_problems(business)
    yield from _locale_problems(business)


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(key))


def _open_at_end(text: str, depth: int, quote: str) -> tuple[int, str]:
    """Brackets and the multi-line quote that are still open after a line's `text`."""
    at = 0
    while at < len(text):
        if quote:
            closing = _CLOSING[quote].match(text, at)
            if closing is None:
                return depth, quote
            at, quote = closing.end(), ""
            continue
        token = _TOKEN.search(text, at)
        if token is None:
            break
        at = token.end()
        if token[0] in _CLOSING:
            quote = token[0]
        elif token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
    return depth, quote


def _unique_ids(business: Business) -> Iterator[Problem]:
    named: tuple[tuple[KeyPath, Iterable[str]], ...] = (
        (("services",), (s.id for s in business.services)),
        (("areas",), (a.id for a in business.areas)),
        (("technicians",), (t.id for t in business.technicians)),
        (("escalation", "leads"), (lead.id for lead in business.escalation.leads)),
    )
    for path, ids in named:
        seen: set[str] = set()
        for place, one in enumerate(ids):
            if one in seen:
                yield Problem((*path, place, "id"), f'the id "{one}" is used twice')
            seen.add(one)
        if not seen:
            yield Problem(path, "at least one is needed")


def _time_problems(business: Business) -> Iterator[Problem]:
    try:
        ZoneInfo(business.timezone)
    except (KeyError, ValueError, OSError):
        yield Problem(("timezone",), f'"{business.timezone}" is no IANA time zone')
    yield from _hours_problems(business.hours, ("hours",))
    for place, technician in enumerate(business.technicians):
        if technician.hours is not None:
            yield from _hours_problems(technician.hours, ("technicians", place, "hours"))
    slots = business.slots
    if _SMALL_HOURS < slots.urgent_until <= slots.urgent_from:
        problem = "must be later than urgent_from, or in the small hours of the next day"
        yield Problem(("slots", "urgent_until"), problem)
    unpaid = business.unpaid_deposits
    if (unpaid.cancel_after_hours or math.inf) <= (unpaid.remind_after_hours or 0):
        path: KeyPath = ("unpaid_deposits", "cancel_after_hours")
        yield Problem(path, "must be later than remind_after_hours")
    quiet = business.quiet_hours
    begins, ends = (60 * at.hour + at.minute for at in (quiet.begins, quiet.ends))
    if (ends - begins) % (24 * 60) > 60 * MOST_QUIET_HOURS:
        problem = f"at most {MOST_QUIET_HOURS} hours of a day may be quiet"
        yield Problem(("quiet_hours", "ends"), problem)


def _hours_problems(hours: Hours, path: KeyPath) -> Iterator[Problem]:
    days = {day: hours.of(day) for day in _WEEKDAYS}
    for place, (day, open_hours) in enumerate(days.items()):
        tomorrow = days[_WEEKDAYS[(place + 1) % len(_WEEKDAYS)]]
        if open_hours is not None and not _may_be(open_hours, tomorrow):
            problem = "opens must be earlier than closes, or closes be past midnight: by noon, and"
            yield Problem((*path, day), f"{problem} before the next day opens")
    if not any(days.values()):
        yield Problem(path, "at least one day must be open")
    try:
        holidays.country_holidays(hours.holiday_country, subdiv=hours.holiday_region)
    except NotImplementedError:
        key = "holiday_country" if hours.holiday_region is None else "holiday_region"
        yield Problem((*path, key), "no holidays are known for this country and region")


def _may_be(hours: OpenHours, tomorrow: OpenHours | None) -> bool:
    """Whether hours make sense: a night that lasts to the afternoon is a slip of the pen."""
    if not hours.past_midnight or hours.closes == time.min:
        return True
    by_noon = hours.closes <= _NOON and hours.closes < hours.opens
    return by_noon and (tomorrow is None or hours.closes <= tomorrow.opens)


def _rota_problems(business: Business) -> Iterator[Problem]:
    technicians = {one.id: one for one in business.technicians}
    leads = {one.id for one in business.escalation.leads}
    for place, shift in enumerate(business.rota):
        path: KeyPath = ("rota", place, "who")
        for who in shift.who:
            if who not in technicians and who not in leads:
                yield Problem(path, f'"{who}" is neither a technician nor a lead')
            elif who not in leads and not technicians[who].on_call:
                yield Problem(path, f'the technician "{who}" is not on_call')
        if not shift.days:
            yield Problem(("rota", place, "days"), "at least one day is needed")
    for place, technician in enumerate(business.technicians):
        yield from _leave_problems(technician.leave, ("technicians", place, "leave"))
    for place, lead in enumerate(business.escalation.leads):
        yield from _leave_problems(lead.leave, ("escalation", "leads", place, "leave"))


def _leave_problems(leave: Sequence[Leave], path: KeyPath) -> Iterator[Problem]:
    for place, one in enumerate(leave):
        if one.last < one.first:
            yield Problem((*path, place, "last"), "must not be before first")


def _price_problems(business: Business) -> Iterator[Problem]:
    if not business.prices:
        yield Problem(("prices",), "at least one is needed")
    for place, table in enumerate(business.prices):
        yield from table_problems(table, business.services, ("prices", place))
    for place, (earlier, later) in enumerate(pairwise(business.prices), start=1):
        if later.effective_from <= earlier.effective_from:
            path = ("prices", place, "effective_from")
            yield Problem(path, "price tables must be in order of effective_from, earliest first")


def table_problems(
    table: PriceTable, offered: Sequence[Service], path: KeyPath
) -> Iterator[Problem]:
    """What is wrong with a price table: services that it lacks, or has and nobody knows.

    Args:
        table: of the file, or as it was published.
        offered: the business's services.
        path: where the table stands.
    """
    services: KeyPath = (*path, "services")
    known = {service.id: {one.say for one in service.symptoms} for service in offered}
    for missing in sorted(known.keys() - table.services.keys()):
        yield Problem(services, f'the service "{missing}" has no price')
    for service_id, price in table.services.items():
        if service_id not in known:
            yield Problem((*services, service_id), "is no service of this business")
        for symptom in sorted(price.complexity_of.keys() - known.get(service_id, set())):
            where = (*services, service_id, "complexity_of")
            yield Problem(where, f'"{symptom}" is no symptom of this service, as its say has it')
        if price.typical_low > price.typical_high:
            yield Problem((*services, service_id), "typical_low is above typical_high")


def _people_problems(business: Business) -> Iterator[Problem]:
    skills = {service.skill for service in business.services}
    areas = {area.id for area in business.areas}
    for place, technician in enumerate(business.technicians):
        path: KeyPath = ("technicians", place)
        for skill in technician.skills:
            if skill not in skills:
                yield Problem((*path, "skills"), f'no service needs the skill "{skill}"')
        for area in technician.areas:
            if area not in areas:
                yield Problem((*path, "areas"), f'there is no area "{area}"')
    for place, service in enumerate(business.services):
        able = [t for t in business.technicians if service.skill in t.skills]
        if not able:
            yield Problem(
                ("services", place, "skill"), f'no technician has the skill "{service.skill}"'
            )
        elif service.urgent and not any(t.on_call for t in able):
            yield Problem(
                ("services", place, "urgent"),
                f'an urgent service needs an on_call technician with the skill "{service.skill}"',
            )
    leads = business.escalation.leads
    if leads and not any(lead.role == "on_call" for lead in leads):
        yield Problem(("escalation", "leads"), 'one lead must have the role "on_call"')


def _area_problems(business: Business) -> Iterator[Problem]:
    owner: dict[str, str] = {}
    for place, area in enumerate(business.areas):
        for code in area.trip_fees.keys() - set(area.zips):
            yield Problem(("areas", place, "trip_fees"), f"ZIP {code} is not in this area")
        for code in area.zips:
            if owner.setdefault(code, area.id) != area.id:
                path: KeyPath = ("areas", place, "zips")
                yield Problem(path, f'ZIP {code} is already in area "{owner[code]}"')


def _offer_problems(business: Business) -> Iterator[Problem]:
    known = {service.id for service in business.services}
    seen: set[str] = set()
    for place, rule in enumerate(business.offers):
        if rule.id in seen:
            yield Problem(("offers", place, "id"), f'the id "{rule.id}" is used twice')
        seen.add(rule.id)
        for service_id in sorted(set(rule.services) - known):
            yield Problem(("offers", place, "services"), f'there is no service "{service_id}"')
        if not rule.percent and not rule.no_trip_fee:
            yield Problem(("offers", place), "offers nothing: it needs percent or no_trip_fee")
    for place, part in enumerate(business.parts):
        if part.days is not None and part.days[0] > part.days[1]:
            yield Problem(("parts", place, "days"), "the fewest days come first")


def _locale_problems(business: Business) -> Iterator[Problem]:
    """Another language words every service, and nothing that the file does not have."""
    known = {service.id: {one.say for one in service.symptoms} for service in business.services}
    for locale, words in business.locales.items():
        path: KeyPath = ("locales", locale, "services")
        for missing in sorted(known.keys() - words.services.keys()):
            yield Problem(path, f'the service "{missing}" has no words in this language')
        for service_id, service in words.services.items():
            if service_id not in known:
                yield Problem((*path, service_id), "is no service of this business")
            for symptom in sorted(service.symptoms.keys() - known.get(service_id, set())):
                where = (*path, service_id, "symptoms", symptom)
                yield Problem(where, "is no symptom of this service, as its say has it")
        for lead in sorted(words.leads.keys() - {one.id for one in business.escalation.leads}):
            yield Problem(("locales", locale, "leads", lead), "is no lead of this business")


def _brand_problems(business: Business) -> Iterator[Problem]:
    """What the file says itself must be what may be said."""
    voice, emergency = business.voice, business.emergency
    texts: list[tuple[KeyPath, str]] = [
        (("voice", "greeting"), voice.greeting),
        (("voice", "disclosure"), voice.disclosure),
        (("emergency", "question"), emergency.question),
        (("emergency", "guidance"), emergency.guidance),
        (("emergency", "caution"), emergency.caution),
        (("escalation", "unavailable"), business.escalation.unavailable),
        (("brand", "sign_off"), business.brand.sign_off),
    ]
    texts += [(("services", n, "name"), s.name) for n, s in enumerate(business.services)]
    texts += [(("offers", n, "name"), rule.name) for n, rule in enumerate(business.offers)]
    texts += [(("knowledge", n, "answer"), p.answer) for n, p in enumerate(business.knowledge)]
    for locale, words in business.locales.items():
        at: KeyPath = ("locales", locale)
        texts += [
            ((*at, "disclosure"), words.disclosure),
            ((*at, "unavailable"), words.unavailable),
            ((*at, "emergency", "question"), words.emergency.question),
            ((*at, "emergency", "question_again"), words.emergency.question_again),
            ((*at, "emergency", "guidance"), words.emergency.guidance),
            ((*at, "emergency", "guidance_again"), words.emergency.guidance_again),
            ((*at, "emergency", "caution"), words.emergency.caution),
        ]
        texts += [((*at, "services", one), s.name) for one, s in words.services.items()]
        texts += [
            ((*at, "knowledge", n, "answer"), p.answer) for n, p in enumerate(words.knowledge)
        ]
    for path, text in texts:
        word = forbidden_in(text, business.brand.forbidden)
        if word is not None:
            yield Problem(path, f'says "{word}", which brand.forbidden does not allow')


def load_business(path: Path | str) -> Business:
    """Read and check a business file.

    Args:
        path: a TOML file in UTF-8.

    Raises:
        OwnerFixable: ``business.unreadable``, ``business.syntax`` or ``business.invalid``.
            `where` is ``file:line key.path`` of the first problem; the message lists them all,
            one a line when there are several.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise OwnerFixable("business.unreadable", reason, where=str(file)) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        where = f"{file}:{line}"
        raise OwnerFixable("business.syntax", "is not UTF-8 text", where=where) from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", str(error))
        line = int(at[1]) if at and at[1] else text.count("\n") + 1
        reason = str(error)[: at.start()] if at else str(error)
        raise OwnerFixable("business.syntax", reason, where=f"{file}:{line}") from error
    lines = TomlLines(text)
    try:
        business = Business.model_validate(document)
    except ValidationError as error:
        found = [Problem(_path(entry["loc"]), field_fault(entry)) for entry in error.errors()]
        raise _invalid(file, lines, found) from error
    if wrong := list(cross_checks(business)):
        raise _invalid(file, lines, wrong)
    return business


def check_prices_in_force(path: Path | str, business: Business, today: date) -> None:
    """That a price table of the file has taken effect.

    Args:
        path: the file that `business` was read from.
        business: as it was read.
        today: in the business's own calendar.

    Raises:
        OwnerFixable: ``business.invalid``: every table begins later, so that nothing can be quoted.
    """
    first = min(table.effective_from for table in business.prices)
    if first <= today:
        return
    file = Path(path)
    problem = f"no prices are in force before {first}: until then nothing is quoted or booked"
    lines = TomlLines(file.read_text(encoding="utf-8"))
    raise _invalid(file, lines, [Problem(("prices", 0, "effective_from"), problem)])


def _path(loc: KeyPath) -> KeyPath:
    """Where a fault is: pydantic adds a word of its own where a key is wrong and not its value."""
    return loc[:-1] if loc and loc[-1] == "[key]" else loc


def _invalid(file: Path, lines: TomlLines, problems: Sequence[Problem]) -> OwnerFixable:
    found = sorted((lines.line_of(p.path), dotted(p.path), p.message) for p in problems)
    wheres = [f"{file}:{line} {key}".rstrip() for line, key, _ in found]
    if len(found) == 1:
        return OwnerFixable("business.invalid", found[0][2], where=wheres[0])
    listed = "\n".join(
        f"{where}: {message}" for where, (_, _, message) in zip(wheres, found, strict=True)
    )
    return OwnerFixable("business.invalid", f"{len(found)} problems\n{listed}", where=wheres[0])
