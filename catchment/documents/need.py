"""The need for seats, as every report begins with it: today by school size and township, and the county ahead."""

from collections.abc import Iterator

from catchment.documents import told
from catchment.documents.county import ahead_grid, gaps_grid, intervals_told, schools_grid
from catchment.documents.notice_tables import stages_of
from catchment.documents.origin import Desk
from catchment.documents.parts import Heading, Paragraph, Part, picture_of


def today_parts(desk: Desk) -> Iterator[Part]:
    """Schools, classes, pupils and seats of the base year, and children against seats by township."""
    year = desk.settings.study.base_year
    yield Heading(desk.say("Today"))
    yield from (Paragraph(text) for text in (*told.today(desk), *told.gaps(desk, year)))
    yield schools_grid(desk)
    yield gaps_grid(desk, year)


def ahead_parts(desk: Desk) -> Iterator[Part]:
    """Pupils of the county by year with their intervals, in tables and in the picture of the forecast if it was drawn."""
    yield Heading(desk.say("The need for seats"))
    yield Paragraph(intervals_told(desk))
    for stage in stages_of(desk.tables):
        yield ahead_grid(desk, stage)
    yield from picture_of(desk.maps / "forecast", desk.say("Pupils ahead with intervals, against seats"))
