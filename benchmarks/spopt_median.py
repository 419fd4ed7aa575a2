"""spopt's p-median with CBC: `python benchmarks/spopt_median.py COSTS.npy SITES SECONDS` prints its status, value and seconds."""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pulp
from spopt.locate import PMedian


def main(costs: Path, sites: int, seconds: float) -> None:
    cost = np.load(costs)
    began = time.perf_counter()
    model = PMedian.from_cost_matrix(cost, np.ones(len(cost)), p_facilities=sites)
    model = model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=seconds), results=False)
    took = time.perf_counter() - began
    # A status is a claim: the value is that of the sites it names.
    chosen = [j for j, variable in enumerate(model.fac_vars) if (variable.value() or 0) > 0.5]
    value = float(cost[:, chosen].min(axis=1).sum()) if len(chosen) == sites else None
    print(json.dumps({"status": pulp.LpStatus[model.problem.status], "value": value, "seconds": took}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
