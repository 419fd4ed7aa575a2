"""Prepared networks kept on disk under the hash of what they were prepared from."""

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from catchment.engines import engine
from catchment.engines.contraction import Contraction
from catchment.engines.elimination import VERSION, Hierarchy
from catchment.engines.protocol import Router
from catchment.network import Arcs


def prepare(name: str, arcs: Arcs, folder: Path | None = None) -> Router:
    """An engine made ready for a network; taken from the folder if the same network was prepared before."""
    if folder is None or name != "contraction":
        return engine[name](arcs)
    file = folder / f"{content_hash(arcs)}.npz"
    if file.exists():
        with np.load(file) as kept:
            fields: dict[str, Any] = {f: kept[f] if kept[f].ndim else int(kept[f]) for f in Hierarchy._fields}
            return Contraction(Hierarchy(**fields))
    router = engine[name](arcs)
    assert isinstance(router, Contraction)
    folder.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.part.npz")
    np.savez(part, **router.hierarchy._asdict())
    part.replace(file)
    return router


def content_hash(arcs: Arcs) -> str:
    """One value for equal arcs, another for any that differ."""
    found = hashlib.sha256(f"{VERSION} {arcs.nodes}".encode())
    for column in (arcs.from_node, arcs.to_node, arcs.cost):
        found.update(np.ascontiguousarray(column, dtype=np.int64).tobytes())
    return found.hexdigest()
