"""What is wrong with a field of a file or setting, in the words of whoever writes it. Sans-I/O.

pydantic words its errors for programmers ("String should match pattern …"). An owner is told what
to write instead, and never what was written: a key may stand there by mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from pydantic_core import ErrorDetails

PATTERNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        r"^\+[1-9]\d{6,14}$": "Write a telephone number like +15551230000",
        r"^\d{5}$": "Write a ZIP code of five digits",
        r"^[a-z][a-z0-9_-]{0,39}$": "Write a short name in small letters, like clark-county",
        r"^[a-z][a-z0-9_]{0,39}$": "Write a short name in small letters, like deep_clean",
        r"^[A-Z0-9]{3,20}$": "Write 3 to 20 capital letters and digits, like HOMETAG",
        r"[.!]$": "Write whole sentences, with a full stop at the end",
        r"^[\w*?-][\w ./*?-]{0,199}$": "Write files beside this one, like pages/*.md",
        r"^(HX[0-9a-fA-F]{32})?$": "Write a ContentSid: HX and 32 hexadecimal digits",
        r"^(MG[0-9a-fA-F]{32})?$": "Write the SID of a messaging service: MG and 32 such digits",
    }
)
"""What to write for each regular expression that a field must match."""

_MEMBER: Final = re.compile(r"<[\w.]+: ('[^']*')>")
"""How an enum's member is shown that a field names."""

_WHOLE: Final = "Write a whole number"
_NUMBER: Final = "Write a number"
_SWITCH: Final = "Write true or false"
_TIME: Final = "Write a time of day like 08:00"
_DATE: Final = "Write a date like 2026-06-01"
_LIST: Final = "Write a list, in square brackets"
_SECTION: Final = "This needs keys of its own"
_NO_LIST: Final = "Write one set of keys, in braces: it takes no list"


def _one_of(expected: str) -> str:
    return "Write " + _MEMBER.sub(r"\1", expected)


_SAYS: Final[Mapping[str, str | Callable[[Mapping[str, object]], str]]] = MappingProxyType(
    {
        "missing": "It is missing",
        "extra_forbidden": "Nothing reads this: the name may be misspelt",
        "string_type": "Write a text",
        "string_too_short": "It must not be empty",
        "string_too_long": lambda ctx: f"It has at most {ctx['max_length']} characters",
        "string_pattern_mismatch": lambda ctx: PATTERNS[str(ctx["pattern"])],
        "int_type": _WHOLE,
        "int_parsing": _WHOLE,
        "int_parsing_size": _WHOLE,
        "int_from_float": _WHOLE,
        "float_type": _NUMBER,
        "float_parsing": _NUMBER,
        "finite_number": _NUMBER,
        "decimal_type": _NUMBER,
        "decimal_parsing": _NUMBER,
        "decimal_max_places": lambda ctx: f"At most {ctx['decimal_places']} digits after the point",
        "bool_type": _SWITCH,
        "bool_parsing": _SWITCH,
        "time_type": _TIME,
        "time_parsing": _TIME,
        "date_type": _DATE,
        "date_parsing": _DATE,
        "date_from_datetime_parsing": _DATE,
        "date_from_datetime_inexact": _DATE,
        "greater_than": lambda ctx: f"It must be more than {ctx['gt']}",
        "greater_than_equal": lambda ctx: f"It must be at least {ctx['ge']}",
        "less_than": lambda ctx: f"It must be less than {ctx['lt']}",
        "less_than_equal": lambda ctx: f"It must be at most {ctx['le']}",
        "literal_error": lambda ctx: _one_of(str(ctx["expected"])),
        "enum": lambda ctx: _one_of(str(ctx["expected"])),
        "tuple_type": _LIST,
        "list_type": _LIST,
        "too_short": lambda ctx: f"It needs at least {ctx['min_length']}",
        "too_long": lambda ctx: f"It takes at most {ctx['max_length']}",
        "dict_type": _SECTION,
        "model_type": _SECTION,
        "model_attributes_type": _SECTION,
        "value_error": lambda ctx: str(ctx["error"]),
    }
)
"""By pydantic's name of an error (https://docs.pydantic.dev/latest/errors/validation_errors)."""


def field_fault(error: ErrorDetails) -> str:
    """One sentence without its full stop.

    Args:
        error: one of `ValidationError.errors`.
    """
    says = _SAYS.get(error["type"])
    if says == _SECTION and isinstance(error.get("input"), list):
        return _NO_LIST
    if says is None:  # a rule's own words, or a kind that no field of ours can have
        return error["msg"].rstrip(".")
    return (says if isinstance(says, str) else says(error.get("ctx", {}))).rstrip(".")
