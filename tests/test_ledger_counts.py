"""Zero increment and splitting: by hand, and by trying every class."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from test_ledger import LIMITS, a_return

from catchment.ledger.increments import increments
from catchment.ledger.snapshots import class_rows
from catchment.ledger.splitting import splits


def grade_of(pupils, *, stage="primary", school="0012", snapshot="2025-09-01", entered=2025):
    return a_return(snapshot, {(entered, str(n)): size for n, size in enumerate(pupils, 1)}, stage=stage, school=school)


def test_three_classes_of_48_need_a_fourth_not_three():
    """144 pupils ÷ 45 = 3.2: 4 classes of 36; 9 pupils above the standard. 50 + 30 need no class, only an even hand."""
    rows = pd.concat([grade_of([48, 48, 48]), grade_of([50, 30], entered=2024)], ignore_index=True)
    table = splits(class_rows(rows), LIMITS, {("0012", "primary"): 5}).set_index("grade")
    columns = [
        "pupils",
        "classes",
        "over_standard",
        "excess_pupils",
        "needed",
        "classes_short",
        "largest",
        "largest_if_even",
    ]
    assert table.loc[1, columns].tolist() == [144, 3, 3, 9, 4, 1, 48, 36]
    assert table.loc[2, columns].tolist() == [80, 2, 1, 5, 2, 0, 50, 40]
    whole = table[table.index.isna()].iloc[0]
    assert whole[columns].tolist() == [224, 5, 4, 14, 6, 1, 50, 40]
    assert (whole["rooms"], whole["rooms_short"]) == (5, 1)
    assert splits(class_rows(rows), LIMITS, {})["rooms_short"].isna().all()


@given(st.lists(st.integers(1, 90), min_size=1, max_size=6), st.sampled_from(["primary", "junior"]))
@settings(max_examples=30, deadline=None)
def test_splitting_is_the_fewest_classes_that_hold_all(pupils, stage):
    """By trying: deal the grade into k classes as evenly as can be, until none is above the standard."""
    standard = {"primary": 45, "junior": 50}[stage]
    row = splits(class_rows(grade_of(pupils, stage=stage)), LIMITS, {}).iloc[0]
    total = sum(pupils)
    k = next(k for k in range(1, 20) if max(total // k + (i < total % k) for i in range(k)) <= standard)
    assert row["needed"] == k
    assert row["classes_short"] == max(0, k - len(pupils))
    assert row["largest_if_even"] <= standard
    assert row["excess_pupils"] == sum(n - standard for n in pupils if n > standard)


def test_zero_increment_by_hand():
    """A class of 60 becomes 48 while one of 44 becomes 47: one above 45 more, one oversized fewer; a new entering class of 46."""
    before = class_rows(grade_of([60, 44], snapshot="2025-03-01", entered=2023))
    after = class_rows(pd.concat([grade_of([48, 47], entered=2023), grade_of([46, 40])], ignore_index=True))
    table = increments(before, after, LIMITS)
    school = table[(table["subject"] == "school")].set_index("tier")
    assert school.loc["over_standard", ["value", "limit", "passed", "short_by"]].tolist() == [3, 1, False, 2]
    assert school.loc["oversized", ["value", "limit", "passed", "short_by"]].tolist() == [0, 1, True, 0]
    entering = table[table["rule"] == "entering_grade"].set_index("subject_id")
    assert entering["passed"].to_dict() == {"0012/primary/2025/1": False, "0012/primary/2025/2": True}
    assert entering.loc["0012/primary/2025/1", ["value", "limit", "short_by"]].tolist() == [46, 45, 1]
    first = increments(None, after, LIMITS)
    assert set(first["rule"]) == {"entering_grade"}
    assert first["before"].isna().all()


def test_a_class_enters_only_once():
    """Grade 1 in autumn and in spring, 46 both times: told in autumn, no increment in spring; a class new in spring is told."""
    autumn = class_rows(grade_of([46], snapshot="2024-09-01", entered=2024))
    spring = class_rows(grade_of([46, 47], snapshot="2025-03-01", entered=2024))
    rows = increments(autumn, spring, LIMITS)
    assert rows.loc[rows["rule"] == "entering_grade", "subject_id"].tolist() == ["0012/primary/2024/2"]


halves = st.lists(st.integers(20, 80), min_size=1, max_size=5)


@given(halves, halves, halves, halves)
@settings(max_examples=15, deadline=None)
def test_zero_increment_counted_by_trying_every_class(a, b, c, d):
    """Two schools in two returns; classes of every tier counted one by one."""

    def one(day, x, y):
        both = [grade_of(x, snapshot=day, entered=2023), grade_of(y, snapshot=day, entered=2023, school="0034")]
        return class_rows(pd.concat(both, ignore_index=True))

    table = increments(one("2025-03-01", a, b), one("2025-09-01", c, d), LIMITS)
    rows = table[(table["rule"] == "zero_increment") & (table["stage"] == "primary")]
    lowest = {"over_standard": 46, "oversized": 56, "super_oversized": 66}
    for school, then, now in (("0012", a, c), ("0034", b, d), ("*", a + b, c + d)):
        for tier, least in lowest.items():
            old, new = (sum(n >= least for n in of) for of in (then, now))
            found = rows[(rows["subject_id"] == school) & (rows["tier"] == tier)]
            if len(found) == 0:
                assert (old, new) == (0, 0)
                assert school != "*"
                continue
            assert found[["value", "limit", "passed", "short_by"]].iloc[0].tolist() == [
                new,
                old,
                new <= old,
                max(0, new - old),
            ]
