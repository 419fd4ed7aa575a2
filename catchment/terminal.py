"""What the commands say on the terminal: progress, tables, sums in words."""

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from catchment.locale import language_of_user, translate

if TYPE_CHECKING:
    import pandas as pd

    from catchment.forecast.backtest import Backtest
    from catchment.pipeline import Progress
    from catchment.settings import Settings
    from catchment.study import Tables

FIRST_ROWS = 20
VERDICTS = ("kept", "broken", "unknown", "excluded")
UNWRAPPED = 10_000
"""Columns of a terminal that is a file or a pipe: nothing is folded there."""
DEMONSTRATION = "Demonstration data: values are invented and must not be used for decisions."


def say(words: str, **values: object) -> None:
    """Print a sentence in the user's language."""
    print(translate(words, language_of_user()).format(**values))


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator["Progress"]:
    """Progress on the terminal's error stream; plain lines where there is no terminal."""
    if quiet:
        yield lambda _step, _done, _total: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    if not sys.stderr.isatty():
        told: set[str] = set()

        def tell(step: str, _done: int, _total: int) -> None:
            if step not in told:
                told.add(step)
                print(step, file=sys.stderr, flush=True)

        yield tell
        return
    from rich.console import Console

    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=Console(stderr=True)
    ) as bar:
        tasks: dict[str, Any] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done, total=total)

        yield show


def _grid(title: str, headings: Sequence[tuple[str, bool]], rows: Sequence[Sequence[str]]) -> None:
    """A table; headings say whether their column stands to the right."""
    from rich.console import Console
    from rich.table import Table

    view = Table(title=title)
    for heading, right in headings:
        view.add_column(heading, justify="right" if right else "left")
    for row in rows:
        view.add_row(*row)
    Console(width=None if sys.stdout.isatty() else UNWRAPPED).print(view)


def print_table(name: str, table: "pd.DataFrame", rows: int = FIRST_ROWS) -> None:
    """The first rows of a table."""
    frame = table.drop(columns="geometry", errors="ignore")
    headings = [(str(column), frame[column].dtype.kind in "if") for column in frame.columns]
    shown = [
        [f"{v:,.1f}" if isinstance(v, float) else str(v) for v in row]
        for row in frame.head(rows).itertuples(index=False)
    ]
    of = f"{min(rows, len(frame))}/{len(frame)}" if len(frame) > rows else str(len(frame))
    _grid(f"{name}: {of}", headings, shown)


def print_summary(settings: "Settings", tables: "Tables") -> None:
    """The headline figures of a run, and whether every child is accounted for."""
    from catchment.pipeline import children_of

    if settings.study.demonstration:
        say(DEMONSTRATION)
    say_drafts(settings, tables)
    children = children_of(tables, settings.zone_year).groupby("stage")["children"].sum()
    for stage, total in children.items():
        placed = int(tables["assignment"].query("stage == @stage")["children"].sum())
        left = tables["unplaced"].query("stage == @stage").groupby("reason")["children"].sum()
        say(
            "{stage} {year}: {total} children = {placed} placed + {no_seat} without a seat + {out} out of reach",
            stage=translate(str(stage), language_of_user()),
            year=settings.zone_year,
            total=total,
            placed=placed,
            no_seat=int(left.get("no_seat", 0)),
            out=int(left.get("no_school_in_reach", 0)),
        )
    _say_zones(settings, tables)
    far = tables["set_aside"][tables["set_aside"]["source"] == "cells joined to the roads"]
    words = "{cells} cells with {people} people join no road (listed in set_aside)"
    say(words, cells=len(far), people=round(far["amount"].sum()))
    own = tables["findings"][tables["findings"]["rule_set"] == settings.rules]
    counts = own["verdict"].value_counts()
    words = "{count} findings break a rule, {unknown} are not known ({rules})"
    say(words, count=counts.get("broken", 0), unknown=counts.get("unknown", 0), rules=settings.rules)


def print_publication(manifest: Mapping[str, Any]) -> None:
    """How much of a publication's counts is withheld."""
    counts = {
        name: sum(kind[name] for kind in manifest["counts"].values())
        for name in ("all", "withheld_by_rule", "withheld_beside")
    }
    say(
        "{all} counts: {withheld_by_rule} withheld by the rule, {withheld_beside} more so that these stay hidden",
        **counts,
    )


def say_drafts(settings: "Settings", tables: "Tables") -> None:
    """Why a run is only a draft, if it is."""
    from catchment.drafts import STAMP, draft_reasons

    language = language_of_user()
    for number, reason in enumerate(draft_reasons(settings, tables)):
        if not number:
            say(STAMP)
        print("  " + reason.text(language))


def _say_zones(settings: "Settings", tables: "Tables") -> None:
    """What each stage's zones come to, and how far from the best they can be."""
    language = language_of_user()
    for row in tables["zone_totals"].itertuples():
        say(
            "{stage} {year}: {zones} zones, {children} children; {mean} m to school on average, {longest} m at most; {out} children out of reach",
            stage=translate(row.stage, language), year=settings.zone_year, zones=row.zones, children=f"{row.children:,}",
            mean=f"{row.children_m / max(1, row.children - row.out_of_reach):,.0f}", longest=f"{row.longest_m:,}", out=f"{row.out_of_reach:,}",
        )  # fmt: skip
        words = "  {over} children are over the seats, {least} however zones are drawn"
        say(words, over=f"{row.over_seats:,}", least=f"{row.over_seats_least:,}")
        words = "  Zones that come to less by more than {gap} % do not exist"
        say(words if row.status != "optimal" else "  No zones come to less (proved)", gap=f"{row.gap_share * 100:.2f}")
        if row.groups_apart:
            say(
                "  {count} areas or primary zones are kept together piece by piece: they are not one piece on the ground",
                count=row.groups_apart,
            )


def print_zones(settings: "Settings", tables: "Tables") -> None:
    """What zones come to, what in them is not as it seems, and the schools whose seats are worth most."""
    language = language_of_user()
    if settings.study.demonstration:
        say(DEMONSTRATION)
    _say_zones(settings, tables)
    islands = int((tables["neighbours"]["border_mm"] == 0).sum())
    if islands:
        say(
            "{count} pieces of ground apart from the rest (islands, exclaves) go with the unit nearest to them",
            count=islands,
        )
    without = int((tables["zone_schools"]["units"] == 0).sum())
    if without:
        say(
            "{count} schools have no zone of their own: they share their unit with another school of the stage",
            count=without,
        )
    shown = (
        tables["zone_schools"].sort_values(["seat_value_m", "school_id"], ascending=[False, True]).head(FIRST_ROWS // 2)
    )
    names = tables["schools"].drop_duplicates("school_id").set_index("school_id")["name"]
    heads = ("School", "Stage", "Children", "Seats", "One more seat saves (m)")
    rows = [
        [str(names[r.school_id]), translate(r.stage, language), f"{r.children:,}", f"{r.seats:,}", f"{r.seat_value_m:,.0f}"]
        for r in shown.itertuples()
    ]  # fmt: skip
    _grid(
        translate("Where seats are worth most", language),
        [(translate(w, language), i > 1) for i, w in enumerate(heads)],
        rows,
    )


def print_findings(settings: "Settings", tables: "Tables") -> None:
    """Verdicts by rule and stage, the rules that the county itself breaks, and what cures all schools costs."""
    from catchment.reports.compliance_pages import differing
    from catchment.reports.words import CODES

    language = language_of_user()
    if settings.study.demonstration:
        say(DEMONSTRATION)
    every = tables["findings"]
    found = every[every["rule_set"] == settings.rules]
    level = found["level"].where(found["subject"] != "class", "standard")
    counts = found.assign(level=level).groupby(["rule", "level", "stage"], sort=True)["verdict"].value_counts()
    headings = [(translate(w, language), False) for w in ("Rule", "Level", "Stage")]
    headings += [(translate(CODES[v], language), True) for v in VERDICTS]
    shown = [
        [
            *(translate(CODES.get(str(part), str(part)), language) for part in key),
            *(f"{int(row.get(v, 0)):,}" for v in VERDICTS),
        ]
        for key, row in counts.unstack(fill_value=0).iterrows()
    ]
    _grid(f"{translate('Findings', language)} ({settings.rules})", headings, shown)
    for name, rows in differing(every, settings.rules).groupby("rule_set_beside"):
        words = "{count} verdicts differ from {rules} (sheet {sheet} of rules.xlsx)"
        say(words, count=len(rows), rules=name, sheet=translate("Verdicts that differ", language))
    cures = tables["remedies"]
    priced = cures["cost_yuan"].dropna()
    sentence = "{schools} schools lack something: {count} remedies, {priced} of them priced at {yuan} yuan"
    say(
        sentence,
        schools=cures["school_id"].nunique(),
        count=len(cures),
        priced=len(priced),
        yuan=f"{int(priced.sum()):,}",
    )


def print_forecast(settings: "Settings", tables: "Tables") -> None:
    """The county's pupils by stage and year with their 80 % interval, seats, and the peaks, under the central births."""
    language = language_of_user()
    if tables["outlook"].empty:
        say("no pupils are known: give class returns (sources.classes) or past enrolment (sources.enrolment)")
        return
    if settings.study.demonstration:
        say(DEMONSTRATION)
    rows, peaks = (
        table[(table["level"] == "county") & (table["scenario"] == settings.forecast.central)]
        for table in (tables["outlook"], tables["peaks"])
    )
    words = (
        "Stage",
        "Year (autumn)",
        "Pupils",
        "80 % from",
        "to",
        "Seats",
        "Load",
        "Chance of seats short",
        "Empty seats",
    )
    headings = [(translate(word, language), number > 0) for number, word in enumerate(words)]
    shown = [
        [
            translate(row.stage, language), str(row.year), f"{row.pupils:,}", f"{row.low80:,}", f"{row.high80:,}", f"{row.seats:,}",
            "" if math.isnan(row.load) else f"{row.load:.2f}", f"{row.short_probability:.0%}", f"{row.empty_seats:,}",
        ]
        for row in rows.sort_values(["stage", "year"]).itertuples()
    ]  # fmt: skip
    _grid(translate("Pupils of the county", language), headings, shown)
    for peak in peaks.itertuples():
        say(
            "{stage}: most pupils from {base} on in {year} (80 %: {first} to {last}), {pupils}",
            stage=translate(peak.stage, language), base=settings.study.base_year, year=peak.peak_year,
            first=peak.peak_first, last=peak.peak_last, pupils=f"{peak.peak_pupils:,}",
        )  # fmt: skip
    say("every school, grade and scenario: tables forecast, class_outlook, outlook and peaks of `catchment run`")


def print_set_aside(set_aside: "pd.DataFrame") -> None:
    """Rows that were not used, by source and reason, the first of each named."""
    for (source, reason), rows in set_aside.groupby(["source", "reason"], sort=True):
        first = ", ".join(rows["row"].astype("str").head(3)) + (" …" if len(rows) > 3 else "")
        say(
            "{source}: {count} rows set aside: {reason} ({first})",
            source=source, count=len(rows), reason=translate(reason, language_of_user()), first=first,
        )  # fmt: skip


def print_scores(result: "Backtest") -> None:
    """Mean absolute error of every method, and how many actual values our intervals held."""
    from catchment.reports.words import CODES

    scores, language = result.scores, language_of_user()
    if result.skipped:
        years = ", ".join(map(str, result.skipped))
        say("Years left out, for they fall out of the series: {years}", years=years)
    horizons = sorted(scores["horizon_years"].unique())
    for column, title in (
        ("mape", "Mean absolute error, %, by years ahead"),
        ("bias", "Mean error, %, by years ahead (+ = too many forecast)"),
        ("within80", "Actual values inside the 80 % interval, %, by years ahead"),
        ("within95", "Actual values inside the 95 % interval, %, by years ahead"),
    ):
        of_all = column in ("mape", "bias")
        chosen = scores.dropna(subset=[column])
        if of_all:
            chosen = chosen[chosen["size"] == "all"]
        order = {size: number for number, size in enumerate(dict.fromkeys(chosen["size"]))}
        headings = [(translate(heading, language), False) for heading in ("Counted for", "Size", "Method")]
        headings += [(f"+{ahead}", True) for ahead in horizons]
        wide = chosen.pivot_table(index=["level", "size", "method"], columns="horizon_years", values=column)
        counted = "forecasts" if of_all else "judged"
        count = chosen.pivot_table(index=wide.index.names, columns="horizon_years", values=counted)
        shown = []
        for key in sorted(wide.index, key=lambda key: (key[0], order[key[1]], key[2])):
            words = [translate(CODES.get(str(part), str(part)), language) for part in key]
            cells = zip(wide.loc[key].reindex(horizons), count.loc[key].reindex(horizons), strict=True)
            shown.append([*words, *("" if math.isnan(v) else f"{100 * v:.1f} ({n:,.0f})" for v, n in cells)])
        _grid(f"{translate(title, language)} ({translate('forecasts', language)})", headings, shown)


def print_quota(settings: "Settings", shared: "pd.DataFrame", schools: "pd.DataFrame") -> None:
    """Whether half of the plan is shared out, what the tilt does for rural schools, and what the method can do wrong."""
    from fractions import Fraction

    from catchment.quota import loses_by_one_more

    how = settings.quota
    for senior in how.senior:
        words = "{name}: {places} of {plan} places go to junior schools ({share:.1%}; the rule is 50 % at least)"
        say(words, name=senior.name, places=senior.given, plan=senior.plan, share=senior.given / senior.plan)
    rural = set(schools.loc[(schools["stage"] == "junior") & (schools["setting"] == "rural"), "school_id"])
    own = shared[shared["school_id"].isin(rural)]
    say(
        "rural junior schools: {graduates:.1%} of the graduates, {places:.1%} of the places",
        graduates=own["graduates"].sum() / shared["graduates"].sum(),
        places=own["places"].sum() / shared["places"].sum(),
    )
    if how.method == "largest_remainder":
        once = shared.drop_duplicates("school_id")
        weights = [Fraction(str(t)) * int(g) for t, g in zip(once["tilt"], once["graduates"], strict=True)]
        for number in loses_by_one_more(weights, int(shared["places"].sum())):
            words = (
                "with one place more {school} would lose one: the paradox of largest remainders; sainte_lague has none"
            )
            say(words, school=once["school_id"].iloc[number])


def print_texts(made: "Tables") -> None:
    """How the zones of a run are told: forms, share of the border with names, points of the annex."""
    texts = made["zone_texts"]
    style = texts["style"].value_counts()
    say(
        "{texts} texts: {areas} by whole areas, {sides} by sides of lines, {rings} by rings",
        texts=len(texts), areas=int(style.get("areas", 0)), sides=int(style.get("sides", 0)), rings=int(style.get("ring", 0)),
    )  # fmt: skip
    say(
        "{share:.0%} of the borders follow names; {points} points in the annex, {without} texts without any",
        share=float(texts["named_share"].mean()), points=len(made["zone_text_points"]), without=int((texts["annex_points"] == 0).sum()),
    )  # fmt: skip


def print_text_findings(agreement: "pd.DataFrame", left: "pd.DataFrame") -> None:
    """Children proved, and what does not fit, line by line."""
    from catchment.reports.words import TEXT_FINDINGS

    say(
        "{agreed} of {children} children are in the text of their zone and in no other",
        agreed=f"{int(agreement['children_agreed'].sum()):,}", children=f"{int(agreement['children'].sum()):,}",
    )  # fmt: skip
    for kind, message in left[["kind", "message"]].itertuples(index=False):
        say("{kind}: {message}", kind=translate(TEXT_FINDINGS[kind], language_of_user()), message=message)
    if left.empty:
        say("Texts and zones say the same.")
