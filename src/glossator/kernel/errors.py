"""The errors of the kernel and the exit codes of the process.

KernelError
├── ServiceError     a plugin's open or check failed; the message is ours and may be printed
└── StartupFailed    the process must exit: the lines to print and the exit code
    └── SettingsInvalid   all errors of the settings at once (78)
"""

from collections.abc import Sequence
from enum import IntEnum

from glossator.kernel.settings.setting import Settings


class ExitCode(IntEnum):
    """The exit codes of commands, as in sysexits.h where it defines one."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNAVAILABLE = 69
    SETTINGS = 78
    INTERRUPTED = 130
    TERMINATED = 143


class KernelError(Exception):
    """The base class; catch a subclass."""


class ServiceError(KernelError):
    """Raised by a plugin's `open` or `check`: one sentence says what is wrong, then ` - ` and what to do.

    The message must not contain text of an upstream, a secret, or the user info, query or path of a URL.
    """


class StartupFailed(KernelError):
    """The start failed; nothing was served, and all started services were stopped."""

    def __init__(self, code: ExitCode, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.code = code
        self.lines = tuple(lines)


class SettingsInvalid(StartupFailed):
    """The lines contain names and rules, never values. `settings` contains the valid values and None for the others."""

    def __init__(self, lines: Sequence[str], settings: Settings | None = None) -> None:
        super().__init__(ExitCode.SETTINGS, lines)
        self.settings = settings
