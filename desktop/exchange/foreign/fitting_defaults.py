"""A default that does not fit what a row says: a new project is 谋划, but not one that has a day of
actual start. The next choice that breaks no rule is proposed, and never taken unseen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from db.model import rules
from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from desktop.exchange.plan.parsed_row import ParsedRow


class FittingDefaults:
    """Made once per file and ledger. ``defaults``: what a new record starts with."""

    def __init__(self, kind: Kind, defaults: Mapping[str, object], today: dt.date) -> None:
        self._kind, self._defaults, self._today = kind, defaults, today
        ruled = {name for rule in kind.all_rules for name in rule.when}
        self._fields = [
            f for f in kind.all_fields
            if f.name in ruled and f.name in defaults and type_of(f).one_listed
        ]

    def fit(self, parsed: ParsedRow) -> None:
        """A row of a record that is not here yet."""
        said = {*parsed.typed, *(problem.field for problem in parsed.problems)}
        for declared in self._fields:
            if declared.name not in said and parsed.typed:
                self._choose(parsed, declared)

    def _choose(self, parsed: ParsedRow, declared: Field) -> None:
        default = self._defaults[declared.name]
        broken = self._broken(parsed, declared, default)
        order = [option.name for option in declared.options]
        if not broken or default not in order:
            return
        for name in order[order.index(default) + 1 :]:
            if self._broken(parsed, declared, name):
                continue
            labels = {option.name: option.label for option in declared.options}
            beside = "、".join(f"「{self._kind.field(each).label}」" for each in broken)
            parsed.typed[declared.name] = name
            parsed.warn(declared.name, "guess", (
                f"表里没有写「{declared.label}」，写了{beside}的不能记作“{labels[default]}”，"
                f"拟记作“{labels[name]}”；是的请采用，不是的请在表里写明再导入。"
            ))  # fmt: skip
            return

    def _broken(self, parsed: ParsedRow, declared: Field, choice: object) -> list[str]:
        """The typed fields that do not go with a choice."""
        values: dict[str, object] = dict.fromkeys(f.name for f in self._kind.all_fields)
        values |= {**self._defaults, **parsed.typed, declared.name: choice}
        return list(dict.fromkeys(
            name for rule in self._kind.all_rules
            if declared.name in rule.when and not rules.holds(rule, values, self._today)
            for name in (rule.field or rule.right,) if name in parsed.typed
        ))  # fmt: skip
