"""What is known of a tool is in its file: no other part of the engine names one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import get_args, get_origin, get_type_hints

import pytest
from pydantic import AwareDatetime

from tools import NAMES, TOOLS
from voiceagent.dialogue.house.answers import (
    BookingAnswer,
    CustomerAnswer,
    KnowledgeAnswer,
    MovedAnswer,
    OfferAnswer,
    PersonAnswer,
    PriceAnswer,
    SpokenAnswer,
    TimesAnswer,
)
from voiceagent.dialogue.house.moves import TOOL_OF, ToolUse
from voiceagent.toolkit.answers import Result

ROOT = Path(__file__).parents[2]
TABLE = "voiceagent/dialogue/house/moves.py"
"""Where the house says which tool it uses for what."""

PLAIN_WORDS = tuple(name for name in NAMES if "_" not in name)
"""Names that are words of English as well: they name the tool where one is called."""

NAMED = re.compile(
    rf"\b({'|'.join(name for name in NAMES if name not in PLAIN_WORDS)})\b"
    rf"|(?:CallTool|\bcall|spec|filler)\(\s*[\"']({'|'.join(PLAIN_WORDS)})[\"']"
)

NEEDS: dict[ToolUse, type] = {
    ToolUse.PRICE: PriceAnswer,
    ToolUse.SEARCH: TimesAnswer,
    ToolUse.BOOK: BookingAnswer,
    ToolUse.FIND: CustomerAnswer,
    ToolUse.MOVE: MovedAnswer,
    ToolUse.CANCEL: SpokenAnswer,
    ToolUse.LOOK_UP: KnowledgeAnswer,
    ToolUse.SEND_CODE: SpokenAnswer,
    ToolUse.TEXT_AGAIN: SpokenAnswer,
    ToolUse.PERSON: PersonAnswer,
    ToolUse.TECHNICIAN: SpokenAnswer,
    ToolUse.CALL_BACK: SpokenAnswer,
    ToolUse.OFFER: OfferAnswer,
    ToolUse.PART: SpokenAnswer,
    ToolUse.KEEP_FACT: SpokenAnswer,
    ToolUse.WAIT: SpokenAnswer,
    ToolUse.END: SpokenAnswer,
}


def modules() -> list[str]:
    found = [*(ROOT / "voiceagent").rglob("*.py"), *(ROOT / "pipelines").rglob("*.py")]
    return sorted(str(path.relative_to(ROOT)) for path in found)


@pytest.mark.parametrize("module", [m for m in modules() if m != TABLE])
def test_no_module_of_the_engine_names_a_tool(module: str) -> None:
    lines = (ROOT / module).read_text("utf-8").splitlines()
    assert not [(number, text) for number, text in enumerate(lines, 1) if NAMED.search(text)]


def test_the_table_of_the_house_is_what_it_says_it_is() -> None:
    assert NAMED.search((ROOT / TABLE).read_text("utf-8"))
    assert set(TOOL_OF) == set(ToolUse)
    assert set(TOOL_OF.values()) <= set(NAMES)


def test_every_file_is_a_tool_on_the_list() -> None:
    files = {path.stem for path in (ROOT / "tools").glob("*.py")}
    assert {name for name in files if not name.startswith("_")} == set(NAMES)
    assert [tool.spec.name for tool in TOOLS] == list(NAMES)


@pytest.mark.parametrize("use", ToolUse)
def test_a_tool_answers_what_the_house_uses_it_for(use: ToolUse) -> None:
    """By name and by type; `isinstance`, by which the house tells answers apart, sees names."""
    (spec,) = [tool.spec for tool in TOOLS if tool.spec.name == TOOL_OF[use]]
    assert lacks(spec.result_type, NEEDS[use]) == []
    blank = spec.result_type.model_construct(**dict.fromkeys(spec.result_type.model_fields))
    assert isinstance(blank, NEEDS[use])


def lacks(kind: type[Result], need: type) -> list[str]:
    """What the protocol `need` asks for and results of that kind do not have."""
    found = []
    for name, wanted in needs_of(need).items():
        field = kind.model_fields.get(name)
        if field is None or not fits(field.annotation, wanted):
            found.append(f"{kind.__name__}.{name}: {wanted}")
    return found


def needs_of(need: type) -> dict[str, object]:
    members = {
        name: member for base in reversed(need.__mro__) for name, member in vars(base).items()
    }
    return {
        name: get_type_hints(member.fget)["return"]
        for name, member in members.items()
        if isinstance(member, property)
    }


def fits(has: object, wanted: object) -> bool:
    if get_origin(wanted) is Sequence:
        (item,) = get_args(wanted)
        return get_origin(has) is tuple and not lacks(get_args(has)[0], item)
    return (datetime if has is AwareDatetime else has) == wanted


class Priced(Result):
    message: str
    total_estimate: str


def test_a_tool_that_answers_something_else_is_found() -> None:
    assert lacks(Priced, PriceAnswer) == ["Priced.total_estimate: <class 'int'>"]
    assert lacks(Priced, PersonAnswer) == ["Priced.transferred: <class 'bool'>"]
