"""Where the repository and the shared corpora are. The corpora are optional: tests that need them skip without."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
CORPORA: Final = ROOT.parent / "shared" / "data"
BOOK_CASES: Final = ROOT / "tests" / "data" / "book_cases"
STARLETTE_DOCS: Final = CORPORA / "starlette-docs" / "docs"
GENERATOR_SITES: Final = ROOT / "tests" / "data" / "generators"
"""Sites that generators built, made by `tools/generator_fixtures`."""
