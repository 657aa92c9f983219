"""HTML and SVG elements that escape what is put into them.

A child that is plain text is escaped, whoever wrote it; only what `el` has made goes in as it is.
So no transcript, name or error can become markup.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

_VOID: Final = frozenset({"br", "hr", "img", "meta", "source"})
_LINES: Final = frozenset({"section", "table", "tr", "thead", "tbody", "details", "svg", "main"})


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Child = str | None | Iterable[str]
Value = str | float | bool | None


def el(name: str, /, *children: Child, **attributes: Value) -> Markup:
    """An element.

    Args:
        name: of the tag.
        children: text, markup, or several of them; None is left out.
        attributes: an underscore stands for a hyphen, one at the end for nothing (``class_``);
            True is an attribute without a value, False and None are left out.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{_value(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    end = "\n" if name in _LINES else ""
    return Markup(f"<{name}{written}>{joined(*children)}</{name}>{end}")


def joined(*children: Child) -> Markup:
    """Children one after the other, text escaped."""
    return Markup("".join(_written(child) for child in children))


def _written(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str):
        return escape(child)
    return joined(*child)


def _value(value: str | float) -> str:
    return f"{value:g}" if isinstance(value, float) else escape(str(value))


def table(
    caption: str,
    head: Iterable[str],
    rows: Iterable[Iterable[str]],
    *,
    numbers: int | None = None,
) -> Markup:
    """A table with a caption and headers, which scrolls by itself where it is too wide.

    Args:
        caption: what it shows.
        head: of the columns; the first cell of a row is the row's header.
        rows: cells.
        numbers: column from which on there are only numbers; None: nowhere.
    """

    def kind(column: int) -> str | None:
        return "n" if numbers is not None and column >= numbers else None

    lines = [
        el(
            "tr",
            *(
                el("td" if at else "th", cell, class_=kind(at), scope=None if at else "row")
                for at, cell in enumerate(row)
            ),
        )
        for row in rows
    ]
    titles = [el("th", text, scope="col", class_=kind(at)) for at, text in enumerate(head)]
    whole = el(
        "table",
        el("caption", caption),
        el("thead", el("tr", *titles)),
        el("tbody", *lines),
    )
    return el("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)
