"""The language that the offline recogniser listens for, built from a business file.

Out come a pronunciation dictionary, trigram models in which open lists (names, streets, digits)
stand as one token per class, and the classes: files in the formats of CMU Sphinx. A class gives a
name never heard its chance, so that a street or a telephone number is understood that no sentence
of the grammar ever contained. There is a model for each thing the agent may have asked for: after
"which works better?" times are likelier than streets, and nothing is impossible.

A member of a class is a word of its own in the dictionary, written ``miller:last``, because the
same spelling may also be a plain word ("may", "rose", "one"). `plain` removes the marks.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import pocketsphinx

from pipelines.offline.grammar import Draws, Grammar, GrammarChoice, parse, weighted
from pipelines.offline.ngram import Smoothing, arpa
from pipelines.offline.pronounce import Lexicon
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting
from voiceagent.language.en_us.common_names import (
    COMMON_FIRST_NAMES,
    COMMON_LAST_NAMES,
    FREQUENT_FIRST_NAMES,
    FREQUENT_LAST_NAMES,
)

VERSION: Final = 6
MODELS: Final = tuple(expecting.value for expecting in Expecting)
"""One model per thing the agent may have asked for; they share words and classes."""

SENTENCES: Final = 40_000
"""Drawn for each model."""

PLACES: Final = (*(f"phone{n}" for n in range(1, 11)), *(f"code{n}" for n in range(1, 7)))
"""Classes of digits at their place in a telephone number and in a booking code."""

OPEN_CLASSES: Final = (
    *("[first]", "[last]", "[letter]", "[street]", "[city]", "[state]"),
    *(f"[{place}]" for place in PLACES),
)
GENERAL_WORDS: Final = 800
OWN_WEIGHT: Final = 5
"""How much likelier a place of the business file is than any other."""

OWN_NAME_WEIGHT: Final = 200
"""The same for a name of a regular customer; there are hundreds of other names."""

FREQUENT_WEIGHT: Final = 20
"""How much likelier a name of the most frequent ones is than any other."""

_SEED: Final = 0x5EED
_ECHO: Final = 15
_GRAMMAR: Final = Path(__file__).with_name("callers.grammar")
_SAID: Final[Mapping[str, str]] = {"ac": "EY S IY", "co": "S IY OW"}
_VERBS: Final = re.compile(
    r"^(?:my |the |our )?(.+?) (?:is|isn't|are|aren't|stopped|died|quit|broke|won't|not|keeps) "
)
_SUFFIXES: Final = frozenset(
    [
        "street",
        "avenue",
        "road",
        "lane",
        "drive",
        "court",
        "place",
        "boulevard",
        "way",
        "circle",
        "terrace",
        "parkway",
        "trail",
    ]
)


@dataclass(frozen=True, slots=True)
class Language:
    """Where a built language lies."""

    folder: Path

    @property
    def dictionary(self) -> Path:
        """Pronunciations: ``word PH ON ES`` a line."""
        return self.folder / "words.dict"

    def model(self, name: str) -> Path:
        """A trigram model over words and class tokens, ARPA; `name` is one of `MODELS`."""
        return self.folder / f"{name}.arpa"

    @property
    def classes(self) -> Path:
        """The members of each class with their probabilities."""
        return self.folder / "classes.def"

    @property
    def control(self) -> Path:
        """The file that the decoder reads first; it names the model and the classes."""
        return self.folder / "model.ctl"


def build(business: Business, cache: Path, smoothing: Smoothing | None = None) -> Language:
    """The language of `business`, from `cache` when it was built before.

    Takes a few seconds the first time. Safe to call from several processes at once: the folder
    appears whole or not at all. `cache` must not contain white space, which Sphinx cannot read.
    """
    smoothing = smoothing or Smoothing(open_classes=OPEN_CLASSES)
    source = {
        "version": VERSION,
        "business": business.model_dump(mode="json"),
        "grammar": _GRAMMAR.read_text(),
        "names": [COMMON_FIRST_NAMES, COMMON_LAST_NAMES, FREQUENT_FIRST_NAMES, FREQUENT_LAST_NAMES],
        "smoothing": asdict(smoothing),
    }
    digest = hashlib.sha256(json.dumps(source, sort_keys=True).encode()).hexdigest()[:16]
    folder = cache.resolve() / f"{business.id}-{digest}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=cache, prefix=".draft-"))
        try:
            _write(business, smoothing, draft, folder)
            draft.rename(folder)
        except OSError:
            if not folder.exists():
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return Language(folder)


def plain(words: str) -> str:
    """Recognised tokens as a caller's words: class marks off, joined names apart."""
    return " ".join(re.sub(r":[a-z]+\d*\b|\(\d+\)", "", words).replace("_", " ").split())


def grammar_of(business: Business) -> Grammar:
    """The callers' grammar with the rules and classes that come from the business file."""
    grammar = parse(_GRAMMAR.read_text(), _business_rules(business))
    vocabulary = business.vocabulary
    people = [name.split() for name in _phrases(t.name for t in business.technicians)]
    own = {
        "street": _street_names(vocabulary.streets),
        "city": [city.replace(" ", "_") for city in _phrases((business.city, *vocabulary.cities))],
        "state": [state.replace(" ", "_") for state in _phrases([business.state])],
        "first": [*_phrases(vocabulary.first_names), *(names[0] for names in people)],
        "last": [*_phrases(vocabulary.last_names), *(names[-1] for names in people)],
    }
    general = {
        "first": _phrases(COMMON_FIRST_NAMES) or ["john"],
        "last": [name.replace(" ", "_") for name in _phrases(COMMON_LAST_NAMES)] or ["smith"],
    }
    for name, members in general.items():
        grammar.classes[name] = tuple(members)
    grammar.classes |= dict.fromkeys(PLACES, grammar.classes["digit"])
    grammar.classes["first"] += FREQUENT_FIRST_NAMES * FREQUENT_WEIGHT
    grammar.classes["last"] += FREQUENT_LAST_NAMES * FREQUENT_WEIGHT
    for name, members in own.items():
        weight = OWN_NAME_WEIGHT if name in general else OWN_WEIGHT
        grammar.classes[name] += tuple(members) * weight
    return grammar


def _phrases(texts: Iterable[str]) -> list[str]:
    """Texts as a caller says them: lower case, letters only; those with digits are left out."""
    said = []
    for text in texts:
        if not re.search(r"\d", text):
            bare = " ".join(re.sub(r"[^a-z' ]+", " ", text.lower().replace("\u2019", "'")).split())
            if bare:
                said.append(bare)
    return said


def _street_names(streets: Iterable[str]) -> list[str]:
    names = []
    for street in _phrases(streets):
        words = street.split()
        if len(words) > 1 and words[-1] in _SUFFIXES:
            words.pop()
        names.append("_".join(words))
    return names


def _business_rules(business: Business) -> dict[str, GrammarChoice]:
    troubles = _phrases(
        heard
        for service in business.services
        for symptom in service.symptoms
        for heard in (symptom.say, *symptom.heard)
    )
    services = _phrases(
        heard for service in business.services for heard in (service.name, *service.heard)
    )
    subjects = [match[1] for trouble in troubles if (match := _VERBS.match(trouble + " "))]
    lists: dict[str, Sequence[str]] = {
        "trouble": troubles or ["not working"],
        "service": services or ["service"],
        "thing": [*_phrases(business.vocabulary.extra), *subjects] or ["system"],
        "danger": _phrases(business.emergency.words) or ["smoke"],
        "topic": _phrases(text for page in business.knowledge for text in page.questions)
        or ["are you open"],
        "brand": _phrases([business.name]) or ["the office"],
    }
    return {name: weighted([(1.0, text) for text in texts]) for name, texts in lists.items()}


def _echoes(business: Business) -> list[str]:
    """What the business itself says; callers take its words up."""
    texts = [page.answer for page in business.knowledge]
    texts += [business.emergency.question, business.emergency.guidance, business.trade]
    return _phrases(part for text in texts for part in re.split(r"[.!?:;,]", text))


def _write(business: Business, smoothing: Smoothing, draft: Path, final: Path) -> None:
    """Write the language's files into `draft`; they will be found in `final`."""
    lexicon = Lexicon(Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")))
    grammar = grammar_of(business)
    echoes = [echo.split() for echo in _echoes(business)] * _ECHO
    heard = {name: _sentences(grammar, name) + echoes for name in MODELS}
    words = {w for sentences in heard.values() for s in sentences for w in s if w[0] != "["}
    general = _general_words(lexicon, words)
    language, place = Language(draft), Language(final)
    for name, sentences in heard.items():
        language.model(name).write_text(arpa(sentences, general, smoothing))
    language.classes.write_text(_class_definitions(grammar.classes))
    language.dictionary.write_text(
        _dictionary(lexicon, words | grammar.words() | set(general), grammar.classes)
    )
    tags = " ".join(f"[{name}]" for name in sorted(grammar.classes))
    models = "".join(f"{place.model(name)} {name} {{ {tags} }}\n" for name in MODELS)
    language.control.write_text(f"{{ {place.classes} }}\n{models}")


def _sentences(grammar: Grammar, name: str) -> list[list[str]]:
    """What is likely to be said when `name` is expected, as model tokens."""
    draws = Draws(_SEED)
    drawn = [grammar.sentence(draws, f"expect_{name}") for _ in range(SENTENCES)]
    return [[_class_token(word) for word in sentence] for sentence in drawn]


def _class_token(word: str) -> str:
    return f"[{word[1:-1]}]" if word.startswith("{") else word


def _general_words(lexicon: Lexicon, words: set[str]) -> dict[str, float]:
    """The commonest words of English with their frequencies, and a trace of every grammar word.

    They come from the general model in the recogniser's wheel.
    """
    config = pocketsphinx.Config(lm=None)
    path = pocketsphinx.get_model_path("en-us/en-us.lm.bin")
    logmath = pocketsphinx.LogMath()
    model = pocketsphinx.NGramModel(config, logmath, path)
    frequency = {
        word: float(logmath.exp(model.prob([word])))
        for word in lexicon.known()
        if word.replace("'", "").isalpha()
    }
    common = sorted(frequency, key=lambda word: (-frequency[word], word))[:GENERAL_WORDS]
    least = min(frequency[word] for word in common)
    return {word: frequency.get(word, least) for word in sorted(words.union(common))}


def _class_definitions(classes: Mapping[str, Sequence[str]]) -> str:
    lines: list[str] = []
    for name, members in sorted(classes.items()):
        counts = Counter(members)
        lines.append(f"LMCLASS [{name}]")
        lines += [f"{m}:{name} {counts[m] / len(members):.8f}" for m in sorted(counts)]
        lines += [f"END [{name}]", ""]
    return "\n".join(lines)


def _hurried(sound: str) -> str:
    """A given name as it sounds when the family name follows at once: its last vowel is gone."""
    return f"{sound.removesuffix(' AH')} IH" if sound.endswith(" AH") else sound


def _dictionary(
    lexicon: Lexicon, words: Iterable[str], classes: Mapping[str, Sequence[str]]
) -> str:
    spoken = {word: (_SAID[word],) if word in _SAID else lexicon.say(word) for word in words}
    for name, members in classes.items():
        for member in members:
            sounds = lexicon.letter(member) if name == "letter" else lexicon.say(member)
            sounds += tuple(_hurried(sound) for sound in sounds if name == "first")
            spoken[f"{member}:{name}"] = sounds
    lines: list[str] = []
    for word in sorted(spoken):
        for number, phones in enumerate(dict.fromkeys(spoken[word]), 1):
            lines.append(f"{word}{'' if number == 1 else f'({number})'} {phones}")
    return "\n".join([*lines, ""])
