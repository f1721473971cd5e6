"""The errors of the kernel and the exit codes of the process.

KernelError
├── ServiceError     a plugin's open or check failed; the message is ours and may be printed
├── CallRefused      a guard did not start the call: continue without it, or retry later
│   ├── CircuitOpen     the last calls failed
│   └── QueueFull       too many calls wait already, or this one waited too long
├── DeadlineExceeded a call took too long; also a TimeoutError
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


class CallRefused(KernelError):
    """Nothing was sent. `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class CircuitOpen(CallRefused):
    """The message is the reason of the last failure."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, 1)


class QueueFull(CallRefused):
    """The upstream is not the reason."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many calls are waiting", retry_after)


class DeadlineExceeded(KernelError, TimeoutError):
    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer within {seconds:g} s")
        self.seconds = seconds


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
