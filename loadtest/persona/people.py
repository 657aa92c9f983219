"""Names and places to draw from: made up, and telephone numbers of the fictitious range only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FIRST_NAMES: Final = tuple(
    ["Sarah", "Tom", "Linda", "Marcus", "Ellen", "Greg", "Denise", "Harold", "Priya", "Victor", "Joan", "Luis", "Kim", "Angela", "Walter", "Beth", "Carlos", "Ruth", "Dennis", "Megan", "Omar", "Sheila", "Todd", "Nadia", "Frank", "Irene", "Keith", "Paula", "Stan", "Yvonne", "Rose", "Bill", "Grace", "Mark", "Dawn", "Will", "Hope", "Jack", "Penny", "Drew"]
)
LAST_NAMES: Final = tuple(
    ["Miller", "Becker", "Lopez", "Nolan", "Kessler", "Okafor", "Pruitt", "Singh", "Carver", "Lind", "Finch", "Lyle", "Solano", "Ashworth", "Lambert", "Stanton", "Duffy", "Kowalski", "Park", "Marsh", "Hale", "Banks", "Brooks", "Rivera", "Tanaka", "Weiss", "Doyle", "Fields", "Price", "Church", "Young", "Long", "Street", "Knight", "Day", "Church", "Monday", "Booker", "Cole", "Winters"]
)
HARD_NAMES: Final = (
    ("Thi Lan", "Nguyen"),
    ("José", "Núñez"),
    ("Siobhan", "O'Brien"),
    ("Mary Ann", "Van Dyke"),
    ("Zbigniew", "Maslowski"),
    ("Anne-Marie", "Dupont"),
    ("Xiomara", "Quintero"),
    ("D'Andre", "Whitfield"),
    ("Bjorn", "Sorensen"),
    ("Ted", "St. James"),
    ("Ngozi", "Eze"),
    ("Jean", "De La Cruz"),
    ("Al", "Goodman"),
    ("Sue", "Legall"),
    ("Tina", ""),
    ("Wojciech", "Szymanski"),
)
STREETS: Final = (
    "Oak Street", "Oak Lane", "Maple Avenue", "Maple Street", "Main Street", "East Main Street",
    "High Street", "South Limestone Street", "North Fountain Avenue", "Elm Street", "Elm Court",
    "Cedar Drive", "Cedar Lane", "Park Road", "Park Avenue", "Plum Street", "Belmont Avenue",
    "Harding Road", "Burnett Road", "Sunset Avenue", "Sunset Drive", "Walnut Hill Road",
    "Tanglewood Trail", "Kensington Place", "West Pleasant Street", "Mulberry Circle", "Dayton Road",
    "Lagonda Avenue", "Villa Road", "Old Mill Road", "Rosewood Boulevard", "College Avenue",
)  # fmt: skip
HARD_PLACES: Final = (
    ("112 1/2", "Main Street", "Springfield"),
    ("918", "East 3rd Street", "Springfield"),
    ("4821", "State Route 41", "Springfield"),
    ("2310", "Broadway", "Springfield"),
    ("77", "West 1st Street", "Springfield"),
    ("1450", "Upper Valley Pike", "Springfield"),
    ("300", "The Esplanade", "Springfield"),
    ("6", "St. Paris Pike", "Springfield"),
    ("2025", "North Limestone Street", "Springfield"),
    ("10", "Two Mile Lane", "Springfield"),
    ("501", "Avenue of the Pines", "Springfield"),
    ("88", "Martin Luther King Drive", "Springfield"),
    ("1600", "Route 68", "Springfield"),
    ("310", "North Main Street", "New Carlisle"),
    ("45", "Sunday Drive", "Springfield"),
    ("12", "May Street", "Springfield"),
    ("9", "Four Seasons Court", "Springfield"),
)
UNITS: Final = (
    ("apartment", "3B"), ("apartment", "12"), ("unit", "4"), ("suite", "200"), ("apartment", "2"),
    ("lot", "14"), ("#", "22"), ("apt", "5C"), ("unit", "B"), ("apartment", "101"),
)  # fmt: skip
CITIES_IN: Final = ("Enon", "New Carlisle", "South Charleston", "Medway", "Springfield")
ZIPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Springfield": ("45501", "45502", "45503", "45504", "45505"),
    "Enon": ("45323",),
    "New Carlisle": ("45344",),
    "Medway": ("45341",),
    "South Charleston": ("45369",),
}
CITIES_OUT: Final = (
    ("Columbus", "43215"),
    ("Cincinnati", "45202"),
    ("Dayton", "45402"),
    ("Cleveland", "44113"),
    ("Toledo", "43604"),
)
