"""Whoever leads is named by the declaration: a ledger that an office made counts by leader with the given ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from db import office
from db.errors import DeclarationError
from db.metrics import charts, metrics
from db.model import builtin, declaration_files
from db.model.declarations import Field, Kind, called_leader
from db.session import Session
from desktop.bulletin.masking import ledger_names
from desktop.ui.kinds import kind_changes

PASSWORD = "zhengxian-demo"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path / "office", "云川市委督查室", "city", "admin", PASSWORD)
    made.add("unit", {"name": "安坪县"})
    made.fixed_today = dt.date(2026, 11, 24)
    yield made
    made.close()


def on_screen(session: Session, label: str, leader: Field, book: str = "office") -> Kind:
    """A ledger as the pages make it, with a field for whoever leads."""
    start = kind_changes.Start(label, "自建", "事项", "close_out", book)
    kind = kind_changes.with_field(kind_changes.started(start, session.kinds), leader)
    session.save_kind(kind_changes.bare(kind))
    return session.kinds.get(kind.name)


def assign(session: Session, kind: str, values: dict[str, object]) -> str:
    unit = session.names.unit_by_name("安坪县")
    uid = session.add(kind, {session.kinds.get(kind).title: "事项", "lead_unit": unit, "deadline": dt.date(2026, 11, 30), **values})
    session.take_step(kind, uid, "assign")
    return uid


def test_a_leader_put_in_the_place_of_another_led_all_the_time(session: Session) -> None:
    """No step gives an item to another leader: who is entered anew puts right what was entered, also of the days gone by."""
    one, two = (session.add("leader", {"name": name}) for name in ("柏景行", "闵文远"))
    session.fixed_today = dt.date(2026, 11, 2)
    uid = assign(session, "rectification", {"lead_leader": one})
    session.fixed_today = dt.date(2026, 11, 10)
    session.set("rectification", uid, {"lead_leader": two})
    session.fixed_today = dt.date(2026, 11, 24)
    for name in ("assigned", "in_hand"):
        for day in (5, 10, 24):
            lines = metrics.table(session, [name], "leader", period="2026-11", as_of=dt.date(2026, 11, day))
            assert {line.label: line.numbers[name].value for line in lines if line.numbers[name].value} == {"闵文远": 1}, (name, day)


def test_an_office_made_ledger_counts_by_leader_with_the_others(session: Session) -> None:
    one, two = (session.add("leader", {"name": name}) for name in ("柏景行", "闵文远"))
    by_record = on_screen(session, "食堂检查", Field(name="x_lead", label="牵头领导", type="reference", kind="leader"))
    in_words = on_screen(session, "河长巡河", Field(name="x_who", label="责任领导", type="text"))
    uids = {
        assign(session, "rectification", {"lead_leader": one}), assign(session, by_record.name, {"x_lead": one}),
        assign(session, in_words.name, {"x_who": "柏　景行"}),
    }
    assign(session, by_record.name, {"x_lead": two})
    assign(session, in_words.name, {"x_who": "滕某"})
    assign(session, in_words.name, {})
    lines = metrics.table(session, ["assigned"], "leader", period="2026-11")
    assert {line.label: line.numbers["assigned"].value for line in lines} == {"柏景行": 3, "闵文远": 1, "滕某": 1, "（未填）": 1}
    assert lines[-1].key is None
    assert {r.uid for r in metrics.rows(session, "assigned", period="2026-11", group=("leader", one)).rows} == uids
    assert charts.LEADER in {g.key for g in charts.groupings(session, "assigned", [in_words.name])}
    # two of one name are not told apart by it: it stays as it was typed
    session.add("leader", {"name": "柏景行", "duty": "副市长"})
    labels = [line.label for line in metrics.table(session, ["assigned"], "leader", ledgers=[in_words.name])]
    assert sorted(labels) == ["柏景行", "滕某", "（未填）"]


def test_leaders_of_two_registers_are_called_by_their_names(session: Session) -> None:
    """Who has no key to the cadres' book reads what stands in its place, for whoever it names alone."""
    one, two = session.add("leader", {"name": "柏景行"}), session.add("cadre", {"name": "闵文远"})
    by_cadre = on_screen(session, "干部包联", Field(name="x_lead", label="包联领导", type="reference", kind="cadre"))
    assign(session, "rectification", {"lead_leader": one})
    assign(session, by_cadre.name, {"x_lead": two})

    def labels() -> dict[object, str]:
        return {line.key: line.label for line in metrics.table(session, ["assigned"], "leader")}

    assert labels() == {one: "柏景行", two: "闵文远"}
    books = session._books  # noqa: SLF001 - stands for a person who was never given the key
    session._books = {"office": books["office"]}  # noqa: SLF001
    try:
        assert labels() == {one: "柏景行", two: session.title("cadre", two)}
        assert session.title("cadre", two) != session.title("leader", two)
    finally:
        session._books = books  # noqa: SLF001


def test_a_leader_in_words_of_the_other_book_is_that_name(session: Session) -> None:
    """The register of leaders lies in the book of the office: a name typed among the cadres' matters is not looked up in it."""
    session.add("leader", {"name": "柏景行"})
    there = on_screen(session, "干部包联", Field(name="x_who", label="责任领导", type="text"), book="personnel")
    assign(session, there.name, {"x_who": "柏　景行"})
    lines = metrics.table(session, ["assigned"], "leader", ledgers=[there.name])
    assert [(line.key, line.label, line.numbers["assigned"].value) for line in lines] == [("柏景行", "柏景行", 1)]


def test_a_ledger_made_before_a_declaration_could_say_so_counts_too(session: Session, tmp_path: Path) -> None:
    made = on_screen(session, "食堂检查", Field(name="x_lead", label="牵头领导", type="reference", kind="leader"))
    (text,) = session.office.connection.execute("SELECT declaration FROM office_kinds").fetchone()
    assert '"leader":' not in text, "what the label says is not written, so that earlier programs read it"
    who = session.add("leader", {"name": "柏景行"})
    assign(session, made.name, {"x_lead": who})
    session.close()
    again = office.open_office(tmp_path / "office", "admin", PASSWORD)
    try:
        found = again.kinds.leader_of(again.kinds.get(made.name))
        assert found is not None and found.name == "x_lead"
        assert [line.label for line in metrics.table(again, ["assigned"], "leader", ledgers=[made.name])] == ["柏景行"]
    finally:
        again.close()


def test_what_a_declaration_says_goes_before_the_label(session: Session) -> None:
    said = Field(name="x_head", label="总负责", type="text", leader=True)
    kind = msgspec.structs.replace(
        on_screen(session, "食堂检查", Field(name="x_lead", label="牵头领导", type="text", leader=False)), lifecycle_fields=(),
    )
    assert session.kinds.leader_of(session.kinds.get(kind.name)) is None
    session.save_kind(kind_changes.bare(msgspec.structs.replace(kind, fields=(*kind.fields, said))))
    found = session.kinds.leader_of(session.kinds.get(kind.name))
    assert found is not None and found.name == "x_head"
    text = declaration_files.encode(session.kinds.get(kind.name))
    assert declaration_files.decode(text, Kind, "x").field("x_head").leader is True


def test_a_leader_is_somebody(session: Session) -> None:
    with pytest.raises(DeclarationError, match="不能写 leader"):
        on_screen(session, "食堂检查", Field(name="x_lead", label="牵头领导", type="date", leader=True))


def test_who_leads_is_hidden_and_kept_apart_like_other_people(session: Session) -> None:
    in_words = on_screen(session, "河长巡河", Field(name="x_who", label="责任领导", type="text"))
    assign(session, in_words.name, {"x_who": "滕未央"})
    assert "滕未央" in ledger_names.known_names(session, {"people"})["people"]
    on_screen(session, "干部包联", Field(name="x_lead", label="包联领导", type="reference", kind="cadre"))
    # so that no bulletin of the office names people of the other book line by line
    assert {"cadre", "leader", in_words.name} <= metrics.named_by(session, "assigned", "leader")


#: The fields by which given ledgers have always been counted.
GIVEN = {
    "petition": "contact_leader", "supervision_visit": "led_by", "site_visit": "led_by", "meeting": "chair", "monthly_review": "chair",
    **dict.fromkeys((
        "strategy", "rectification", "regret", "weekly_assignment", "assigned_item", "instruction", "entity_item", "livelihood",
        "yearly_goal", "estate", "risk", "meeting_problem", "project", "decision",
    ), "lead_leader"),
}  # fmt: skip


def test_given_ledgers_count_by_the_leader_they_did() -> None:
    kinds = builtin.kinds()
    assert {kind.name: field.name for kind in kinds if (field := kinds.leader_of(kind)) is not None} == GIVEN


@pytest.mark.parametrize("label, leads", [
    ("牵头领导", True), ("责任领导", True), ("包案县领导", True), ("分管 领导", True), ("牵头领导职务", False), ("领导批示", False), ("责任人", False),
], ids=["lead", "responsible", "county", "blank", "duty", "instruction", "person"])
def test_labels_of_leaders(label: str, leads: bool) -> None:
    assert called_leader(label) is leads
