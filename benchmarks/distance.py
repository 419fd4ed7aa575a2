"""The distance engine against its rivals, side by side in one run; prints the tables of docs/performance.md.

`python benchmarks/distance.py` (or `make bench-distance`) installs the rivals in an environment of their own and
starts itself there. Every figure is the median of REPEATS turns, the ways taking turns; slow ways run on a few sources
only and are multiplied up (marked ×). Each answer is compared with scipy's before it is timed.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

REPEATS, SCHOOLS = 5, 300
CHILD = "CATCHMENT_BENCHMARK_PART"


def timed(cases: dict[str, tuple[Callable[[], object], float]], repeats: int = REPEATS) -> dict[str, float]:
    """Median seconds of each case (times its factor), the cases taking turns; one turn before that is not counted."""
    for run, _ in cases.values():
        run()
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(repeats):
        for name, (run, factor) in cases.items():
            start = time.perf_counter()
            run()
            seconds[name].append((time.perf_counter() - start) * factor)
    return {name: statistics.median(each) for name, each in seconds.items()}


def show(title: str, seconds: dict[str, float], reference: str, ours: str) -> None:
    print(f"\n{title}\n{'':<46}{'ms':>12}{'× ' + reference[:14]:>18}{'ours is faster by':>20}")
    for name, value in sorted(seconds.items(), key=lambda each: each[1]):
        print(f"{name:<46}{1000 * value:>12,.1f}{seconds[reference] / value:>18,.2f}{value / seconds[ours]:>19,.1f}×")
    sys.stdout.flush()


def rivals(place: str) -> None:
    """Full matrix, nearest and five nearest on one place, against everybody."""
    import igraph
    import networkx as nx
    import pandana
    import pandas as pd
    import routingkit_cch
    from networks import PLACES, cut, edges_of, vertices
    from scipy import sparse

    from catchment.engines import engine
    from catchment.engines.protocol import Doors, at_nodes

    arcs, places = vertices(edges_of(place), PLACES[place][2])
    arcs, places = cut(arcs, places, 204_000)
    n, few = arcs.nodes, 5
    sources = np.random.default_rng(0).choice(n, SCHOOLS, replace=False)
    some = sources[:few]
    u, v, mm = arcs.from_node, arcs.to_node, arcs.cost
    order = np.lexsort((mm, v, u))
    first = np.flatnonzero((np.diff(u[order], prepend=-1) != 0) | (np.diff(v[order], prepend=-1) != 0))
    u, v, mm = (column[order][first] for column in (u, v, mm))
    # Ours measures from places to doors; the rivals measure from sources, so theirs is the same on reversed arcs.
    reverse = sparse.csr_array((mm.astype(float), (v, u)), shape=(n, n))
    doors = Doors(np.arange(SCHOOLS), sources, np.zeros(SCHOOLS, np.int64), SCHOOLS)
    nodes = at_nodes(np.arange(n))
    router = engine["contraction"](arcs)
    full = sparse.csgraph.dijkstra(reverse, indices=sources)
    finite = np.isfinite(full)
    assert (np.where(finite, full, 2**31 - 1) == router.matrix(doors, nodes).T).all()
    assert (router.nearest(doors, nodes, 1)[0][:, 0] == np.where(finite.any(0), full.min(0), 2**31 - 1)).all()
    five = np.sort(np.where(finite, full, 2**31 - 1), axis=0)[:5].T
    assert (router.nearest(doors, nodes, 5)[0] == five).all()
    near = int((full <= 1_000_000).sum())
    del full, finite

    graph = nx.DiGraph()
    graph.add_weighted_edges_from(zip(v.tolist(), u.tolist(), mm.tolist(), strict=True))
    street = nx.MultiDiGraph(graph, crs="epsg:4326")
    nx.set_edge_attributes(street, nx.get_edge_attributes(street, "weight"), "length")
    ig = igraph.Graph(n=n, edges=np.column_stack([v, u]), directed=True)
    cch_order = routingkit_cch.compute_order_inertial(
        n, v.tolist(), u.tolist(), places[:, 1].tolist(), places[:, 0].tolist()
    )
    cch = routingkit_cch.CCH(cch_order, v.tolist(), u.tolist(), False)
    metric = routingkit_cch.CCHMetric(cch, mm.tolist())
    warnings.simplefilter("ignore")
    pan = pandana.Network(
        pd.Series(places[:, 0]),
        pd.Series(places[:, 1]),
        pd.Series(v),
        pd.Series(u),
        pd.DataFrame({"m": mm / 1000}),
        twoway=False,
    )
    pan.set_pois("school", 1e9, 5, pd.Series(places[sources, 0]), pd.Series(places[sources, 1]))
    targets = np.random.default_rng(1).choice(n, 1000, replace=False)
    pairs = np.repeat(some, len(targets)), np.tile(targets, few)
    told = np.round(1000 * np.array(pan.shortest_path_lengths(*pairs, imp_name="m")))
    true = router.matrix(Doors(np.arange(few), some, np.zeros(few, np.int64), few), at_nodes(targets)).T.ravel()

    room = np.empty((n, SCHOOLS), dtype=np.uint32)

    def blocks() -> None:
        for _ in router.blocks(doors, nodes, size=16_384):
            pass

    def cch_pairs() -> None:
        query = routingkit_cch.CCHQuery(metric)
        for source in some[:1].tolist():
            for target in targets[:100].tolist():
                query.run(source, target)

    scale = SCHOOLS / few
    seconds = timed(
        {
            "ours, matrix in the caller's order": (lambda: router.matrix(doors, nodes, out=room), 1),
            "ours, the same in fresh memory": (lambda: router.matrix(doors, nodes), 1),
            "ours, streamed": (blocks, 1),
            "scipy": (lambda: sparse.csgraph.dijkstra(reverse, indices=sources), 1),
            "networkx ×": (lambda: [nx.single_source_dijkstra_path_length(graph, s) for s in some[:2].tolist()], SCHOOLS / 2),
            "osmnx graph, its own way (networkx) ×": (
                lambda: [nx.single_source_dijkstra_path_length(street, s, weight="length") for s in some[:1].tolist()], SCHOOLS,
            ),
            "igraph ×": (lambda: ig.distances(some.tolist(), weights=mm.tolist()), scale),
            "pandana, pairs ×": (
                lambda: pan.shortest_path_lengths(*pairs, imp_name="m"), scale * n / len(targets),
            ),
            "routingkit-cch, pairs ×": (cch_pairs, SCHOOLS * n / 100),
            "ours: preparation": (lambda: engine["contraction"](arcs), 1),
            "ours, k = 5": (lambda: router.nearest(doors, nodes, 5), 1),
            "pandana nearest_pois, k = 5": (lambda: pan.nearest_pois(1e9, "school", num_pois=5), 1),
        }
    )  # fmt: skip
    print(
        f"\n=== {place}: {n:,} nodes, {len(u):,} arcs, {SCHOOLS} schools; links {len(router.hierarchy.head):,}, core {router.hierarchy.core}"
    )
    prepared = seconds.pop("ours: preparation")
    five_nearest = {name: seconds.pop(name) for name in ("ours, k = 5", "pandana nearest_pois, k = 5")}
    five_nearest["scipy, full matrix"] = seconds["scipy"]
    show("Full matrix, 300 × all nodes", seconds, "scipy", "ours, matrix in the caller's order")
    print(
        f"preparation {1000 * prepared:,.0f} ms, once; pandana's pairs equal to the millimetre: {(told == true).mean():.1%}, largest error {np.abs(told - true).max():,.0f} mm"
    )
    seconds = timed(
        {
            "ours": (lambda: router.nearest(doors, nodes, 1), 1),
            "scipy min_only": (lambda: sparse.csgraph.dijkstra(reverse, indices=sources, min_only=True), 1),
            "networkx multi-source": (lambda: nx.multi_source_dijkstra_path_length(graph, set(sources.tolist())), 1),
            "pandana nearest_pois": (lambda: pan.nearest_pois(1e9, "school", num_pois=1), 1),
        }
    )
    show("Nearest school", seconds, "scipy min_only", "ours")
    show(
        "Five nearest schools (in the same turns as the full matrix)", five_nearest, "scipy, full matrix", "ours, k = 5"
    )

    def within() -> int:
        return sum(int((b <= 1_000_000).sum()) for _, b in router.blocks(doors, nodes, size=16_384, limit=1_000_000))

    assert within() == near
    seconds = timed(
        {
            "ours, within 1 km": (within, 1),
            "scipy, limit": (lambda: sparse.csgraph.dijkstra(reverse, indices=sources, limit=1_000_000), 1),
        }
    )
    show("All within 1 km", seconds, "scipy, limit", "ours, within 1 km")


def growth() -> None:
    """How queries and preparation grow from 10,000 to a million nodes of road, and lattices against plain buckets."""
    from networks import cut, edges_of, lattice, side_by_side, vertices
    from scipy import sparse

    from catchment.engines import engine
    from catchment.engines.protocol import Doors, at_nodes

    whole, places = vertices(edges_of("Porto"), "drive")
    rows = []
    sizes = [10_000, 21_000, 44_000, 105_000, 208_000, len(places), 3 * len(places)]
    print(
        f"\n=== Growth on roads\n{'nodes':>10}{'links/node':>12}{'prepare':>10}{'one source':>12}{'nearest':>10}{'five':>10}{'300, streamed':>15}  ms"
    )
    for size in sizes:
        arcs, _ = side_by_side(whole, places, 3) if size > len(places) else cut(whole, places, size)
        sources = np.random.default_rng(0).choice(arcs.nodes, SCHOOLS, replace=False)
        doors = Doors(np.arange(SCHOOLS), sources, np.zeros(SCHOOLS, np.int64), SCHOOLS)
        one, nodes = Doors(np.array([0]), sources[:1], np.array([0]), 1), at_nodes(np.arange(arcs.nodes))
        router = engine["contraction"](arcs)

        def stream(router=router, doors=doors, nodes=nodes) -> None:
            for _ in router.blocks(doors, nodes, size=16_384):
                pass

        seconds = timed(
            {
                "prepare": (lambda a=arcs: engine["contraction"](a), 1),
                "one": (lambda r=router, d=one, p=nodes: r.matrix(d, p), 1),
                "nearest": (lambda r=router, d=doors, p=nodes: r.nearest(d, p, 1), 1),
                "five": (lambda r=router, d=doors, p=nodes: r.nearest(d, p, 5), 1),
                "300": (stream, 1),
            }
        )
        rows.append((arcs.nodes, *seconds.values()))
        print(
            f"{arcs.nodes:>10,}{len(router.hierarchy.head) / arcs.nodes:>12.2f}"
            + "".join(f"{1000 * s:>{w},.1f}" for s, w in zip(seconds.values(), (10, 12, 10, 10, 15), strict=True)),
            flush=True,
        )
    logs = np.log(np.array(rows))
    slopes = [np.polyfit(logs[:, 0], logs[:, i], 1)[0] for i in range(1, logs.shape[1])]
    print(
        "exponent of n:"
        + "".join(
            f"  {name} {slope:.2f}"
            for name, slope in zip(("prepare", "one source", "nearest", "five", "300"), slopes, strict=True)
        )
    )
    print(
        f"\n=== Square lattices (worst case), 60 sources\n{'nodes':>10}{'core':>10}{'prepare':>10}{'ours':>10}{'buckets':>10}{'scipy':>10}  ms"
    )
    for side in (150, 300, 450):
        arcs = lattice(side)
        sources = np.random.default_rng(0).choice(arcs.nodes, 60, replace=False)
        doors, nodes = Doors(np.arange(60), sources, np.zeros(60, np.int64), 60), at_nodes(np.arange(arcs.nodes))
        ours, plain = engine["contraction"](arcs), engine["buckets"](arcs)
        square = sparse.csr_array((arcs.cost.astype(float), (arcs.to_node, arcs.from_node)), shape=(arcs.nodes,) * 2)
        assert (ours.matrix(doors, nodes) == plain.matrix(doors, nodes)).all()
        seconds = timed(
            {
                "prepare": (lambda a=arcs: engine["contraction"](a), 1),
                "ours": (lambda r=ours, d=doors, p=nodes: r.matrix(d, p), 1),
                "buckets": (lambda r=plain, d=doors, p=nodes: r.matrix(d, p), 1),
                "scipy": (lambda m=square, s=sources: sparse.csgraph.dijkstra(m, indices=s[:6]), 10),
            },
            3,
        )
        print(
            f"{arcs.nodes:>10,}{ours.hierarchy.core:>10,}" + "".join(f"{1000 * s:>10,.0f}" for s in seconds.values()),
            flush=True,
        )


def memory() -> None:
    """Peak memory of a matrix, and of a million cells × 300 schools streamed; in a process of its own."""
    from networks import cut, edges_of, vertices

    from catchment.engines import engine
    from catchment.engines.protocol import Doors, Places, at_nodes

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    arcs, _ = cut(*vertices(edges_of("Porto"), "drive"), 208_000)
    small = Doors(np.arange(2), np.array([0, 1]), np.zeros(2, np.int64), 2)
    tiny = at_nodes(np.arange(10))
    warm, _ = cut(*vertices(edges_of("Liège"), "walk"), 2_000)
    router = engine["contraction"](warm)
    router.matrix(small, tiny), router.nearest(small, tiny, 1), list(router.blocks(small, tiny, size=5))
    before, current = peak(), int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20
    router = engine["contraction"](arcs)
    after = peak()
    sources = np.random.default_rng(0).choice(arcs.nodes, SCHOOLS, replace=False)
    doors = Doors(np.arange(SCHOOLS), sources, np.zeros(SCHOOLS, np.int64), SCHOOLS)
    found = router.matrix(doors, at_nodes(np.arange(arcs.nodes)))
    whole = peak()
    result = found.nbytes / 2**20
    print(f"\n=== Memory, {arcs.nodes:,} nodes (before: peak {before:,.0f}, in use {current:,.0f} MiB)")
    print(
        f"after preparation: peak {after:,.0f} MiB; hierarchy {sum(a.nbytes for a in router.hierarchy if hasattr(a, 'nbytes')) / arcs.nodes:.0f} bytes per node"
    )
    print(
        f"matrix of {result:,.0f} MiB: peak {whole:,.0f} MiB, so {(whole - max(before, current) - result) * 2**20 / arcs.nodes:,.0f} bytes per node beside the result"
    )
    del found
    random = np.random.default_rng(1)
    chosen = random.integers(0, len(arcs.cost), 1_000_000)
    ahead = (arcs.cost[chosen] * random.random(len(chosen))).astype(np.int64)
    cells = Places(arcs.from_node[chosen], ahead, arcs.to_node[chosen], arcs.cost[chosen] - ahead)
    start, total = time.perf_counter(), 0
    for _, block in router.blocks(doors, cells, size=65_536):
        total += int(block[:, 0].sum())
    print(f"1,000,000 cells × {SCHOOLS} schools streamed: {time.perf_counter() - start:.2f} s, peak {peak():,.0f} MiB")
    start = time.perf_counter()
    router.nearest(doors, cells, 1)
    print(f"1,000,000 cells, nearest: {time.perf_counter() - start:.2f} s", end="")
    start = time.perf_counter()
    router.nearest(doors, cells, 8)
    print(f"; eight nearest: {time.perf_counter() - start:.2f} s")


def snapping() -> None:
    """A million points to Porto's streets: ours, node snapping with a k-d tree, and one point at a time."""
    import shapely
    from networks import edges_of
    from scipy.spatial import cKDTree

    from catchment.snap import feet

    lines = np.asarray(edges_of("Porto").geometry.values)
    random = np.random.default_rng(0)
    corner = shapely.get_coordinates(lines)
    x, y = (
        np.ascontiguousarray(c)
        for c in (corner[random.integers(len(corner), size=1_000_000)] + random.normal(0, 120, (1_000_000, 2))).T
    )
    junctions = np.unique(
        np.concatenate([shapely.get_coordinates(shapely.get_point(lines, end)) for end in (0, -1)]), axis=0
    )
    tree, few = shapely.STRtree(lines), 2_000
    spots = shapely.points(x, y)

    def loop() -> None:
        for spot in spots[:few]:
            line = lines[tree.nearest(spot)]
            line.project(spot), line.distance(spot)

    seconds = timed(
        {
            "ours: foot on the nearest edge": (lambda: feet(lines, x, y), 1),
            "k-d tree: nearest junction": (lambda: cKDTree(junctions).query(np.column_stack([x, y])), 1),
            "shapely tree, all at once": (lambda: tree.query_nearest(spots[:100_000], return_distance=True), 10),
            "shapely tree, one point at a time ×": (loop, 1_000_000 / few),
        }
    )
    print(f"\n=== Snapping 1,000,000 points to {len(lines):,} edges ({len(junctions):,} junctions)")
    show("", seconds, "k-d tree: nearest junction", "ours: foot on the nearest edge")
    found = feet(lines, x, y)
    away, _ = cKDTree(junctions).query(np.column_stack([x, y]))
    farther = away - found.away_m
    exact = (
        shapely.distance(spots[:50_000], lines[found.line[:50_000]]),
        tree.query_nearest(spots[:50_000], return_distance=True, all_matches=False)[1],
    )
    print(f"largest difference to shapely over 50,000 points: {np.abs(exact[1] - found.away_m[:50_000]).max():.1e} m")
    print(
        f"node snapping puts people farther by: median {np.median(farther):.1f} m, 99th percentile {np.percentile(farther, 99):.1f} m, largest {farther.max():,.0f} m"
    )


PARTS: dict[str, Callable[[], None]] = {
    **{place: (lambda place=place: rivals(place)) for place in ("Porto", "Wuhan", "Liège")},
    "growth": growth,
    "memory": memory,
    "snapping": snapping,
}


def main() -> None:
    if part := os.environ.get(CHILD):
        PARTS[json.loads(part)]()
        return
    from rivals import rival_python

    python = rival_python()
    for part in sys.argv[1:] or PARTS:
        subprocess.run([python, __file__], check=True, env={**os.environ, CHILD: json.dumps(part)})


if __name__ == "__main__":
    main()
