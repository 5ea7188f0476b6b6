"""Whose what is between offices, asked of every function by itself: an office of its own, one that gives out, one beside it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from db.access import ownership_checks, roles, step_checks, unit_claims
from db.errors import NotPermitted
from db.merge.merge import DELETED
from db.merge.versions import RowVersions
from db.model.ids import new_uid
from db.model.records import UNKNOWN, Record
from db.office import change_facts, create_office
from db.session import Session
from db.store.offices import new_site
from tests.samples import as_person, not_kept

TODAY, KIND, CITY = dt.date(2022, 9, 28), "rectification", "砚川市活动办"


class Offices:
    """A county's office with items of the city's, of one beside it and of its own."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.own, self.beside = (session.add("unit", {"name": name}) for name in ("棠阴区", "澄陵县"))
        change_facts(session, "棠阴区活动办", "county", self.own)
        self.mine = session.add(KIND, {"title": "自己的", "lead_unit": self.own})
        self.city, self.sites = new_uid(), {"city": new_site(b"city"), "third": new_site(b"third"), "unheard": new_site(b"unheard")}

    def meet(self) -> None:
        session = self.session
        with session.atomic("import", "市里的", import_id=new_uid()):
            book, current = session.office, session.transaction("office")
            number = book.offices.meet(self.city, CITY)
            book.offices.assign(self.sites["city"], number)
            book.offices.assign(self.sites["third"], book.offices.meet(new_uid(), "", self.beside))
            given = {"ours": self.own, "theirs": self.beside, "nobody's": None}
            self.items = {name: self._item(name, unit, number, current) for name, unit in given.items()}
            self.items["unknown"] = self._item("unknown", self.beside, UNKNOWN, current)

    def _item(self, title: str, unit: str | None, issuer: int, current: Any) -> str:
        session, uid = self.session, new_uid()
        values = {field.name: None for field in session.kinds.get(KIND).all_fields}
        versions = RowVersions({self.sites["city"]: 1}).encode(session.office.site_number)
        values |= {"title": title, "lead_unit": unit}
        current.add_many([
            Record(KIND, 0, uid, None, "assigned", False, versions, "2022-09-01T08:00:00", "李", "2022-09-01T08:00:00", "李", values, issuer)
        ])  # fmt: skip
        return uid

    def get(self, name: str) -> Record:
        return self.session.must_get(KIND, self.items.get(name, self.mine))

    def waits(self, name: str, field: str, authors: str = "", vector: str = "{}", kind: str = KIND) -> str:
        return ownership_checks.waits_for(self.session, kind, self.items.get(name, name), field, authors, vector)


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offices]:
    made, _ = create_office(tmp_path_factory.mktemp("rights") / "office", "棠阴区活动办", "county", "admin", "brand-new-lock-7")
    made.fixed_today = TODAY
    known = Offices(made)
    assert ownership_checks.waits_for(made, KIND, known.mine, "title", known.sites["city"], "{}") == "", "nobody else is known"
    known.meet()
    yield known
    made.close()


def test_who_decides_which_value_stands(offices: Offices) -> None:
    session, city, third = offices.session, offices.sites["city"], offices.sites["third"]
    ours, theirs = offices.get("ours"), offices.get("theirs")

    def decider(record: Record, name: str, value: object = None, *authors: str) -> str:
        return ownership_checks.deciding_office(session, record, name, value, authors)

    assert decider(offices.get("mine"), "title", "别的", city) == ""
    assert decider(ours, "title", "别的") == decider(theirs, "measures", "别的") == CITY
    assert decider(ours, "measures", "别的", city) == "", "the unit in charge says what it does, whoever wrote it, too"
    assert decider(ours, "acknowledged_on", TODAY, third) == decider(ours, "acknowledged_on", TODAY, offices.sites["unheard"]) == ""
    assert decider(ours, "acknowledged_on", TODAY, third, city) == CITY, "what only steps write is not decided against the issuer"
    ours.deleted = True
    assert decider(ours, "measures", "别的") == CITY, "it would confirm that the record is gone"
    assert decider(theirs, "measures", "别的") == CITY
    with pytest.raises(NotPermitted, match=f"由“{CITY}”决定"):
        ownership_checks.check_decision(session, ours, "title", "别的")
    ownership_checks.check_decision(session, offices.get("ours"), "measures", "别的")


def test_under_an_own_item_this_office_decides_what_it_wrote_itself(offices: Offices) -> None:
    session = offices.session
    progress = session.must_get("progress", session.add("progress", {"content": "甲", "reported_on": TODAY}, parent=offices.mine))
    own = session.office.site_name(1)
    assert ownership_checks.deciding_office(session, progress, "reported_on", TODAY, (own, offices.sites["city"])) == ""


def test_a_conflict_waits_for_whoever_decides(offices: Offices) -> None:
    city = offices.sites["city"]
    offices.session.take_step(KIND, offices.items["ours"], "acknowledge")
    assert offices.waits("ours", "acknowledged_on") == "", "what is here and what came were this office's"
    assert offices.waits("ours", "title") == offices.waits("ours", "acknowledged_on", city) == CITY
    assert offices.waits("ours", "acknowledged_on", "", json.dumps({city: 3})) == CITY
    assert offices.waits("ours", "measures", city) == ""
    third = offices.sites["third"]
    assert offices.waits("ours", "close_out_requested_on", third, json.dumps({city: 3})) == CITY, "what is here was the city's"
    assert offices.waits("ours", "title", kind="no_such_ledger") == offices.waits("gone", "title") == ""


def test_a_form_says_whose_a_record_is(offices: Offices) -> None:
    def said(name: str) -> str:
        return ownership_checks.of_another(offices.session, offices.get(name))

    assert said("mine") == said("unknown") == ""
    assert said("ours") == f"由{CITY}交办：灰色的内容只能由它改动，其余由本单位填报。"
    assert said("theirs") == f"「theirs」由{CITY}交办，责任单位不是本单位，只能查看。"
    assert said("nobody's").endswith("责任单位不是本单位，只能查看。")
    change_facts(offices.session, "棠阴区活动办", "county", None)
    assert "没有写责任单位，本单位只能查看" in said("nobody's") and "责任单位是“棠阴区”，本单位还没有说明" in said("ours")
    with pytest.raises(NotPermitted, match="本单位还没有说明"):
        offices.session.take_step(KIND, offices.items["ours"], "report", note="甲")
    with pytest.raises(NotPermitted, match="本单位还没有说明"):
        offices.session.add("progress", {"content": "甲"}, parent=offices.items["ours"])
    change_facts(offices.session, "棠阴区活动办", "county", offices.own)


def test_what_this_office_may_not_add_under_a_record(offices: Offices) -> None:
    session = offices.session

    def closed(name: str) -> frozenset[str]:
        return ownership_checks.closed_children(session, offices.get(name))

    every = {kind.name for kind in session.kinds.children_of(KIND)}
    assert closed("mine") == closed("unknown") == frozenset() and closed("theirs") == every
    assert closed("ours") == every - {"progress", "evidence", "extension"}
    with as_person(session, "cadres", "personnel"):
        assert closed("theirs") == every
    with pytest.raises(NotPermitted, match="只能由交办单位添加催办督办函"):
        ownership_checks.check_child(session, session.kinds.get("letter"), offices.items["ours"])
    with pytest.raises(NotPermitted, match="责任单位不是本单位，只能查看"):
        ownership_checks.check_child(session, session.kinds.get("letter"), offices.items["theirs"])
    ownership_checks.check_child(session, session.kinds.get("letter"), None)


def test_which_steps_and_fields_are_this_office_s(offices: Offices) -> None:
    session = offices.session

    def steps(name: str) -> set[str]:
        actions = session.kinds.lifecycle_of(KIND).actions
        return {each.name for each in actions if ownership_checks.may_take_step(session, offices.get(name), each.name)}

    every = steps("mine")
    assert steps("unknown") == every > steps("ours") > steps("theirs") == set()
    assert {"acknowledge", "report", "request-close-out"} <= steps("ours") and not {"assign", "close-out"} & steps("ours")
    assert not ownership_checks.may_take_step(session, session.must_get("unit", offices.own), "close-out")
    action = session.kinds.lifecycle_of(KIND).action
    for name, step, word in (("theirs", "report", "责任单位不是本单位，只能查看"), ("ours", "close-out", "只能由交办单位销号")):
        with pytest.raises(NotPermitted, match=word):
            ownership_checks.check_step(session, offices.get(name), action(step))
    locked = ownership_checks.locked(session, offices.get("ours"))
    assert {"title", "deadline"} <= locked.keys() and not {"measures", "progress"} & locked.keys()
    assert ownership_checks.locked(session, offices.get("mine")) == ownership_checks.locked(session, offices.get("unknown")) == {}
    ownership_checks.check(session, offices.get("ours"), {"title": "ours", "measures": "甲"})
    for name, values, word in (
        ("ours", {"title": "别的"}, "「整改事项」只能由交办单位改动"), ("ours", {DELETED: True}, "只能由交办单位删除或恢复"),
        ("ours", {"state": "closed_out"}, "「状态」只能由交办单位改动"), ("theirs", {"measures": "别的"}, "责任单位不是本单位"),
    ):  # fmt: skip
        with pytest.raises(NotPermitted, match=word):
            ownership_checks.check(session, offices.get(name), values)


def test_what_this_office_hangs_under_another_s_record_is_not_all_its_own(offices: Offices) -> None:
    session = offices.session
    uid = session.add("evidence", {"content": "照片", "requested_on": TODAY}, parent=offices.items["ours"])
    evidence = session.must_get("evidence", uid)
    ownership_checks.check(session, evidence, {"content": "另一张照片"})
    with pytest.raises(NotPermitted, match="只能由交办单位改动"):
        ownership_checks.check(session, evidence, {"status": "accepted"})
    assert ownership_checks.office_name(session, KIND, offices.city) == CITY
    nameless = next(each for each in unit_claims.offices(session) if not each.name)
    assert {ownership_checks.office_name(session, KIND, uid) for uid in (nameless.uid, new_uid())} == {"另一个单位"}


def test_a_step_is_not_its_writer_s_nor_another_role_s(offices: Offices) -> None:
    session = offices.session
    uid = session.add(KIND, {"title": "销号", "lead_unit": offices.own, "deadline": dt.date(2022, 10, 20)})
    for action in ("assign", "request-close-out"):
        session.take_step(KIND, uid, action)
    kind, close = session.kinds.get(KIND), session.kinds.lifecycle_of(KIND).action("close-out")
    record = session.must_get(KIND, uid)
    with pytest.raises(NotPermitted, match="销号不能由申请人本人操作"):
        step_checks.check(session, kind, close, record)
    with as_person(session, "second", "reviewer"):
        step_checks.check(session, kind, close, record)
    with as_person(session, "clerk", "clerk"), pytest.raises(NotPermitted, match="录入员不能销号，请由管理员、审核员操作"):
        step_checks.check(session, kind, close, record)
    with as_person(session, "guest", "viewer"), pytest.raises(NotPermitted, match="不能修改「整改清单」，请由管理员、审核员、录入员操作"):
        step_checks.check(session, kind, close, record)


def test_who_wrote_what_a_step_passes_does_not_pass_it(offices: Offices) -> None:
    session, kind = offices.session, offices.session.kinds.get(KIND)
    uid = session.add(KIND, {"title": "别人看的"})
    with as_person(session, "second", "reviewer"):
        session.set(KIND, uid, {"note": "一句话"})
    close = msgspec.structs.replace(session.kinds.lifecycle_of(KIND).action("close-out"), not_by=None, not_by_writers=("title", "problem"))
    record = session.must_get(KIND, uid)
    with pytest.raises(NotPermitted, match="不能由写过「整改事项」的本人操作"):
        step_checks.check(session, kind, close, record)
    with as_person(session, "second", "reviewer"):
        step_checks.check(session, kind, close, record)


def test_roles() -> None:
    undo = {(role, book) for role in (*roles.ROLES, "") for book in ("office", "personnel") if roles.may_undo_import(role, book)}
    assert undo == {("administrator", "office"), ("reviewer", "office"), ("administrator", "personnel"), ("personnel", "personnel")}
    for act in roles.ACTS:
        for role in roles.ROLES:
            if roles.may(role, act):
                roles.require(role, act)
            else:
                with pytest.raises(NotPermitted, match=roles.ACT_LABELS[act]):
                    roles.require(role, act)


def test_where_each_office_sits_is_listed_and_what_waits_comes_first(offices: Offices) -> None:
    session = offices.session
    nameless = next(each for each in unit_claims.offices(session) if not each.name)
    assert {each.name for each in unit_claims.offices(session)} == {CITY, ""}
    assert unit_claims.seats(session) == [
        unit_claims.ClaimedUnit(nameless.uid, "另一个单位", offices.beside, True), unit_claims.ClaimedUnit(offices.city, CITY, None, True),
    ]
    for unit in (offices.beside, offices.own):
        with session.atomic("settings", "问一问"):
            unit_claims.remember(session, unit_claims.Claim(offices.city, CITY, unit, ()))
    waits = {unit: unit_claims.ClaimedUnit(offices.city, CITY, unit, None, (who,)) for unit, who in ((offices.beside, "另一个单位"), (offices.own, "本单位"))}
    seats = unit_claims.seats(session)
    assert seats == [*waits.values(), unit_claims.ClaimedUnit(nameless.uid, "另一个单位", offices.beside, True)]
    assert not unit_claims.accepted(session, offices.city, offices.own) and unit_claims.accepted(session, nameless.uid, offices.beside)
    unit_claims.answer(session, offices.city, CITY, offices.own, False)
    unit_claims.answer(session, offices.city, CITY, offices.beside, True)
    with session.atomic("settings", "又问一问"):  # what was answered is not asked again
        unit_claims.remember(session, unit_claims.Claim(offices.city, CITY, offices.own, ()))
    assert [(seat.name, seat.unit, seat.taken, seat.holders) for seat in unit_claims.seats(session)] == [
        ("另一个单位", offices.beside, True, (CITY,)), (CITY, offices.beside, True, ("另一个单位",)), (CITY, offices.own, False, ("本单位",)),
    ]  # fmt: skip
    assert unit_claims.accepted(session, offices.city, offices.beside) and not unit_claims.accepted(session, offices.city, offices.own)
    unit_claims.answer(session, offices.city, CITY, offices.own, False)
    assert session.office.offices.by_uid(offices.city).unit == offices.beside, "a no to another unit takes none away"
    unit_claims.answer(session, offices.city, CITY, offices.own, True)
    assert [seat.unit for seat in unit_claims.seats(session) if seat.office == offices.city] == [offices.own], "where it sat before is not asked again"
    unit_claims.answer(session, offices.city, CITY, offices.own, False)
    assert session.office.offices.by_uid(offices.city).unit is None


def test_of_two_books_the_one_that_knows_the_unit_is_believed(offices: Offices) -> None:
    session, wanted = offices.session, {}
    given = ((None, offices.beside, offices.beside), (offices.own, None, offices.own), (offices.own, offices.beside, offices.own), (None, None, None))
    with not_kept(session, "两本账", "import"):
        for first, second, said in given:
            wanted[uid := new_uid()] = said
            for name, unit in (("office", first), ("personnel", second)):
                session.transaction(name)
                next(book for book in session.books if book.name == name).offices.meet(uid, "两本", unit)
        assert {each.uid: each.unit for each in unit_claims.offices(session) if each.uid in wanted} == wanted
