"""From an OSM file to a routable table: the project's reader, a thin reader of ways, pyrosm and osmnx side by side.

`python benchmarks/osm_reading.py [REPEATS]`. Every measurement is a process of its own, the readers take
turns, and medians are printed. Seconds leave out imports (each process first reads a hamlet, as libraries
import much at their first use) and count worker processes; peaks are those of the whole process. Edges and
km are each reader's own: ours and the thin reader's are stretches of street between junctions, those of
pyrosm and osmnx are directed arcs (pyrosm's of driving only).
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from array import array
from collections.abc import Callable
from pathlib import Path

import numpy as np
import osmium
from pyproj import CRS, Transformer
from rivals import ROOT, rival_python
from scipy import sparse

DATA = ROOT.parent / "shared" / "data"
HAMLET = DATA / "osm_extracts" / "bautzen_tiny.osm"
PORTO = DATA / "osm_extracts" / "porto.osm.pbf"
PORTO_ALEGRE = DATA / "brazil_poa" / "poa_osm.pbf"
SIDE = 4
"""Porto Alegre is also laid out SIDE x SIDE times, apart from each other."""
ID_STEP, DEGREES = 10**11, 0.5

Found = tuple[int, float]
"""Edges and kilometres."""


def ours() -> Callable[[Path, int], Found]:
    from catchment.network import build_edges
    from catchment.read.osm import read_osm_roads

    def read(path: Path, epsg: int) -> Found:
        edges = build_edges(read_osm_roads(path, CRS.from_epsg(epsg)).table)
        return len(edges), edges["length_mm"].sum() / 1e6

    return read


def thin() -> Callable[[Path, int], Found]:
    """What a reader must do at least: node numbers and lengths, with no names, rights, reasons or lines."""

    def collect(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        refs, lon, lat, sizes = array("q"), array("d"), array("d"), array("q")
        ways = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations()
        ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY)).with_filter(osmium.filter.KeyFilter("highway"))
        for way in ways:
            before = len(refs)
            for node in way.nodes:
                location = node.location
                if location.valid():
                    refs.append(node.ref)
                    lon.append(location.lon)
                    lat.append(location.lat)
            sizes.append(len(refs) - before)
        return tuple(np.asarray(each) for each in (refs, lon, lat, sizes))

    def read(path: Path, epsg: int) -> Found:
        refs, lon, lat, sizes = collect(path)
        x, y = Transformer.from_crs(4326, epsg, always_xy=True).transform(lon, lat)
        keys, node = np.unique(refs, return_inverse=True)
        way = np.repeat(np.arange(len(sizes)), sizes)
        cut = np.flatnonzero(
            (np.bincount(node)[node] > 1) | (np.diff(way, prepend=-1) > 0) | (np.diff(way, append=len(sizes)) > 0)
        )
        along = np.concatenate([[0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
        same = way[cut[:-1]] == way[cut[1:]]
        start, end = cut[:-1][same], cut[1:][same]
        length = along[end] - along[start]
        graph = sparse.csr_matrix((length, (node[start], node[end])), shape=(len(keys), len(keys)))
        return len(length), graph.sum() / 1000

    return read


def pyrosm() -> Callable[[Path, int], Found]:
    import pyrosm

    def read(path: Path, _epsg: int) -> Found:
        graph = pyrosm.OSM(str(path)).get_graph("driving", retain_all=True)
        return graph.ecount(), sum(graph.es["length"]) / 1000

    return read


def osmnx() -> Callable[[Path, int], Found]:
    import osmnx

    def read(path: Path, _epsg: int) -> Found:
        graph = osmnx.graph_from_xml(path, retain_all=True)
        return len(graph.edges), sum(length for _, _, length in graph.edges(data="length")) / 1000

    return read


READERS = {reader.__name__: reader for reader in (ours, thin, pyrosm, osmnx)}


def used_seconds() -> float:
    return sum(
        each.ru_utime + each.ru_stime
        for each in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def child(name: str, path: Path, epsg: int, hamlet: Path) -> None:
    """One measurement, told as JSON."""
    warnings.simplefilter("ignore")
    read = READERS[name]()
    read(hamlet, 32633)
    cpu, wall = used_seconds(), time.perf_counter()
    edges, km = read(path, epsg)
    cpu, wall = used_seconds() - cpu, time.perf_counter() - wall
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    print(json.dumps({"cpu": cpu, "wall": wall, "peak": peak, "edges": edges, "km": km}))


def measure(name: str, path: Path, epsg: int, hamlet: Path) -> dict[str, float]:
    # A temporary folder for each run: pyrosm keeps its results there and would find them again.
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(
            [rival_python(), __file__, name, path, str(epsg), hamlet],
            env={**os.environ, "TMPDIR": folder}, stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
    return json.loads(result.stdout.splitlines()[-1])


def tile(source: Path, target: Path) -> None:
    """The same place SIDE x SIDE times, shifted and with ids of its own."""
    with osmium.SimpleWriter(osmium.io.File(str(target), "pbf,add_metadata=none")) as writer:
        for kind in (osmium.osm.NODE, osmium.osm.WAY):
            for k in range(SIDE * SIDE):
                ids, east, north = k * ID_STEP, k % SIDE * DEGREES, k // SIDE * DEGREES
                for thing in osmium.FileProcessor(str(source), kind):
                    if thing.is_node():
                        writer.add_node(
                            thing.replace(id=thing.id + ids, location=(thing.lon + east, thing.lat + north))
                        )
                    else:
                        writer.add_way(thing.replace(id=thing.id + ids, nodes=[n.ref + ids for n in thing.nodes]))


def convert(source: Path, target: Path) -> None:
    with osmium.SimpleWriter(str(target)) as writer:
        osmium.apply(osmium.io.Reader(str(source), osmium.osm.NODE | osmium.osm.WAY), writer)


def table(title: str, runs: dict[str, list[dict[str, float]]]) -> None:
    median = {
        name: {key: statistics.median(run[key] for run in each) for key in each[0]} for name, each in runs.items()
    }
    print(f"\n{title}")
    print(
        f"{'reader':<8}{'CPU s':>8}{'wall s':>8}{'peak MiB':>10}{'edges':>9}{'km':>8}{'CPU/ours':>10}{'wall/ours':>10}"
    )
    for name, m in median.items():
        ratios = [m[key] / median["ours"][key] for key in ("cpu", "wall")]
        print(
            f"{name:<8}{m['cpu']:>8.2f}{m['wall']:>8.2f}{m['peak']:>10.0f}{m['edges']:>9,.0f}{m['km']:>8,.0f}"
            f"{ratios[0]:>10.2f}{ratios[1]:>10.2f}",
            flush=True,
        )


def main(repeats: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tiled, xml, hamlet = (Path(folder) / name for name in ("tiled.osm.pbf", "place.osm", "hamlet.osm.pbf"))
        tile(PORTO_ALEGRE, tiled)
        convert(PORTO_ALEGRE, xml)
        convert(HAMLET, hamlet)
        for title, path, epsg in (
            ("Porto Alegre", PORTO_ALEGRE, 32722),
            ("Porto", PORTO, 32629),
            (f"Porto Alegre {SIDE} x {SIDE}", tiled, 32722),
        ):
            runs: dict[str, list[dict[str, float]]] = {name: [] for name in ("ours", "thin", "pyrosm")}
            for _ in range(repeats):
                for name, each in runs.items():
                    each.append(measure(name, path, epsg, hamlet))
            if path == PORTO_ALEGRE:
                runs["osmnx"] = [measure("osmnx", xml, epsg, HAMLET)]
            table(f"{title}, {path.stat().st_size / 1e6:.1f} MB, median of {repeats}", runs)


if __name__ == "__main__":
    if len(sys.argv) == 5:
        child(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
