"""Run folders: data/processed/<run>/ and maps/<run>/, written whole or not at all.

A run is written beside its place under a name that starts with a dot, synced to disk, then renamed;
run.toml, with the hash of every file, is written last. The same inputs give the same bytes: nothing in
a run tells the time.
"""

import hashlib
import os
import shutil
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import tomli_w

from catchment.errors import InputError, problem
from catchment.settings import Settings
from catchment.tables import TABLES

LIBRARIES = (
    "geopandas",
    "networkx",
    "numpy",
    "ortools",
    "osmium",
    "pandas",
    "pyogrio",
    "pyproj",
    "rasterio",
    "scikit-learn",
    "scipy",
    "shapely",
)


@dataclass(frozen=True)
class Run:
    """What a run holds: its tables and the manifest (settings, versions, input hashes)."""

    tables: dict[str, pd.DataFrame]
    manifest: dict[str, Any]


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def input_hashes(folder: Path, settings: Settings) -> dict[str, str]:
    """SHA-256 of every file that the settings name."""
    paths = settings.sources.paths
    return {path: file_hash(folder / path) for path in paths if (folder / path).is_file()}


def places(folder: Path, run: str) -> tuple[Path, Path]:
    """The two folders of a run: tables and publications.

    Raises InputError for a name that could lead out of the study.
    """
    if not run or run.startswith(".") or not all(c.isalnum() or c in "-_." for c in run):
        raise InputError(problem("{run} is no name for a run", "use letters, digits, - and _", run=run))
    return folder / "data" / "processed" / run, folder / "maps" / run


def write_run(
    folder: Path,
    run: str,
    settings: Settings,
    tables: Mapping[str, pd.DataFrame],
    publish: Callable[[Path], object] | None,
) -> Path:
    """Write a run's tables, publications and manifest; an older run of that name is replaced whole.

    publish: draws maps and documents into the folder that it is given; None = tables only, and the maps
    of an older run of that name go, since they no longer show these tables.
    """
    data, maps = places(folder, run)
    fresh_data, fresh_maps = (_fresh(place) for place in (data, maps))
    for name in sorted(tables):
        tables[name].to_parquet(fresh_data / f"{name}.parquet", index=False)
    if publish:
        publish(fresh_maps)
    manifest = {
        "run": run,
        "catchment": metadata.version("catchment"),
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        "seed": settings.study.seed,
        "settings": settings_of(settings),
        "inputs": input_hashes(folder, settings),
        "rows": {name: len(tables[name]) for name in sorted(tables)},
        "tables": {f.name: file_hash(f) for f in sorted(fresh_data.glob("*.parquet"))},
        "maps": {
            f.relative_to(fresh_maps).as_posix(): file_hash(f) for f in sorted(fresh_maps.rglob("*")) if f.is_file()
        },
    }
    (fresh_data / "run.toml").write_text(tomli_w.dumps(manifest), "utf-8")
    for fresh, place in ((fresh_maps, maps), (fresh_data, data)):
        _sync(fresh)
        _swap(fresh, place)
    return data


@contextmanager
def written_whole(place: Path) -> Iterator[Path]:
    """A folder to write into; it takes its place, and that of an older one there, only when all is written."""
    fresh = _fresh(place)
    yield fresh
    _sync(fresh)
    _swap(fresh, place)


def settings_of(settings: Settings) -> dict[str, Any]:
    """Settings as a run keeps them."""
    kept: dict[str, Any] = _without_none(settings.model_dump(mode="json"))
    return kept


def _without_none(value: Any) -> Any:
    """TOML has no null: keys without a value are left out."""
    if isinstance(value, dict):
        return {str(k): _without_none(v) for k, v in value.items() if v is not None}
    return [_without_none(v) for v in value] if isinstance(value, list) else value


def _fresh(place: Path) -> Path:
    """An empty folder beside a place; left-overs of a killed run are swept."""
    _recover(place)
    fresh = place.with_name(f".{place.name}.new")
    if fresh.exists():
        shutil.rmtree(fresh)
    fresh.mkdir(parents=True)
    return fresh


def _swap(fresh: Path, place: Path) -> None:
    """Put a finished folder in its place; killed in between, `_recover` brings the old one back."""
    old = place.with_name(f".{place.name}.old")
    if place.exists():
        place.rename(old)
    fresh.rename(place)
    _sync(place.parent, deep=False)
    if old.exists():
        shutil.rmtree(old)


def _recover(place: Path) -> None:
    old = place.with_name(f".{place.name}.old")
    if old.exists() and not place.exists():
        old.rename(place)
    elif old.exists():
        shutil.rmtree(old)


def _sync(folder: Path, *, deep: bool = True) -> None:
    for path in [*(folder.rglob("*") if deep else ()), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_run(folder: Path, run: str) -> Run:
    """A run's tables and manifest.

    Raises InputError if there is no such run, or one of its files is not the one that was written.
    """
    data, _ = places(folder, run)
    _recover(data)
    if not (data / "run.toml").exists():
        raise InputError(problem("there is no run {run}", "make it with `catchment run`", where=folder, run=run))
    manifest = tomllib.loads((data / "run.toml").read_text("utf-8"))
    spoilt = [
        name
        for name, digest in manifest["tables"].items()
        if not (data / name).exists() or file_hash(data / name) != digest
    ]
    if spoilt:
        raise InputError(problem("files of the run were changed or lost", "run it again", where=data, rows=spoilt))
    tables = {}
    for name in manifest["tables"]:
        stem = name.removesuffix(".parquet")
        read = gpd.read_parquet if stem in TABLES and TABLES[stem].geometry else pd.read_parquet
        tables[stem] = read(data / name)
    return Run(tables, manifest)
