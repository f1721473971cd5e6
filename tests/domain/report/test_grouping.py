"""Which questions are put into one group."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest

from glossator.domain.report.grouping import grouped, stored_vector
from glossator.domain.report.questions import OpenQuestion, StoredVector

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def question(text: str, vector: Sequence[float] = (), model: str = "m") -> OpenQuestion:
    stored = stored_vector(model, np.array(vector, np.float32)) if vector else None
    return OpenQuestion(text, "", NOON, "declined", vector=stored)


def texts(questions: Sequence[OpenQuestion]) -> list[list[str]]:
    return [[one.text for one in group] for group in grouped(questions)]


def test_without_questions_there_is_no_group() -> None:
    assert grouped([]) == []


def test_vectors_decide_where_one_model_made_them() -> None:
    asked = [question("a b c", [1, 0]), question("d", [0.8, 0.6]), question("a b c", [0, 1])]

    assert texts(asked) == [["d", "a b c", "a b c"]]
    assert texts([asked[0], asked[2]]) == [["a b c"], ["a b c"]]


def test_words_decide_where_a_vector_is_missing_or_of_another_model() -> None:
    asked = [
        question("How is it deployed to Kubernetes?", [1, 0]),
        question("deploying to kubernetes"),
        question("Kubernetes deployed", [0, 1], "other"),
        question("What does it cost?", [1, 0], "other"),
    ]

    assert texts(asked) == [[one.text for one in asked[:3]], ["What does it cost?"]]


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    others = [question(f"install {name}") for name in ("numpy", "docker", "git", "make", "node", "uv", "pip", "curl")]

    groups = texts([*others, question("install redis"), question("redis port")])

    assert groups[0] == ["install redis", "redis port"]
    assert [len(group) for group in groups[1:]] == [1] * len(others)


def test_the_question_with_most_neighbours_is_first() -> None:
    asked = [question("edge", [1, 0]), question("centre", [0.8, 0.6]), question("other edge", [0, 1])]

    assert texts(asked)[0][0] == "centre"


@pytest.mark.parametrize("vector", [[0.0, 0.0], [1.0, 0.0]])
def test_every_question_is_in_one_group(vector: list[float]) -> None:
    asked = [question("", vector), question("?"), question("", vector), question("the")]

    assert sorted(text for group in texts(asked) for text in group) == ["", "", "?", "the"]


def test_a_stored_vector_keeps_its_cosines() -> None:
    random = np.random.default_rng(1)
    one, other = random.normal(size=(2, 384)).astype(np.float32)
    bytes_of = [np.frombuffer(stored_vector("m", row).values, np.int8).astype(float) for row in (one, other)]

    def cosine(a: np.ndarray, b: np.ndarray) -> float:
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    assert cosine(*bytes_of) == pytest.approx(cosine(one, other), abs=0.01)
    assert stored_vector("m", np.zeros(2, np.float32)) == StoredVector("m", b"\0\0")
