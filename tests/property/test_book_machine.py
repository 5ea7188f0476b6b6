"""Random edits, deletions, undos and redos of two people against a plain model of what must stand in the book."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from db import office
from db.model.declarations import Field, Kind
from db.model.kinds import Kinds
from db.model.query import Query
from db.session import Session

PASSWORD = "zhengxian-demo"
KIND = Kind(
    name="item",
    label="事项",
    title="title",
    family="工作",
    fields=(
        Field(name="title", label="标题", type="text", required=True),
        Field(name="note", label="备注", type="longtext"),
        Field(name="amount", label="金额", type="money", minimum=0),
    ),
)
UNIT = Kind(name="unit", label="单位", title="name", fields=(Field(name="name", label="名称", type="text", required=True),))
TEXTS = st.text(alphabet="甲乙丙丁abc123，。 \n", min_size=1, max_size=8)


class BookMachine(RuleBasedStateMachine):
    """The model is a list of snapshots: undo steps back, redo forwards, an edit cuts what could be redone."""

    uids: Bundle[str] = Bundle("uids")

    @initialize()
    def make(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.session: Session
        self.session, _ = office.create_office(
            self.folder / "office", "云川市委督查室", "city", "admin", PASSWORD, kinds=Kinds([UNIT, KIND], [])
        )
        self.states: list[dict[str, tuple[object, ...]]] = [{}]
        self.at = 0

    def now(self) -> dict[str, tuple[object, ...]]:
        return dict(self.states[self.at])

    def wrote(self, state: dict[str, tuple[object, ...]]) -> None:
        if state != self.states[self.at]:
            del self.states[self.at + 1 :]
            self.states.append(state)
            self.at += 1

    def read(self, uid: str) -> tuple[object, ...]:
        record = self.session.must_get("item", uid)
        return (record.values["title"], record.values["note"], record.values["amount"], record.deleted)

    @rule(target=uids, title=TEXTS.filter(lambda t: t.strip()), note=st.none() | TEXTS)
    def add(self, title: str, note: str | None) -> str:
        uid = self.session.add("item", {"title": title, "note": note})
        self.wrote({**self.now(), uid: self.read(uid)})
        return uid

    @rule(uid=uids, note=st.none() | TEXTS, amount=st.none() | st.integers(0, 10**9))
    def edit(self, uid: str, note: str | None, amount: int | None) -> None:
        if uid not in self.now() or self.now()[uid][3]:
            return
        self.session.set("item", uid, {"note": note, "amount": amount})
        record = self.session.must_get("item", uid)
        assert record.values["amount"] == amount
        self.wrote({**self.now(), uid: self.read(uid)})

    @rule(uid=uids)
    def delete_or_restore(self, uid: str) -> None:
        if uid not in self.now():
            return
        if self.now()[uid][3]:
            self.session.restore("item", uid)
        else:
            self.session.delete("item", uid)
        self.wrote({**self.now(), uid: self.read(uid)})

    @rule()
    def undo(self) -> None:
        change = self.session.undo_last()
        assert (change is None) == (self.at == 0)
        if change is not None:
            assert change.kept == []
            self.at -= 1

    @rule()
    def redo(self) -> None:
        change = self.session.redo_last()
        assert (change is None) == (self.at == len(self.states) - 1)
        if change is not None:
            self.at += 1

    @rule()
    def close_and_open(self) -> None:
        folder = self.session.folder
        self.session.close()
        self.session = office.open_office(folder, "admin", PASSWORD, kinds=Kinds([UNIT, KIND], []))

    @rule()
    def fail_half_way(self) -> None:
        try:
            with self.session.atomic("form", "halves"):
                self.session.add("item", {"title": "半途"})
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "session"):
            return
        known = self.now()
        for record in self.session.find(Query(kind="item", deleted="any")):
            expected = known.get(record.uid)
            if expected is None:
                # Its addition was undone: it lies in the recycle bin.
                assert record.deleted
            else:
                assert self.read(record.uid) == expected

    def teardown(self) -> None:
        if hasattr(self, "session"):
            assert self.session.verify() == []
            self.session.close()
            shutil.rmtree(self.folder)


BookMachine.TestCase.settings = settings(
    max_examples=15, stateful_step_count=30, suppress_health_check=list(HealthCheck)
)
TestBookMachine = BookMachine.TestCase
