"""The demonstration study of Luoding: synthetic, repeatable, and true where facts are known.

One seed, the same bytes every time: the files of `write_demo` can be thrown away and made again.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from catchment.demo import facts
from catchment.demo.addresses import make_addresses
from catchment.demo.admission import make_applicants, make_places, make_residence
from catchment.demo.areas import make_areas
from catchment.demo.compliance import make_rates, make_resources
from catchment.demo.enrolment import make_births, make_classes
from catchment.demo.files import (
    write_addresses,
    write_applicants,
    write_areas,
    write_births,
    write_classes,
    write_enrolment,
    write_entrants,
    write_housing,
    write_parcels,
    write_people,
    write_places,
    write_present_zones,
    write_projects,
    write_rates,
    write_residence,
    write_resources,
    write_roads,
    write_schools,
    write_sources,
    write_study,
    write_surroundings,
    write_water,
)
from catchment.demo.history import make_enrolment, make_entrants, make_housing
from catchment.demo.parcels import make_parcels, make_surroundings
from catchment.demo.people import make_grid, make_people
from catchment.demo.projects import make_projects
from catchment.demo.roads import make_roads
from catchment.demo.schools import make_schools
from catchment.demo.snapshots import make_snapshots
from catchment.demo.streets import make_streets
from catchment.demo.terrain import make_terrain
from catchment.demo.villages import make_villages
from catchment.demo.zones import draw_present_zones
from catchment.pipeline import Progress

__all__ = ["write_demo", "write_inputs"]


def write_demo(folder: Path, progress: Progress, *, seed: int = 445381) -> list[Path]:
    """Write study.toml and data/raw of the Luoding demonstration into a folder; the files written.

    Files that are there already are replaced. The zones in force are those that the program itself draws for the autumn before.
    """
    files = write_inputs(folder, seed=seed)
    raw = folder / "data" / "raw"
    files.append(write_present_zones(raw, draw_present_zones(folder, progress)))
    return [*files, write_sources(raw, files), folder / "study.toml"]


def write_inputs(folder: Path, *, seed: int = 445381) -> list[Path]:
    """Write study.toml, and all files of data/raw but the zones in force and SOURCES.toml; the files of data/raw."""
    rng = np.random.default_rng(seed)
    land = make_terrain(rng)
    areas = make_areas(land, rng)
    streets = make_streets([line for group in land.rivers.values() for line in group], rng)
    villages = make_villages(land, areas, streets.inside(land.xy), rng)
    grid = make_grid(areas)
    people, lanes = make_people(grid, land, streets, villages, rng)
    roads = make_roads(land, streets, villages, lanes, rng)
    schools = make_schools(grid, people, areas, roads, rng)
    children = pd.Series(people.children).groupby(grid.area).sum()
    births = make_births({town.code: int(children[number]) for number, town in enumerate(facts.TOWNSHIPS)})
    classes = make_classes(schools, rng)
    projects = make_projects(schools)
    enrolment = make_enrolment(schools, classes, births, rng)
    places = make_places(schools)
    later = np.random.default_rng([seed, 1])
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    write_study(folder, seed)
    return [
        *write_people(raw, grid, people),
        write_areas(raw, areas),
        write_roads(raw, roads),
        write_water(raw, land),
        write_addresses(raw, make_addresses(roads)),
        write_schools(raw, schools),
        write_classes(raw, make_snapshots(classes, enrolment, later)),
        write_births(raw, births),
        write_projects(raw, projects),
        write_parcels(raw, make_parcels()),
        write_surroundings(raw, make_surroundings()),
        write_enrolment(raw, enrolment),
        write_entrants(raw, make_entrants(births, rng)),
        write_housing(raw, make_housing()),
        write_resources(raw, make_resources(schools, later)),
        write_rates(raw, make_rates(schools, later)),
        write_residence(raw, make_residence(schools, later)),
        write_places(raw, places),
        write_applicants(raw, make_applicants(places, later)),
    ]
