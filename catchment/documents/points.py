"""The annex of the notice that gives the numbered points of the zone texts their places."""

import pandas as pd

from catchment.documents.origin import Desk
from catchment.documents.parts import Column, Document, Grid, Paragraph
from catchment.documents.scopes import Scopes
from catchment.reports.style import shown

ABREAST = 3
"""Points in a row."""
ABOUT = (
    "The numbered points of the admission areas, counted in each area; points in a row are joined by straight lines. "
    "Places in whole metres, {crs}: east and north."
)


def points_annex(desk: Desk, scopes: Scopes) -> Document:
    """A table for each stage: area, then number, east and north of its points, several abreast."""
    year = desk.settings.zone_year
    title = desk.say("Numbered points of the admission areas, autumn {year}", year=year)
    about = Paragraph(desk.say(ABOUT, crs=desk.settings.study.crs))
    grids = tuple(points_grid(desk, scopes.points, str(stage)) for stage in dict.fromkeys(scopes.points["stage"]))
    return Document(
        stem="notice_points", title=title, language=desk.language, parts=(about, *grids), contents=False, marks=desk.marks, foot=desk.foot
    )  # fmt: skip


def points_grid(desk: Desk, points: pd.DataFrame, stage: str) -> Grid:
    """Area, then number, east and north of each point of a stage, several abreast. points: table zone_text_points."""
    names = desk.tables["areas"].set_index("area_id")["name"].map(shown)
    rows = []
    for area, mine in points[points["stage"] == stage].groupby("area_id", sort=False):
        numbers = mine[["number", "x_m", "y_m"]].to_numpy().tolist()
        for first in range(0, len(numbers), ABREAST):
            cells = [cell for point in numbers[first : first + ABREAST] for cell in point]
            rows.append((names.get(area, area), *cells, *[None] * (3 * ABREAST - len(cells))))
    heads = [
        column
        for number in range(ABREAST)
        for column in (
            Column(f"no{number}", desk.say("Point"), "year", 0.6),
            Column(f"x{number}", desk.say("East (m)"), "year"),
            Column(f"y{number}", desk.say("North (m)"), "year"),
        )
    ]
    caption = desk.say("Numbered points, {stage}", stage=desk.code(stage))
    return Grid(caption, (Column("area", desk.say("Area"), "text", 1.6), *heads), tuple(rows))
