"""Every route for every role, those whom a proxy has signed in among them; and that it is written
down who looked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.app.web.test_access import PASSWORD, SAID, concrete, routes, site
from tests.pipelines.scripted import CALL
from voiceagent.app.installation import access_for
from voiceagent.app.settings import Settings
from voiceagent.app.web.access import LEAST, RULES, Rule
from voiceagent.app.web.audit import WRITTEN
from voiceagent.domain.looks import Role, Visitor, plain
from voiceagent.domain.setting_values import roles_of
from voiceagent.errors import OwnerFixable, Unavailable

OPERATORS = "an operator's password"
VIEWERS = "a viewer's password"
FAR = {
    "host": "0.0.0.0",
    "console_operator_password": OPERATORS,
    "console_viewer_password": VIEWERS,
    "trusted_proxies": "127.0.0.1",
    "console_user_header": "X-Forwarded-User",
    "console_roles": "Ann@example.com=owner, bob=operator, *=viewer",
}
"""The server as it stands behind a proxy on the same machine."""

WHO: tuple[tuple[str, Mapping[str, str], Role | None], ...] = (
    ("stranger", {}, None),
    ("viewer", {}, Role.VIEWER),
    ("operator", {}, Role.OPERATOR),
    ("owner", {}, Role.OWNER),
    ("ann", {"X-Forwarded-User": "ann@example.com"}, Role.OWNER),
    ("bob", {"X-Forwarded-User": "bob"}, Role.OPERATOR),
    ("anybody", {"X-Forwarded-User": "eve@example.com"}, Role.VIEWER),
)
"""Name, headers, role; who has no header signs in with the password of the role."""

ASKS_A_ROLE = sorted(path for path, rule in RULES.items() if rule in LEAST)


def cookie_of(settings: Settings, role: Role | None, headers: Mapping[str, str]) -> str:
    return access_for(settings)[1].issue(role) if role is not None and not headers else ""


@pytest.mark.parametrize(("name", "headers", "role"), WHO, ids=[one[0] for one in WHO])
async def test_every_route_for_every_role(
    name: str, headers: Mapping[str, str], role: Role | None, tmp_path: Path
) -> None:
    configured = Settings(state_dir=tmp_path, console_password=PASSWORD, **FAR)  # type: ignore[arg-type]
    cookie = cookie_of(configured, role, headers)
    async with site(tmp_path, **FAR) as here:
        asked = [one for one in routes(here.app) if one[1] in ASKS_A_ROLE]
        assert len(asked) * len(WHO) >= 60
        for method, path in asked:
            status, text = await here.asked(method, concrete(path), headers=headers, cookie=cookie)
            least, who = LEAST[RULES[path]], (name, method, path, status)
            if role is None:
                assert status == (303 if method in {"GET", "HEAD"} else 401), who
            elif not role.may(least):
                assert status == 403, who
            else:
                assert status not in {303, 401, 403, 500}, who
            if role is None or not role.may(least):
                assert SAID not in text, who
                assert CALL.from_number not in text, who


async def test_nothing_else_asks_a_role() -> None:
    """Rules that need none are those of strangers, carriers and machines."""
    assert set(Rule) - set(LEAST) == {Rule.OPEN, Rule.PROVEN, Rule.FIGURES, Rule.TOOLS}


@pytest.mark.parametrize(("name", "headers", "role"), WHO[1:], ids=[one[0] for one in WHO[1:]])
async def test_who_looked_is_written_down(
    name: str, headers: Mapping[str, str], role: Role, tmp_path: Path
) -> None:
    configured = Settings(state_dir=tmp_path, console_password=PASSWORD, **FAR)  # type: ignore[arg-type]
    cookie = cookie_of(configured, role, headers)
    async with site(tmp_path, **FAR) as here:
        for method, path in [one for one in routes(here.app) if one[1] in ASKS_A_ROLE]:
            here.store.kept.looks.clear()
            await here.asked(method, concrete(path), headers=headers, cookie=cookie)
            written = [one.look for one in here.store.kept.looks]
            rule = RULES[path]
            if rule not in WRITTEN or not role.may(LEAST[rule]):
                assert written == [], path
                continue
            (look,) = written
            assert (look.what, look.visitor.role) == (f"{method} {path}", role)
            assert look.about == (CALL.call_sid if "{sid}" in path else "")
            assert look.source == "127.0.0.1"
            assert look.visitor.name in {*headers.values(), f"{role} by password"}, name


async def test_what_is_searched_for_is_written_down_plainly(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        await here.status(
            "GET", "/console/calls?words=a%00b%0Ac&outcome=", headers={}, signed_in=False
        )
        (one,) = here.store.kept.looks
    assert one.look.about == "words=a b c"
    assert one.look.visitor == Visitor("this machine", Role.OWNER)


async def test_what_cannot_be_written_down_is_not_shown_but_done(tmp_path: Path) -> None:
    async with site(tmp_path) as here:

        async def away(method: str) -> None:
            if method == "looks.add":
                raise Unavailable("store.unreachable", "The database is away.")

        here.store.kept.enter = away
        for method, path in [one for one in routes(here.app) if RULES[one[1]] in WRITTEN]:
            status, text = await here.status(method, concrete(path), headers={}, signed_in=False)
            if RULES[path] is Rule.OPERATES:
                assert "store.unreachable" not in text, path
            else:
                assert (status, SAID in text) == (503, False), path


SPOOFS: tuple[tuple[str, Mapping[str, str], Mapping[str, str]], ...] = (
    (
        "no proxy is trusted",
        {"trusted_proxies": "10.0.0.1"},
        {"X-Forwarded-User": "ann@example.com"},
    ),
    ("another header", {}, {"X-User": "ann@example.com"}),
    ("no name", {}, {"X-Forwarded-User": " "}),
    ("a long name", {}, {"X-Forwarded-User": "a" * 121}),
    ("nobody in the table", {"console_roles": "ann=owner"}, {"X-Forwarded-User": "eve"}),
    ("no table", {"console_roles": ""}, {"X-Forwarded-User": "ann"}),
    ("nobody is local behind a proxy", {"host": "127.0.0.1"}, {}),
)


@pytest.mark.parametrize(("name", "settings", "headers"), SPOOFS, ids=[one[0] for one in SPOOFS])
async def test_who_is_not_named_by_a_trusted_proxy_is_a_stranger(
    name: str, settings: Mapping[str, str], headers: Mapping[str, str], tmp_path: Path
) -> None:
    async with site(tmp_path, **{**FAR, **settings}) as here:
        status, _ = await here.asked("GET", "/console", headers=headers, cookie="")
    assert status == 303, name


async def test_a_header_that_is_there_twice_is_nobodys(tmp_path: Path) -> None:
    async with site(tmp_path, **FAR) as here:
        twice = [("X-Forwarded-User", "ann@example.com"), ("X-Forwarded-User", "eve")]
        async with here.client.get("/console", headers=twice, allow_redirects=False) as answer:
            assert answer.status == 303


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"console_operator_password": PASSWORD}, "CONSOLE_OPERATOR_PASSWORD"),
        ({"console_viewer_password": PASSWORD}, "CONSOLE_VIEWER_PASSWORD"),
        ({"console_viewer_password": "short"}, "CONSOLE_VIEWER_PASSWORD"),
        ({"console_user_header": "X-Forwarded-User"}, "CONSOLE_USER_HEADER"),
        ({"console_user_header": "a header", "trusted_proxies": "::1"}, "CONSOLE_USER_HEADER"),
        ({"console_roles": "ann"}, "CONSOLE_ROLES"),
        ({"console_roles": "ann=king"}, "CONSOLE_ROLES"),
        ({"console_roles": "=owner"}, "CONSOLE_ROLES"),
        ({"console_roles": "ann=owner, ANN=viewer"}, "CONSOLE_ROLES"),
    ],
)
def test_what_would_give_a_role_by_mistake_is_refused(
    settings: dict[str, str], setting: str
) -> None:
    with pytest.raises(OwnerFixable) as refused:
        Settings.read({"console_password": PASSWORD, **settings})
    assert refused.value.where == setting


def test_a_session_is_of_the_role_whose_password_it_came_by(tmp_path: Path) -> None:
    given = {"console_password": PASSWORD, "console_operator_password": OPERATORS}
    sessions = access_for(Settings(state_dir=tmp_path, **given))[1]  # type: ignore[arg-type]
    assert [sessions.role_for(one) for one in (PASSWORD, OPERATORS, VIEWERS, "")] == [
        Role.OWNER, Role.OPERATOR, None, None,
    ]  # fmt: skip
    for role in (Role.OWNER, Role.OPERATOR):
        assert sessions.visitor(sessions.issue(role)) == Visitor(f"{role} by password", role)
    changed = {**given, "console_operator_password": "another password"}
    other = access_for(Settings(state_dir=tmp_path, **changed))[1]  # type: ignore[arg-type]
    assert other.visitor(sessions.issue(Role.OPERATOR)) is None
    assert other.visitor(sessions.issue(Role.OWNER)) is not None


def test_roles_are_in_order_and_names_in_any_case() -> None:
    assert [[one.may(least) for least in Role] for one in Role] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]
    assert roles_of("Ann=OWNER , *=viewer,") == {"ann": Role.OWNER, "*": Role.VIEWER}
    assert plain("a\x00b\u2028c", 2) == "a "
