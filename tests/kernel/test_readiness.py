import asyncio

from glossator.kernel.errors import ServiceError
from glossator.kernel.readiness import Readiness
from glossator.kernel.registry import RunningService
from glossator.kernel.services import Services
from tests.kernel.plugins import TranslatorService


async def test_a_service_is_checked_once_per_interval() -> None:
    translator = TranslatorService()
    readiness = Readiness([RunningService("translator", translator, True, 60)], Services())

    first = await readiness.report()
    await readiness.report()

    assert translator.checks == 1
    assert first[0].ok


async def test_a_probe_checks_immediately() -> None:
    translator = TranslatorService()
    readiness = Readiness([RunningService("translator", translator, True, 60)], Services())
    await readiness.report()
    translator.broken = True

    report = await readiness.report(probe=True)

    assert translator.checks == 2
    assert not report[0].ok


async def test_a_real_call_counts_as_a_check() -> None:
    translator, services = TranslatorService(), Services()
    async with services.guard("translator").call():
        pass

    report = await Readiness([RunningService("translator", translator, True, 60)], services).report()

    assert translator.checks == 0
    assert report[0].ok


class TwoKinds(TranslatorService):
    """Has two kinds of calls, of which one fails."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.chat, self.embeddings = services.guard("translator.chat"), services.guard("translator.embeddings")

    async def probe(self) -> None:
        async with self.embeddings.call():
            pass
        async with self.chat.call():
            raise ServiceError("the chat model is down")


async def test_a_probe_tries_each_kind_of_call_and_one_that_fails_means_down() -> None:
    services = Services()
    readiness = Readiness([RunningService("translator", TwoKinds(services), True, 60)], services)

    before = await readiness.report()
    after = await readiness.report(probe=True)

    assert [report[0].ok for report in (before, after)] == [True, False]
    assert {guard.name: guard.works for guard in services.guards_of("translator")} == {
        "translator": False, "translator.chat": False, "translator.embeddings": True,
    }  # fmt: skip


async def test_a_check_that_hangs_means_down() -> None:
    class Hanging(TranslatorService):
        async def check(self) -> None:
            await asyncio.Event().wait()

    services = Services()
    readiness = Readiness([RunningService("translator", Hanging(), True, 60)], services, check_timeout=0.01)

    assert not (await readiness.report())[0].ok
    assert services.guard("translator").last_error == "DeadlineExceeded"
