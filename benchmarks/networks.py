"""Road networks for the distance benchmark: real ones, pieces of them from 10,000 to a million nodes, and lattices."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS
from scipy import sparse

from catchment.network import Arcs, build_edges
from catchment.read.roads import read_roads

DATA = Path(__file__).parents[1].parent / "shared" / "data"
PLACES = {
    "Porto": ("osm_extracts/porto.osm.pbf", 32629, "drive"),
    "Wuhan": ("wuhan_cn/roads_original.parquet", 32650, "walk"),
    "Liège": ("street_networks/liege_1656.parquet", 32631, "walk"),
}


def edges_of(place: str) -> gpd.GeoDataFrame:
    """Table `edges` of a place."""
    file, epsg, _ = PLACES[place]
    return build_edges(read_roads(DATA / file, "projected", CRS.from_epsg(epsg)).table)


def vertices(edges: gpd.GeoDataFrame, uses: str) -> tuple[Arcs, np.ndarray]:
    """Every vertex of every street a node, the largest piece of them: arcs in millimetres and places in metres."""
    xy, line = shapely.get_coordinates(edges.geometry.values, return_index=True)
    mm = np.round(xy * 1000).astype(np.int64)
    _, first, number = np.unique(mm, axis=0, return_index=True, return_inverse=True)
    number = number.ravel()
    inside = line[1:] == line[:-1]
    a, b, owner = number[:-1][inside], number[1:][inside], line[:-1][inside]
    cost = np.maximum(1, np.round(np.hypot(*(xy[1:] - xy[:-1])[inside].T) * 1000)).astype(np.int64)
    names = ("walk", "walk") if uses == "walk" else (f"{uses}_forward", f"{uses}_backward")
    ahead, back = (edges[name].to_numpy(bool)[owner] for name in names)
    arcs = Arcs(np.r_[a[ahead], b[back]], np.r_[b[ahead], a[back]], np.r_[cost[ahead], cost[back]], len(first))
    return largest_piece(arcs, xy[first])


def largest_piece(arcs: Arcs, places: np.ndarray, keep: np.ndarray | None = None) -> tuple[Arcs, np.ndarray]:
    """The largest connected piece of the kept nodes."""
    keep = np.ones(arcs.nodes, bool) if keep is None else keep
    both = keep[arcs.from_node] & keep[arcs.to_node] & (arcs.from_node != arcs.to_node)
    u, v, cost = arcs.from_node[both], arcs.to_node[both], arcs.cost[both]
    links = sparse.coo_matrix((np.ones(len(u)), (u, v)), shape=(arcs.nodes, arcs.nodes))
    piece = sparse.csgraph.connected_components(links, directed=False)[1]
    chosen = piece == np.bincount(piece[u]).argmax()
    number, inside = np.cumsum(chosen) - 1, chosen[u]
    return Arcs(number[u[inside]], number[v[inside]], cost[inside], int(chosen.sum())), places[chosen]


def cut(arcs: Arcs, places: np.ndarray, nodes: int) -> tuple[Arcs, np.ndarray]:
    """About so many nodes round the middle."""
    far = np.hypot(*(places - np.median(places, axis=0)).T)
    return largest_piece(arcs, places, far <= np.sort(far)[min(nodes, len(far) - 1)])


def side_by_side(arcs: Arcs, places: np.ndarray, copies: int, bridges: int = 40) -> tuple[Arcs, np.ndarray]:
    """Copies of a network in a row, each tied to the next by some roads between their nearest edges."""
    width = np.ptp(places[:, 0])
    east, west = np.argsort(-places[:, 0])[:bridges], np.argsort(places[:, 0])[:bridges]
    u, v, cost, all_places = [], [], [], []
    for i in range(copies):
        shift = i * arcs.nodes
        u.append(arcs.from_node + shift)
        v.append(arcs.to_node + shift)
        cost.append(arcs.cost)
        all_places.append(places + np.array([i * width, 0]))
        if i:
            ends = (east + shift - arcs.nodes, west + shift)
            u += ends
            v += ends[::-1]
            cost.append(np.full(2 * bridges, 100_000))
    return Arcs(*map(np.concatenate, (u, v, cost)), copies * arcs.nodes), np.concatenate(all_places)


def lattice(side: int) -> Arcs:
    """A square lattice with streets of 50 to 150 m: the worst case for contraction."""
    number = np.arange(side * side).reshape(side, side)
    u = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    v = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    cost = np.random.default_rng(0).integers(50_000, 150_000, len(u))
    return Arcs(np.r_[u, v], np.r_[v, u], np.r_[cost, cost], side * side)
