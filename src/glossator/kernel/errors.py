"""What the kernel raises, and the exit code that goes with it.

KernelError
├── ServiceError     a plugin's open or check failed; its message is ours and may be printed
└── StartupFailed    the process must end: the lines to print and the code to exit with
    └── SettingsInvalid   every fault of the settings at once (78)
"""

from collections.abc import Sequence
from enum import IntEnum

from glossator.kernel.settings.setting import Settings


class ExitCode(IntEnum):
    """How a command ends; after sysexits.h where it has a name."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNAVAILABLE = 69
    SETTINGS = 78
    INTERRUPTED = 130
    TERMINATED = 143


class KernelError(Exception):
    """The root; catch a subclass."""


class ServiceError(KernelError):
    """Raised by a plugin's `open` or `check`: one sentence of what is wrong, then ` - ` and what to do.

    It must never hold an upstream's own text, a secret, nor a URL's user info, query or path.
    """


class StartupFailed(KernelError):
    """Nothing was served; what had started was stopped again."""

    def __init__(self, code: ExitCode, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.code = code
        self.lines = tuple(lines)


class SettingsInvalid(StartupFailed):
    """Names and rules only, never a value. `settings`: what was read all the same, None for what is wrong."""

    def __init__(self, lines: Sequence[str], settings: Settings | None = None) -> None:
        super().__init__(ExitCode.SETTINGS, lines)
        self.settings = settings
