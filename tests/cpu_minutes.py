"""CPU minutes of the whole run: the workers and the processes that they started, at the end of the report."""

import resource
from typing import Any, Final

import pytest

from tests.forks import FORKED

KEY: Final = "cpu_seconds"
OF_WORKERS: Final = pytest.StashKey[list[float]]()


def cpu_seconds() -> float:
    """Of this process and of the children that have ended."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[OF_WORKERS] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist reports to the controller."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[KEY] = cpu_seconds()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Runs in the controller. A worker that crashed has reported nothing."""
    node.config.stash[OF_WORKERS].append(getattr(node, "workeroutput", {}).get(KEY, 0.0))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    workers = config.stash[OF_WORKERS]
    own = resource.getrusage(resource.RUSAGE_SELF)
    seconds = own.ru_utime + own.ru_stime + sum(workers) + config.stash[FORKED] if workers else cpu_seconds()
    terminalreporter.write_line(f"CPU: {seconds / 60:.1f} min ({len(workers) or 1} process(es) and their children)")
