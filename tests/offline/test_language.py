from __future__ import annotations

import math
import re
from pathlib import Path

import pocketsphinx
import pytest

from pipelines.offline import language
from pipelines.offline.grammar import Draws, Grammar, parse, weighted
from pipelines.offline.language import Language, grammar_of, plain
from pipelines.offline.ngram import Smoothing, arpa
from pipelines.offline.pronounce import Lexicon, by_rule
from voiceagent.domain.business import Business

SECTION = re.compile(r"\\(\d)-grams:")


def sections(text: str) -> dict[int, dict[tuple[str, ...], tuple[float, float]]]:
    """Order -> n-gram -> (log10 probability, log10 back-off) of an ARPA text."""
    found: dict[int, dict[tuple[str, ...], tuple[float, float]]] = {}
    order = 0
    for line in text.splitlines():
        if match := SECTION.match(line):
            order = int(match[1])
            found[order] = {}
        elif order and (parts := line.split()) and parts[0] != "\\end\\":
            backoff = float(parts[order + 1]) if len(parts) > order + 1 else 0.0
            found[order][tuple(parts[1 : order + 1])] = (float(parts[0]), backoff)
    return found


def test_a_second_build_is_found_and_not_made_again(
    business: Business, cache: Path, spoken: Language
) -> None:
    before = spoken.control.stat().st_mtime_ns
    assert language.build(business, cache) == spoken
    assert spoken.control.stat().st_mtime_ns == before


def test_another_business_file_is_another_language(
    business: Business, cache: Path, spoken: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "SENTENCES", 200)
    other = business.model_copy(update={"name": "Other Company"})
    assert language.build(other, cache).folder != spoken.folder


def test_the_same_input_gives_the_same_bytes(
    business: Business, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "SENTENCES", 500)
    first, second = (language.build(business, tmp_path / name) for name in ("a", "b"))
    assert first.dictionary.read_bytes() == second.dictionary.read_bytes()
    assert first.classes.read_bytes() == second.classes.read_bytes()
    for name in language.MODELS:
        assert first.model(name).read_bytes() == second.model(name).read_bytes()


def test_every_word_of_every_model_can_be_pronounced(spoken: Language) -> None:
    said = {line.split()[0] for line in spoken.dictionary.read_text().splitlines()}
    phones = {p for line in spoken.dictionary.read_text().splitlines() for p in line.split()[1:]}
    known = {
        p
        for line in Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict"))
        .read_text()
        .splitlines()
        for p in line.split()[1:]
    }
    assert phones <= known
    for name in language.MODELS:
        words = {gram[0] for gram in sections(spoken.model(name).read_text())[1]}
        plain_words = {w for w in words if not w.startswith(("[", "<"))}
        plain_words.discard("</s>")
        assert plain_words <= said, name
    members = re.findall(r"^(\S+:\w+) ", spoken.classes.read_text(), re.MULTILINE)
    assert len(members) > 300
    assert set(members) <= said


def test_the_callers_of_the_reference_call_use_known_words(spoken: Language) -> None:
    said = {plain(line.split()[0]) for line in spoken.dictionary.read_text().splitlines()}
    words = {w for word in said for w in word.split()}
    line = "air conditioner outdoor unit rattling sarah miller carbon monoxide oak springfield"
    assert set(line.split()) <= words


def test_class_marks_and_joints_are_taken_off() -> None:
    assert (
        plain("one:digit oh:phone10 new_carlisle:city the(2) rose")
        == "one oh new carlisle the rose"
    )


def test_a_model_sums_to_one_in_every_context_it_knows() -> None:
    sentences = [["a", "b"], ["a", "c"], ["b", "c", "a"], ["a", "b", "c"]] * 3
    smoothing = Smoothing(min_trigrams=1, open_classes=("c",))
    grams = sections(arpa(sentences, {"d": 1.0}, smoothing))
    words = [gram[0] for gram in grams[1] if gram[0] != "<s>"]

    def chance(history: tuple[str, ...], word: str) -> float:
        gram = (*history, word)
        if gram in grams.get(len(gram), {}):
            return float(10 ** grams[len(gram)][gram][0])
        backoff = grams[len(history)].get(history, (0.0, 0.0))[1] if history else 0.0
        return float(10**backoff) * chance(history[1:], word)

    for history in [(), ("a",), ("<s>",), ("<s>", "a"), ("b", "c"), ("c", "d")]:
        total = sum(chance(history, word) for word in words)
        assert math.isclose(total, 1.0, abs_tol=2e-3), history


def test_open_classes_are_unlikely_where_nothing_calls_for_them() -> None:
    sentences = [["my", "name", "is", "[last]"]] * 50 + [["yes"]] * 50
    free = sections(arpa(sentences, {}, Smoothing()))
    held = sections(arpa(sentences, {}, Smoothing(open_classes=("[last]",))))
    assert held[1][("[last]",)][0] < free[1][("[last]",)][0] - 0.8
    assert held[3][("name", "is", "[last]")][0] > -0.2


def test_one_word_alone_hardly_calls_for_an_open_class() -> None:
    sentences = [["it's", "[last]"]] * 50 + [["now", "it's", "right"]] * 50
    free = sections(arpa(sentences, {}, Smoothing()))
    held = sections(arpa(sentences, {}, Smoothing(open_classes=("[last]",))))
    assert held[2][("it's", "[last]")][0] < free[2][("it's", "[last]")][0] - 0.5
    assert math.isclose(held[2][("<s>", "it's")][0], free[2][("<s>", "it's")][0], abs_tol=0.01)
    assert held[3][("<s>", "it's", "[last]")][0] > -0.1
    after = [
        sum(10 ** grams[2][g][0] for g in grams[2] if g[0] == "it's") for grams in (free, held)
    ]
    assert math.isclose(*after, abs_tol=0.02)


def test_telephone_numbers_and_codes_have_as_many_digits_as_they_should(
    business: Business,
) -> None:
    grammar, draws = grammar_of(business), Draws(5)
    place = re.compile(r"\{(phone|code)(\d+)\}")
    for rule, length in (("phone", 10), ("code_word", 6)):
        ends = [
            (found[-1][1], said)
            for _ in range(2000)
            if (found := place.findall(" ".join(said := grammar.sentence(draws, rule))))
        ]
        plainly = [end for end, said in ends if all(map(place.fullmatch, said))]
        assert set(plainly) == {str(length)}
        assert len(plainly) > 500


def test_a_number_is_over_after_its_tenth_digit(spoken: Language) -> None:
    grams = sections(spoken.model("phone").read_text())
    assert grams[3][("[phone9]", "[phone10]", "</s>")][0] > -0.3
    assert ("[phone9]", "[phone10]", "[digit]") not in grams[3]
    assert grams[3][("[phone8]", "[phone9]", "[phone10]")][0] > -0.3


def test_a_yes_or_no_question_does_not_call_for_names_or_letters(spoken: Language) -> None:
    grams = sections(spoken.model("yes_no").read_text())[2]
    start = {gram[1]: 10**chance for gram, (chance, _) in grams.items() if gram[0] == "<s>"}
    unasked = sum(start.get(name, 0.0) for name in ("[first]", "[last]", "[letter]"))
    assert min(start["yes"], start["no"]) > 10 * unasked


def test_the_grammar_draws_by_weight_and_the_same_every_time() -> None:
    grammar = Grammar({"s": weighted([(9, "a <t>"), (1, "b [c]")]), "t": weighted([(1, "(x|y)")])})

    def drawn() -> list[list[str]]:
        draws = Draws(1)
        return [grammar.sentence(draws, "s") for _ in range(1000)]

    sentences = drawn()
    assert sentences == drawn()
    assert 850 < sum(s[0] == "a" for s in sentences) < 950
    assert {tuple(s) for s in sentences} == {("a", "x"), ("a", "y"), ("b",), ("b", "c")}


@pytest.mark.parametrize("text", ["s\n    <missing>", "s\n    (a|b", "    orphan"])
def test_a_grammar_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="grammar"):
        parse(text, {})


def test_what_callers_may_say_in_any_order_has_a_chance(business: Business) -> None:
    grammar, draws = grammar_of(business), Draws(3)
    words = {w for _ in range(20_000) for w in grammar.sentence(draws)}
    for word in ("reschedule", "cancel", "gas", "smoke", "person", "tomorrow", "hundred"):
        assert word in words


@pytest.mark.parametrize(
    ("word", "phones"),
    [("brightwood", "B R AY T W UH D"), ("coolcare", "K UW L K EH R"), ("hvac", "HH")],
)
def test_unknown_words_sound_roughly_right(word: str, phones: str) -> None:
    lexicon = Lexicon(Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")))
    assert lexicon.say(word)[0].startswith(phones)


def test_letter_to_sound_rules_always_say_something() -> None:
    assert by_rule("zorblatt") == "Z AO R B L AE T"
    assert by_rule("pate") == "P EY T"
