import pytest

from glossator.domain.answering.question import parts_of


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "How do I serve files, and which response class streams a single file?",
            ["How do I serve files", "which response class streams a single file?"],
        ),
        ("What is a build? How is it replaced?", ["What is a build?", "How is it replaced?"]),
        ("Which parts use the pool and how do I enlarge it?", ["Which parts use the pool", "how do I enlarge it?"]),
        ("What do the constants k1 and b do?", []),
        ("What is fusion?", []),
        ("ما هو الدمج؟ كيف يعمل الفهرس؟", ["ما هو الدمج؟", "كيف يعمل الفهرس؟"]),
        ("and how?", []),
    ],
)
def test_a_question_that_asks_several_things_is_split(question: str, parts: list[str]) -> None:
    assert parts_of(question) == parts


def test_there_are_at_most_three_parts() -> None:
    assert len(parts_of("What is one thing? What is two things? What is three things? What is four things?")) == 3
