"""Rule sets: what the policy demands, each rule's value, scope and source once (rules/*.toml)."""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from catchment.errors import SettingsError, problem

FOLDER = Path(__file__).parent / "rules"


class Rule(BaseModel):
    """One limit: `value` at most or at least, for a stage and kinds of place, with the article that sets it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    """The check that measures it."""
    level: str = "limit"
    """Which of several limits of the same check this is."""
    value: float
    unit: str
    stage: Literal["primary", "junior"] | None = None
    kinds: tuple[str, ...] = ()
    """Kinds of school it binds; empty = all."""
    settings: tuple[str, ...] = ()
    """Urban, town, rural; empty = all."""
    source: str


class RuleSet(BaseModel):
    """A named set of rules; `extends` takes over another set's rules for checks that it does not name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    title_en: str
    extends: str = ""
    rule: tuple[Rule, ...] = ()

    def of(self, name: str) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rule if rule.name == name)


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
    if not rules.extends:
        return rules
    own = {rule.name for rule in rules.rule}
    taken = tuple(rule for rule in read_rules(rules.extends).rule if rule.name not in own)
    return rules.model_copy(update={"rule": rules.rule + taken})
