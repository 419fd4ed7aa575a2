"""School districts whose past is known: pupils by school, grade and autumn."""

from pathlib import Path

import pandas as pd


def baltimore(data: Path) -> pd.DataFrame:
    """School_id, grade, year, pupils of Baltimore, K-12, autumns 2003-2017.

    The whole city, bands of grades, pre-kindergarten and races are left out; an empty count stays empty.
    """
    rows = pd.read_csv(data / "baltimore_us" / "enrolment_2003_2017.csv", dtype=str)
    rows = rows[(rows["race"] == "All") & (rows["school_number"] != "0") & rows["grade"].notna()]
    rows = rows[rows["grade"] != "PK"].drop_duplicates(["school_number", "grade", "year"])
    rows = rows.rename(columns={"school_number": "school_id", "enrolled_count": "pupils"})
    return rows.assign(
        grade=rows["grade"].replace("K", "0").astype(int),
        year=rows["year"].astype(int),
        pupils=pd.to_numeric(rows["pupils"]),
    )[["school_id", "grade", "year", "pupils"]]


def eau_claire_sections(data: Path) -> pd.DataFrame:
    """School_id, grade, year, pupils of every class section of Eau Claire, K-5, third Fridays of 1998-2024."""
    file = data / "eau_claire_us" / "third_friday_1998_2024.ods"
    rows = []
    for name, sheet in pd.read_excel(file, sheet_name=None, engine="calamine", header=None).items():
        heads = [str(value).strip() for value in sheet.iloc[0]]
        school = sheet[heads.index("School")].ffill()
        for column, head in enumerate(heads):
            if head.startswith("Grade"):
                grade = 0 if head.endswith("K") else int(head.split()[-1])
                sizes = pd.to_numeric(sheet[column], errors="coerce")
                counted = zip(school[1:], sizes[1:], strict=True)
                rows += [(str(s).strip(), grade, int(str(name)[:4]), int(n)) for s, n in counted if pd.notna(n)]
    return pd.DataFrame(rows, columns=["school_id", "grade", "year", "pupils"])


def eau_claire(data: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pupils by school and grade, and births of the district by year (area `*`)."""
    sections = eau_claire_sections(data)
    births = pd.read_csv(data / "eau_claire_us" / "births_1995_2019.csv").assign(area_id="*")
    return sections.groupby(["school_id", "grade", "year"], as_index=False)["pupils"].sum(), births
