"""Tokens are kept, rotated and taken back by the same rules in both stores."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.present import present
from voiceagent.domain.api_tokens import ApiScope, NewToken, digest_of, new_token, token_id_of
from voiceagent.errors import Unavailable
from voiceagent.ports.store import Store

HOUR = timedelta(hours=1)


async def made(store: Store, *, lasts: timedelta | None = None) -> NewToken:
    token = new_token()
    await store.api_tokens.add(token, "crm", [ApiScope.QUOTES], per_minute=60, lasts=lasts)
    return token


async def test_a_token_is_found_by_its_id_and_opened_by_its_text_only(store: Store) -> None:
    token, other = await made(store), await made(store)
    found = present(await store.api_tokens.find(token.token_id))
    assert (found.name, found.scopes, found.per_minute) == ("crm", frozenset({ApiScope.QUOTES}), 60)
    assert found.is_opened_by(token.text)
    for text in (other.text, token.text[:-1], token.text + "x", "", token.digest, "\udc80"):
        assert not found.is_opened_by(text)
    assert await store.api_tokens.find("0" * 12) is None
    assert token.text not in repr(await store.api_tokens.all())


async def test_one_that_was_taken_back_or_has_ended_is_found_no_more(store: Store) -> None:
    token, ended = await made(store), await made(store, lasts=-HOUR)
    assert await store.api_tokens.revoke(token.token_id)
    assert not await store.api_tokens.revoke(token.token_id)
    for gone in (token, ended):
        assert await store.api_tokens.find(gone.token_id) is None
        assert not await store.api_tokens.rotate(new_token(gone.token_id), grace=HOUR)
    (first, second) = await store.api_tokens.all()
    assert (first.revoked_at is None, second.revoked_at is None) == (False, True)


async def test_the_old_text_of_a_rotated_one_is_good_for_its_grace(store: Store) -> None:
    token = await made(store)
    new, newest = new_token(token.token_id), new_token(token.token_id)
    assert await store.api_tokens.rotate(new, grace=HOUR)
    found = present(await store.api_tokens.find(token.token_id))
    assert (found.is_opened_by(token.text), found.is_opened_by(new.text)) == (True, True)
    assert await store.api_tokens.rotate(newest, grace=timedelta())
    found = present(await store.api_tokens.find(token.token_id))
    opens = [found.is_opened_by(one.text) for one in (token, new, newest)]
    assert opens == [False, False, True]


async def test_a_token_for_nothing_and_one_that_is_there_are_refused(store: Store) -> None:
    token = await made(store)
    for wrong, scopes in ((new_token(), []), (token, [ApiScope.QUOTES])):
        with pytest.raises(Unavailable):
            await store.api_tokens.add(wrong, "crm", scopes, per_minute=1, lasts=None)


def test_only_a_token_has_an_id() -> None:
    token = new_token()
    assert token_id_of(token.text) == token.token_id
    assert new_token(token.token_id).digest != token.digest == digest_of(token.text)
    for text in ("", "va_", token.text[1:], f"{token.text}0", f" {token.text}", "va_" + "z" * 56):
        assert token_id_of(text) == ""
