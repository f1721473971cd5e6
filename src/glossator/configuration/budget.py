"""Settings for what the site may spend on models."""

from typing import Any, Final

from glossator.kernel.settings.setting import Setting
from glossator.kernel.settings.types import number

MAX_USD: Final = 1_000_000

BUDGET_SITE_DAY: Final = Setting(
    "BUDGET__SITE_DAY", number(0, MAX_USD), "Maximum USD per UTC day for all calls of models together; 0: no cap"
)
BUDGET_SITE_MONTH: Final = Setting(
    "BUDGET__SITE_MONTH", number(0, MAX_USD), "Maximum USD per UTC month for all calls of models together; 0: no cap"
)
BUDGET_ACCOUNT_DAY: Final = Setting(
    "BUDGET__ACCOUNT_DAY", number(0, MAX_USD), "Maximum USD per UTC day for one account; 0: no cap"
)
BUDGET_NETWORK_DAY: Final = Setting(
    "BUDGET__NETWORK_DAY",
    number(0, MAX_USD),
    "Maximum USD per UTC day for one client network without an account; 0: no cap",
)
BUDGET_GUESTS_SHARE: Final = Setting(
    "BUDGET__GUESTS_SHARE",
    number(0, 1),
    "Share of BUDGET__SITE_DAY for all readers without an account, or with one of less than a day; 0: no cap",
)
BUDGET_REWRITING_SHARE: Final = Setting(
    "BUDGET__REWRITING_SHARE", number(0, 1), "Share of BUDGET__SITE_DAY for rewriting; 0: no cap"
)

BUDGET_SETTINGS: Final[tuple[Setting[Any], ...]] = (
    BUDGET_SITE_DAY,
    BUDGET_SITE_MONTH,
    BUDGET_ACCOUNT_DAY,
    BUDGET_NETWORK_DAY,
    BUDGET_GUESTS_SHARE,
    BUDGET_REWRITING_SHARE,
)
