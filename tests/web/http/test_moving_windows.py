from glossator.web.http.limits import MovingWindows


class HandClock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Counted:
    """Three a minute."""

    def __init__(self, max_keys: int = 100) -> None:
        self.clock = HandClock()
        self.windows = MovingWindows(self.clock, max_keys)

    def hit(self, key: str, amount: int = 1) -> bool:
        return self.windows.take(key, 3, 60, amount)

    def wait(self, key: str, amount: int = 1) -> float:
        return self.windows.wait(key, 3, 60, amount)


def test_a_moving_window_is_exact() -> None:
    counted = Counted()
    hits = []
    for moment in (0, 20, 40, 59, 60, 79, 80):
        counted.clock.seconds = moment
        hits.append(counted.hit("a"))

    assert hits == [True, True, True, False, True, False, True]


def test_keys_are_counted_apart() -> None:
    counted = Counted()

    assert [counted.hit(key, 3) for key in ("a", "b", "a")] == [True, True, False]


def test_the_wait_ends_when_the_whole_amount_is_free() -> None:
    counted = Counted()
    for moment in (0, 10, 20):
        counted.clock.seconds = moment
        counted.hit("a")

    assert [counted.wait("a", amount) for amount in (1, 2, 3)] == [40, 50, 60]
    assert counted.wait("b", 3) == 0


def test_what_is_given_back_does_not_count() -> None:
    counted = Counted()
    counted.hit("a", 3)

    counted.windows.give_back("a")

    assert counted.hit("a", 3)


def test_the_number_of_keys_is_bounded_and_the_least_recent_is_forgotten() -> None:
    counted = Counted(max_keys=10)
    counted.hit("frequent", 2)
    for number in range(1000):
        counted.hit(f"network {number}")
        if number == 500:
            counted.hit("frequent")
        if number % 9 == 0:
            counted.hit(f"network {number}")

    assert len(counted.windows) == 10


def test_keys_that_expired_are_forgotten() -> None:
    counted = Counted()
    counted.hit("a")
    counted.clock.seconds = 60

    assert counted.wait("a") == 0
    assert len(counted.windows) == 0
