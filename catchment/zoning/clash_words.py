"""Wishes, clashes and repairs in sentences for the people at the table; the caller gives the names of units and schools."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from catchment.locale import translate
from catchment.zoning.clash import CHILDREN, CUT_OFF, SEATS, Clash, Clashes
from catchment.zoning.repairs import GONE, NUMBERS, Repair
from catchment.zoning.whole import NO_PLAN, PLAN, UNDECIDED
from catchment.zoning.wishes import Wish

SHOWN = 8
"""So many names are told, and how many more there are."""

WISHES = {
    "lock": "{units} in the zone of {school}",
    "ban": "{units} not in the zone of {school}",
    "distance": "{units} no farther than {amount} m from school",
    "together": "{units} together in one zone",
    "seats": "{school} within its seats",
    "least": "{school} with {amount} children at least",
    "home": "{school} keeps {units}, where it stands",
}
WITH_AT_MOST = "{school} with {amount} children at most"
SEATS_IN_CLASSES = "{more} more seats at {school} (classes of {size}: {classes})"
EACH_FARTHER = "the limit of {units} raised by {more} m each ({children} children)"
SEATS_EACH = "{more} more seats at {count} schools ({numbers})"
SEATS_EACH_IN_CLASSES = "{more} more seats at {count} schools ({numbers}; classes of {size}: {classes})"
NUMBERS_EACH = "other numbers of children at {count} schools, {more} in all ({numbers})"
CHANGES = {
    "seats": "{more} more seats at {school}",
    "distance": "the limit of {units} raised from {now} m to {then} m ({children} children)",
    "least": "at least {then} instead of {now} children for {school}",
    "lock": "{units} no longer locked to {school} ({children} children)",
    "ban": "{units} no longer kept from {school} ({children} children)",
    "together": "{units} divided between zones ({children} children)",
    "home": "{school} gives up {units}, where it stands ({children} children)",
}
TRIED_PLAN = "a plan that keeps all other wishes was found"
TRIED_GONE = "this clash is gone, others remain"
TRIED_PROOF = "no proof stands against it any more, a plan was not found yet"
MESSAGES = (
    *WISHES.values(),
    WITH_AT_MOST,
    SEATS_IN_CLASSES,
    EACH_FARTHER,
    SEATS_EACH,
    SEATS_EACH_IN_CLASSES,
    NUMBERS_EACH,
    *CHANGES.values(),
    TRIED_PLAN,
    TRIED_GONE,
    TRIED_PROOF,
)
"""For the test that all words are in the catalogue."""


@dataclass(frozen=True)
class Names:
    """What units and schools are called, and the language that is spoken."""

    unit: Callable[[int], str]
    school: Callable[[int], str]
    language: str

    def translate(self, message: str, **values: object) -> str:
        return translate(message, self.language).format(**values)

    def units(self, units: Iterable[int]) -> str:
        return self._listed([self.unit(unit) for unit in units])

    def schools(self, schools: Iterable[int]) -> str:
        return self._listed([self.school(school) for school in schools])

    def numbers(self, repair: Repair) -> str:
        """By how much each school's number is changed, of seats upwards, of least children downwards."""
        return self._listed(
            [
                f"{self.school(wish.school)} {more if wish.kind == 'seats' else -more:+}"
                for wish, more in zip(repair.lost, repair.each, strict=False)
                if wish.school is not None
            ]
        )

    def _listed(self, names: list[str]) -> str:
        text = translate(", ", self.language).join(names[:SHOWN])
        more = len(names) - SHOWN
        return text + (translate(" and {more} more", self.language).format(more=more) if more > 0 else "")


def wish_text(wish: Wish, names: Names) -> str:
    """What is wished."""
    message = WITH_AT_MOST if wish.kind == "seats" and wish.amount is not None else WISHES[wish.kind]
    school = "" if wish.school is None else names.school(wish.school)
    return names.translate(message, units=names.units(wish.units), school=school, amount=wish.amount)


def wishes_texts(wishes: Iterable[Wish], names: Names) -> list[str]:
    """The wishes, those alike in one sentence: the same distance of many units, the seats of many schools."""
    alike: dict[tuple[object, ...], list[Wish]] = {}
    for wish in wishes:
        single = id(wish) if wish.kind in {"together", "least"} or (wish.kind == "seats" and wish.amount) else None
        school = wish.school if wish.kind in {"lock", "ban", "home"} else None
        alike.setdefault((wish.kind, school, wish.amount if wish.kind == "distance" else None, single), []).append(wish)
    return [_joined(group, names) for group in alike.values()]


def _joined(wishes: list[Wish], names: Names) -> str:
    first = wishes[0]
    if len(wishes) == 1:
        return wish_text(first, names)
    if first.kind == "seats":
        schools = names.schools(wish.school for wish in wishes if wish.school is not None)
        return names.translate("{schools} within their seats", schools=schools)
    units = dict.fromkeys(unit for wish in wishes for unit in wish.units)
    return wish_text(Wish(first.kind, tuple(units), first.school, first.amount), names)


def clash_text(clash: Clash, names: Names) -> str:
    """Why the wishes of the clash cannot hold together, in a sentence."""
    told = {
        "units": names.units(clash.units), "schools": names.schools(clash.schools),
        "children": clash.children, "places": clash.places, "count": len(clash.units),
    }  # fmt: skip
    if clash.proof == CUT_OFF:
        text = names.translate(
            "cut off: {units} ({children} children) have no way to any school that they may go to", **told
        )
    elif clash.proof == SEATS:
        what = "{children} children of {count} units ({units}) can only go to {schools}, with {places} seats"
        text = names.translate(what, **told)
    elif clash.proof == CHILDREN and clash.units:
        what = "{schools} are to have {places} children, and only {children} (of {units}) can go there"
        text = names.translate(what, **told)
    elif clash.proof == CHILDREN:
        text = names.translate("{schools} must have {places} children at least, more than may be there", **told)
    else:
        what = "whole units do not fit: {units} ({children} children) and {schools}; no plan keeps these wishes"
        text = names.translate(what, **told)
    if clash.irreducible:
        return text
    return text + names.translate("; not every wish named was tried on its own")


def repair_text(repair: Repair, names: Names, *, class_size: int | None = None) -> str:
    """What would be changed, and how far it was tried."""
    wish = repair.lost[0]
    units = names.units(dict.fromkeys(unit for lost in repair.lost for unit in lost.units))
    values = {"units": units, "school": "" if wish.school is None else names.school(wish.school), "more": repair.more}
    change = names.translate(_change(repair, class_size), **values, **_amounts(repair, names, class_size))
    return change + names.translate(": ") + names.translate(_tried(repair))


def _amounts(repair: Repair, names: Names, class_size: int | None) -> dict[str, object]:
    limits = [wish.amount or 0 for wish in repair.instead]
    return {
        "classes": sum(-(-more // class_size) for more in repair.each) if class_size else None, "size": class_size,
        "now": repair.lost[0].amount, "then": max(limits, default=None), "children": repair.children,
        "count": len(repair.lost), "numbers": names.numbers(repair),
    }  # fmt: skip


def _change(repair: Repair, class_size: int | None) -> str:
    kind = repair.lost[0].kind
    if len(repair.lost) > 1 and {wish.kind for wish in repair.lost} <= set(NUMBERS):
        if any(wish.kind != "seats" for wish in repair.lost):
            return NUMBERS_EACH
        return SEATS_EACH_IN_CLASSES if class_size else SEATS_EACH
    if kind == "seats" and class_size:
        return SEATS_IN_CLASSES
    if (
        kind == "distance"
        and len({(lost.amount, new.amount) for lost, new in zip(repair.lost, repair.instead, strict=True)}) > 1
    ):
        return EACH_FARTHER
    return CHANGES[kind]


def _tried(repair: Repair) -> str:
    return {PLAN: TRIED_PLAN, GONE: TRIED_GONE}.get(repair.tried, TRIED_PROOF)


def told(clashes: Clashes, names: Names) -> list[str]:
    """All clashes found, their wishes below each, and what is known of the rest."""
    lines = []
    for clash in clashes.found:
        lines += [clash_text(clash, names), *("  " + text for text in wishes_texts(clash.all, names))]
    if clashes.status == UNDECIDED:
        lines.append(names.translate("the other wishes: neither a plan nor a clash was found with the work allowed"))
    elif clashes.status == NO_PLAN and clashes.found[-1].wishes:
        lines.append(names.translate("there are more clashes: put these right first"))
    return lines
