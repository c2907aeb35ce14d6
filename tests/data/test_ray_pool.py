"""Films decoded on a Ray cluster give the store of the local pool, byte for byte."""

import hashlib
import sys
from pathlib import Path

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.video import write
from kineograph.data import store_writer
from kineograph.data.ray_pool import in_order, ray_pool
from kineograph.data.sources.video_folder import VideoFolder
from tests.data.check.bad_films import scene
from tests.data.clips import SETTINGS


def content(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_results_come_in_order_and_few_wait():
    waiting = set()

    def submit(item: int) -> int:
        waiting.add(item)
        assert len(waiting) <= 3
        return item

    def result(item: int) -> int:
        waiting.remove(item)
        return 10 * item

    assert list(in_order(submit, result, range(8), 3)) == list(range(0, 80, 10))
    assert list(in_order(submit, result, [], 3)) == []


def test_without_ray_one_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"pip install 'kineograph\[ray\]'"), ray_pool(1):
        pass


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own, about files and sockets that it leaves to be collected
def test_a_cluster_gives_the_store_of_the_local_pool(tmp_path, monkeypatch):
    ray = pytest.importorskip("ray")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(store_writer, "SHARD_FILMS", 2)
    for place in range(5):
        write(tmp_path / "films" / f"{place}.gif", torch.from_numpy(scene(place, 8)), 12, {})
    (tmp_path / "films" / "broken.mp4").write_text("no film")
    stores = {}
    for engine in ("local", "ray"):
        monkeypatch.setenv("KINEOGRAPH_STORES", str(tmp_path / engine))
        source = VideoFolder(folder=str(tmp_path / "films"), stills=False, **SETTINGS)
        assert len(source.prepare(1, engine)) == 1
        stores[engine] = content(source.store_folder)
    assert stores["ray"] == stores["local"]
    assert not ray.is_initialized()
