"""Several prepared stores as one data set, such as stills among films (image-video co-training)."""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from jaxtyping import Float64, UInt8

from kineograph.core.errors import UserError
from kineograph.core.types import KEYS_PER_GROUP
from kineograph.data.clip_store import ClipStore, stores_folder
from kineograph.data.films import Film, group_numbers


class Mixture:
    """``stores`` by names of your own; of every round of training positions each has as many as ``weights`` says.

    Classes of one name are one class. Films keep the split of their store, and groups of two stores are two. Raises
    UserError for weights that are no whole numbers above 0, and where a store is missing.
    """

    def __init__(self, *, stores: dict[str, str], weights: dict[str, int]):
        if not stores or stores.keys() != weights.keys():
            raise UserError(f"data.source: weights for {', '.join(weights)}, but stores {', '.join(stores)}; one each")
        for name, weight in weights.items():
            if isinstance(weight, bool) or not isinstance(weight, int) or weight < 1:
                raise UserError(f"data.source.weights.{name} is {weight}; how many positions of a round, 1 or more?")
        self.stores = stores
        self.weights = weights
        self.films: Sequence[Film] = ()
        self.classes: Sequence[str] = ()
        self.data_hash = self.licence = self.attribution = ""
        self._opened: list[ClipStore] = []
        self._ends: list[int] = []
        self._numbers: dict[str, int] = {}

    def open(self) -> "Mixture":
        known = sorted(meta.parent.name for meta in stores_folder().glob("*/meta.json"))
        for store in self.stores.values():
            if not (stores_folder() / store / "meta.json").is_file():
                raise UserError(f"{stores_folder() / store}: no such store; prepared are: {', '.join(known) or 'none'}")
        self._opened = [ClipStore(stores_folder() / store, {}, "data prepare") for store in self.stores.values()]
        self._ends = list(accumulate(len(store.films) for store in self._opened))
        self.classes = list(dict.fromkeys(name for store in self._opened for name in store.classes))
        pairs = list(zip(self.stores, self._opened, strict=True))
        self._numbers = group_numbers({f"{name}: {film.group}" for name, store in pairs for film in store.films})
        self.films = [self._film(film, name, store) for name, store in pairs for film in store.films]
        hashes = [[name, store.data_hash] for name, store in pairs]
        self.data_hash = hashlib.sha256(json.dumps(hashes).encode()).hexdigest()
        self.licence = "; ".join(dict.fromkeys(store.licence for store in self._opened))
        self.attribution = "; ".join(dict.fromkeys(store.attribution for store in self._opened))
        return self

    def _film(self, film: Film, name: str, store: ClipStore) -> Film:
        group = f"{name}: {film.group}"
        return film._replace(
            group=group,
            key=self._numbers[group] * KEYS_PER_GROUP + film.key % KEYS_PER_GROUP,
            label=self.classes.index(store.classes[film.label]) if film.label >= 0 else -1,
            part=name,
            turns=self.weights[name],
        )

    def read(self, index: int, times: Float64[np.ndarray, "t"]) -> UInt8[np.ndarray, "t h w c"]:
        place = bisect_right(self._ends, index)
        return self._opened[place].read(index - (self._ends[place - 1] if place else 0), times)
