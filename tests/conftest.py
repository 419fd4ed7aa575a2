"""A toy town that can be checked by hand, and the real data when they are there.

    column  0    1    2    3    4    5          cells of 100 m, people in each
    row 0  10   20    .   30   40    .
    row 1  10   10   S1   10   10   10          ═══ a street along the middle of row 1
    row 2   .    .    .    .    .    .          ~~~ a river; one bridge in column 4
    row 3  20   20   20   20   S2   20          ═══ a street along the middle of row 3
    row 4   .    .    .    .    .    .
    row 5   .    .    .    .    .    8          no street within reach: an island of people

The streets are joined by a road over the bridge down the middle of column 4. School S1 (䓣塘小学) stands
on the upper street in column 2, S2 (榃滨小学) on the lower street in column 4. People of row 0 walk
100 m down to the street. All lengths are whole metres.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from pyproj import Transformer

sys.path.insert(0, str(Path(__file__).parent))

from postgres import KINDS, fresh_address

from catchment.ledger.checking import verify
from catchment.ledger.store import Ledger, open_ledger

SHARED = Path(__file__).parents[2] / "shared" / "data"
EAST, NORTH, SIDE = 500_000.0, 3_400_500.0, 100.0
CRS = "EPSG:32650"
PEOPLE = np.array(
    [
        [10, 20, 0, 30, 40, 0],
        [10, 10, 10, 10, 10, 10],
        [0, 0, 0, 0, 0, 0],
        [20, 20, 20, 20, 20, 20],
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 8],
    ]
)


def at(row: float, column: float) -> tuple[float, float]:
    """Easting and northing of the middle of a cell."""
    return EAST + SIDE * (column + 0.5), NORTH - SIDE * (row + 0.5)


def degrees(row: float, column: float) -> tuple[float, float]:
    lon, lat = Transformer.from_crs(CRS, 4326, always_xy=True).transform(*at(row, column))
    return round(lon, 9), round(lat, 9)


def write_population(
    path: Path, people: np.ndarray = PEOPLE, *, nodata: float | None = None, crs: str | None = CRS
) -> Path:
    transform = rasterio.transform.from_origin(EAST, NORTH, SIDE, SIDE)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=people.shape[1],
        height=people.shape[0],
        count=1,
        dtype="float32",
        crs=crs,
        transform=transform,
        nodata=nodata,
    ) as raster:
        raster.write(people.astype("float32"), 1)
    return path


def streets() -> gpd.GeoDataFrame:
    upper = [at(1, c) for c in (0, 4, 5)]
    lower = [at(3, c) for c in (0, 4, 5)]
    lines = [
        shapely.LineString(upper[:2]),
        shapely.LineString(upper[1:]),
        shapely.LineString(lower[:2]),
        shapely.LineString(lower[1:]),
        shapely.LineString([upper[1], lower[1]]),
    ]
    names = ["上街", "上街", "下街", "下街", "桥路"]
    return gpd.GeoDataFrame(
        {"highway": ["residential"] * 5, "name": names, "oneway": ["no"] * 5}, geometry=lines, crs=CRS
    )


def schools() -> pd.DataFrame:
    rows = []
    for code, name, (row, column), seats in (
        ("2144000001", "䓣塘小学", (1, 2), 12),
        ("2144000002", "榃滨小学", (3, 4), 20),
    ):
        lon, lat = degrees(row, column)
        rows.append([code, name, code, "小学", "完全小学", "公办", "镇区", "否", 1, seats, lon, lat, ""])
    columns = [
        "学校标识码",
        "学校名称",
        "校区编号",
        "学段",
        "办学类型",
        "举办者",
        "城乡类别",
        "寄宿",
        "教室数",
        "学位数",
        "经度",
        "纬度",
        "镇街代码",
    ]
    return pd.DataFrame(rows, columns=columns)


STUDY = """
[study]
name = "玩具镇"
name_en = "Toy town"
crs = "EPSG:32650"
base_year = 2025
horizon_years = 3
language = "zh"
demonstration = true

[[sources.population]]
path = "data/raw/population.tif"
year = 2025

[sources.roads]
path = "data/raw/roads.gpkg"

[sources.schools]
path = "data/raw/schools.csv"

[network]
cell_snap_m = 100
smallest_component_m = 100

[demand]
age_share = 0.02
"""


@pytest.fixture
def toy_study(tmp_path: Path) -> Path:
    """The toy town's folder: study.toml and data/raw."""
    raw = tmp_path / "toy" / "data" / "raw"
    raw.mkdir(parents=True)
    write_population(raw / "population.tif")
    streets().to_file(raw / "roads.gpkg", driver="GPKG")
    schools().to_csv(raw / "schools.csv", index=False)
    (tmp_path / "toy" / "study.toml").write_text(STUDY, "utf-8")
    return tmp_path / "toy"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The real data, which are not ours to ship."""
    return SHARED


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database for a ledger: a SQLite file, or one on the test's own PostgreSQL server."""
    return fresh_address(request.param, tmp_path)


def watched(address: str) -> Iterator[Ledger]:
    """An open ledger that must be whole at the end."""
    with open_ledger(address) as opened:
        yield opened
        assert verify(opened)[0] == []


@pytest.fixture
def ledger(address: str) -> Iterator[Ledger]:
    """A ledger on either database."""
    yield from watched(address)


@pytest.fixture
def on_file(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger in a SQLite file."""
    yield from watched(f"sqlite:///{tmp_path / 'ledger.db'}")


def is_real(nodeid: str) -> bool:
    return "tests/real/" in nodeid or nodeid.startswith("real/")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests over real data run where the data are; elsewhere they are skipped, and say what is missing."""
    for item in items:
        if not config.getoption("-m") and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="minutes long: make test-slow"))
        if is_real(item.nodeid) and not SHARED.exists():
            item.add_marker(pytest.mark.skip(reason=f"real data not found: put them in {SHARED}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count the tests over real data and on PostgreSQL, so that nobody takes skipped ones for passed."""

    def told(chosen: Callable[[str], bool]) -> str:
        ran = {
            outcome: len({r.nodeid for r in terminalreporter.stats.get(outcome, []) if chosen(r.nodeid)})
            for outcome in ("passed", "failed", "error", "skipped")
        }
        return ", ".join(f"{count} {outcome}" for outcome, count in ran.items() if count)

    if real := told(is_real):
        missing = "" if SHARED.exists() else f"; the data are missing: put them in {SHARED}"
        terminalreporter.write_line(f"tests over real data: {real}{missing}")
    if on_server := told(lambda nodeid: "[postgresql" in nodeid):
        terminalreporter.write_line(f"tests on a PostgreSQL server: {on_server}")
