"""The business file: what an owner gets wrong, and where we say it is wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.support.rooms import BUSINESS_FILES, coolcare, hotel
from voiceagent.domain.business import Business
from voiceagent.domain.business_file import TomlLines, load_business
from voiceagent.errors import OwnerFixable

ROOT = Path(__file__).resolve().parents[2]
COOLCARE = (BUSINESS_FILES / "coolcare.toml").read_text(encoding="utf-8")


def line_with(text: str, fragment: str, *, nth: int = 0) -> int:
    return [n for n, line in enumerate(text.splitlines(), 1) if fragment in line][nth]


def load(tmp_path: Path, text: str) -> OwnerFixable:
    file = tmp_path / "b.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(OwnerFixable) as caught:
        load_business(file)
    return caught.value


def a_shift(text: str) -> str:
    """The file's next section, with a shift of the rota before it."""
    return f'[[rota]]\n{text}\nstarts = "18:00"\nends = "08:00"\n\n[slots]'


EDITS = [
    # what stands in the file, what the owner made of it, the key that is reported, what is said
    ('name = "CoolCare"', "", "name", "missing"),
    ('name = "CoolCare"', 'name = "CoolCare"\nnmae = "x"', "nmae", "Nothing reads this"),
    ("deposit_share = ", 'deposit_share = "1.5" #', "prices[0].deposit_share", "at most 1"),
    ('fri = { opens = "08:00"', 'fri = { opens = "8 AM"', "hours.fri.opens", "time"),
    ('fri = { opens = "08:00"', 'fri = { opens = "19:00"', "hours.fri", "opens must be earlier"),
    ('timezone = "America/New_York"', 'timezone = "Ohio"', "timezone", "IANA"),
    ('timezone = "America/New_York"', 'timezone = "../x"', "timezone", "IANA"),
    ('holiday_region = "OH"', 'holiday_region = "QQ"', "hours.holiday_region", "no holidays"),
    ("maintenance = { service", "upkeep = { service", "prices[0].services", "no price"),
    ('repair = { service_call = "165"', 'repair = { service_call = "a lot"',
     "prices[0].services.repair.service_call", "Write a number"),
    ('typical_low = "300"', 'typical_low = "3000"', "prices[0].services.repair", "above"),
    ('skills = ["install"]', 'skills = ["magic"]', "technicians[1].skills", "no service needs"),
    ('skills = ["install"]', 'skills = ["hvac"]', "services[2].skill", "no technician"),
    ('zips = ["45323"', 'zips = ["45501"', "areas[1].zips", "already in area"),
    ('id = "dana"', 'id = "mike"', "technicians[1].id", "used twice"),
    ("on_call = true", "on_call = false", "services[0].urgent", "on_call technician"),
    ('role = "on_call"', 'role = "lead"', "escalation.leads", 'role "on_call"'),
    ('say = "no heat"', 'say = ""', "services[0].symptoms[2].say", "not be empty"),
    ('urgent_until = "23:00"', 'urgent_until = "07:00"', "slots.urgent_until", "later"),
    ("[slots]", a_shift('who = ["nobody"]'), "rota[0].who",
     "neither a technician nor a lead"),
    ("[slots]", a_shift('who = ["dana"]'), "rota[0].who",
     "not on_call"),
    ("[slots]", a_shift('who = ["mike"]\ndays = ["friday"]'),
     "rota[0].days", "mon"),
    ("[slots]", a_shift('who = ["mike"]\nuntil = "08:00"'),
     "rota[0].until", "Nothing reads this"),
    ("on_call = true", "on_call = true\nleave = [{ first = 2025-12-24, last = 2025-12-22 }]",
     "technicians[0].leave[0].last", "before first"),
    ('role = "manager"', 'role = "manager"\nleave = [{ first = "soon", last = 2025-12-22 }]',
     "escalation.leads[1].leave[0].first", "date"),
    ('sat = { opens = "08:00"', 'sat = { opens = "19:00"', "hours.sat",
     "opens must be earlier"),
    ('fri = { opens = "08:00", closes = "18:00"', 'fri = { opens = "20:00", closes = "09:00"',
     "hours.fri", "opens must be earlier"),
    ('trip_fee = "35"', "drive_minutes = -5", "areas[1].drive_minutes", "at least 0"),
    ("[emergency]", "[unpaid_deposits]\nremind_after_hours = 24\n[emergency]",
     "unpaid_deposits.remind_after_hours", "at most 23"),
    ("[emergency]",
     "[unpaid_deposits]\nremind_after_hours = 4\ncancel_after_hours = 4\n[emergency]",
     "unpaid_deposits.cancel_after_hours", "later than remind"),
    ('caution = "', 'caution = "Do you smell gas?" #', "emergency.caution", "full stop"),
    ('caution = "', 'cautoin = "', "emergency.cautoin", "Nothing reads this"),
    ("sms = true", "smss = true", "flags.smss", "Nothing reads this"),
    ('title = "Warranty"', 'persona = "kind"\ntitle = "Warranty"', "knowledge[2].persona",
     "Nothing reads this"),
    ("repair = { service_call", 'repair = { complexity = "0", service_call',
     "prices[0].services.repair.complexity", "more than 0"),
    ("repair = { service_call", 'repair = { complexity_of = { "ice" = "2" }, service_call',
     "prices[0].services.repair.complexity_of", "is no symptom"),
    ("repair = { service_call", 'repair = { complexity_of = { "no heat" = "11" }, service_call',
     "prices[0].services.repair.complexity_of.no heat", "at most 10"),
    ('forbidden = ["cheap"', 'forbidden = ["Thanks for"', "voice.greeting", "brand.forbidden"),
    ('forbidden = ["cheap"', 'forbiden = ["cheap"', "brand.forbiden", "Nothing reads this"),
    ('phone = "+19375550112"', 'phone = "9375550112"', "escalation.leads[1].phone",
     "like +15551230000"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "key", "said"), EDITS)
def test_an_error_names_file_line_and_key(
    tmp_path: Path, before: str, after: str, key: str, said: str
) -> None:
    assert before in COOLCARE
    error = load(tmp_path, COOLCARE.replace(before, after, 1))
    assert error.code == "business.invalid"
    file, rest = error.where.split(":", 1)
    number, named = (*rest.split(" ", 1), "")[:2]
    assert Path(file).name == "b.toml"
    problems = error.message.splitlines()
    mine = next((p for p in [error.where, *problems] if p.partition(" ")[2].startswith(key)), None)
    assert mine is not None, str(error)
    assert said in str(error)
    assert int(number) >= 1
    assert named


@pytest.mark.parametrize(
    ("before", "after", "fragment", "nth"),
    [
        ('fri = { opens = "08:00"', 'fri = { opens = "8 AM"', "fri = {", 0),
        ('say = "no heat"', 'say = ""', 'say = ""', 0),
        ('skills = ["install"]', 'skills = ["magic", "install"]', 'skills = ["magic"', 0),
        ('typical_low = "300"', 'typical_low = "3000"', "repair = {", 0),
        ('role = "manager"', 'role = "boss"', 'role = "boss"', 0),
        ('zips = ["45323"', 'zips = ["45501", "45323"', "zips = [", 1),
        ('title = "Warranty"\n', "", "[[knowledge]]", 2),
    ],
)
def test_the_line_is_the_right_one(
    tmp_path: Path, before: str, after: str, fragment: str, nth: int
) -> None:
    text = COOLCARE.replace(before, after, 1)
    error = load(tmp_path, text)
    assert error.where.startswith(f"{tmp_path / 'b.toml'}:{line_with(text, fragment, nth=nth)} ")


def test_all_problems_are_listed_at_once_in_file_order(tmp_path: Path) -> None:
    text = COOLCARE.replace('city = "Springfield"', "city = 7", 1)
    text = text.replace('say = "no heat"', 'say = ""', 1).replace(
        "days_ahead = 21", "days_ahead = 0"
    )
    error = load(tmp_path, text)
    lines = error.message.splitlines()
    assert lines[0] == "3 problems"
    assert [line.split(" ")[1].rstrip(":") for line in lines[1:]] == [
        "city",
        "services[0].symptoms[2].say",
        "slots.days_ahead",
    ]
    assert error.where == lines[1].rsplit(": ", 1)[0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('id = "x"\nname = \n', 2),
        ('id = "x"\n\n[voice\n', 3),
        ('id = "a"\nid = "b"\n', 2),
        ('id = "never closed', 1),
        ('id = """never\nclosed', 2),
    ],
)
def test_a_syntax_error_names_its_line(tmp_path: Path, text: str, line: int) -> None:
    error = load(tmp_path, text)
    assert error.code == "business.syntax"
    assert error.where == f"{tmp_path / 'b.toml'}:{line}"


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(OwnerFixable) as caught:
        load_business(tmp_path / "none.toml")
    assert caught.value.code == "business.unreadable"
    (tmp_path / "latin.toml").write_bytes(b'id = "x"\nname = "Caf\xe9"\n')
    with pytest.raises(OwnerFixable) as caught:
        load_business(tmp_path / "latin.toml")
    assert caught.value.where.endswith("latin.toml:2")


def test_prices_are_in_order_of_their_dates(tmp_path: Path) -> None:
    hotel_text = (BUSINESS_FILES / "hotel.toml").read_text(encoding="utf-8")
    text = hotel_text.replace("effective_from = 2026-01-01", "effective_from = 2025-01-01")
    error = load(tmp_path, text)
    at = line_with(text, "effective_from", nth=1)
    assert error.where == f"{tmp_path / 'b.toml'}:{at} prices[1].effective_from"


TRICKY = '''\
a = 1
"b c" = [
  "x = 1", # ] not the end
  [2],
]
d = """
[not.a.table]
e = 1
"""
f.g = 2
[t]
h = { i = 1 }
[[u]]
v = 1
[[u.w]]
x = 1
[[u]]
[[u.w]]
x = 2
[u.y]
z = 3
'''


def test_lines_survive_every_way_to_write_toml() -> None:
    lines = TomlLines(TRICKY)
    wanted = {
        ("a",): 1,
        ("b c", 1): 2,
        ("d",): 6,
        ("f",): 10,
        ("f", "g"): 10,
        ("t", "h", "i"): 12,
        ("u", 0, "v"): 14,
        ("u", 0, "w", 0, "x"): 16,
        ("u", 1): 17,
        ("u", 1, "w", 0, "x"): 19,
        ("u", 1, "y", "z"): 21,
        ("not", "a"): 1,
        ("e",): 1,
    }
    assert {path: lines.line_of(path) for path in wanted} == wanted


def test_both_shipped_files_load() -> None:
    assert coolcare().service("repair") is not None
    assert not any(service.asks_safety or service.needs_address for service in hotel().services)


def fields(section: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Section and field of the whole schema, each section once."""
    seen: set[type[BaseModel]] = set()
    todo = [section]
    while todo:
        one = todo.pop()
        if one in seen:
            continue
        seen.add(one)
        for name, field in one.model_fields.items():
            yield one.__name__, name
            todo += sections_in(field.annotation)


def sections_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [one for part in getattr(annotation, "__args__", ()) for one in sections_in(part)]


def read_somewhere() -> set[str]:
    """Names of attributes that the engine reads; a check of the file itself is no use of it."""
    return {
        node.attr
        for top in ("voiceagent", "pipelines", "tools", "telephony", "connectors")
        for path in (ROOT / top).rglob("*.py")
        if path.name != "business_file.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }


@pytest.mark.thorough
def test_every_key_of_the_file_is_read_by_something() -> None:
    """A key that does nothing is an ignored wish. A section counts by the name that leads to it."""
    schema = list(fields(Business))
    assert ("Symptom", "say") in schema  # sections within sections are walked
    used = read_somewhere()
    assert [f"{section}.{name}" for section, name in schema if name not in used] == []
