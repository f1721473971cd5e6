"""Every command of docs/operating.md runs against a server and prints what the document shows."""

import shutil
from typing import Final

import pytest

from tests.documents.blocks import blocks_of
from tests.documents.conftest import Documented
from tests.documents.consoles import Console

BLOCKS: Final = blocks_of("operating.md")
SETUP: Final = next(block.text for block in BLOCKS if block.language == "bash")
SECTIONS: Final = list(dict.fromkeys(block.section for block in BLOCKS if block.language == "console"))


def test_ten_questions_are_answered() -> None:
    assert [section.partition(".")[0] for section in SECTIONS] == [str(number) for number in range(1, 11)]


@pytest.mark.skipif(not shutil.which("curl"), reason="this machine has no curl")
@pytest.mark.usefixtures("usual_data")
@pytest.mark.parametrize("section", SECTIONS)
def test_commands_print_what_the_document_shows(section: str, documented: Documented) -> None:
    console = Console(documented.place, documented.variables, SETUP)
    for block in BLOCKS:
        if block.section == section and block.language == "console":
            console.prints_what_is_shown(block)
