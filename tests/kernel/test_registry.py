import asyncio
import logging

import pytest

from glossator.kernel.errors import ExitCode, ServiceFault, SettingsInvalid, StartupFailed
from glossator.kernel.registry import Registry
from tests.kernel.plugins import Clock, Failing, Lamp, NotingPlugin, quick

pytestmark = pytest.mark.virtual_time


async def start_and_stop(*plugins: NotingPlugin) -> None:
    async with Registry(plugins, quick(*plugins)).running():
        plugins[0].notes.append("serving")


async def test_services_start_in_the_order_of_the_list_and_stop_in_reverse() -> None:
    notes: list[str] = []

    await start_and_stop(NotingPlugin("one", notes), NotingPlugin("two", notes))

    assert notes == ["open one", "check one", "open two", "check two", "serving", "close two", "close one"]


async def test_a_service_is_found_under_every_type_that_its_plugin_provides() -> None:
    plugin = NotingPlugin("one", [], provides=(Lamp, Clock))

    async with Registry([plugin], quick(plugin)).running() as services:
        assert id(services.get(Lamp)) == id(services.get(Clock))


async def test_narrowing_leaves_the_other_types_to_another_plugin() -> None:
    first = NotingPlugin("one", [], provides=(Lamp, Clock))
    second = NotingPlugin("two", [], provides=(Clock,))
    registry = Registry([first, second], quick(first, second), {"one": ("Lamp",)})

    async with registry.running() as services:
        assert id(services.get(Lamp)) != id(services.get(Clock))


def test_two_providers_of_one_type_are_a_fault_of_the_settings() -> None:
    plugins = [NotingPlugin(name, [], provides=(Lamp,)) for name in ("one", "two")]

    with pytest.raises(SettingsInvalid, match="two and one both provide Lamp") as caught:
        Registry(plugins, quick(*plugins))

    assert caught.value.code == ExitCode.SETTINGS


def test_a_required_type_must_be_provided_by_a_plugin_listed_before() -> None:
    plugins = [NotingPlugin("one", [], requires=(Lamp,)), NotingPlugin("two", [], provides=(Lamp,))]

    with pytest.raises(SettingsInvalid, match="one requires Lamp"):
        Registry(plugins, quick(*plugins))


@pytest.mark.parametrize("place", ["open", "check"])
async def test_a_failed_start_stops_what_was_started_and_says_why_in_one_line(place: str) -> None:
    notes: list[str] = []
    fault = ServiceFault("cannot reach https://host - check TWO_URL")
    plugins = [NotingPlugin("one", notes), NotingPlugin("two", notes, failing=Failing(place, fault))]

    with pytest.raises(StartupFailed) as caught:
        await start_and_stop(*plugins)

    assert caught.value.lines == ("two: cannot reach https://host - check TWO_URL",)
    assert caught.value.code == ExitCode.UNAVAILABLE
    assert "serving" not in notes
    assert notes[-1] == "close one"


async def test_a_failed_check_closes_the_plugin_that_failed_too() -> None:
    notes: list[str] = []

    with pytest.raises(StartupFailed):
        await start_and_stop(NotingPlugin("one", notes, failing=Failing("check", ServiceFault("no"))))

    assert notes == ["open one", "check one", "close one"]


async def test_an_unknown_error_is_told_by_its_class_alone() -> None:
    error = RuntimeError("key sk-secret was refused")

    with pytest.raises(StartupFailed) as caught:
        await start_and_stop(NotingPlugin("one", [], failing=Failing("open", error)))

    assert caught.value.lines == ("one: could not start (RuntimeError)",)


@pytest.mark.parametrize("place", ["open", "check"])
async def test_a_start_that_hangs_ends_at_its_time_out(place: str) -> None:
    notes: list[str] = []

    with pytest.raises(StartupFailed, match=r"two: not ready within 0\.2 s"):
        await start_and_stop(NotingPlugin("one", notes), NotingPlugin("two", notes, failing=Failing(place)))

    assert notes[-1] == "close one"


async def test_a_cancelled_start_closes_what_was_opened() -> None:
    notes: list[str] = []
    plugins = [NotingPlugin("one", notes), NotingPlugin("two", notes, failing=Failing("open"))]
    task = asyncio.create_task(start_and_stop(*plugins))
    while "open two" not in notes:
        await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert notes[-1] == "close one"


@pytest.mark.parametrize("failing", [Failing("close", RuntimeError("no")), Failing("close")])
async def test_a_bad_stop_is_logged_and_does_not_keep_the_others_from_stopping(
    failing: Failing, caplog: pytest.LogCaptureFixture
) -> None:
    notes: list[str] = []

    with caplog.at_level(logging.WARNING):
        await start_and_stop(NotingPlugin("one", notes), NotingPlugin("two", notes, failing=failing))

    assert notes[-2:] == ["close two", "close one"]
    assert "service two did not stop cleanly" in caplog.text


async def test_an_error_of_the_serving_block_reaches_the_caller_after_everything_stopped() -> None:
    notes: list[str] = []
    plugin = NotingPlugin("one", notes)

    with pytest.raises(ZeroDivisionError):
        async with Registry([plugin], quick(plugin)).running():
            raise ZeroDivisionError

    assert notes[-1] == "close one"
