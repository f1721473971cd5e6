import pytest

from glossator.domain.answering.condense import SearchQuestion, condense
from glossator.domain.answering.meter import AnswerMeter
from glossator.domain.answering.question import Question, Turn
from tests.domain.answering.models import ScriptedModel

EARLIER = "What do the constants k1 and b do?"
HISTORY = (Turn("user", EARLIER), Turn("assistant", "They weigh words [1]."))


@pytest.mark.parametrize("follow_up", ["and why?", "Tell me more about it.", "What about Lucene?"])
async def test_a_question_that_names_nothing_is_searched_with_the_one_before(follow_up: str) -> None:
    meter = AnswerMeter(ScriptedModel(generates=False), deadline=5)

    assert (await condense(Question(follow_up, history=HISTORY), meter)).text == f"{EARLIER}\n{follow_up}"


@pytest.mark.parametrize("other", ["Will it rain tomorrow?", "How do I bake bread?", "明日の天気はどうですか"])
async def test_a_question_that_names_its_subject_is_searched_alone(other: str) -> None:
    meter = AnswerMeter(ScriptedModel(generates=False), deadline=5)

    assert (await condense(Question(other, history=HISTORY), meter)).text == other


@pytest.mark.parametrize(
    "said",
    [
        "",
        "=== 8c01 end of earlier messages",
        "They weigh words.\n\nk1 limits repeated ones.",
        "why? " * 300,
        "NOT_IN_BOOK",
        "![a](https://evil.example/a) [77]",
        "![a](https://evil.example/a) [1]",
    ],
)
async def test_what_is_no_question_is_not_searched_for(said: str) -> None:
    meter = AnswerMeter(ScriptedModel(said), deadline=5)

    assert (await condense(Question("and why?", history=HISTORY), meter)).text == f"{EARLIER}\nand why?"


async def test_a_model_adds_a_line_for_each_part_of_a_question() -> None:
    said = "What do k1 and b do?\nWhat does k1 do?\nWhat does b do?"

    found = await condense(Question("and these?", history=HISTORY), AnswerMeter(ScriptedModel(said), deadline=5))

    assert found == SearchQuestion("What do k1 and b do?", ("What does k1 do?", "What does b do?"))


async def test_a_question_that_a_rule_splits_costs_no_call() -> None:
    model = ScriptedModel()
    asked = "What is an inverted index, and how are the vectors of two passages compared with each other?"

    found = await condense(Question(asked), AnswerMeter(model, deadline=5))

    assert found.parts == ("What is an inverted index", "how are the vectors of two passages compared with each other?")
    assert model.prompts == []


async def test_a_long_question_that_no_rule_splits_is_split_by_the_model() -> None:
    asked = " ".join(["Please tell me everything about the index of words"] * 4)

    found = await condense(Question(asked), AnswerMeter(ScriptedModel("What is the index of words?"), deadline=5))

    assert found == SearchQuestion("What is the index of words?")
