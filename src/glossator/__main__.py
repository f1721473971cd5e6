"""Entry point of `python -m glossator`. A signal during the imports ends the process at once.

Nothing that they create is garbage, so the collector pauses until they end: it would take a fifth of their time.
"""

import gc
import os
import signal
from types import FrameType


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _exit)
    gc.disable()
    from glossator.cli import main as command  # noqa: PLC0415 - signals must be handled before

    command(prog_name="glossator", obj=_handle_interrupts)


def _handle_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _exit(number: int, _frame: FrameType | None) -> None:
    os._exit(128 + number)


if __name__ == "__main__":
    main()
