"""Run Glossator: `python -m glossator`. A signal that comes while its modules are loaded ends the process at once."""

import os
import signal
from types import FrameType


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    from glossator.cli import main as command  # noqa: PLC0415 - takes a second, in which a signal may come

    signal.signal(signal.SIGINT, signal.default_int_handler)
    command(prog_name="glossator")


def _leave(number: int, _frame: FrameType | None) -> None:
    os._exit(128 + number)


if __name__ == "__main__":
    main()
