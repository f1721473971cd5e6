"""Without the packages of the extra `formats`, its files are named and the others are read."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

READ: Final = """
import json, sys
sys.modules.update(docutils=None, pypdf=None)
from pathlib import Path
from glossator.domain.book.sources.folder import read_pages
print(json.dumps([[page.path, getattr(page, "rule", "")] for page in read_pages(Path(sys.argv[1]), "docusaurus")]))
"""


def test_files_that_need_the_extra_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    for name in ("a.rst", "b.pdf", "c.md"):
        (tmp_path / name).write_text("Words.")

    done = subprocess.run([sys.executable, "-c", READ, str(tmp_path)], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == [["a.rst", "extra"], ["b.pdf", "extra"], ["c.md", ""]]
