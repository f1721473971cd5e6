from glossator.kernel.readiness import Readiness
from glossator.kernel.registry import Running
from glossator.kernel.services import Services
from tests.kernel.lamps import Lamp


async def test_a_service_is_checked_once_in_its_interval() -> None:
    lamp = Lamp()
    readiness = Readiness([Running("lamp", lamp, True, 60)], Services())

    first = await readiness.report()
    await readiness.report()

    assert lamp.checks == 1
    assert first[0].ok


async def test_a_probe_checks_now() -> None:
    lamp = Lamp()
    readiness = Readiness([Running("lamp", lamp, True, 60)], Services())
    await readiness.report()
    lamp.broken = True

    report = await readiness.report(probe=True)

    assert lamp.checks == 2
    assert not report[0].ok


async def test_a_real_call_stands_for_a_check() -> None:
    lamp, services = Lamp(), Services()
    async with services.guard("lamp").call():
        pass

    report = await Readiness([Running("lamp", lamp, True, 60)], services).report()

    assert lamp.checks == 0
    assert report[0].ok
