"""Towns of square units for tests of zone texts, drawn as pictures: one letter is a unit of 100 m and the school whose zone it is in."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from catchment.settings import Settings

CRS = "EPSG:32650"
EAST, NORTH = 500_000.0, 3_400_500.0
SCHOOLS = {"A": "甲小学", "B": "乙小学", "C": "䓣塘小学"}


def settings(**zone_text):
    study = {"name": "玩具镇", "name_en": "Toy town", "crs": CRS, "base_year": 2025, "language": "zh"}
    return Settings.model_validate({"study": study, "sources": {}, "zone_text": zone_text})


def line(*corners):
    """A line through (column, row) corners of the squares."""
    return shapely.LineString([(EAST + 100 * column, NORTH - 100 * row) for column, row in corners])


def town(picture, streets=(), *, areas=("东镇",), border_column=None, water=(), houses=(), places=()):
    """Tables of a town. streets, water: (name, line); houses: (street, number, column, row); places: (name, column, row); the second
    area begins at border_column.
    """
    rows = picture.split()
    height, width = len(rows), len(rows[0])
    spots = [(r, c) for r in range(height) for c in range(width)]
    area = ["0" if border_column is None or c < border_column else "1" for _, c in spots]
    squares = [
        shapely.box(EAST + 100 * c, NORTH - 100 * r - 100, EAST + 100 * c + 100, NORTH - 100 * r) for r, c in spots
    ]
    names = [f"r{r}c{c}" for r, c in spots]
    x, y = (np.array(each) for each in zip(*[(s.centroid.x, s.centroid.y) for s in squares], strict=True))
    units = gpd.GeoDataFrame({"unit_id": names, "area_id": area}, geometry=squares, crs=CRS)
    cells = pd.DataFrame({"cell_id": names, "x_m": x, "y_m": y, "area_id": area, "people": 10.0, "unit_id": names})
    zones = pd.DataFrame(
        {"unit_id": names, "stage": "primary", "school_id": [rows[r][c] for r, c in spots], "children": 2}
    )
    cut = width if border_column is None else border_column
    edges = (0, cut, width)
    boxes = [
        line((edges[i], 0), (edges[i + 1], 0), (edges[i + 1], height), (edges[i], height)) for i in range(len(areas))
    ]
    doors = [(street, number, "", column, row) for street, number, column, row in houses]
    doors += [("", pd.NA, name, column, row) for name, column, row in places]
    addresses = pd.DataFrame(
        {
            "address_id": range(1, len(doors) + 1), "street": [d[0] for d in doors], "number": pd.array([d[1] for d in doors], dtype="Int64"),
            "place": [d[2] for d in doors], "x_m": [EAST + 100 * d[3] for d in doors], "y_m": [NORTH - 100 * d[4] for d in doors],
        }
    )  # fmt: skip
    return {
        "areas": gpd.GeoDataFrame(
            {"area_id": [str(i) for i in range(len(areas))], "name": list(areas)}, geometry=[shapely.Polygon(b) for b in boxes], crs=CRS
        ),
        "units": units, "cells": cells, "zones": zones, "addresses": addresses, "edges": _named(streets), "water": _named(water),
        "schools": pd.DataFrame({"school_id": list(SCHOOLS), "stage": "primary", "name": list(SCHOOLS.values())}),
    }  # fmt: skip


def _named(lines):
    return gpd.GeoDataFrame({"name": [name for name, _ in lines]}, geometry=[each for _, each in lines], crs=CRS)
