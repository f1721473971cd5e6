import asyncio
import logging
from importlib.metadata import version

import pytest

from glossator.kernel.errors import ExitCode, ServiceError, SettingsInvalid, StartupFailed
from glossator.kernel.registry import Registry
from tests.kernel.plugins import Failure, RecordingPlugin, Reranker, Translator, short_timeouts

pytestmark = pytest.mark.virtual_time


async def start_and_stop(*plugins: RecordingPlugin) -> None:
    async with Registry(plugins, short_timeouts(*plugins)).running():
        plugins[0].calls.append("serving")


async def test_services_open_in_list_order_and_stop_in_reverse() -> None:
    calls: list[str] = []

    await start_and_stop(RecordingPlugin("one", calls), RecordingPlugin("two", calls))

    assert [call for call in calls if not call.startswith("check")] == [
        "open one", "open two", "serving", "close two", "close one",
    ]  # fmt: skip


async def test_nothing_is_served_before_every_check_has_passed() -> None:
    calls: list[str] = []

    await start_and_stop(RecordingPlugin("one", calls), RecordingPlugin("two", calls))

    assert set(calls[: calls.index("serving")]) >= {"check one", "check two"}


async def test_a_check_does_not_delay_the_next_plugin() -> None:
    calls: list[str] = []
    plugins = [RecordingPlugin("one", calls, failure=Failure("check")), RecordingPlugin("two", calls)]

    with pytest.raises(StartupFailed, match="one: not ready"):
        await start_and_stop(*plugins)

    assert "check two" in calls


async def test_a_failed_check_ends_the_start_of_a_plugin_that_hangs() -> None:
    calls: list[str] = []
    refused = Failure("check", ServiceError("the key was refused"))
    plugins = [
        RecordingPlugin("one", calls, failure=refused), RecordingPlugin("two", calls, failure=Failure("open")),
    ]  # fmt: skip

    with pytest.raises(StartupFailed, match="one: the key was refused"):
        await start_and_stop(*plugins)

    assert calls == ["open one", "open two", "check one", "close one"]


async def test_modules_are_imported_before_anything_opens() -> None:
    calls: list[str] = []
    plugins = [RecordingPlugin("one", calls), RecordingPlugin("two", calls, modules=("no_such_module",))]

    with pytest.raises(StartupFailed, match=r"two: could not start \(ModuleNotFoundError\)"):
        await start_and_stop(*plugins)

    assert calls == []


async def test_each_start_is_logged_with_version_and_duration(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        await start_and_stop(RecordingPlugin("tracing", []))

    [line] = [record for record in caplog.records if record.getMessage().startswith("plugin_started")]
    assert line.getMessage() == f"plugin_started: tracing {version('glossator')} in 0.00 s"
    assert vars(line).items() >= {"plugin": "tracing", "version": version("glossator"), "duration_ms": 0.0}.items()


async def test_a_service_is_registered_under_every_provided_type() -> None:
    plugin = RecordingPlugin("one", [], provides=(Translator, Reranker))

    async with Registry([plugin], short_timeouts(plugin)).running() as services:
        assert id(services.get(Translator)) == id(services.get(Reranker))


async def test_a_narrowed_plugin_leaves_the_other_types_to_another_plugin() -> None:
    first = RecordingPlugin("one", [], provides=(Translator, Reranker))
    second = RecordingPlugin("two", [], provides=(Reranker,))
    registry = Registry([first, second], short_timeouts(first, second), {"one": ("Translator",)})

    async with registry.running() as services:
        assert id(services.get(Translator)) != id(services.get(Reranker))


def test_two_providers_of_one_type_are_a_settings_error() -> None:
    plugins = [RecordingPlugin(name, [], provides=(Translator,)) for name in ("one", "two")]

    with pytest.raises(SettingsInvalid, match="two and one both provide Translator") as caught:
        Registry(plugins, short_timeouts(*plugins))

    assert caught.value.code == ExitCode.SETTINGS


def test_a_required_type_must_be_provided_by_an_earlier_plugin() -> None:
    plugins = [RecordingPlugin("one", [], requires=(Translator,)), RecordingPlugin("two", [], provides=(Translator,))]

    with pytest.raises(SettingsInvalid, match="one requires Translator"):
        Registry(plugins, short_timeouts(*plugins))


@pytest.mark.parametrize("step", ["open", "check"])
async def test_a_failed_start_stops_started_services_and_reports_one_line(step: str) -> None:
    calls: list[str] = []
    error = ServiceError("cannot reach https://host - check TWO_URL")
    plugins = [RecordingPlugin("one", calls), RecordingPlugin("two", calls, failure=Failure(step, error))]

    with pytest.raises(StartupFailed) as caught:
        await start_and_stop(*plugins)

    assert caught.value.lines == ("two: cannot reach https://host - check TWO_URL",)
    assert caught.value.code == ExitCode.UNAVAILABLE
    assert "serving" not in calls
    assert calls[-1] == "close one"


async def test_a_failed_check_also_closes_its_own_plugin() -> None:
    calls: list[str] = []

    with pytest.raises(StartupFailed):
        await start_and_stop(RecordingPlugin("one", calls, failure=Failure("check", ServiceError("no"))))

    assert calls == ["open one", "check one", "close one"]


async def test_an_unknown_error_is_reported_by_its_class_only() -> None:
    error = RuntimeError("key sk-secret was refused")

    with pytest.raises(StartupFailed) as caught:
        await start_and_stop(RecordingPlugin("one", [], failure=Failure("open", error)))

    assert caught.value.lines == ("one: could not start (RuntimeError)",)


@pytest.mark.parametrize("step", ["open", "check"])
async def test_a_hanging_start_ends_at_its_timeout(step: str) -> None:
    calls: list[str] = []

    with pytest.raises(StartupFailed, match=r"two: not ready within 0\.2 s"):
        await start_and_stop(RecordingPlugin("one", calls), RecordingPlugin("two", calls, failure=Failure(step)))

    assert calls[-1] == "close one"


async def test_a_cancelled_start_closes_what_was_opened() -> None:
    calls: list[str] = []
    plugins = [RecordingPlugin("one", calls), RecordingPlugin("two", calls, failure=Failure("open"))]
    task = asyncio.create_task(start_and_stop(*plugins))
    while "open two" not in calls:
        await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert calls[-1] == "close one"


@pytest.mark.parametrize("failure", [Failure("close", RuntimeError("no")), Failure("close")])
async def test_a_failed_stop_is_logged_and_the_other_services_stop(
    failure: Failure, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[str] = []

    with caplog.at_level(logging.WARNING):
        await start_and_stop(RecordingPlugin("one", calls), RecordingPlugin("two", calls, failure=failure))

    assert calls[-2:] == ["close two", "close one"]
    assert "service two did not stop cleanly" in caplog.text


async def test_an_error_while_serving_reaches_the_caller_after_everything_stopped() -> None:
    calls: list[str] = []
    plugin = RecordingPlugin("one", calls)

    with pytest.raises(ZeroDivisionError):
        async with Registry([plugin], short_timeouts(plugin)).running():
            raise ZeroDivisionError

    assert calls[-1] == "close one"
