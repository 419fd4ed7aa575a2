"""Rule sets: what the policy demands, each rule's value, scope and source once (rules/*.toml)."""

import tomllib
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from catchment.errors import SettingsError, problem

FOLDER = Path(__file__).parent / "rules"


class Rule(BaseModel):
    """One limit: `value` at most or at least, for whom it is, from when, and the article that sets it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    """The check that measures it."""
    level: str = "limit"
    """Which of several limits of the same check this is."""
    value: float
    bound: Literal["most", "least"] = "most"
    unit: str
    short_unit: str = ""
    """In what a shortfall is told; the unit itself unless given."""
    stage: Literal["primary", "junior"] | None = None
    grades: tuple[int, ...] = ()
    """Grades it binds; empty = all."""
    kinds: tuple[str, ...] = ()
    """Kinds of school it binds; empty = all."""
    settings: tuple[str, ...] = ()
    """Urban, town, rural; empty = all."""
    ownerships: tuple[str, ...] = ()
    """Public, private; empty = all."""
    boarding: bool | None = None
    """Only schools with, or without, boarders."""
    effect: Literal["exclude", "fail", "penalise"] = "fail"
    """What breaking it means for a site: it is out of the question, fails, or is warned of (screening)."""
    adjacent: bool = False
    """Not adjacent: the limit is that of the level `adjacent`."""
    kv_from: float | None = None
    """Power lines of this voltage and more, up to the next rule's."""
    valid_from: date = date.min
    """First day on which it holds; of several that differ in it alone, the latest holds."""
    relief: str = ""
    """A relief clause: in force only where study.toml names it, instead of the rule of the same name and level."""
    counts: str = ""
    """Under this relief a further column of the resources counts."""
    built_until: int | None = None
    """Schools built in this year or before."""
    pupils_from: int | None = None
    pupils_below: int | None = None
    migrant_share_from: float | None = None
    """Schools in which at least this share of the pupils are migrants' children."""
    largest_class_below: int | None = None
    source: str
    rule_set: str = ""
    """The set in which it is written."""

    @property
    def place(self) -> tuple[object, ...]:
        """What two versions of a rule have in common."""
        return tuple(v for k, v in sorted(self.model_dump().items()) if k not in NOT_ITS_PLACE)


NOT_ITS_PLACE = {"value", "valid_from", "source", "unit", "short_unit", "bound", "rule_set"}


class RuleSet(BaseModel):
    """A named set of rules; `extends` takes over those of another set whose name, level and relief it does not name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    title_en: str
    extends: str = ""
    rule: tuple[Rule, ...] = ()

    def titled(self, language: str) -> str:
        """What the set is called in documents."""
        return self.title if language == "zh" else self.title_en

    def of(self, name: str) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rule if rule.name == name)

    def in_force(self, on: date, reliefs: Collection[str] = ()) -> "RuleSet":
        """The rules that hold on a day, with the relief clauses that are switched on."""
        latest: dict[tuple[object, ...], Rule] = {}
        for rule in sorted(self.rule, key=lambda rule: rule.valid_from):
            if rule.valid_from <= on and (not rule.relief or rule.relief in reliefs):
                latest[rule.place] = rule
        kept = {id(rule) for rule in latest.values()}
        return self.model_copy(update={"rule": tuple(rule for rule in self.rule if id(rule) in kept)})


def read_rules(name: str) -> RuleSet:
    """A rule set by name, with what it takes over from the one it extends.

    Raises SettingsError if there is no such set, or it has unknown keys.
    """
    file = FOLDER / f"{name}.toml"
    if not file.exists():
        known = ", ".join(sorted(f.stem for f in FOLDER.glob("*.toml")))
        raise SettingsError(
            problem("there is no rule set {name}", "use one of {known}", where="study.toml", name=name, known=known)
        )
    try:
        rules = RuleSet.model_validate(tomllib.loads(file.read_text("utf-8")))
    except ValidationError as error:
        raise SettingsError(
            [
                problem(
                    "{key}: {why}", "correct the rule set", where=file, key=".".join(map(str, e["loc"])), why=e["msg"]
                )
                for e in error.errors()
            ]
        ) from None
    written = tuple(rule.model_copy(update={"rule_set": rules.name}) for rule in rules.rule)
    own = {(rule.name, rule.level, rule.relief) for rule in written}
    taken = read_rules(rules.extends).rule if rules.extends else ()
    kept = tuple(rule for rule in taken if (rule.name, rule.level, rule.relief) not in own)
    return rules.model_copy(update={"rule": written + kept})


def rules_in_force(name: str, on: date, reliefs: Collection[str]) -> RuleSet:
    """A rule set on a day with its relief clauses; raises SettingsError for a clause that the set does not have."""
    rules = read_rules(name)
    known = {rule.relief for rule in rules.rule if rule.relief}
    unknown = sorted(set(reliefs) - known)
    if unknown:
        what, remedy = "rule set {name} has no relief clause {relief}", "use one of {known}"
        told = ", ".join(sorted(known))
        raise SettingsError(
            [problem(what, remedy, where="study.toml", name=name, relief=each, known=told) for each in unknown]
        )
    return rules.in_force(on, reliefs)
