"""The forms of all tabular files: source in study.toml → sheet name and headings."""

from catchment.read import allocation_headings, compliance_headings, headings, zone_headings
from catchment.read.headings import Headings

FORMS: dict[str, tuple[str, Headings]] = {
    "schools": ("School list", headings.SCHOOLS), "classes": ("Class returns", headings.CLASSES),
    "enrolment": ("Past enrolment", headings.ENROLMENT), "births": ("Births", headings.BIRTHS),
    "entrants": ("Children counted before entry", headings.ENTRANTS), "housing": ("New dwellings", headings.HOUSING),
    "events": ("Openings, closures, zone changes", headings.EVENTS), "projects": ("Possible projects", headings.PROJECTS),
    "gates": ("School gates", headings.GATES), "resources": ("What schools have", compliance_headings.RESOURCES),
    "rates": ("Rates", compliance_headings.RATES), "residence": ("Where pupils live", allocation_headings.RESIDENCE),
    "applicants": ("Applicants", allocation_headings.APPLICANTS), "places": ("Places offered", allocation_headings.PLACES),
    "zone_wishes": ("Wishes about zones", zone_headings.ZONE_WISHES), "addresses": ("Address points", zone_headings.ADDRESSES),
    "past_forecasts": ("Forecasts made in the past", headings.PAST_FORECASTS),
}  # fmt: skip
