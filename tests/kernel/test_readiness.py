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
