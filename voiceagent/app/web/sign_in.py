"""The sign-in page: a password, given once for a working day. Which one it is says the role.

The form carries a value that is also in a cookie, so another site can neither fill it in for
somebody nor read the answer; both cookies are ``HttpOnly`` and ``SameSite=Strict``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape
from typing import Final
from urllib.parse import parse_qs

from aiohttp import web

from voiceagent.app.web.body import body_of, status_of
from voiceagent.app.web.page import page
from voiceagent.app.web.session import COOKIE, FORM_S, SESSION_S, Sessions
from voiceagent.app.web.source import source_of
from voiceagent.domain.setting_values import Network
from voiceagent.errors import CallerFixable

FORM_COOKIE: Final = "voiceagent_form"
_MOST_BYTES: Final = 4096
_STRICT: Final = "Strict"
_BACK: Final = re.compile(r"/phone|/console(?:/[A-Za-z0-9/-]*)?")
"""Where signing in may lead: pages of ours, never another site."""


def add_sign_in(
    app: web.Application, sessions: Sessions, *, hint: str, proxies: Sequence[Network] = ()
) -> None:
    """Add ``/sign-in`` (form and its answer) and ``POST /sign-out``.

    Args:
        app: the application.
        sessions: checks the password and issues sessions.
        hint: where the owner finds the password, without a path of this machine.
        proxies: those whose word is taken for where a request comes from.
    """

    def form(back: str, *, status: int = 200, problem: str = "") -> web.Response:
        token = sessions.form()
        shown = f"<p class=bad role=alert>{escape(problem)}</p>" if problem else ""
        answer = page(
            "Sign in",
            f"<h1>Sign in</h1>{shown}<form method=post action='/sign-in'>"
            f"<input type=hidden name=form value='{token}'>"
            f"<input type=hidden name=next value='{escape(back)}'>"
            "<p><label>Password <input type=password name=password required autofocus "
            f"autocomplete=current-password></label> <button>Sign in</button></p></form>"
            f"<p>{escape(hint)}</p>",
            status=status,
        )
        answer.set_cookie(
            FORM_COOKIE,
            token,
            max_age=FORM_S,
            path="/sign-in",
            httponly=True,
            samesite=_STRICT,
            secure=sessions.secure,
        )
        return answer

    async def show(request: web.Request) -> web.Response:
        return form(_back(request.query.get("next", "")))

    async def enter(request: web.Request) -> web.Response:
        try:
            body = await body_of(request, most=_MOST_BYTES)
            fields = parse_qs(body.decode(errors="replace"), max_num_fields=10)
        except CallerFixable as error:
            return form("/console", status=status_of(error), problem=error.message)
        except ValueError:
            return form("/console", status=400, problem="This is not our form.")
        given = {name: values[-1] for name, values in fields.items()}
        back = _back(given.get("next", ""))
        if not sessions.form_valid(request.cookies.get(FORM_COOKIE, ""), given.get("form", "")):
            return form(back, status=403, problem="The form had expired. Please try again.")
        source = source_of(request, proxies)
        if (wait_s := sessions.tries.wait_s(source)) > 0:
            problem = f"Too many wrong passwords. Please try again in {math.ceil(wait_s)} seconds."
            answer = form(back, status=429, problem=problem)
            answer.headers["Retry-After"] = str(math.ceil(wait_s))
            return answer
        role = sessions.role_for(given.get("password", ""))
        if role is None:
            sessions.tries.wrong(source)
            return form(back, status=403, problem="That is not the password.")
        sessions.tries.right(source)
        entered = web.Response(status=303, headers={"Location": back, "Cache-Control": "no-store"})
        entered.set_cookie(
            COOKIE,
            sessions.issue(role),
            max_age=SESSION_S,
            httponly=True,
            samesite=_STRICT,
            secure=sessions.secure,
        )
        entered.del_cookie(FORM_COOKIE, path="/sign-in")
        return entered

    async def leave(_: web.Request) -> web.Response:
        left = web.Response(status=303, headers={"Location": "/sign-in"})
        left.del_cookie(COOKIE, httponly=True, samesite=_STRICT, secure=sessions.secure)
        return left

    app.router.add_get("/sign-in", show)
    app.router.add_post("/sign-in", enter)
    app.router.add_post("/sign-out", leave)


def _back(path: str) -> str:
    return path if _BACK.fullmatch(path) else "/console"
