"""Random tables of counts with margins: one or two hierarchies crossed, most counts small, some large."""

from itertools import product

import numpy as np
import pandas as pd

from catchment.disclosure import Figures, Gathering


def tree(random: np.random.Generator, letter: str, *, deep: bool) -> dict[str, str]:
    """A hierarchy below `*`: code → the code that it is a part of."""
    within = {}
    for branch in range(int(random.integers(2, 5))):
        within[f"{letter}{branch}"] = "*"
        if deep and random.random() < 0.6:
            within |= {f"{letter}{branch}.{leaf}": f"{letter}{branch}" for leaf in range(int(random.integers(1, 4)))}
    return within


def random_table(random: np.random.Generator) -> Figures:
    """A table with all its margins; a deep hierarchy by itself, or two crossed."""
    trees = [tree(random, "a", deep=True)]
    if random.random() < 0.7:
        trees.append(tree(random, "b", deep=random.random() < 0.3))
    dimensions = [f"d{n}" for n in range(len(trees))]
    leaves = [[code for code in within if code not in within.values()] for within in trees]
    sizes = random.choice([3, 12, 60], size=np.prod([len(codes) for codes in leaves]), p=[0.25, 0.45, 0.3])
    counts = pd.DataFrame(list(product(*leaves)), columns=dimensions).assign(children=random.poisson(sizes))
    for dimension, within in zip(dimensions, trees, strict=True):
        part, wholes = counts, []
        while len(part := part[part[dimension].isin(within.keys())]):
            part = part.assign(**{dimension: part[dimension].map(within)})
            wholes.append(part)
        counts = pd.concat([counts, *wholes]).groupby(dimensions, as_index=False)["children"].sum()
    gathering = Gathering()
    gathering.cube("t", counts, dimensions, "children", dict(zip(dimensions, trees, strict=True)))
    return gathering.figures()
