"""Any people taking any steps in any order: a small model knows where each item must be, and the book must agree.

Also held after every step: nothing closes by the hand that asked for it, at most one request for closing waits, the first deadline
stays what it was, and a refused step leaves no trace.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from db import office
from db.errors import BadInput, NotPermitted
from db.rules import lifecycle
from db.session import Session
from tests.samples import as_person

PASSWORD = "zhengxian-demo"
START = dt.date(2022, 9, 1)
PEOPLE = {"clerk": "clerk", "second": "clerk", "reviewer": "reviewer", "chief": "administrator", "guest": "viewer"}
#: The lifecycle once more, written by hand from the product's page: step → (from, to, who).
CHECKERS = {"reviewer", "administrator"}
WRITERS = {"clerk", *CHECKERS}
RUNNING = {"assigned", "acknowledged", "in_progress"}
STEPS: dict[str, tuple[set[str], str | None, set[str]]] = {
    "assign": ({"drafted"}, "assigned", WRITERS),
    "acknowledge": ({"assigned"}, "acknowledged", WRITERS),
    "report": (RUNNING, "in_progress", WRITERS),
    "request-close-out": (RUNNING | {"close_out_requested"}, "close_out_requested", WRITERS),
    "withdraw": ({"close_out_requested"}, "in_progress", WRITERS),
    "close-out": ({"close_out_requested"}, "closed_out", CHECKERS),
    "return": ({"close_out_requested"}, "in_progress", CHECKERS),
    "request-extension": (RUNNING, None, WRITERS),
    "grant-extension": (RUNNING, None, CHECKERS),
    "refuse-extension": (RUNNING, None, CHECKERS),
    "transfer": (RUNNING, "assigned", CHECKERS),
    "remind": (RUNNING, None, WRITERS),
    "suspend": (RUNNING | {"close_out_requested"}, "suspended", CHECKERS),
    "resume": ({"suspended"}, "back", CHECKERS),
    "cancel": (RUNNING | {"drafted", "close_out_requested", "suspended"}, "cancelled", CHECKERS),
    "archive": ({"closed_out"}, "archived", WRITERS),
    "reopen": ({"closed_out", "archived"}, "in_progress", CHECKERS),
}
NEED_NOTE = {"return", "request-extension", "refuse-extension", "transfer", "suspend", "cancel", "reopen"}


@dataclasses.dataclass
class Model:
    """What the item must be."""

    state: str
    deadline: dt.date
    first: dt.date | None = None
    asked_by: str | None = None
    wanted: dt.date | None = None
    back: str = ""
    lead: str = ""


class _Office:
    """One office for all runs of the machine: making one costs a key derivation."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.session, _ = office.create_office(Path(self.folder.name) / "office", "云川市活动办", "city", "admin", PASSWORD)
        self.units = [self.session.add("unit", {"name": name}) for name in ("棠阴区", "澄陵县", "雁浦县")]

    def close(self) -> None:
        assert self.session.verify() == []
        self.session.close()
        self.folder.cleanup()


_shared: list[_Office] = []


@pytest.fixture(scope="module", autouse=True)
def _one_office() -> Any:
    yield
    while _shared:
        _shared.pop().close()


class Lives(RuleBasedStateMachine):
    items = Bundle("items")

    @initialize()
    def begin(self) -> None:
        if not _shared:
            _shared.append(_Office())
        self.session: Session = _shared[0].session
        self.units = _shared[0].units
        self.day = START
        self.models: dict[str, Model] = {}

    @rule(target=items, unit=st.integers(0, 2), days=st.integers(5, 40))
    def draw_up(self, unit: int, days: int) -> str:
        deadline = self.day + dt.timedelta(days=days)
        values = {"title": "街巷照明不亮", "lead_unit": self.units[unit], "deadline": deadline}
        self.session.fixed_today = self.day
        uid = self.session.add("rectification", values)
        self.models[uid] = Model("drafted", deadline, lead=self.units[unit])
        return uid

    @rule(days=st.integers(1, 9))
    def days_go_by(self, days: int) -> None:
        self.day += dt.timedelta(days=days)

    @rule(
        uid=items,
        step=st.sampled_from(sorted(STEPS)),
        who=st.sampled_from(sorted(PEOPLE)),
        note=st.sampled_from(["", "写明情况"]),
        longer=st.integers(-3, 20),
        unit=st.integers(0, 2),
    )
    def take_a_step(self, uid: str, step: str, who: str, note: str, longer: int, unit: int) -> None:
        model = self.models[uid]
        before = self.session.must_get("rectification", uid)
        lines = len(self.session.history("rectification", uid))
        ask: dict[str, Any] = {}
        if step == "request-extension":
            ask["requested_deadline"] = model.deadline + dt.timedelta(days=longer)
        if step == "transfer":
            ask["lead_unit"] = self.units[unit]
        expected = self._expected(model, step, who, note, ask)
        self.session.fixed_today = self.day
        with as_person(self.session, who, PEOPLE[who]):
            offered = {p.action.name: p.allowed for p in lifecycle.actions_for(self.session, before)}
            try:
                self.session.take_step("rectification", uid, step, note, ask)
                outcome = "done"
            except NotPermitted:
                outcome = "not permitted"
            except BadInput:
                outcome = "bad"
        assert outcome == expected, f"{step} by {who} from {model.state}"
        if outcome == "done":
            assert offered[step]
            self._follow(model, step, who, ask)
        else:
            after = self.session.must_get("rectification", uid)
            assert (after.state, after.values, after.versions) == (before.state, before.values, before.versions)
            assert len(self.session.history("rectification", uid)) == lines

    def _expected(self, model: Model, step: str, who: str, note: str, ask: dict[str, Any]) -> str:
        starts, _, roles = STEPS[step]
        if PEOPLE[who] not in WRITERS:  # who may write nothing is told that first
            return "not permitted"
        if model.state not in starts:
            return "bad"
        if PEOPLE[who] not in roles or (step == "close-out" and model.asked_by == who):
            return "not permitted"
        if step in NEED_NOTE and not note:
            return "bad"
        if step in ("grant-extension", "refuse-extension") and model.wanted is None:
            return "bad"
        if step == "request-extension" and ask["requested_deadline"] <= model.deadline:
            return "bad"
        if step == "assign" and self.day > model.deadline:
            return "bad"
        if step == "transfer" and ask["lead_unit"] == model.lead:
            return "bad"
        return "done"

    def _follow(self, model: Model, step: str, who: str, ask: dict[str, Any]) -> None:
        target = STEPS[step][1]
        if step == "request-close-out":
            model.asked_by = who
        elif step in ("return", "withdraw", "reopen"):
            model.asked_by = None
        elif step == "request-extension":
            model.wanted = ask["requested_deadline"]
        elif step in ("refuse-extension", "close-out", "cancel"):
            model.wanted = None
        elif step == "grant-extension":
            assert model.wanted is not None
            model.first = model.first or model.deadline
            model.deadline, model.wanted = model.wanted, None
        elif step == "transfer":
            model.lead = ask["lead_unit"]
        elif step == "suspend":
            model.back = model.state
        if target is not None:
            model.state = model.back if target == "back" else target

    @invariant()
    def the_book_agrees(self) -> None:
        for uid, model in self.models.items():
            record = self.session.must_get("rectification", uid)
            values = record.values
            assert record.state == model.state
            assert values["deadline"] == model.deadline
            assert values["original_deadline"] == model.first
            assert values["close_out_requested_by"] == model.asked_by
            assert values["lead_unit"] == model.lead
            assert (values["closed_out_on"] is not None) == (model.state in ("closed_out", "archived"))
            if values["closed_out_by"] is not None:
                assert values["closed_out_by"] != values["close_out_requested_by"]
            waiting = [c for c in self.session.children(uid, "evidence") if c.values["status"] == "pending"]
            suspended = model.state == "suspended" and model.back == "close_out_requested"
            assert len(waiting) == (1 if model.state == "close_out_requested" or suspended else 0)


Lives.TestCase.settings = settings(
    max_examples=30, stateful_step_count=30
)
TestLives = Lives.TestCase
