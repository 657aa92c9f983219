"""Pages of a business in pieces, and which piece answers a question. Sans-I/O.

A piece is said as it stands, so it is short, and nothing that no page says is ever said. A question
is answered when the piece that fits best has enough of what was asked, each word weighed by how
rare it is on all pages; a word that is on none of them weighs the most. So "do you repair pools" is
not answered by a page about repairs.

Source: Cormack, Clarke, Büttcher, "Reciprocal Rank Fusion" (SIGIR 2009), for joining rankings.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import Final

from voiceagent.domain.accents import without_accents
from voiceagent.domain.locales import Locale

LONGEST: Final = 320
"""Characters of a piece: two or three sentences, as somebody says them."""

MOST_FOUND: Final = 20
ENOUGH: Final = 0.62
"""Share of the weight of a question's words that a piece must have to answer it."""

ENOUGH_WHEN_NEAR: Final = 0.35
NEAR: Final = 0.6
"""Of a piece whose meaning is so near (cosine), or that is so relevant, that share is enough."""

MOST_READ_AGAIN: Final = 10
"""Passages that a reranker reads for a question."""

_RANKS: Final = 60
_VERSION: Final = "1"
"""Of the way pages are cut: another one cuts them anew."""

_ASKING: Final = frozenset(
    {
        *("get", "got", "need", "want", "like", "tell", "know", "offer", "make", "give", "please"),
        *("much", "many", "long", "often", "use", "thing", "something", "someone", "somebody"),
        *("anybody", "anyone", "people", "guys", "hi", "hello", "hey", "question", "wondering"),
        *("would", "could", "may", "might", "must", "shall", "also", "ok", "okay", "yes", "thanks"),
        *("go", "going", "happen", "happens", "mean", "way", "kind", "sort", "let", "say", "said"),
        *("im", "ill", "ive", "dont", "cant", "whats", "hows", "us", "really", "actually", "just"),
    }
)
"""Words with which anything is asked."""

_ASKING_IN_SPANISH: Final = frozenset(
    {
        *("hola", "buenas", "buenos", "dia", "dias", "tardes", "noches", "oiga", "disculpe"),
        *("pregunta", "duda", "saber", "sabe", "saben", "decir", "digame", "favor", "gracias"),
        *("quiero", "queria", "quisiera", "puede", "pueden", "puedo", "podria", "podrian"),
        *("tiene", "tienen", "tengo", "tener", "hace", "hacen", "hacer", "hago", "haga"),
        *("va", "van", "voy", "ir", "da", "dan", "doy", "dar", "necesito", "necesita", "ofrecen"),
        *("debo", "debe", "hay", "usted", "ustedes", "senor", "senora", "alguien", "algo", "cosa"),
        *(
            "que",
            "quien",
            "quienes",
            "donde",
            "cuando",
            "como",
            "por",
            "necesitan",
            "trae",
            "llevan",
        ),
        *("cuanto", "cuanta", "cuantos", "cuantas", "cual", "cuales", "cada", "mas", "tambien"),
        *("si", "ok", "bueno", "entonces", "ahora", "ser", "estar", "sera", "aqui", "ahi", "tan"),
        "pues",
    }
)
"""The same in Spanish, without accents."""

_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_SENTENCE: Final = re.compile(
    r"(?<=[.!?])\s+(?=[^\W\d_a-z]|\d|[\N{INVERTED QUESTION MARK}\N{INVERTED EXCLAMATION MARK}])"
)
_BLANKS: Final = re.compile(r"\s+")
_HEADING: Final = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_ITEM: Final = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+")
_LINK: Final = re.compile(r"!?\[([^\]]{0,200})\]\([^)]{0,500}\)")
_MARKS: Final = re.compile(r"\*\*|__|[*`~]|(?<!\w)_|_(?!\w)|^>\s?|^\|\s?|\s?\|$")
_FENCE: Final = re.compile(r"^\s*(?:```|~~~)")
_RULED: Final = re.compile(r"^[\s|:=-]+$")


@dataclass(frozen=True, slots=True)
class PagePiece:
    """What a page says in a few sentences; `heading` is what it stands under, "" at the top."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class BusinessPage:
    """A page in pieces, in their order.

    Attributes:
        name: of its file, in the folder of the business file.
        title: its first heading, or the name.
        digest: of its text, and of the way it was cut.
        pieces: what it says.
        locale: the language that it is written in.
    """

    name: str
    title: str
    digest: str
    pieces: tuple[PagePiece, ...]
    locale: Locale = Locale.EN_US


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece that is kept, with the page that it is of."""

    passage_id: int
    page: str
    title: str
    heading: str
    text: str

    @property
    def citation(self) -> str:
        """Where it stands, for people."""
        below = self.heading and self.heading != self.title
        return f"{self.title}, {self.heading}" if below else self.title


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage by its id: how much of the question it has, and how near it is in meaning.

    `relevance` is what a reranker says of it, 0..1 with most of them.
    """

    passage_id: int
    has: float
    near: float = 0.0
    relevance: float = 0.0

    @property
    def answers(self) -> bool:
        """Whether it may be told as the answer."""
        close = max(self.near, self.relevance) >= NEAR
        return self.has >= ENOUGH or (close and self.has >= ENOUGH_WHEN_NEAR)


def asked_words(question: str, locale: Locale = Locale.EN_US) -> str:
    """A question without the words that any question in its language has."""
    question = _PERCENT_OFF.sub(" discount ", question)
    words = (word.lower().replace("\u2019", "'") for word in _WORD.findall(question))
    if locale is Locale.ES_US:
        return " ".join(word for word in words if without_accents(word) not in _ASKING_IN_SPANISH)
    return " ".join(word for word in words if word.replace("'", "") not in _ASKING)


def spellings(word: str, locale: Locale) -> tuple[str, ...]:
    """How a word of a question may stand on a page, itself first.

    Spanish is typed with accents or without, and stems are cut by them. A word in -ción or -sión
    is always written with one.
    """
    if locale is not Locale.ES_US:
        return (word,)
    bare = without_accents(word.lower())
    accented = f"{bare[:-2]}\N{LATIN SMALL LETTER O WITH ACUTE}n" if _TION.search(bare) else bare
    return tuple(dict.fromkeys((word, bare, accented)))


_PERCENT_OFF: Final = re.compile(r"\b\d{1,2} ?(?:%|percent)(?: (?:off|discount)\b)?", re.IGNORECASE)
"""How much of a discount is hoped for is no word that a page has to have."""

_TION: Final = re.compile(r"\w[cs]ion$")


def ranked(
    terms: Mapping[str, frozenset[int]], near: Sequence[tuple[int, float]], pages: int
) -> list[Ranked]:
    """Passages that bear on a question, the best first.

    Args:
        terms: the question's words -> the ids of passages that have them.
        near: ids of passages that are near in meaning, with their cosine, the nearest first.
        pages: how many passages there are in all.
    """
    weights = {term: math.log(1 + (pages + 1) / (len(ids) + 0.5)) for term, ids in terms.items()}
    whole = sum(weights.values()) or 1.0
    has: dict[int, float] = {}
    for term, ids in terms.items():
        for one in ids:
            has[one] = has.get(one, 0.0) + weights[term] / whole
    by_words = sorted(has, key=lambda one: (-has[one], one))[:MOST_FOUND]
    closeness = dict(near)
    score: dict[int, float] = {}
    for ranking in (by_words, [one for one, _ in near[:MOST_FOUND]]):
        for place, one in enumerate(ranking):
            score[one] = score.get(one, 0.0) + 1 / (_RANKS + place)
    order = sorted(score, key=lambda one: (-score[one], -has.get(one, 0.0), one))
    return [Ranked(one, has.get(one, 0.0), closeness.get(one, 0.0)) for one in order[:MOST_FOUND]]


def reranked(order: Sequence[Ranked], relevance: Mapping[int, float]) -> list[Ranked]:
    """Those that a reranker read, the most relevant first, before those that it did not.

    Args:
        order: by words and meaning, which decide where it says the same.
        relevance: what it says, by id; none where there is no reranker, and the order stays.
    """
    read = [
        replace(one, relevance=relevance[one.passage_id])
        for one in order
        if one.passage_id in relevance
    ]
    rest = [one for one in order if one.passage_id not in relevance]
    return [*sorted(read, key=lambda one: -one.relevance), *rest]


def page_of(name: str, text: str, locale: Locale = Locale.EN_US) -> BusinessPage:
    """A page in pieces, by the ending of its name: ``.md``, ``.html``, else plain text."""
    return _page(name, _blocks_of(name, text), digest_of(name, text.encode(), locale), locale)


def page_of_paragraphs(
    name: str, paragraphs: Iterable[tuple[bool, str]], digest: str, locale: Locale = Locale.EN_US
) -> BusinessPage:
    """A page whose paragraphs are known already, each with whether it is a heading."""
    return _page(name, list(_headed(paragraphs)), digest, locale)


def digest_of(name: str, content: bytes, locale: Locale = Locale.EN_US) -> str:
    """What a page with this content in this language has for its digest."""
    tongue = "" if locale is Locale.EN_US else locale.value
    return hashlib.sha256(f"{_VERSION}{tongue}\0{name}\0".encode() + content).hexdigest()


def _headed(paragraphs: Iterable[tuple[bool, str]]) -> Iterator[tuple[str, str]]:
    heading = ""
    for is_heading, text in paragraphs:
        heading = text if is_heading else heading
        yield heading, "" if is_heading else text


def _blocks_of(name: str, text: str) -> list[tuple[str, str]]:
    lower = name.lower()
    if lower.endswith((".html", ".htm")):
        return list(_html_blocks(text))
    if lower.endswith((".md", ".markdown")):
        return list(_markdown_blocks(text))
    return list(_text_blocks(text))


def _page(
    name: str, blocks: Sequence[tuple[str, str]], digest: str, locale: Locale
) -> BusinessPage:
    first = next((heading for heading, _ in blocks if heading), "")
    stem = re.sub(r"[-_]+", " ", name.rpartition("/")[2].partition(".")[0]).strip()
    pieces = tuple(
        PagePiece(heading, part) for heading, block in blocks if block for part in _parts(block)
    )
    return BusinessPage(name, first or stem.capitalize(), digest, pieces, locale)


def _parts(block: str) -> Iterator[str]:
    """A block cut between sentences where it is too long to be said."""
    held = ""
    for sentence in _SENTENCE.split(_BLANKS.sub(" ", block).strip()):
        if held and len(held) + len(sentence) >= LONGEST:
            yield held
            held = ""
        held = f"{held} {sentence}".strip()
        while len(held) > LONGEST:
            cut = held.rfind(" ", 0, LONGEST)
            cut = cut if cut > 0 else LONGEST
            yield held[:cut]
            held = held[cut:].strip()
    if held:
        yield held


def _markdown_blocks(text: str) -> Iterator[tuple[str, str]]:
    """Heading and paragraph, one after the other; a list goes with the line above it."""
    heading, block, fenced = "", [""], False
    for line in text.replace("\r\n", "\n").split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
            continue
        found = None if fenced else _HEADING.match(line)
        if found or not line.strip():
            if found or not _ends_open(block[0]):
                yield heading, block[0]
                block[0] = ""
            if found:
                heading = _plain(found[2])
                yield heading, ""
        elif not _RULED.match(line):
            item = _ITEM.sub("", line)
            end = ";" if item != line and block[0] and not _ends(block[0]) else ""
            block[0] = f"{block[0]}{end} {_plain(item)}".strip()
    yield heading, block[0]


def _ends(block: str) -> bool:
    return block.endswith((".", "!", "?", ":", ";", ","))


def _ends_open(block: str) -> bool:
    """Whether what follows a blank line still belongs to it."""
    return block.endswith(":")


def _plain(line: str) -> str:
    return _BLANKS.sub(" ", _MARKS.sub("", _LINK.sub(r"\1", line)).replace(" | ", ", ")).strip()


def _text_blocks(text: str) -> Iterator[tuple[str, str]]:
    """Paragraphs of plain text, such as is taken out of a PDF; a short line alone is a heading."""
    heading = ""
    for paragraph in re.split(r"\n\s*\n|\f", text.replace("\r\n", "\n")):
        line = _BLANKS.sub(" ", paragraph).strip()
        alone = "\n" not in paragraph.strip() and len(line) <= 60  # noqa: PLR2004 - a heading
        if line and alone and not _ends(line):
            heading = line
            yield heading, ""
        elif line:
            yield heading, line


def _html_blocks(text: str) -> Iterator[tuple[str, str]]:
    reader = _Blocks()
    reader.feed(text)
    reader.close()
    reader.end_block()
    yield from reader.blocks


class _Blocks(HTMLParser):
    """Headings and paragraphs of a page; what is no text of it is passed over."""

    _HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary"})
    _BLOCKS: Final = frozenset(
        {"p", "div", "li", "tr", "td", "th", "br", "section", "article", "dd", "ul", "ol", "table"}
    )
    _OVER: Final = frozenset(
        {"script", "style", "head", "title", "nav", "footer", "noscript", "template"}
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[tuple[str, str]] = []
        self._heading = ""
        self._parts: list[str] = []
        self._over = 0

    def end_block(self) -> None:
        """What was read so far is a paragraph."""
        text = _BLANKS.sub(" ", "".join(self._parts)).strip()
        self._parts.clear()
        if text:
            self.blocks.append((self._heading, text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._over += tag in self._OVER
        if tag in self._HEADINGS or tag in self._BLOCKS:
            self.end_block()

    def handle_endtag(self, tag: str) -> None:
        if tag in self._OVER:
            self._over = max(0, self._over - 1)
        elif tag in self._HEADINGS:
            self._heading = _BLANKS.sub(" ", "".join(self._parts)).strip()
            self._parts.clear()
            self.blocks.append((self._heading, ""))
        elif tag in self._BLOCKS:
            self.end_block()

    def handle_data(self, data: str) -> None:
        if not self._over:
            self._parts.append(data)
