"""Writes the mean vector that the plugin `local_models` subtracts from E5's vectors.

It is the mean of `e5_mean_texts.json`: the passages of the bundled sample book when the model got its name, and a few
sentences on other subjects. The texts are stored because the sample book changes and a new mean needs a new name of the
model. They are never the served book's: that makes questions about it look like questions about anything.
Run it with `python -m tools.e5_mean` when the model or its prefixes change.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Final

from glossator.kernel.guards.guard import Guard
from glossator_plugins.local_models.encoder import Floats
from glossator_plugins.local_models.model_files import E5
from glossator_plugins.local_models.models import MEAN_FILE, e5

TEXTS: Final = Path(__file__).with_name("e5_mean_texts.json")
TARGET: Final = Path(__file__).parent.parent / "plugins" / "glossator_plugins" / "local_models" / MEAN_FILE


async def computed_mean(weights: Path) -> Floats:
    """Shape (384,)."""
    model = e5(weights, mean=None)
    texts: list[str] = json.loads(TEXTS.read_text("utf-8"))
    vectors, _ = await model.embed(texts, "passage", Guard("local_models"))
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
