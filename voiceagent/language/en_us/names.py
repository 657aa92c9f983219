"""The caller's name, from a sentence, an answer or a spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voiceagent.domain.accents import without_accents
from voiceagent.language.en_us.common_names import COMMON_FIRST_NAMES, COMMON_LAST_NAMES
from voiceagent.language.en_us.english import ENGLISH
from voiceagent.language.en_us.lexicon import (
    TEENS,
    TENS,
    UNITS,
    LexiconWord,
    split,
    vocabulary,
)
from voiceagent.language.en_us.name_words import NOT_NAMES, ORDINARY
from voiceagent.language.en_us.spelled import spelled_runs
from voiceagent.language.en_us.streets import SUFFIXES

_FIRST = frozenset(COMMON_FIRST_NAMES)
_LAST = frozenset(COMMON_LAST_NAMES)

_STRONG_CUES = (
    "my full name is", "my name is", "my name's", "my names", "the name is", "the name's",
    "name is", "name's", "call me", "booking is under", "it's under", "put it under",
    "put me down as", "speaking with", "speaking to",
)  # fmt: skip
_WEAK_CUES = ("this is", "it's", "it is", "i'm", "i am", "that's", "name", "yes it's", "here is")
_FIRST_CUES = ("first name is", "first name's", "first name")
_LAST_CUES = ("last name is", "last name's", "last name", "surname is", "surname")
_OPENERS = vocabulary("""
    hi hello hey yes yeah yep sure okay ok um uh well so no oh it's good morning afternoon
    evening sorry actually alright right please thanks the a just
""")
_TITLES = vocabulary("mr mrs ms miss mister missus dr doctor")
_PARTICLES = vocabulary("de la del van von der st di da le el al bin")
_NOT_THE_CALLER = vocabulary("to with for ask by technician mike's see want get send from in near")
_LONGEST = 4
_FIRST_AND_LAST = 2
_MIN_SPELLED = 3
_CUE_WORDS = vocabulary("my name is name's this i'm it that's last first i am spelled spelling")
_CUES_OF_ONE = vocabulary("my name is name's this i'm i am that's it's it just only called")
_NO_FAMILY = vocabulary("""
    is it my the and or first last name spelled spelling as in with that this i a an of for to from
    number phone um uh not no so but you your sorry wrong should on here yes okay
""")
_BESIDE_A_NAME = (
    vocabulary("""
    phone number cell mobile my and that's at is just only extension ext x me reach call on
    zero hundred double triple
""")
    | UNITS.keys()
    | TEENS.keys()
    | TENS.keys()
)
"""What an answer may hold beside a name that nobody knows: how to reach its bearer."""


@dataclass(frozen=True, slots=True)
class _Names:
    """The known names of one reading."""

    first: frozenset[str]
    last: frozenset[str]

    def known(self, word: str) -> bool:
        return word in self.first or word in self.last


def _spelled(found: Sequence[LexiconWord]) -> list[LexiconWord]:
    """`found` with runs of spelled letters ("m i double l e r") joined to one word."""
    joined: list[LexiconWord] = []
    at = 0
    for run in spelled_runs([word.text for word in found]):
        if len(run.letters) < _MIN_SPELLED:
            continue
        joined += found[at : run.start]
        at = run.end
        if joined and _accented_alike(joined[-1].text, run.letters):
            continue  # its letters were said without their accents
        if joined and same_name(joined[-1].text, run.letters):
            joined.pop()
        elif _was_said(run.letters, joined):
            continue  # a name said before is spelled, and was heard right
        place = found[run.start].start
        joined.append(LexiconWord(run.letters, place, place, new_sentence=False))
    return [*joined, *found[at:]]


def _accented_alike(said: str, letters: str) -> bool:
    """Whether a word has the letters that spell it, and accents that they lack."""
    return said != letters and letters == without_accents(said)


def _was_said(letters: str, said: Sequence[LexiconWord]) -> bool:
    """Whether the letters spell a word said just before, or several in one: "St. James"."""
    last = [word.text.replace("'", "") for word in said[-_LONGEST:]]
    plain = letters.replace("'", "")
    return any(
        "".join(last[at:end]) == plain
        for at in range(len(last))
        for end in range(at + 1, len(last) + 1)
    )


def same_name(said: str, spelled: str) -> bool:
    """Whether the spelling repeats the word said before it ("mueller m u e l l e r").

    Args:
        said: in lower case, as `spelled`.
        spelled: the letters.
    """
    said, spelled = without_accents(said), without_accents(spelled)
    return said == spelled or (said[:1] == spelled[:1] and said[-1:] == spelled[-1:])


def without_name(text: str, name: str, *, anew: bool) -> str:
    """The text without somebody's name, which may be a word of anything: "Stan Price", "Beth May".

    Args:
        text: one turn.
        name: theirs.
        anew: it was first said in this turn, so that each of its words is the name once, however
            they stand; of a name that is known only all of it side by side is.
    """
    parts = [re.escape(part) for part in name.split()]
    if not parts:
        return text
    row = r"[\s,-]+".join(parts)
    whole = rf"(?<!\w){row}(?!\w)"
    if re.search(whole, text, re.IGNORECASE):
        bare = not anew and len(parts) == 1
        return text if bare else re.sub(whole, ",", text, count=int(anew), flags=re.IGNORECASE)
    for part in parts if anew else ():
        text = re.sub(rf"(?<!\w){part}(?!\w)", ",", text, count=1, flags=re.IGNORECASE)
    return text


def _title(word: LexiconWord, text: str) -> str:
    """The name as written: typed capitals are kept, others made."""
    typed = text[word.start : word.end]
    if typed[:1].isupper() and not typed.isupper():
        return typed.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    name = "'".join(part[:1].upper() + part[1:] for part in word.text.split("'"))
    if name.startswith("Mc") and len(name) > 4:  # noqa: PLR2004
        name = "Mc" + name[2].upper() + name[3:]
    return name if not name.endswith("'S") else name[:-1] + "s"


def _run(found: Sequence[LexiconWord], at: int) -> list[LexiconWord]:
    """Words from `at` that could be parts of one name."""
    run: list[LexiconWord] = []
    while at < len(found) and found[at].text in _TITLES | {"um", "uh"}:
        at += 1
    for word in found[at : at + _LONGEST + 1]:
        if word.text in NOT_NAMES and not (word.text in _PARTICLES and run):
            break
        if not word.text[0].isalpha() or (word.new_sentence and run):
            break
        if word.text.endswith("'s"):
            break
        run.append(word)
    if run and run[-1].text in _PARTICLES:
        run.pop()
    following = found[at + len(run)].text if at + len(run) < len(found) else ""
    if following in SUFFIXES or (run and run[-1].text in SUFFIXES and run[-1].text != "lane"):
        return []
    return run if len(run) <= _LONGEST else run[:2]


def _capitalised(run: Sequence[LexiconWord], text: str) -> bool:
    return all(text[word.start : word.end][:1].isupper() for word in run)


def _clean(run: Sequence[LexiconWord], names: _Names) -> list[LexiconWord]:
    """Cut the run after a known family name: "sarah miller speaking" ends at "miller"."""
    for at in range(1, len(run)):
        if run[at].text in names.last and run[at - 1].text not in _PARTICLES:
            nxt = run[at + 1] if at + 1 < len(run) else None
            if nxt is None or nxt.text not in names.last:
                return list(run[: at + 1])
    return list(run)


def _after(found: Sequence[LexiconWord], cues: Sequence[str]) -> Iterable[int]:
    """Indices right after each occurrence of a cue, longest cue first."""
    tokens = [word.text for word in found]
    for cue in cues:
        parts = cue.split()
        for at in range(len(tokens) - len(parts) + 1):
            if tokens[at : at + len(parts)] == parts:
                yield at + len(parts)


def _believable(run: Sequence[LexiconWord], names: _Names, text: str, rest: int) -> bool:
    """Whether a run after a weak cue ("this is", "i'm") or by itself is a name.

    Words that are also ordinary ("mark", "young") need a second name or the end of the sentence.
    """
    if not run:
        return False
    first = run[0].text
    if first in names.first and len(run) > 1:
        return first not in ORDINARY or run[1].text in names.last or _capitalised(run, text)
    if first in names.first:
        return first not in ORDINARY or rest == 0
    pair = len(run) > 1 and run[1].text in names.last and run[1].text not in ORDINARY
    titled = first in names.last and first not in ORDINARY and len(run) == 1
    return pair or titled or (len(run) > 1 and _capitalised(run, text))


def _bare(found: Sequence[LexiconWord], names: _Names, text: str, asked: bool) -> list[LexiconWord]:
    """A name without a cue: at the start of the answer, or first and family name side by side."""
    start = 0
    while start < len(found) and found[start].text in _OPENERS | _TITLES:
        start += 1
    run = _clean(_run(found, start), names)
    rest = len(found) - start - len(run)
    if _believable(run, names, text, rest):
        return run
    if asked and run and rest == 0 and all(len(word.text) > 1 for word in run):
        return run
    for at in range(start + 1, len(found) - 1):
        pair = found[at : at + 2]
        if pair[0].text in names.first - ORDINARY and pair[1].text in names.last:
            street = at + 2 < len(found) and found[at + 2].text in SUFFIXES
            if found[at - 1].text not in _NOT_THE_CALLER and not street:
                return list(pair)
    return []


def _given_alone(found: Sequence[LexiconWord]) -> list[LexiconWord]:
    """One strange word, or a titled name, in its own clause of the answer: "it's Cher, just Cher".

    Beside it nothing is said but the name again and a number, else it may be any word.
    """
    at = 0
    while at < len(found) and (found[at].text in _OPENERS or found[at].text in _CUES_OF_ONE):
        at += 1
    titled = at < len(found) and found[at].text in _TITLES
    run = _run(found, at)
    rest = found[at + titled + len(run) :]
    if not run or not ENGLISH.isdisjoint(word.text for word in run):
        return []
    beside = _BESIDE_A_NAME | _OPENERS | {run[0].text}
    ends = all(word.text in beside or not word.text[0].isalpha() for word in rest)
    return run if ends and (titled or len(run) == 1) and len(run[0].text) > 1 else []


def _said_and_spelled(found: Sequence[LexiconWord]) -> list[LexiconWord]:
    """A first name, and a family name that is spelled after it, at the start of an answer."""
    at = next((at for at, w in enumerate(found) if w.start == w.end and "'" not in w.text), 0)
    before = [word for word in found[:at] if word.text not in _OPENERS | _CUE_WORDS]
    said = [word for word in before if not same_name(word.text, found[at].text)]
    return [*said, found[at]] if len(said) == 1 else []


def _given(found: Sequence[LexiconWord], at: int) -> list[LexiconWord]:
    """The first name at `at`, of two words too; "Al" is one, though it may begin a family name."""
    run = _run(found, at)
    alone = len(run) == _FIRST_AND_LAST and run[1].text not in _LAST | ENGLISH
    run = run if alone and run[1].text not in _PARTICLES else run[:1]
    if run or at >= len(found):
        return run
    return [found[at]] if found[at].text in _PARTICLES else []


def _family(run: Sequence[LexiconWord], text: str) -> list[LexiconWord]:
    """One family name with the particles before it: "st james", "de la cruz", "Ng-Ortiz"."""
    at = next((at for at, word in enumerate(run) if word.text not in _PARTICLES), 0)
    while at + 1 < len(run) and text[run[at].end : run[at + 1].start] == "-":
        at += 1
    return list(run[: at + 1])


def _whatever_it_is(found: Sequence[LexiconWord], at: int) -> list[LexiconWord]:
    """The one word that was announced as a family name: people are called Monday and Best."""
    one = found[at : at + 1]
    return list(one) if one and one[0].text.isalpha() and one[0].text not in _NO_FAMILY else []


def _before_the_first(found: Sequence[LexiconWord], text: str) -> list[LexiconWord]:
    """The family name of "Goodman, first name is Al": the one name before the cue."""
    at = next((at for at, word in enumerate(found[:-1]) if _cues_first(found, at)), 0)
    alone = [w for w in found[:at] if w.text not in _OPENERS | _CUE_WORDS]
    before = [w for w in alone if w.text not in NOT_NAMES]
    if before and before == _family(before, text):
        return before
    return _whatever_it_is(alone, 0) if len(alone) == 1 else []


def _before_the_last(found: Sequence[LexiconWord]) -> list[LexiconWord]:
    """The first name of "Siobhan, S-I-O-B-H-A-N, last name O'Rourke": said before the cue."""
    at = next((at for at, word in enumerate(found[:-1]) if _cues_last(found, at)), 0)
    before = [w for w in found[:at] if w.text not in _OPENERS | _CUE_WORDS | NOT_NAMES | _TITLES]
    spelled = next((word for word in before if word.start == word.end), None)
    if spelled is not None and all(same_name(w.text, spelled.text) for w in before):
        return [spelled]
    return before if len(before) == 1 and before[0].text[0].isalpha() else []


def _cues_last(found: Sequence[LexiconWord], at: int) -> bool:
    two = [w.text.removesuffix("'s") for w in found[at : at + 2]]
    return two[:1] == ["surname"] or two == ["last", "name"]


def _cues_first(found: Sequence[LexiconWord], at: int) -> bool:
    return found[at].text == "first" and found[at + 1].text.removesuffix("'s") == "name"


def _found_name(
    found: Sequence[LexiconWord], names: _Names, text: str, asked: bool
) -> list[LexiconWord]:
    first = next((one for at in _after(found, _FIRST_CUES) if (one := _given(found, at))), [])
    last = next(
        (
            _family(run, text)
            for at in _after(found, _LAST_CUES)
            if (run := _run(found, at) or _whatever_it_is(found, at))
        ),
        [],
    )
    whole = [] if first or last else _said_and_spelled(found)
    if whole:
        return whole
    if first and not last:
        last = [word for word in found if word.start == word.end and word.text != first[0].text][
            -1:
        ]
    if first and not last:
        last = _before_the_first(found, text)
    if last and not first:
        first = _before_the_last(found)
    if first and last:
        return first + last
    for at in _after(found, _STRONG_CUES):
        run = _clean(_run(found, at), names)
        if run:
            return run
    for at in _after(found, _WEAK_CUES):
        run = _clean(_run(found, at), names)
        if _believable(run, names, text, len(found) - at - len(run)):
            return run
    return first or last or _bare(found, names, text, asked)


def _brien(found: Sequence[LexiconWord], names: _Names) -> list[LexiconWord]:
    """Join "o brien" and "oh brien" when O'Brien is a known name."""
    joined: list[LexiconWord] = []
    for word in found:
        if joined and joined[-1].text in ("o", "oh") and f"o'{word.text}" in names.last:
            head = joined.pop()
            joined.append(LexiconWord(f"o'{word.text}", head.start, head.start, new_sentence=False))
        else:
            joined.append(word)
    return joined


def _each_once(run: Sequence[LexiconWord]) -> list[LexiconWord]:
    """Without what is said again to spell it: "Todd Booker, Booker, B-O-O-K-E-R".

    Two words alone may be a name that repeats itself ("Duran Duran").
    """
    if len(run) <= _FIRST_AND_LAST:
        return list(run)
    pairs = zip((None, *run), run, strict=False)
    return [word for before, word in pairs if before is None or word.text != before.text]


_SAINT = re.compile(r"\b(st)\.(?= [a-z])", re.IGNORECASE)


def is_first_name(word: str) -> bool:
    """Whether a word in small letters is a common given name and no everyday word."""
    return word in _FIRST and word not in ENGLISH and word not in ORDINARY


def hear_name(
    text: str,
    first_names: Iterable[str] = (),
    last_names: Iterable[str] = (),
    *,
    asked: bool = False,
    wanted: bool = False,
) -> str | None:
    """The name the speaker gives as their own, title-cased, or ``None``; never raises.

    Args:
        text: recogniser words or typed text.
        first_names: given names known beside `COMMON_FIRST_NAMES`.
        last_names: family names known beside `COMMON_LAST_NAMES`.
        asked: the agent has just asked for the name, so a short answer of unknown words is one.
        wanted: it has asked, and more may be said beside the name ("it's Cher. 937 555 0144").
    """
    text = _SAINT.sub(r"\1 ", text)  # as long as before: places in it are counted
    names = _Names(
        _FIRST.union(name.lower() for name in first_names),
        _LAST.union(name.lower() for name in last_names),
    )
    found = _brien(_spelled(split(text)), names)
    run = _found_name(found, names, text, asked)
    if wanted and not run:
        run = _given_alone(found)
    name, run = "", _each_once(run)
    for word, before in zip(run, (None, *run), strict=False):
        hyphen = before is not None and text[before.end : word.start] == "-"
        name += ("-" if hyphen else " ") + _title(word, text)
    return name.strip() or None
