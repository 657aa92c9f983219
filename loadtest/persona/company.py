"""What anybody may know of the business that is called: its own file, read as a page of facts.

Nothing here is the engine's: hours, prices and places stand in the business file in plain TOML.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from loadtest.persona.facts import HomeAddress

WEEKDAY_KEYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class OpeningTimes:
    """From when to when of a day."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class ListPrice:
    """Of one kind of service, in dollars."""

    visit: Decimal
    low: Decimal
    high: Decimal
    harder: Decimal = Decimal(1)
    harder_for: Mapping[str, Decimal] = field(default_factory=dict)

    def middle(self, told: str = "", troubles: Sequence[str] = ()) -> Decimal:
        """What an estimate begins with: of several things that are wrong the hardest counts.

        Args:
            told: what is wrong.
            troubles: what the business may call one, in its own words.
        """
        found = [one for one in troubles if one.lower() in told.lower()]
        factor = max((self.harder_for.get(one, Decimal(1)) for one in found), default=Decimal(1))
        return (self.low + self.high) / 2 * self.harder * factor


@dataclass(frozen=True, slots=True)
class Company:
    """A business as a caller might know it from its door and its leaflet.

    Attributes:
        hours: by weekday, Monday is 0; a day without is closed.
        prices: by service id.
        symptoms: by service id, what it may call a caller's trouble in its own words.
        days_ahead: how far ahead it books.
        trips: by ZIP and by town in small letters, what the way there adds, in dollars.
    """

    name: str
    zone: ZoneInfo
    hours: Mapping[int, OpeningTimes]
    country: str
    region: str
    prices: Mapping[str, ListPrice]
    after_hours: Decimal
    deposit_share: Decimal
    symptoms: Mapping[str, tuple[str, ...]]
    days_ahead: int
    trips: Mapping[str, Decimal]
    text: str

    @classmethod
    @lru_cache(maxsize=8)
    def read(cls, path: Path) -> Company:
        """A business file."""
        text = path.read_text("utf-8")
        page = tomllib.loads(text)
        table = page["prices"][-1]
        hours = page["hours"]
        return cls(
            name=page["name"],
            zone=ZoneInfo(page["timezone"]),
            hours={
                at: OpeningTimes(
                    time.fromisoformat(hours[key]["opens"]), _closes(hours[key]["closes"])
                )
                for at, key in enumerate(WEEKDAY_KEYS)
                if key in hours
            },
            country=hours.get("holiday_country", "US"),
            region=hours.get("holiday_region", ""),
            prices={
                name: ListPrice(
                    visit=Decimal(one["service_call"]),
                    low=Decimal(one["typical_low"]),
                    high=Decimal(one["typical_high"]),
                    harder=Decimal(one.get("complexity", 1)),
                    harder_for={k: Decimal(by) for k, by in one.get("complexity_of", {}).items()},
                )
                for name, one in table["services"].items()
            },
            after_hours=Decimal(table["after_hours_multiplier"]),
            deposit_share=Decimal(table["deposit_share"]),
            symptoms={
                one["id"]: (one["name"], *(s["say"] for s in one.get("symptoms", ())))
                for one in page["services"]
            },
            days_ahead=page["slots"]["days_ahead"],
            trips={
                place.lower(): Decimal(area.get("trip_fee", 0))
                for area in page.get("areas", ())
                for place in (*area["zips"], *area.get("cities", ()))
            },
            text=text,
        )

    def is_open_day(self, day: date) -> bool:
        """Whether it opens at all on a day."""
        return day.weekday() in self.hours and not self.is_holiday(day)

    def is_holiday(self, day: date) -> bool:
        """Whether a day is a public holiday where it is."""
        return day in _holidays(self.country, self.region, day.year)

    def is_after_hours(self, moment: datetime) -> bool:
        """Whether a visit at a moment is outside its hours."""
        local = moment.astimezone(self.zone)
        if not self.is_open_day(local.date()):
            return True
        span = self.hours[local.weekday()]
        return not span.opens <= local.time() < span.closes

    def estimate(self, service: str, moment: datetime, place: HomeAddress, told: str = "") -> int:
        """What a visit at a moment is estimated at for what is told, whole dollars, halves up."""
        trip = self.trips.get(place.zip_code) or self.trips.get(place.city.lower(), Decimal(0))
        middle = self.prices[service].middle(told, self.symptoms[service])
        return _whole(self._factor(moment) * middle + trip)

    def _factor(self, moment: datetime) -> Decimal:
        return self.after_hours if self.is_after_hours(moment) else Decimal(1)


def _closes(text: str) -> time:
    return time(23, 59) if text.startswith("24") else time.fromisoformat(text)


def _whole(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


@lru_cache(maxsize=32)
def _holidays(country: str, region: str, year: int) -> frozenset[date]:
    found = holidays.country_holidays(country, subdiv=region or None, years=year)
    return frozenset(found)
