import math
from typing import Final

import pytest

from glossator.domain.answering.retrieval.evidence import (
    Strength,
    doubt_of,
    identifiers_of,
    is_named,
    judging_spaces,
    strength_by_meaning,
)
from glossator.domain.answering.retrieval.vocabulary import Vocabulary
from glossator.domain.ports.embedder import EmbeddingSpace, Evidence
from tests.domain.answering.retrieval.passages import hit, passage

ENGLISH = EmbeddingSpace("dense", "m", 8, Evidence(none=0.2, weak=0.3, alone=0.3), latin_only=True)
EVERY = EmbeddingSpace("e5", "e", 8, Evidence(none=0.25, weak=0.4, alone=0.33))
FRENCH: Final = "Le phare est une tour qui guide les navires dans la nuit. La lampe tourne sur un bain de mercure."
ENGLISH_TEXT: Final = "The lighthouse is a tower that guides the ships in the night. The lamp turns on mercury."
ARABIC: Final = "\u0627\u0644\u0645\u0646\u0627\u0631\u0629 \u0628\u0631\u062c"


@pytest.mark.parametrize(
    ("dense", "e5", "strength"),
    [(0.31, 0.1, "good"), (0.1, 0.41, "good"), (0.29, 0.39, "weak"), (0.1, 0.26, "weak"), (0.19, 0.24, "none")],
)
def test_one_space_that_recognises_a_question_is_enough(dense: float, e5: float, strength: Strength) -> None:
    assert strength_by_meaning({"dense": dense, "e5": e5}, [ENGLISH, EVERY]) == strength


@pytest.mark.parametrize(("cosine", "strength"), [(0.34, "good"), (0.32, "weak"), (0.2, "none")])
def test_a_space_that_serves_a_question_alone_has_a_threshold_of_its_own(cosine: float, strength: Strength) -> None:
    assert strength_by_meaning({"e5": cosine}, [EVERY]) == strength


def test_doubt_raises_the_threshold_of_good_evidence_alone() -> None:
    assert strength_by_meaning({"dense": 0.35, "e5": 0.1}, [ENGLISH, EVERY], 0.1) == "weak"
    assert strength_by_meaning({"dense": 0.41, "e5": 0.1}, [ENGLISH, EVERY], 0.1) == "good"
    assert strength_by_meaning({"dense": 0.9, "e5": 0.9}, [ENGLISH, EVERY], math.inf) == "weak"
    assert strength_by_meaning({"dense": 0.1, "e5": 0.1}, [ENGLISH, EVERY], math.inf) == "none"


CACHE: Final = "The cache of a page is kept for an hour, and you configure it in the settings."
BOOK: Final = Vocabulary(
    {"cach": 3, "page": 9, "configur": 8, "set": 6, "kept": 2, "hour": 1, "lighthous": 1}, total=10
)


@pytest.mark.parametrize(
    ("question", "doubt"),
    [
        ("How do I configure the cache of a page?", 0),
        ("How do I confgure the cahce of a page?", 0),
        ("How do I configure a Redis cache?", math.inf),
        ("How do I configure the Lighthuose cache?", 0),
        ("How do I configure the redisCache?", math.inf),
        ("How do I configure the pageCache?", math.inf),
        ("How do I configure the Cache?", 0),
        ("Wie konfiguriere ich den Zwischenspeicher?", 0),
        ("How is the?", 0),
    ],
)
def test_words_that_the_best_passages_lack_raise_doubt(question: str, doubt: float) -> None:
    assert doubt_of(question, [hit(passage("a", CACHE))], BOOK, {}, []) == doubt


def test_doubt_grows_with_the_weight_of_the_words_that_are_missing() -> None:
    found = [hit(passage("a", CACHE))]
    few, many = (
        doubt_of(f"How do I configure {rest}?", found, BOOK, {}, [])
        for rest in ("the sound of bells", "the sound of loud bells on a ship")
    )

    assert 0 < few < many < math.inf


@pytest.mark.parametrize(("dense", "text", "doubt"), [(0.24, CACHE, math.inf), (0.26, CACHE, 0), (0.24, FRENCH, 0)])
def test_a_space_that_knows_english_is_needed_for_english(dense: float, text: str, doubt: float) -> None:
    cosines, found = {"dense": dense, "e5": 0.9}, [hit(passage("a", text))]

    assert doubt_of("How do I configure the cache?", found, BOOK, cosines, [ENGLISH, EVERY]) == doubt
    assert doubt_of("How do I configure the cache?", found, BOOK, cosines, [ENGLISH]) == 0


def test_words_of_a_book_in_another_language_or_without_a_vocabulary_raise_no_doubt() -> None:
    question = "How do I configure a Redis cache?"

    assert doubt_of(question, [hit(passage("a", FRENCH))], BOOK, {}, []) == 0
    assert doubt_of(question, [hit(passage("a", CACHE))], Vocabulary(), {}, []) == 0


FOREIGN: Final = EmbeddingSpace("e5", "e", 8, Evidence(0.25, 0.4, 0.33, foreign=0.6, foreign_words=0.45))


@pytest.mark.parametrize(
    ("question", "text", "judges", "threshold"),
    [
        ("Where does the lamp turn?", ENGLISH_TEXT, ["dense", "e5"], 0.4),
        ("Lamp oil", ENGLISH_TEXT, ["dense", "e5"], 0.4),
        ("Comment tourne la lampe du phare ?", ENGLISH_TEXT, ["e5"], 0.4),
        ("Comment tourne la lampe du phare ?", FRENCH, ["e5"], 0.45),
        ("Comment apprendre la guitare ?", FRENCH, ["e5"], 0.6),
        (ARABIC, ARABIC, ["e5"], 0.45),
        (ARABIC, ENGLISH_TEXT, ["e5"], 0.4),
    ],
)
def test_languages_decide_which_spaces_judge_and_from_where(
    question: str, text: str, judges: list[str], threshold: float
) -> None:
    spaces = judging_spaces(question, [hit(passage("1", text))], [ENGLISH, FOREIGN])

    assert [space.name for space in spaces] == judges
    assert spaces[-1].evidence.weak == threshold


def test_a_space_that_serves_every_question_alone_judges_it() -> None:
    assert judging_spaces("Comment tourne la lampe du phare ?", [], [ENGLISH]) == [ENGLISH]


def test_a_space_without_a_hit_recognises_nothing() -> None:
    assert strength_by_meaning({}, [EVERY]) == "none"


def test_words_alone_cannot_be_judged_by_meaning() -> None:
    assert strength_by_meaning({}, []) == "good"


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What does collectCoverageFrom do?", ["collectCoverageFrom"]),
        ("What is max_part_size?", ["max_part_size"]),
        ("When is json.dumps() used?", ["json.dumps"]),
        ("What does `k1` mean?", ["k1"]),
        ("What does --rebuild do?", ["--rebuild"]),
        ("Is TestClient a class?", ["TestClient"]),
        ("Who wrote Don Quixote?", []),
        ("What is this?", []),
    ],
)
def test_identifiers_of_a_question(question: str, names: list[str]) -> None:
    assert identifiers_of(question) == names


def test_an_identifier_in_a_good_passage_is_evidence() -> None:
    found = [hit(passage("a", "`collectCoverageFrom` is a list of patterns.", "Configuration"))]

    assert is_named("What does collectCoverageFrom do?", found, Vocabulary())
    assert not is_named("What does collectCoverage do?", found, Vocabulary())


def test_a_heading_of_rare_words_of_the_question_is_evidence() -> None:
    vocabulary = Vocabulary({"offsid": 1, "rule": 9}, total=20)

    assert is_named("Explain offside.", [hit(passage("a", "Text.", "Football", "Offside"))], vocabulary)
    assert not is_named("Explain the offside rule.", [hit(passage("a", "Text.", "Football", "Rules"))], vocabulary)


def test_a_heading_with_all_words_of_the_question_is_evidence() -> None:
    found = [hit(passage("a", "Text.", "Running", "Does anything leave your machine?"))]

    assert is_named("Does anything leave my machine?", found, Vocabulary())
    assert not is_named("Does anything leave my washing machine?", found, Vocabulary())
    assert not is_named("What is a machine?", found, Vocabulary())


def test_only_the_best_passages_name_what_is_asked_for() -> None:
    others = [hit(passage(f"p{number}", "Nothing.", "Part")) for number in range(3)]

    assert not is_named("What is max_size?", [*others, hit(passage("a", "max_size", "Part"))], Vocabulary())
