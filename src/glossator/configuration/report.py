"""Settings for the report on what the book lacks."""

from typing import Any, Final

from glossator.domain.report.questions import ReportOptions
from glossator.kernel.settings.setting import Setting, Settings
from glossator.kernel.settings.types import FLAG, integer

REPORT_ANONYMOUS: Final = Setting(
    "REPORT__ANONYMOUS", FLAG, "Keep the masked text of questions without an account for `glossator report`"
)
REPORT_RETENTION_DAYS: Final = Setting(
    "REPORT__RETENTION_DAYS", integer(1, 400), "Days after which what `glossator report` reads is deleted"
)
REPORT_SETTINGS: Final[tuple[Setting[Any], ...]] = (REPORT_ANONYMOUS, REPORT_RETENTION_DAYS)


def report_options(settings: Settings) -> ReportOptions:
    return ReportOptions(settings[REPORT_ANONYMOUS], settings[REPORT_RETENTION_DAYS])
