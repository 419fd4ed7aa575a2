"""Roads: main routes and village roads by the easiest way over the land, town streets, lanes, motorways.

Everything at grade is one graph of corners and straight segments until the end, so that roads which
meet share their corner; segments that cross get a corner there.
"""

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra, minimum_spanning_tree
from scipy.spatial import cKDTree

from catchment.demo import facts
from catchment.demo.motorways import make_motorways
from catchment.demo.streets import Streets, districts
from catchment.demo.terrain import Floats, Ints, Terrain, graph, metres, nearest, nearest_node, relax
from catchment.demo.villages import Villages
from catchment.demo.web import RANK, Web, join_segments, merge_corners, node_crossings

SIZEABLE = 12


def make_roads(
    land: Terrain, streets: Streets, villages: Villages, lanes: list[Floats], rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """All roads in metres: highway, name, oneway, bridge, geometry; joined where ends coincide.

    `lanes`: for each village the places that its lanes lead to.
    """
    web, stops = _country_roads(land, streets, villages, rng)
    base = _lay_streets(web, streets, rng)
    gates = _cut_in(web, streets.inside(land.xy), base, len(streets.xy))
    web.xy[: len(land.xy)] += rng.normal(0, 14, land.xy.shape)
    ends = np.concatenate([np.arange(base, len(web.xy)), villages.node])
    web.xy = relax(web.xy, web.pairs, rounds=3, fixed=ends)
    _through_roads(web, stops, gates, base)
    _city_streets(web, streets, base, rng)
    _village_lanes(web, villages, lanes, rng)
    _tie_pieces(web)
    node_crossings(web)
    merge_corners(web)
    _keep_main_piece(web)
    _lonely_tracks(web, land, rng)
    web.unite()
    motorways, junctions = make_motorways(web, land.outline)
    bridges = _over_water(web, land)
    lines = pd.concat([join_segments(web, bridges, junctions), motorways], ignore_index=True)
    return gpd.GeoDataFrame(lines, geometry="geometry", crs=facts.CRS)


def _country_roads(
    land: Terrain, streets: Streets, villages: Villages, rng: np.random.Generator
) -> tuple[Web, list[tuple[facts.Route, list[int]]]]:
    """Main routes, then the cheapest tree that joins all villages to them, then short cuts between neighbours."""
    web = Web(land.xy.copy())
    uneven = np.exp(rng.normal(0, 0.25, len(land.xy)))
    climb = np.abs(np.diff(land.height_m[land.links], axis=1)).ravel() / land.length_m
    wet = (land.river_m[land.links] < 85).any(axis=1)
    cost = land.length_m * uneven[land.links].mean(axis=1) * (1 + (12 * climb) ** 2 + 4 * climb) + 900 * wet
    routes = []
    used = np.zeros(len(land.xy), bool)
    for route in facts.ROUTES:
        shared = np.where(used[land.links].all(axis=1), 0.35, 1.0)
        path = _over_land(land, cost * shared, _stops(land, route))
        used[path] = True
        routes.append((route, path))
        web.add(np.column_stack([path[:-1], path[1:]]), route.highway, route.name)
    _join_villages(web, land, cost, used | streets.inside(land.xy), villages)
    web.unite()
    return web, routes


def _stops(land: Terrain, route: facts.Route) -> Ints:
    centres = {town.short: town.sites[0] for town in facts.TOWNSHIPS}
    return nearest_node(land.xy, metres([centres[p] if isinstance(p, str) else p for p in route.places]))


def _over_land(land: Terrain, cost: Floats, stops: Ints) -> list[int]:
    """The cheapest way through the stops; each leg is looked for not too far from its straight line."""
    way = [int(stops[0])]
    for start, stop in itertools.pairwise(stops):
        detour = np.linalg.norm(land.xy - land.xy[start], axis=1) + np.linalg.norm(land.xy - land.xy[stop], axis=1)
        straight = np.linalg.norm(land.xy[start] - land.xy[stop])
        links = (detour < 1.3 * straight + 5000)[land.links].all(axis=1)
        way += _path(graph(land.links[links], cost[links], len(land.xy)), np.array([start, stop]))[1:]
    return way


def _path(net: csr_matrix, stops: Ints) -> list[int]:
    """The cheapest way through the stops, in order."""
    way = [int(stops[0])]
    for start, stop in itertools.pairwise(stops):
        _, before = dijkstra(net, directed=False, indices=start, return_predecessors=True)
        back = [int(stop)]
        while back[-1] != start and before[back[-1]] >= 0:
            back.append(int(before[back[-1]]))
        way += back[-2::-1]
    return way


def _join_villages(web: Web, land: Terrain, cost: Floats, main: NDArray[np.bool_], villages: Villages) -> None:
    """Spanning tree over villages and main roads by Mehlhorn's construction, plus short cuts."""
    homes = np.delete(villages.node, villages.hamlet)
    sources = np.union1d(homes, np.flatnonzero(main))
    inner = main[land.links].all(axis=1)
    weight = np.where(inner, 1e-3, cost)
    far, before, origin = dijkstra(
        graph(land.links, weight, len(land.xy)),
        directed=False,
        indices=sources,
        return_predecessors=True,
        min_only=True,
    )
    group = np.zeros(len(land.xy), np.int64)  # 0 = the main roads and towns
    group[homes] = np.arange(1, len(homes) + 1)
    group[main] = 0
    side = group[origin[land.links]]
    meets = np.flatnonzero(side[:, 0] != side[:, 1])
    table = pd.DataFrame(np.sort(side[meets], axis=1), columns=["p", "q"])
    table["link"], table["cost"] = meets, far[land.links[meets]].sum(axis=1) + weight[meets]
    best = table.sort_values(["p", "q", "cost", "link"]).drop_duplicates(["p", "q"]).reset_index(drop=True)
    tree = _spanning(best, len(homes) + 1)
    extra = _short_cuts(best, tree, len(homes) + 1)
    steps = []
    for link in best.loc[tree | extra, "link"]:
        a, b = (_trace(np.asarray(before, np.int64), int(node)) for node in land.links[link])
        path = np.array(a[::-1] + b)
        steps.append(np.column_stack([path[:-1], path[1:]]))
    web.add(np.concatenate(steps), "unclassified")


def _spanning(best: pd.DataFrame, size: int) -> NDArray[np.bool_]:
    net = csr_matrix((best["cost"], (best["p"], best["q"])), shape=(size, size))
    tree = minimum_spanning_tree(net).tocoo()
    kept = set(zip(tree.row.tolist(), tree.col.tolist(), strict=True))
    return np.array([pair in kept for pair in zip(best["p"], best["q"], strict=True)])


def _short_cuts(best: pd.DataFrame, tree: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    """Links that save a long way round; every second one, so that valleys stay valleys."""
    rows = best[tree]
    net = csr_matrix((rows["cost"], (rows["p"], rows["q"])), shape=(size, size))
    around = dijkstra(net, directed=False)[best["p"], best["q"]]
    saves = ~tree & (best["cost"].to_numpy() < 1700) & (around > 3.0 * best["cost"].to_numpy())
    return np.asarray(saves & ((best["p"] * 7 + best["q"]).to_numpy() % 2 == 0))


def _trace(before: Ints, node: int) -> list[int]:
    path = [node]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path


def _lay_streets(web: Web, streets: Streets, rng: np.random.Generator) -> int:
    """Add the town streets; the number of their first corner."""
    base = int(web.add_corners(streets.xy)[0])
    draw = rng.random(len(streets.pairs))
    plain = ~streets.bridge & ~streets.riverside
    web.add(streets.pairs[plain & (draw < 0.72)] + base, "residential")
    web.add(streets.pairs[plain & (draw >= 0.72) & (draw < 0.9)] + base, "living_street")
    web.add(streets.pairs[plain & (draw >= 0.9)] + base, "service")
    web.add(streets.pairs[streets.riverside] + base, "tertiary", "滨江路（演示）")
    web.add(streets.pairs[streets.bridge] + base, "secondary")
    return base


def _cut_in(web: Web, inside: NDArray[np.bool_], base: int, count: int) -> dict[int, int]:
    """Country roads end at the town's edge: the nearest street corner takes the place of the first corner inside."""
    rows = web.segments
    country = (rows["a"] < base).to_numpy() & (rows["b"] < base).to_numpy()
    ends = rows[["a", "b"]].to_numpy(np.int64, copy=True)
    within = np.zeros(ends.shape, bool)
    within[country] = inside[ends[country]]
    _, piece = connected_components(_street_net(web, base), directed=False)
    connected = np.flatnonzero(np.bincount(piece)[piece[:count]] >= SIZEABLE)
    corners = cKDTree(web.xy[base + connected])
    gates: dict[int, int] = {}
    for row, side in zip(*np.nonzero(within & ~within[:, ::-1]), strict=True):
        outside = int(ends[row, 1 - side])
        gates[outside] = base + int(connected[corners.query(web.xy[outside])[1]])
        ends[row, side] = gates[outside]
    web.segments = (
        rows.assign(a=ends[:, 0], b=ends[:, 1]).loc[np.flatnonzero(~within.all(axis=1))].reset_index(drop=True)
    )
    return gates


def _through_roads(web: Web, routes: list[tuple[facts.Route, list[int]]], gates: dict[int, int], base: int) -> None:
    """Main routes go on through the towns: between two gates along the streets."""
    net = _street_net(web, base)
    for route, path in routes:
        crossing = [gates[node] for node in path if node in gates]
        for start, stop in itertools.pairwise(crossing):
            if np.linalg.norm(web.xy[start] - web.xy[stop]) < 6000:
                way = np.array(_path(net, np.array([start, stop]) - base)) + base
                _name(web, way, route.highway, route.name)
    web.unite()


def _street_net(web: Web, base: int) -> csr_matrix:
    street = (web.pairs >= base).all(axis=1)
    return graph(web.pairs[street] - base, web.lengths()[street], len(web.xy) - base)


def _name(web: Web, way: Ints, highway: str, name: str) -> None:
    """Lift a way's segments to a class and name; what is higher already stays."""
    if len(way) < 2 or not name:
        return
    web.add(np.column_stack([way[:-1], way[1:]]), highway, name)


def _city_streets(web: Web, streets: Streets, base: int, rng: np.random.Generator) -> None:
    """Named streets across each quarter, some of them one-way in the old town."""
    net = _street_net(web, base)
    for number, quarter in enumerate(districts()):
        own = np.flatnonzero(streets.district == number)
        spread = streets.xy[own] - streets.xy[own].mean(axis=0)
        count = 9 if quarter.radius_m > 1000 else 4
        for road in range(count):
            angle = np.radians(quarter.bearing + (90 if road % 2 else 0))
            along = spread @ np.array([np.cos(angle), np.sin(angle)])
            across = spread @ np.array([-np.sin(angle), np.cos(angle)])
            strip = np.abs(across - (road // 2 - count / 4 + 0.5) * quarter.radius_m / 2.6) < quarter.block_m
            ends = own[strip][[np.argmin(along[strip]), np.argmax(along[strip])]] if strip.any() else own[:2]
            way = np.array(_path(net, ends)) + base
            highway = "secondary" if road < 2 and quarter in facts.CITY else "tertiary"
            _name(web, way, highway, f"{quarter.name}{'一二三四五六七八九'[road]}路（演示）")
    web.unite()
    quiet = web.segments["rank"].to_numpy() == RANK.index("residential")
    web.segments["oneway"] = quiet & (rng.random(len(web.segments)) < 0.06)


def _village_lanes(web: Web, villages: Villages, lanes: list[Floats], rng: np.random.Generator) -> None:
    """Lanes as a spanning tree over the village's centre and the places they lead to."""
    found: dict[str, list[Ints]] = {"residential": [], "service": []}
    for village, places in enumerate(lanes):
        if village == villages.hamlet or not len(places):
            continue
        numbers = np.concatenate([villages.node[[village]], web.add_corners(places)])
        far = np.linalg.norm(web.xy[numbers][:, None] - web.xy[numbers], axis=2)
        tree = minimum_spanning_tree(csr_matrix(np.triu(far))).tocoo()
        pairs = np.column_stack([numbers[tree.row], numbers[tree.col]])
        found["residential" if rng.random() < 0.75 else "service"].append(pairs)
    for highway, pieces in found.items():
        web.add(np.concatenate(pieces), highway)


def _tie_pieces(web: Web) -> None:
    """Join each sizeable piece (streets across a river, a valley cut off) to the rest where it comes closest."""
    while True:
        own = _pieces(web)
        sizes = np.bincount(own)
        smaller = np.flatnonzero((sizes >= SIZEABLE) & (np.arange(len(sizes)) != sizes.argmax()))
        if not len(smaller):
            return
        inside = np.unique(web.pairs[own == smaller[0]])
        outside = np.unique(web.pairs[(own != smaller[0]) & (sizes[own] >= SIZEABLE)])
        far, near = nearest(web.xy[outside], web.xy[inside])
        best = int(np.argmin(far))
        web.add(np.array([[inside[best], outside[near[best]]]]), "tertiary")


def _pieces(web: Web) -> Ints:
    """The number of the connected piece that each segment belongs to."""
    _, piece = connected_components(graph(web.pairs, np.ones(len(web.pairs)), len(web.xy)), directed=False)
    return np.asarray(piece[web.pairs[:, 0]], np.int64)


def _keep_main_piece(web: Web) -> None:
    own = _pieces(web)
    web.segments = web.segments[own == np.bincount(own).argmax()].reset_index(drop=True)


def _lonely_tracks(web: Web, land: Terrain, rng: np.random.Generator) -> None:
    """Three short forest tracks that lead nowhere."""
    far = cKDTree(web.xy[np.unique(web.pairs)]).query(land.xy)[0]
    wild = np.flatnonzero((far > 700) & (far < 1200))
    for start in rng.choice(wild, 3, replace=False):
        path = land.xy[start] + np.cumsum(rng.normal([40, 25], 20, (6, 2)), axis=0)
        numbers = web.add_corners(path)
        web.add(np.column_stack([numbers[:-1], numbers[1:]]), "track")


def _over_water(web: Web, land: Terrain) -> NDArray[np.bool_]:
    rivers = shapely.STRtree([line for group in land.rivers.values() for line in group])
    crossing = rivers.query(shapely.linestrings(web.xy[web.pairs]), predicate="intersects")[0]
    bridge = np.zeros(len(web.pairs), bool)
    bridge[crossing] = True
    return bridge
