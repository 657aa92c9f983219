"""Words spelled letter by letter, with words that explain the letters, or by radio's alphabet."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.language.en_us.emails import hear_email
from voiceagent.language.en_us.names import hear_name
from voiceagent.language.en_us.spelled import RADIO, spelled_runs, with_letters


@pytest.mark.parametrize(
    ("said", "letters"),
    [
        ("m i l l e r", "miller"),
        ("m i double l e r", "miller"),
        ("m as in mary i double l e r", "miller"),
        ("m for mary i for ida double l e r", "miller"),
        ("m like mary i l l e r", "miller"),
        ("n as in mary i l l e r", "miller"),
        ("see as in charlie h e n", "chen"),
        ("are as in robert o s s", "ross"),
        ("mike india lima lima echo romeo", "miller"),
        ("x ray alpha victor india echo romeo", "xavier"),
        ("double you i l s o n", "wilson"),
        ("capital m small", "m"),
        ("o apostrophe b r i e n", "o'brien"),
        ("m i l um l e r", "miller"),
        ("s m i t h and then double e", "smithee"),
        ("s like in sam m i t h", "smith"),
        ("triple s", "sss"),
    ],
)
def test_what_is_spelled(said: str, letters: str) -> None:
    assert [run.letters for run in spelled_runs(said.split())] == [letters]


@pytest.mark.parametrize(
    "said",
    [
        "mike victor",
        "charlie",
        "this is for mary",
        "double five",
        "see you there",
        "why are you asking",
        "",
    ],
)
def test_what_is_not(said: str) -> None:
    assert not spelled_runs(said.split())
    assert with_letters(said.split()) == said.split()


@pytest.mark.parametrize(
    ("said", "misheard"),
    [("n as in mary", (0,)), ("m as in mary", ()), ("s e capital f as in sam", (3,))],
)
def test_letters_that_their_words_contradict(said: str, misheard: tuple[int, ...]) -> None:
    assert [run.misheard for run in spelled_runs(said.split())] == [misheard]


NAMES = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=9)
WORDS = {word[0]: word for word in RADIO}


@given(NAMES)
def test_every_way_to_spell_comes_to_the_same_letters(name: str) -> None:
    ways = (
        " ".join(name),
        " ".join(f"{letter} as in {WORDS[letter]}" for letter in name),
        " ".join(f"{letter} for {WORDS[letter]}" for letter in name),
        " ".join(WORDS[letter] for letter in name),
    )
    for way in ways:
        (run,) = spelled_runs(way.split())
        assert run.letters == name
        assert (run.start, run.end) == (0, len(way.split()))


@given(st.lists(st.sampled_from(["a", "m", "double", "as", "in", "mike", "and", "for", "um"])))
def test_any_words_are_read_and_runs_do_not_meet(tokens: list[str]) -> None:
    runs = spelled_runs(tokens)
    assert all(one.end <= other.start for one, other in pairwise(runs))
    assert all(0 <= run.start < run.end <= len(tokens) and run.letters for run in runs)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("m as in mary i for ida double l e r", "Miller"),
        ("N as in Mary, I, L, L, E, R", "Miller"),
        ("sarah mike india lima lima echo romeo", "Sarah Miller"),
        ("this is mike victor", "Mike Victor"),
        ("it's sarah miller m as in mary i l l e r", "Sarah Miller"),
    ],
)
def test_names_that_are_spelled(text: str, name: str) -> None:
    assert hear_name(text, asked=True) == name


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("s as in sam m i t h at gmail dot com", "smith@gmail.com"),
        ("j for john dot doe at yahoo dot com", "j.doe@yahoo.com"),
        ("kilo india mike at outlook dot com", "kim@outlook.com"),
        ("m i double l e r at g mail dot com", "miller@gmail.com"),
    ],
)
def test_addresses_that_are_spelled(text: str, email: str) -> None:
    assert hear_email(text) == email
