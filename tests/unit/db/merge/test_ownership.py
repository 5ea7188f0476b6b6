"""Whose a field is, case by case and without a book: what an office may write, what is refused, and what a stranger's value is worth."""

from __future__ import annotations

from typing import Any

import pytest

from db.merge.merge import DELETED
from db.merge.ownership import (
    Author,
    Moment,
    News,
    RecordOwnership,
    Rights,
    hand_tag,
    reason,
    refused_fields,
    rights_of,
    role_towards,
    typed_into,
    typists,
    unauthorised_fields,
)
from db.merge.versions import RowVersions
from db.model.builtin import kinds
from db.model.declarations import Action, ActionChild, ActionUpdate, Field, Kind, Lifecycle
from db.model.kinds import Kinds

ISSUER, LEAD, FORMER, OTHER, MAKER, NOBODY = (
    Author("o1", frozenset({"u1"})), Author("o2", frozenset({"u2"})), Author("o5", frozenset({"u5"})), Author("o3", frozenset({"u3"})),
    Author("o4", frozenset({"u4"})), Author("o9", frozenset()),
)  # fmt: skip
STANDING = RecordOwnership("o1", "o4", frozenset({"u2"}), frozenset({"u5"}))
RIGHTS = Rights(
    fields=frozenset({"progress", "opinion", "log"}), given={"opinion": frozenset({"asked"})},
    steps={"assigned": frozenset({"taken", "asked"}), "taken": frozenset({"asked"})}, made=False, ruled={"progress": "opinion"},
    log="log", taken=frozenset({"take"}),
)  # fmt: skip
AUTHORS = {"s1": ISSUER, "s2": LEAD, "s3": OTHER, "s4": MAKER, "s5": FORMER, "Wt": LEAD._replace(typed=True), "Wi": ISSUER._replace(typed=True)}


def test_what_somebody_is_to_a_record() -> None:
    assert [role_towards(each, STANDING) for each in (ISSUER, LEAD, FORMER, OTHER, MAKER, NOBODY)] == ["issuer", "responsible", "third", "third", "maker", "unit"]
    assert role_towards(FORMER, STANDING, late=True) == "responsible"
    assert role_towards(ISSUER._replace(typed=True), STANDING) == "third" and role_towards(MAKER._replace(typed=True), STANDING) == "third"
    assert role_towards(OTHER, RecordOwnership("", "o4", frozenset({"u2"}))) == "issuer", "nobody has told whose it is"


CASES: dict[str, tuple[Author, str, Any, Moment, str]] = {
    "the issuer writes anything": (ISSUER, "title", 1, Moment(), ""),
    "theirs": (LEAD, "progress", 5, Moment(), ""),
    "not theirs": (LEAD, "title", 5, Moment(), "issuer"),
    "a choice of their steps": (LEAD, "opinion", "asked", Moment(), ""),
    "blanked": (LEAD, "opinion", None, Moment(), ""),
    "a choice that the issuer makes": (LEAD, "opinion", "agreed", Moment(), "step"),
    "a state that they lead to": (LEAD, "state", "asked", Moment("assigned"), ""),
    "not from there": (LEAD, "state", "taken", Moment("taken"), "step"),
    "from a state without steps": (LEAD, "state", "taken", Moment("closed"), "step"),
    "from wherever": (LEAD, "state", "taken", Moment(), ""),
    "nowhere": (LEAD, "state", "closed", Moment(), "step"),
    "a third one": (OTHER, "progress", 5, Moment(), "third"),
    "nobody knows which unit": (NOBODY, "progress", 5, Moment(), "unit"),
    "nor for a state": (NOBODY, "state", "asked", Moment(), "unit"),
    "what the issuer keeps whoever it is": (NOBODY, "title", 5, Moment(), "issuer"),
    "the maker deletes": (MAKER, DELETED, True, Moment(), ""),
    "typed by the maker": (Author("o4", frozenset({"u2"}), True), DELETED, True, Moment(), "issuer"),
    "the lead deletes": (LEAD, DELETED, True, Moment(), "issuer"),
    "made under it": (Author("o4", frozenset({"u2"}), True), "parent", "p", Moment(new=True), ""),
    "moved elsewhere": (MAKER, "parent", "p", Moment(), "issuer"),
    "the maker is not the lead": (MAKER, "title", 1, Moment(), "issuer"),
    "the lead that was, in time": (FORMER, "progress", 5, Moment(), "third"),
    "the lead that was, late": (FORMER, "progress", 5, Moment(late=True), ""),
}


@pytest.mark.parametrize(("author", "name", "value", "at", "why"), CASES.values(), ids=CASES)
def test_why_a_field_may_not_be_written(author: Author, name: str, value: Any, at: Moment, why: str) -> None:
    assert reason(RIGHTS, author, STANDING, name, value, at) == why


def refused(name: str, value: Any, theirs: RowVersions, own: RowVersions | None = None, before: Any = None, at: Moment | None = None) -> str:
    news = News({name: value}, theirs, own or RowVersions({"s1": 1}), before or {})
    found = refused_fields(RIGHTS, STANDING, news, AUTHORS.__getitem__, at or Moment())
    return found[name][0] if name in found else ""


def versions(authors: tuple[str, ...] = (), row: dict[str, int] | None = None, **vector: int) -> RowVersions:
    """Of every field, and who wrote the title, the progress and the rest."""
    names = ("title", "progress", "state", "opinion", "log")
    return RowVersions({"s1": 1} if row is None else row, dict.fromkeys(names, vector), dict.fromkeys(names, authors) if authors else {})


def test_news_is_refused_unless_one_who_is_named_may_write_it() -> None:
    assert refused("title", 1, versions(s1=2)) == "" and refused("title", 1, versions(s1=1, s2=2)) == "issuer"
    assert refused("title", 1, versions(("s1",), s1=2, s2=2)) == "", "only carried on by the other"
    assert refused("title", 1, versions(("s1", "s2"), s1=2, s2=2, s3=1)) == "", "one of the two may"
    assert refused("title", 1, versions(("s2", "s3"), s1=1, s2=2, s3=1)) == "issuer"
    assert refused("progress", 1, versions(s1=2, s2=2, s3=1)) == "third", "not named, any of them may be it"
    assert refused("progress", 1, versions(s2=2, s3=1), RowVersions({"s1": 1}, {"progress": {"s3": 1}})) == "", "seen before"
    assert refused("progress", 1, versions(s5=1)) == "", "what they wrote while it was theirs may arrive now"


def test_who_wrote_it_is_told_with_why() -> None:
    news = News({"title": 1, "progress": 1}, versions(("s2", "s3"), s1=1, s2=2, s3=1), RowVersions({"s1": 1}))
    assert refused_fields(RIGHTS, STANDING, news, AUTHORS.__getitem__) == {"title": ("issuer", LEAD)}


def test_a_step_that_the_issuer_may_have_made_room_for_is_not_held_against_the_state_here() -> None:
    assert refused("state", "taken", versions(("s2",), s1=1, s2=2), at=Moment("closed")) == "step"
    assert refused("state", "taken", versions(("s2",), s1=2, s2=2), at=Moment("closed")) == "", "the issuer wrote in between, unseen here"


def test_a_decision_of_the_issuers_is_not_reversed_in_sight_of_it() -> None:
    own = RowVersions({"s1": 1}, {"opinion": {"s1": 3}})
    blind = RowVersions({"s1": 1}, {"progress": {"s2": 2}})
    seen = RowVersions({"s1": 1}, {"progress": {"s2": 2}, "opinion": {"s1": 3}})
    assert refused("progress", 1, seen, own, {"opinion": "agreed"}) == ""
    blocked = RowVersions({"s1": 3}, {"progress": {"s1": 1, "s2": 2}}, {"progress": ("s2",)})
    assert refused("progress", 1, blocked, own, {"opinion": "agreed"}) == "step"
    assert refused("progress", 1, blocked, own, {"opinion": "asked"}) == "" and refused("progress", 1, blocked, own) == ""
    assert refused("progress", 1, blind, own, {"opinion": "agreed"}) == ""


def test_steps_that_are_not_theirs_are_refused_in_the_log() -> None:
    mine, theirs = {"action": "assign", "gave": {"a": 1}}, {"action": "take"}
    vector = versions(("s2",), s1=1, s2=2)
    assert refused("log", [mine, theirs], vector, before={"log": [mine]}) == ""
    assert refused("log", [{"action": "assign"}, theirs], vector, before={"log": [mine]}) == "", "as an earlier program hands it on"
    assert refused("log", [mine, theirs], vector) == "step" and refused("log", ["take"], vector) == "step"
    assert refused("log", "none", vector) == ""


def test_the_issuers_workbook_for_a_unit_is_that_units_to_fill_in() -> None:
    assert refused("progress", 1, versions(s1=1, Wi=1)) == "" and refused("title", 1, versions(s1=1, Wi=1)) == "issuer"
    assert refused("title", 1, versions(row={}, Wi=1)) == "", "a row of its own"
    assert refused("progress", 1, versions(s1=1, Wt=1)) == "" and refused("title", 1, versions(row={}, Wt=1)) == "issuer"


def worth(name: str, vector: dict[str, int], authors: tuple[str, ...] = (), *, state: str | None = None, settled: bool = False, maker: str = "o4") -> Any:
    own = RowVersions({"s1": 1}, {name: vector}, {name: authors} if authors else {})
    standing = RecordOwnership("o1", maker, frozenset({"u2"}))
    return unauthorised_fields(RIGHTS, standing, state, own, AUTHORS.get, settled=settled).get(name)


def test_what_a_value_is_worth_without_who_may_not_write_it() -> None:
    assert worth("title", {"s1": 2, "s2": 3}, ("s2",)) == {"s1": 2} and worth("title", {"s1": 2, "s2": 3}, ("s1",)) is None
    assert worth("title", {"s1": 2, "s2": 3, "s3": 1}, ("s1", "s2")) is None, "the issuer wrote it too"
    assert worth("title", {"s1": 2, "s2": 3}) == {"s1": 2}, "where nobody is named, one that may not is enough"
    assert worth("title", {"s2": 3}) == {} and worth("title", {"s1": 3}) is None and worth("title", {"s7": 3}) is None, "and who is unknown is none"
    assert worth("title", {"s1": 2, "Wi": 1}, ("Wi",)) == {"s1": 2}
    assert worth("progress", {"s1": 2, "s2": 3}, ("s2",)) is None and worth("parent", {"s2": 3}, ("s2",)) is None
    assert worth(DELETED, {"s1": 1, "s4": 3}, ("s4",)) is None and worth(DELETED, {"s1": 1, "s3": 3}, ("s3",), maker="o1") == {"s1": 1}
    assert worth("state", {"s1": 2, "s2": 3}, ("s2",), state="asked") is None and worth("state", {"s1": 2, "s2": 3}, ("s2",), state="closed") == {"s1": 2}


def test_a_field_of_theirs_is_worth_nothing_of_strangers_where_it_is_settled_whose_it_is() -> None:
    assert worth("progress", {"s1": 2, "s3": 3}, ("s3",)) is None
    assert worth("progress", {"s1": 2, "s3": 3, "Wx": 1}, ("s3",), settled=True) == {"s1": 2}
    assert worth("progress", {"s1": 2, "s2": 1, "s3": 3}, ("s2", "s3"), settled=True) is None
    assert worth("progress", {"s1": 2, "s3": 3}, settled=True) is None, "nobody is named"
    own = RowVersions({"s1": 1}, {"progress": {"s1": 2, "s5": 3}}, {"progress": ("s5",)})
    assert unauthorised_fields(RIGHTS, STANDING, None, own, AUTHORS.get, settled=True) == {}, "who answered for it before is no stranger"
    assert worth("progress", {"s1": 2, "s7": 3}, ("s7",), settled=True) is None and worth("progress", {"s1": 2, "Wi": 1}, ("Wi",), settled=True) is None


def test_who_may_have_typed_into_a_workbook() -> None:
    units, two = frozenset({"u7"}), frozenset({"u7", "u2"})
    assert typists("o1", units, "u2", OTHER, STANDING) == [Author("o1", frozenset({"u2"}), True)]
    assert typists("o7", units, "u2", OTHER, STANDING) == [Author("o7", units, True)]
    assert typists("o3", units, None, OTHER, STANDING) == [OTHER]
    assert typists("o1", units, None, OTHER, STANDING) == [Author("o1", two, True), OTHER]
    assert typists("o7", units, None, OTHER, STANDING) == [Author("o7", units, True), OTHER]


def test_a_typed_cell_names_the_office_whose_workbook_it_was() -> None:
    offices = ["aaaaaaaaaaaa", "bbbbbbbbbbbb"]
    for office, for_unit in (("aaaaaaaaaaaa", True), ("bbbbbbbbbbbb", False)):
        assert typed_into("Wx9-_" + hand_tag(office, for_unit), offices) == (office, for_unit)
    assert hand_tag("aaaaaaaaaaaa", True) == "~aaaaaaaa" and hand_tag("aaaaaaaaaaaa", False) == ".aaaaaaaa"
    assert typed_into("s1.aaaaaaaa", offices) is None and typed_into("Wx9", offices) is None and typed_into("Wx9.cccccccc", offices) is None


def test_what_the_declarations_give_the_responsible_side() -> None:
    """Of an item with all its steps, of what these add below it, and of kinds that have none."""
    item, evidence, extension = (rights_of(kinds(), name) for name in ("weekly_assignment", "evidence", "extension"))
    assert item.fields == {"acknowledged_on", "answered_by", "answered_on", "difficulty", "progress", "responsible_person", "steps"}
    assert item.steps == {
        "assigned": {"acknowledged", "answered", "in_progress"}, "acknowledged": {"answered", "in_progress"},
        "in_progress": {"answered", "in_progress"}, "answered": {"answered"},
    }  # fmt: skip
    assert item.log == "steps" and item.taken == {"acknowledge", "report", "request-close-out"}
    assert (item.made, item.given, item.ruled) == (False, {}, {})
    assert evidence.given == {"status": {"pending", "voided"}} and evidence.made and evidence.steps == {}
    assert evidence.ruled == dict.fromkeys(("status", "decided_on", "decided_by", "opinion"), "status")
    assert evidence.fields == {"basis", "content", "decided_by", "decided_on", "files", "opinion", "requested_by", "requested_on", "status", "unit"}
    assert extension.given == {"status": {"requested", "voided"}} and extension.ruled == {"status": "status", "decided_on": "status"}
    parts = tuple(Field(name=name, label=name, type="integer", owner=owner) for name, owner in (("done", "responsible"), ("more", "issuer")))
    total, title = Field(name="all", label="all", type="integer", fill="sum:done,more"), Field(name="title", label="题", type="text")
    made_up = Kinds([Kind(name="item", label="项", title="title", fields=(title, *parts, total))], ())
    assert rights_of(made_up, "item").fields == {"done", "all"}, "what is worked out from theirs is theirs"
    meeting = rights_of(kinds(), "meeting")
    assert (meeting.fields, meeting.steps, meeting.taken) == (frozenset(), {}, frozenset()), "a log without steps of theirs is not theirs"
    assert sorted(item.onward(None)) == ["acknowledged", "answered", "in_progress"] and item.onward("closed_out") == ()


def test_of_what_an_office_declares_only_a_choice_that_is_theirs_rules_what_is_not_theirs_anyway() -> None:
    """A step of theirs that goes nowhere, one that leads where a field says, and what they change below the item."""
    names = {"title": "text", "status": "choice", "level": "choice", "on": "date", "note": "text"}
    vote = Kind(name="vote", label="票", title="title", fields=(
        *(Field(name=name, label=name, type=kind, choices=("asked", "gone") if kind == "choice" else ()) for name, kind in names.items()),
        Field(name="mine", label="mine", type="date", owner="responsible"),
    ))  # fmt: skip
    below = (
        ActionUpdate(kind="vote", where={"status": "asked"}, values={"status": "text:gone", "on": "today", "mine": "today"}),
        ActionUpdate(kind="vote", where={"level": "asked"}, values={"note": "note"}),
    )
    steps = tuple(
        Action(name=name, label=name, from_=("new",), to=to, owner="responsible", **more)
        for name, to, more in (
            ("stay", None, {"updates": below, "child": ActionChild(kind="vote", values={"title": "note"})}),
            ("ask", "asked", {"set": {"day": "today"}, "keep": {"first": "day"}}), ("back", "field:before", {}),
        )
    )  # fmt: skip
    title = (Field(name="title", label="题", type="text"),)
    item, quiet = (Kind(name=name, label=name, title="title", lifecycle=cycle, fields=title) for name, cycle in (("item", "flow"), ("quiet", "none")))
    cycles = [Lifecycle(name=name, label=name, initial="new", states=(), actions=those) for name, those in (("flow", steps), ("none", ()))]
    made_up = Kinds([item, quiet, vote], cycles, checked=True)
    own, none, cast = (rights_of(made_up, name) for name in ("item", "quiet", "vote"))
    assert (own.steps, own.fields, own.made, own.log) == ({"new": {"asked"}}, {"day", "first", "steps"}, False, "steps")
    assert (none.steps, none.fields, none.made) == ({}, frozenset(), False)
    assert (cast.given, cast.ruled) == ({"status": {"gone"}}, {"status": "status", "on": "status"})
    assert cast.made and cast.fields == {"title", "status", "on", "mine", "note"}
