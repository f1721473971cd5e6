import pytest

from glossator.domain.feedback.feedback import MAX_SECONDS, MAX_SECTIONS, RatedAnswer, RatedSection, RecentAnswers


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_an_answer_is_known_for_a_day() -> None:
    clock = Clock()
    recent = RecentAnswers(clock=clock)
    recent.put(RatedAnswer("a"))

    clock.seconds = MAX_SECONDS
    known = recent.get("a")
    clock.seconds += 1

    assert (known, recent.get("a"), recent.get("b")) == (RatedAnswer("a"), None, None)


def test_old_answers_leave_the_memory_with_the_next_one() -> None:
    clock = Clock()
    recent = RecentAnswers(clock=clock)
    for name in "abc":
        recent.put(RatedAnswer(name))

    clock.seconds = MAX_SECONDS + 1
    recent.put(RatedAnswer("d"))

    assert len(recent) == 1


def test_beyond_the_most_the_oldest_answer_is_forgotten() -> None:
    recent = RecentAnswers(most=2)

    for name in "abac":
        recent.put(RatedAnswer(name))

    assert [recent.get(name) is not None for name in "abc"] == [True, False, True]


def test_a_completed_answer_replaces_the_one_that_began() -> None:
    recent = RecentAnswers()
    sections = tuple(RatedSection(f"Section {number}", number) for number in range(20))
    recent.put(RatedAnswer("a"))

    recent.put(RatedAnswer("a", mode="generated", sections=sections))

    found = recent.get("a")
    assert found is not None
    assert found.sections == sections[:MAX_SECTIONS]


@pytest.mark.parametrize(("mode", "number", "has"), [("generated", 1, True), ("generated", 2, False), (None, 2, True)])
def test_what_an_uncompleted_answer_cited_is_not_known(mode: object, number: int, has: bool) -> None:
    answer = RatedAnswer("a", mode="generated" if mode else None, sections=(RatedSection("Nodes", 1),))

    assert answer.has_citation(number) is has
