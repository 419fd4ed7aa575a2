"""Motorways: smooth courses above everything else, joined to the roads at interchanges only."""

import itertools

import numpy as np
import pandas as pd
import shapely
from scipy.interpolate import CubicSpline
from shapely import LineString, Polygon

from catchment.demo import facts
from catchment.demo.terrain import Floats, Ints, metres, nearest
from catchment.demo.web import RANK, Web


def make_motorways(web: Web, outline: Polygon) -> tuple[pd.DataFrame, Ints]:
    """Carriageways (two one-way lines each) with their ramps, and the corners where these meet the roads."""
    local = np.unique(web.pairs[web.segments["rank"].to_numpy() <= RANK.index("tertiary")])
    lines, junctions = [], []
    for way in facts.MOTORWAYS:
        course = _curve(metres(way.course))
        course = course[shapely.contains_xy(outline, course[:, 0], course[:, 1])]
        exits = [_interchange(course, web.xy, local, share) for share in way.exits]
        for direction, side in ((1, 13.0), (-1, -13.0)):
            lane = _beside(course, side)[::direction]
            cuts = {0, len(lane) - 1}
            for place, junction in exits:
                middle = place if direction == 1 else len(lane) - 1 - place
                off, on = middle - 6, middle + 6
                cuts |= {off, on}
                junctions.append(junction)
                lines += [_ramp(lane[off], web.xy[junction]), _ramp(web.xy[junction], lane[on])]
            stations = sorted(cuts)
            for start, stop in itertools.pairwise(stations):
                lines.append(("motorway", way.name, True, True, LineString(np.round(lane[start : stop + 1], 2))))
    columns = ["highway", "name", "oneway", "bridge", "geometry"]
    return pd.DataFrame(lines, columns=columns), np.unique(junctions)


def _ramp(start: Floats, stop: Floats) -> tuple[str, str, bool, bool, LineString]:
    return "motorway_link", "", True, False, LineString(np.round([start, stop], 2))


def _interchange(course: Floats, xy: Floats, local: Ints, share: float) -> tuple[int, int]:
    """The place on the course near `share` of it where a local junction is closest, and that junction."""
    tenth = len(course) // 12
    middle = int(share * len(course))
    places = np.arange(max(10, middle - tenth), min(len(course) - 10, middle + tenth))
    far, junction = nearest(xy[local], course[places])
    best = int(np.argmin(np.where(far > 150, far, np.inf)))
    return int(places[best]), int(local[junction[best]])


def _curve(corners: Floats) -> Floats:
    """A smooth course through the corners with a point every 50 m or so."""
    run = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    return np.asarray(CubicSpline(run, corners, bc_type="natural")(np.linspace(0, run[-1], int(run[-1] / 50))))


def _beside(course: Floats, offset_m: float) -> Floats:
    ahead = np.gradient(course, axis=0)
    across = np.column_stack([-ahead[:, 1], ahead[:, 0]]) / np.linalg.norm(ahead, axis=1)[:, None]
    return np.asarray(course - across * offset_m)
