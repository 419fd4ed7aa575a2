"""Distance engines: equal to networkx on random graphs, to each other on lattices, whatever the labels and blocks."""

import importlib

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.engines import engine
from catchment.engines.contraction import Contraction
from catchment.engines.elimination import build_hierarchy
from catchment.engines.labels import descend, make_ready, rise
from catchment.engines.protocol import FAR, Doors, Places, at_nodes
from catchment.engines.store import content_hash, prepare
from catchment.network import Arcs

MODULE = importlib.import_module("catchment.engines.contraction")  # the package's own name for it is the engine


def arcs_of(nodes, arcs):
    u, v, cost = (np.array(column, dtype=np.int64) for column in zip(*arcs, strict=True))
    return Arcs(u, v, cost, nodes)


def every_node(nodes):
    return Doors(np.arange(nodes), np.arange(nodes), np.zeros(nodes, dtype=np.int64), nodes)


@st.composite
def graphs(draw):
    """Islands, loops, one-ways, parallel arcs and arcs that cost nothing."""
    nodes = draw(st.integers(2, 12))
    arc = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1), st.integers(0, 10_000))
    return nodes, draw(st.lists(arc, min_size=1, max_size=40))


def truth(nodes, arcs):
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(nodes))
    graph.add_weighted_edges_from(arcs)
    found = np.full((nodes, nodes), FAR)
    for a, costs in nx.all_pairs_dijkstra_path_length(graph):
        for b, cost in costs.items():
            found[a, b] = cost
    return found


@pytest.mark.parametrize("name", sorted(engine))
@given(graphs())
@settings(max_examples=1000, deadline=None)  # the first example compiles
def test_every_pair_equals_networkx(name, graph):
    nodes, arcs = graph
    found = engine[name](arcs_of(nodes, arcs)).matrix(every_node(nodes), at_nodes(np.arange(nodes)))
    assert (found == truth(nodes, arcs)).all()


@given(graphs(), st.integers(0, 300))
@settings(max_examples=300, deadline=None)
def test_a_core_of_any_size_changes_nothing(graph, work):
    """Elimination may stop anywhere: what is left is searched."""
    nodes, arcs = graph
    router = Contraction(build_hierarchy(arcs_of(nodes, arcs), work // nodes))
    expected = truth(nodes, arcs)
    assert (router.matrix(every_node(nodes), at_nodes(np.arange(nodes))) == expected).all()
    cost, label = router.nearest(every_node(nodes), at_nodes(np.arange(nodes)), 3)
    order = np.argsort(expected, axis=1, kind="stable")[:, :3]
    told = np.take_along_axis(expected, order, axis=1)
    assert (cost[:, : order.shape[1]] == told).all()
    assert (label[:, : order.shape[1]] == np.where(told < FAR, order, -1)).all()


@st.composite
def queries(draw):
    """A graph with places between two neighbouring nodes, and labels with several doors."""
    nodes, arcs = draw(graphs())
    leg = st.integers(0, 500)
    spot = st.tuples(st.sampled_from(range(len(arcs))), leg, st.one_of(leg, st.just(FAR)))
    door = st.tuples(st.integers(0, 3), st.integers(0, nodes - 1), leg)
    return nodes, arcs, draw(st.lists(spot, min_size=1, max_size=8)), draw(st.lists(door, min_size=1, max_size=8))


@pytest.mark.parametrize("name", sorted(engine))
@given(queries())
@settings(max_examples=300, deadline=None)
def test_places_and_doors_are_added_to_the_ways(name, query):
    nodes, arcs, spots, told = query
    places = Places(
        np.array([arcs[a][0] for a, _, _ in spots]), np.array([leg for _, leg, _ in spots]),
        np.array([arcs[a][1] for a, _, _ in spots]), np.array([leg for _, _, leg in spots]),
    )  # fmt: skip
    doors = Doors(*(np.array(c, dtype=np.int64) for c in zip(*told, strict=True)), 4)
    between = truth(nodes, arcs)
    expected = np.full((len(spots), 4), FAR)
    for row in range(len(spots)):
        for label, node, cost in told:
            for start, leg in ((places.node[row], places.cost[row]), (places.other[row], places.other_cost[row])):
                expected[row, label] = min(expected[row, label], leg + between[start, node] + cost)
    router = engine[name](arcs_of(nodes, arcs))
    assert (router.matrix(doors, places) == expected).all()
    for size in (1, 3):
        blocks = np.full(expected.shape, -1)
        for rows, block in router.blocks(doors, places, size=size):
            assert (blocks[rows] == -1).all()
            blocks[rows] = block
        assert (blocks == expected).all()
    cost, label = router.nearest(doors, places, 2)
    order = np.argsort(expected, axis=1, kind="stable")[:, :2]
    assert (cost == np.take_along_axis(expected, order, axis=1)).all()
    assert (label == np.where(cost < FAR, order, -1)).all()


def test_a_ring_that_costs_nothing_comes_to_an_end():
    """Searched as a core: a label that comes back to a node for nothing is not put there again."""
    arcs = Arcs(np.arange(4), np.array([1, 2, 3, 0]), np.zeros(4, dtype=np.int64), 4)
    router = Contraction(build_hierarchy(arcs, -1))
    cost, label = router.nearest(every_node(4), at_nodes(np.arange(4)), 2)
    assert cost.tolist() == [[0, 0]] * 4
    assert label.tolist() == [[0, 1]] * 4


def lattice(side, seed=0):
    number = np.arange(side * side).reshape(side, side)
    u = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    v = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    cost = np.random.default_rng(seed).integers(1, 1000, len(u))
    return Arcs(np.concatenate([u, v]), np.concatenate([v, u]), np.concatenate([cost, cost]), side * side)


def test_a_lattice_keeps_a_core_and_equals_the_reference():
    arcs = lattice(120)
    router, nodes = engine["contraction"](arcs), at_nodes(np.arange(arcs.nodes))
    assert 0 < router.hierarchy.core < arcs.nodes
    starts = np.random.default_rng(1).choice(arcs.nodes, 12, replace=False)
    doors = Doors(np.arange(12), starts, np.zeros(12, dtype=np.int64), 12)
    expected = engine["scipy_dijkstra"](arcs).matrix(doors, nodes)
    assert (router.matrix(doors, nodes) == expected).all()
    assert (engine["buckets"](arcs).matrix(doors, nodes) == expected).all()


def test_more_labels_than_fit_at_once_and_any_block_size_give_the_same():
    arcs = lattice(25)
    router = Contraction(build_hierarchy(arcs, 10**9))
    starts = np.random.default_rng(2).integers(0, arcs.nodes, 700)
    doors, nodes = Doors(np.arange(700), starts, np.arange(700) % 7, 700), at_nodes(np.arange(arcs.nodes))
    expected = engine["scipy_dijkstra"](arcs).matrix(doors, nodes)
    assert (router.matrix(doors, nodes) == expected).all()
    for size in (40, 10_000):
        for rows, block in router.blocks(doors, nodes, size=size):
            assert (block == expected[rows]).all()


def test_a_limit_hides_nothing_within_it():
    arcs = lattice(60)
    router, nodes = Contraction(build_hierarchy(arcs, 10**9)), at_nodes(np.arange(arcs.nodes))
    doors = Doors(np.arange(3), np.array([0, 1700, 3599]), np.zeros(3, dtype=np.int64), 3)
    expected = router.matrix(doors, nodes)
    hidden = 0
    for rows, block in router.blocks(doors, nodes, size=500, limit=6_000):
        within = expected[rows] <= 6_000
        assert (block[within] == expected[rows][within]).all()
        assert (block[~within] > 6_000).all()
        hidden += (block == FAR).sum()
    assert hidden > 0


def test_f37_ways_up_to_2147_km_are_exact_and_longer_ones_are_none():
    long = 900_000_000
    arcs = Arcs(np.arange(3), np.arange(1, 4), np.full(3, long), 4)
    for name in engine:
        doors = Doors(np.array([0]), np.array([3]), np.array([0]), 1)
        assert engine[name](arcs).matrix(doors, at_nodes(np.arange(4))).ravel().tolist() == [FAR, 2 * long, long, 0]


def test_f36_parallel_arcs_take_the_cheaper_and_short_ones_stay():
    arcs = Arcs(np.array([0, 0, 1]), np.array([1, 1, 2]), np.array([120_000, 100_000, 1]), 3)
    for name in engine:
        doors = Doors(np.array([0]), np.array([2]), np.array([0]), 1)
        assert engine[name](arcs).matrix(doors, at_nodes(np.arange(3))).ravel().tolist() == [100_001, 1, 0]


def test_a_network_is_prepared_once_and_taken_from_disk_afterwards(tmp_path, monkeypatch):
    arcs = lattice(10)
    first = prepare("contraction", arcs, tmp_path)
    assert [f.name for f in tmp_path.iterdir()] == [f"{content_hash(arcs)}.npz"]
    monkeypatch.setattr(MODULE, "build_hierarchy", None)
    again = prepare("contraction", arcs, tmp_path)
    doors, nodes = every_node(100), at_nodes(np.arange(100))
    assert (again.matrix(doors, nodes) == first.matrix(doors, nodes)).all()
    dearer = Arcs(arcs.from_node, arcs.to_node, arcs.cost + 1, arcs.nodes)
    assert content_hash(dearer) != content_hash(arcs)


def test_the_number_of_threads_changes_nothing(monkeypatch):
    arcs = lattice(40)
    doors, nodes = every_node(arcs.nodes), at_nodes(np.arange(arcs.nodes))
    found = []
    for threads in (1, 2, 8):
        monkeypatch.setattr(MODULE, "THREADS", threads)
        router = engine["contraction"](arcs)
        found.append((router.matrix(doors, nodes), *router.nearest(doors, nodes, 4)))
    for other in found[1:]:
        assert all((a == b).all() for a, b in zip(found[0], other, strict=True))


@pytest.mark.parametrize("count", [1, 3])
def test_spans_that_are_worked_on_at_the_same_time_write_their_own_positions_alone(count):
    """Else two threads could move the ways of a node apart while each puts one among them."""
    h = build_hierarchy(lattice(20))
    doors = np.arange(0, 400, 23)
    ways = rise(h, np.arange(len(doors)), h.position[doors], np.zeros(len(doors), np.int64), count)
    begin = len(ways) // 2
    make_ready(h, ways, begin)
    before = ways.copy()
    descend(h, ways, begin, len(ways))
    assert (ways[:begin] == before[:begin]).all()
    after = ways.copy()
    descend(h, ways, 0, begin)
    assert (ways[begin:] == after[begin:]).all()
    ready, above = ways.copy(), h.parent[begin]
    while above >= h.core:
        descend(h, ways, above, above + 1)
        above = h.parent[above]
    assert (ways == ready).all(), "what is ready is not written again"
