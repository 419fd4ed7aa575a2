"""What speaks against a parcel or project, in words."""

from collections.abc import Iterator, Mapping

import pandas as pd

from catchment.locale import translate

VERDICTS = {
    "passed": "Passed", "penalised": "Warned of", "unknown": "Not known", "failed": "Failed", "ruled_out": "Ruled out",
}  # fmt: skip
TESTS = {
    "railway": "Railway", "expressway": "Expressway", "arterial": "Arterial road", "power_line": "Power line", "pipeline": "Pipeline",
    "petrol_station": "Petrol station", "market": "Market", "mortuary": "Mortuary", "explosives": "Inflammables, explosives",
    "entertainment": "Entertainment", "substation": "Substation", "gas_regulator": "Gas regulator", "waste_station": "Waste station",
    "detention_house": "Detention house", "hazard": "Natural hazard", "pollution": "Pollution", "water_protection": "Water protection",
    "farmland": "Permanent farmland", "red_line": "Ecological red line", "land": "Land", "classes": "Classes that the land carries",
    "elongation": "Length by width", "width": "Narrowest width", "size": "Size of the school", "service_radius": "Within the service radius",
}  # fmt: skip
SUBJECTS = {"parcel": "Parcel", "candidate": "Candidate"}


def siting_told(tables: Mapping[str, pd.DataFrame], language: str) -> Iterator[str]:
    """A line for each parcel or project with its worst verdict, then what it did not pass, and how much is not known."""
    siting = tables["siting"]
    for row in tables["siting_totals"].itertuples():
        yield translate("{subject} {id} {name}: {verdict}", language).format(
            subject=translate(SUBJECTS[row.subject], language), id=row.subject_id, name=row.name,
            verdict=translate(VERDICTS[row.verdict], language),
        )  # fmt: skip
        own = siting[(siting["subject"] == row.subject) & (siting["subject_id"] == row.subject_id)]
        for test in own[own["verdict"].isin(["ruled_out", "failed", "penalised"])].itertuples():
            sign = "<" if test.bound == "least" else ">"
            yield "    " + translate("{test}: {verdict}, {value:g} {sign} {limit:g} {unit} {object} ({source})", language).format(
                test=translate(TESTS[test.test], language), verdict=translate(VERDICTS[test.verdict], language), value=round(test.value, 3),
                sign=sign if test.effect != "exclude" else "=", limit=test.limit, unit=translate(test.unit, language), object=test.object, source=test.source,
            )  # fmt: skip
        unknown = own.loc[own["verdict"] == "unknown", "test"].unique()
        if len(unknown):
            tests = ", ".join(translate(TESTS[test], language) for test in unknown)
            yield "    " + translate("not known: {tests}", language).format(tests=tests)
