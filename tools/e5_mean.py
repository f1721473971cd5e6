"""Writes the mean vector that the plugin `local_models` subtracts from E5's vectors.

It is the mean of the sample book's passages and of a few sentences on other subjects. Never that of the served book:
that makes questions about it look like questions about anything.
Run it with `python -m tools.e5_mean` when the model or its prefixes change; the sample book may change without it.
"""

import asyncio
import sys
from pathlib import Path
from typing import Final

from glossator.domain.book.passages import Page
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator_plugins.local_models.encoder import Floats
from glossator_plugins.local_models.model_files import E5
from glossator_plugins.local_models.models import MEAN_FILE, e5

ROOT: Final = Path(__file__).parent.parent
TARGET: Final = ROOT / "plugins" / "glossator_plugins" / "local_models" / MEAN_FILE
SENTENCES: Final = (
    "Boil the rice in salted water for twelve minutes, then let it rest under a lid.",
    "The striker scored twice in the second half and the match ended in a draw.",
    "A contract is binding when both parties have agreed to its terms and signed it.",
    "Light travels about three hundred thousand kilometres in one second.",
    "Wash the wound with clean water and cover it with a sterile bandage.",
    "The river floods the valley every spring when the snow in the mountains melts.",
    "To install the package, run the command in a terminal and restart the program.",
    "A function returns a value to its caller when it reaches the return statement.",
    "The museum is open from Tuesday to Sunday between nine and five.",
    "Interest is paid at the end of each month and added to the balance.",
    "Bees collect nectar from flowers and carry pollen from one plant to another.",
    "The treaty was signed in 1648 and ended a war of thirty years.",
    "Press the red button to stop the machine in an emergency.",
    "The train to the coast leaves from platform four at half past seven.",
    "A triangle whose sides are three, four and five has a right angle.",
    "The novel tells the story of two sisters who grow up in a small village.",
    "Store the file in a folder that only its owner may read.",
    "Plants use sunlight to make sugar from water and carbon dioxide.",
    "The committee will vote on the new budget next week.",
    "Paint the wall twice and let it dry for six hours between the coats.",
    "The database keeps a copy of each record on a second server.",
    "Mix the flour with the eggs and add milk until the dough is soft.",
    "Voters elect a new parliament every four years.",
    "The patient should take one tablet in the morning after a meal.",
)


async def computed_mean(weights: Path) -> Floats:
    """Shape (384,)."""
    model = e5(weights, mean=None)
    splitter = Splitter("docusaurus", Limits(1000))
    pages = [page for page in read_pages(ROOT / "sample-book", "docusaurus") if isinstance(page, Page)]
    texts = [*(passage.indexed_text for page in pages for passage in splitter(page)), *SENTENCES]
    vectors, _ = await model.embed(texts, "passage", asyncio.Semaphore(1))
    mean: Floats = vectors.mean(axis=0)
    return mean


async def main() -> None:
    paths = E5.find(sys.path)
    if paths is None:
        sys.exit(f"{E5.distribution} is not installed")
    mean = await computed_mean(paths[0])
    TARGET.write_text("\n".join(f"{number:.6f}" for number in mean) + "\n", encoding="ascii")


if __name__ == "__main__":
    asyncio.run(main())
