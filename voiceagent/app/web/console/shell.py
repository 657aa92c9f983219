"""What every page of the console has around it: head, navigation by role, who one is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from voiceagent.app.web.access import VISITOR
from voiceagent.app.web.markup import Html, el, join
from voiceagent.app.web.page import WITH_FILES
from voiceagent.app.web.session import COOKIE
from voiceagent.domain.looks import Role

FILES: Final = Path(__file__).parents[1] / "console_page"

PAGES: Final = (
    ("/console", "Live", Role.VIEWER),
    ("/console/calls", "Calls", Role.VIEWER),
    ("/console/call-backs", "Call backs", Role.OPERATOR),
    ("/console/money", "Money", Role.OPERATOR),
    ("/console/engine", "Engine", Role.VIEWER),
    ("/console/looks", "Who looked", Role.OWNER),
    ("/phone", "Phone", Role.OPERATOR),
)
"""Path, name, the least role that sees it."""


@dataclass(frozen=True, slots=True)
class Shell:
    """Makes pages of one business.

    Attributes:
        business: its name.
        zone: times are shown in it.
        workers: how many share the port.
    """

    business: str
    zone: ZoneInfo
    workers: int

    def page(
        self,
        request: web.Request,
        title: str,
        *content: Html,
        here: str,
        scripts: tuple[str, ...] = (),
        status: int = 200,
    ) -> web.Response:
        """A page.

        Args:
            request: what it answers.
            title: of it, plain.
            content: what is in it.
            here: the path of the page of `PAGES` that it belongs to.
            scripts: names of files of `FILES`, without `.js`.
            status: HTTP status.
        """
        html = "<!doctype html>" + el(
            "html",
            self._head(title, scripts),
            el(
                "body",
                el("a", "Skip to the content", href="#main", class_="skip"),
                self._header(request, here),
                el("main", *content, id="main"),
            ),
            lang="en",
        )
        return web.Response(text=html, status=status, content_type="text/html", headers=WITH_FILES)

    def _head(self, title: str, scripts: tuple[str, ...]) -> Html:
        return el(
            "head",
            el("meta", charset="utf-8"),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("meta", name="color-scheme", content="light dark"),
            el("title", f"{title} · {self.business}"),
            el("link", rel="icon", href="/console/files/icon.svg"),
            el("link", rel="stylesheet", href="/console/files/colours.css"),
            el("link", rel="stylesheet", href="/console/files/base.css"),
            el("link", rel="stylesheet", href="/console/files/console.css"),
            *(el("script", type="module", src=f"/console/files/{one}.js") for one in scripts),
        )

    def _header(self, request: web.Request, here: str) -> Html:
        visitor = request[VISITOR]
        links = join(
            el("a", name, href=path, aria_current="page" if path == here else None)
            for path, name, least in PAGES
            if visitor.role.may(least)
        )
        leave = None  # who has not signed in here cannot sign out
        if COOKIE in request.cookies:
            button = el("button", "Sign out", class_="quiet")
            leave = el("form", button, method="post", action="/sign-out")
        return el(
            "header",
            el("p", self.business, class_="brand"),
            el("nav", links, aria_label="Pages"),
            el("div", el("span", visitor.name), leave, class_="who"),
        )


def table(label: str, heads: Iterable[str], rows: Iterable[Html]) -> Html:
    """A table that scrolls sideways where it is too wide.

    Args:
        label: what it is of, for who does not see it.
        heads: of the columns.
        rows: elements ``tr``.
    """
    content = el(
        "table",
        el("thead", el("tr", *(el("th", one, scope="col") for one in heads))),
        el("tbody", *rows),
    )
    return el("div", content, class_="wide", tabindex=0, role="region", aria_label=label)


def chip(text: str, kind: str) -> Html:
    """A word that stands out; `kind` is a class."""
    return el("span", text, class_=f"chip {kind}")


def milliseconds(value: float | None) -> str:
    """A time, or nothing."""
    return "" if value is None else f"{value:.0f} ms"
