"""Tables of postal words: street suffixes, compass points, units and states.

Suffixes follow the United States Postal Service's Publication 28, appendix C1 (common ones only).
"""

from __future__ import annotations

SUFFIXES: dict[str, str] = {
    "alley": "Alley", "aly": "Alley", "avenue": "Avenue", "ave": "Avenue", "av": "Avenue",
    "boulevard": "Boulevard", "blvd": "Boulevard", "circle": "Circle", "cir": "Circle",
    "court": "Court", "ct": "Court", "cove": "Cove", "crescent": "Crescent", "cres": "Crescent",
    "crossing": "Crossing", "xing": "Crossing", "drive": "Drive", "dr": "Drive",
    "freeway": "Freeway", "heights": "Heights", "hts": "Heights", "highway": "Highway",
    "hwy": "Highway", "lane": "Lane", "ln": "Lane", "loop": "Loop", "parkway": "Parkway",
    "pkwy": "Parkway", "pike": "Pike", "place": "Place", "pl": "Place", "plaza": "Plaza",
    "plz": "Plaza", "ridge": "Ridge", "rdg": "Ridge", "road": "Road", "rd": "Road", "run": "Run",
    "square": "Square", "sq": "Square", "street": "Street", "st": "Street", "str": "Street",
    "terrace": "Terrace", "ter": "Terrace", "trail": "Trail", "trl": "Trail",
    "turnpike": "Turnpike", "tpke": "Turnpike", "way": "Way", "wy": "Way",
}  # fmt: skip
"""Suffix as said or typed -> as written out."""

DIRECTIONS: dict[str, str] = {
    "north": "North", "n": "North", "south": "South", "s": "South", "east": "East", "e": "East",
    "west": "West", "w": "West", "northeast": "Northeast", "ne": "Northeast",
    "northwest": "Northwest", "nw": "Northwest", "southeast": "Southeast", "se": "Southeast",
    "southwest": "Southwest", "sw": "Southwest",
}  # fmt: skip

UNITS_OF_BUILDINGS: dict[str, str] = {
    "apartment": "Apt", "apt": "Apt", "unit": "Unit", "suite": "Suite", "ste": "Suite",
    "lot": "Lot", "floor": "Floor", "fl": "Floor", "room": "Room", "rm": "Room",
    "building": "Building", "bldg": "Building", "trailer": "Trailer", "space": "Space", "box": "Box",  # noqa: E501
}  # fmt: skip

STATES: dict[str, str] = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia",
    "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois",
    "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana",
    "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York",
    "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota",
    "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia",
    "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
}  # fmt: skip
"""Two-letter code -> name."""

BARE_STREETS = frozenset(
    {"broadway", "boardwalk", "bowery", "promenade", "esplanade", "strand", "embankment", "alameda"}
)
"""Streets that have no suffix."""
