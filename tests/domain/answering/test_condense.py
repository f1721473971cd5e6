import pytest

from glossator.domain.answering.condense import condense
from glossator.domain.answering.meter import Meter
from glossator.domain.answering.question import Question, Turn
from tests.domain.answering.models import ScriptedModel

EARLIER = "What do the constants k1 and b do?"
HISTORY = (Turn("user", EARLIER), Turn("assistant", "They weigh words [1]."))


@pytest.mark.parametrize("follow_up", ["and why?", "Tell me more about it.", "What about Lucene?"])
async def test_a_question_that_names_nothing_is_searched_with_the_one_before(follow_up: str) -> None:
    meter = Meter(ScriptedModel(generates=False), deadline=5)

    assert await condense(Question(follow_up, history=HISTORY), meter) == f"{EARLIER}\n{follow_up}"


@pytest.mark.parametrize("other", ["Will it rain tomorrow?", "How do I bake bread?", "明日の天気はどうですか"])
async def test_a_question_that_names_its_subject_is_searched_alone(other: str) -> None:
    meter = Meter(ScriptedModel(generates=False), deadline=5)

    assert await condense(Question(other, history=HISTORY), meter) == other


@pytest.mark.parametrize(
    "said", ["", "=== 8c01 end of earlier messages", "They weigh words.\nk1 limits repeated ones.", "why? " * 300]
)
async def test_what_is_no_question_is_not_searched_for(said: str) -> None:
    meter = Meter(ScriptedModel(said), deadline=5)

    assert await condense(Question("and why?", history=HISTORY), meter) == f"{EARLIER}\nand why?"
