"""HTML as elements: a text that is put into one cannot become markup.

A page is made of `el` alone, so there is no place where escaping could be forgotten: what is `str`
is text, and only what `el` has made is `Html`.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final


class Html(str):
    """Markup that `el` or `join` has made."""

    __slots__ = ()


Content = str | int | Html | None
Attribute = str | int | float | bool | None

VOID: Final = frozenset({"input", "link", "meta", "br"})
"""Elements that have no end of their own; those of SVG have one."""

LINKS: Final = frozenset({"href", "src", "action"})
"""Attributes that lead somewhere: to paths of ours and to places in the page, nowhere else."""


def el(tag: str, *content: Content, **attributes: Attribute) -> Html:
    """An element.

    Args:
        tag: its name.
        content: texts and elements; ``None`` is nothing.
        attributes: a trailing underscore is dropped, others become dashes (``class_``,
            ``aria_label``); ``None`` and false ones are left out, and true ones have no value.

    Raises:
        ValueError: a link leads away.
    """
    opened = f"<{tag}{''.join(_attribute(name, value) for name, value in attributes.items())}>"
    return Html(opened if tag in VOID else f"{opened}{join(content)}</{tag}>")


def join(parts: Iterable[Content]) -> Html:
    """Texts and elements, one after the other."""
    return Html(
        "".join(
            one if isinstance(one, Html) else escape(str(one)) for one in parts if one is not None
        )
    )


def _attribute(name: str, value: Attribute) -> str:
    name = name.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    text = str(value)
    if name in LINKS and (text[:1] not in {"/", "#"} or text.startswith(("//", "/\\"))):
        raise ValueError("a link of a page leads to a page of ours")
    return f' {name}="{escape(text)}"'
