"""The languages that readers can have pages translated into, as the operator lists them."""

from dataclasses import dataclass
from typing import Final

from langcodes.data_dicts import MACROLANGUAGES

ANY: Final = "*"


@dataclass(frozen=True)
class OfferedLanguages:
    """Canonical tags, or `*` for any language. An entry offers its variants too: `pt` offers `pt-BR`."""

    tags: tuple[str, ...] = (ANY,)

    @property
    def any(self) -> bool:
        return ANY in self.tags

    def __contains__(self, tag: str) -> bool:
        """Whether a canonical tag is offered, itself or as a variant: Egyptian Arabic is one of Arabic."""
        language, _, rest = tag.partition("-")
        names = {tag, f"{MACROLANGUAGES.get(language, language)}{f'-{rest}' if rest else ''}"}
        return self.any or any(name == entry or name.startswith(f"{entry}-") for name in names for entry in self.tags)

    @property
    def reason(self) -> str:
        """Why another language is refused."""
        return f"is not offered here; choose one of: {', '.join(self.tags)}"
