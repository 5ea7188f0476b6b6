"""A person without the key of the personnel book tries each way to its records: none opens, counts, exports or changes one."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from db import office
from db.domain import person_timeline
from db.errors import BadInput, NotPermitted, ZhengxianError
from db.metrics import metrics
from db.model.query import Query
from db.safety import audit
from db.session import Session
from db.store.connect import DatabaseError
from desktop import cli
from desktop.bulletin.issue import issuing
from desktop.bulletin.masking import ledger_names
from desktop.bulletin.report import reports
from desktop.exchange.apply import accept, import_history
from desktop.exchange.appointment import person_export, person_import
from desktop.exchange.appointment.lrmx import read_lrmx
from desktop.exchange.write.workbook import export
from tests.unit.exchange import forms

PASSWORD = "zhengxian-demo"
NAME, SECRET, DEED, GONE = "赵燚", "记三等功", "牵头建成水厂", "误登的实绩"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("closed") / "office"
    session, _ = office.create_office(made, "云川市活动办", "city", "admin", PASSWORD)
    for name, role in (("clerk", "clerk"), ("reviewer", "reviewer"), ("personnel", "personnel")):
        office.add_user(session, name, name, role, PASSWORD)  # type: ignore[arg-type]
    uid = person_import.accept(session, person_import.propose(session, read_lrmx(forms.lrmx().encode()), "x.lrmx")).uid
    import datetime as dt

    session.add("reward_sanction", {"cadre": uid, "nature": "reward", "content": SECRET, "decided_on": dt.date(2021, 6, 1)})
    project = session.add("project", {"name": "城区供水", "investment": 3})
    session.add("achievement", {"cadre": uid, "title": DEED, "achieved_on": dt.date(2021, 7, 1), "project": project})
    session.delete("achievement", session.add("achievement", {"cadre": uid, "title": GONE, "achieved_on": dt.date(2021, 8, 1)}))
    # all that an officer does with a record, so that what it leaves behind can be looked for
    session.note_seen("cadre", uid, "identity_number")
    person_export.export(session, uid, tmp_path_factory.mktemp("out") / f"{NAME}.lrmx")
    export(session, ["cadre", "reward_sanction"], Path(str(made) + "-cadres.xlsx"))
    second = person_import.accept(session, person_import.propose(session, read_lrmx(forms.lrmx().encode()), f"{NAME}.lrmx"))
    import_history.undo_import(session, second.import_id)
    reports.print_report(session, "cadre_sheet", io.BytesIO(), item=uid)
    while any(book.index_waiting() for book in session.books):
        pass
    session.close()
    return made


@pytest.fixture(scope="module")
def uid(folder: Path) -> str:
    session = office.open_office(folder, "personnel", PASSWORD)
    found = session.find(Query(kind="cadre"))[0].uid
    session.close()
    return found


@pytest.fixture(params=["clerk", "reviewer"])
def closed(request: Any, folder: Path) -> Iterator[Session]:
    session = office.open_office(folder, request.param, PASSWORD)
    yield session
    session.close()


PERSONNEL = ("cadre", "cadre_family", "post_history", "rank_history", "reward_sanction", "achievement", "posting", "development",
             "chief_service_officer", "front_line_assessment", "yearly_assessment", "risk_filing", "error_tolerance")  # fmt: skip


@pytest.mark.parametrize("kind", PERSONNEL)
def test_no_kind_of_the_book_can_be_read_counted_or_written(closed: Session, uid: str, kind: str, tmp_path: Path) -> None:
    ways: list[Callable[[], object]] = [
        lambda: closed.book_of(kind), lambda: closed.get(kind, uid), lambda: closed.must_get(kind, uid),
        lambda: closed.find(Query(kind=kind)),
        lambda: closed.count(Query(kind=kind)), lambda: closed.ids(Query(kind=kind)), lambda: closed.records(kind, [1]),
        lambda: closed.history(kind, uid), lambda: closed.add(kind, {}), lambda: closed.set(kind, uid, {}),
        lambda: closed.delete(kind, uid),
        lambda: closed.restore(kind, uid), lambda: closed.take_step(kind, uid, "file"), lambda: closed.attachment_bytes(kind, "0" * 64),
        lambda: closed.attach(kind, b"x", "x"), lambda: closed.note_seen(kind, uid, "identity_number"),
        lambda: export(closed, [kind], tmp_path / "x.xlsx"),
    ]  # fmt: skip
    for number, way in enumerate(ways):
        with pytest.raises(NotPermitted):
            way()
            pytest.fail(f"way {number} was open")
    assert not (tmp_path / "x.xlsx").exists()
    assert closed.title(kind, uid) == "（无权查看）"
    assert kind not in {k.name for k in closed.visible_kinds()}
    assert not closed.may_write(kind)


def test_nothing_of_it_is_found_by_search_or_beside_other_records(closed: Session, uid: str) -> None:
    for text in (NAME, "zy", SECRET, forms.IDENTITY, "安坪县住房城乡建设局"):
        assert closed.search(text) == []
    assert closed.children(uid) == []
    assert person_timeline.person_kinds(closed) == []
    assert [b.name for b in closed.books] == ["office"]
    assert NAME not in set().union(*ledger_names.known_names(closed).values())


def test_no_figure_counts_it(closed: Session) -> None:
    declared = metrics.declared(closed)
    names = [f["name"] for f in metrics.figures(closed, "2021")]
    about = {f.name for f in declared if any(k in PERSONNEL for k in f.kinds)}
    assert about
    assert not about & set(names)
    for name in sorted(about):
        with pytest.raises(ZhengxianError):
            metrics.answer(closed, name, "2021", None, with_rows=True)


@pytest.mark.parametrize("report", ["appointment_form", "cadre_sheet"])
def test_no_report_prints_it(closed: Session, uid: str, report: str) -> None:
    with pytest.raises(NotPermitted):
        reports.print_report(closed, report, io.BytesIO(), item=uid)
    with pytest.raises((NotPermitted, BadInput)):
        issuing.new_draft(closed, report, item=uid)
    assert reports.kinds_for(closed, reports.report_of(closed, report)) == []


def test_no_form_goes_in_or_out(closed: Session, uid: str, tmp_path: Path) -> None:
    file = tmp_path / "x.lrmx"
    file.write_text(forms.lrmx(), encoding="utf-8")
    for way in (lambda: person_import.preview(closed, file), lambda: person_export.form_of(closed, uid),
                lambda: person_export.export(closed, uid, tmp_path / "y.lrmx")):  # fmt: skip
        with pytest.raises(NotPermitted):
            way()
    assert not (tmp_path / "y.lrmx").exists()


def test_nothing_of_it_lies_in_the_book_that_everybody_opens(closed: Session) -> None:
    """Every cell of every table: journals, labels of changes, histories of imports and exports, the search, settings, conflicts."""
    connection = closed.office.connection
    tables = [r[0] for r in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert len(tables) > 60
    found = []
    for table in tables:
        try:
            rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()
        except DatabaseError:  # the index of a contentless search cannot be read back
            continue
        for row in rows:
            text = " ".join(str(cell) if not isinstance(cell, bytes) else cell.decode("utf-8", "ignore") for cell in row)
            found += [(table, word) for word in (NAME, SECRET, DEED, GONE, forms.IDENTITY) if word in text]
    assert found == []


def test_fingerprints_of_names_do_not_tell_how_many_people_there_are(folder: Path, tmp_path: Path) -> None:
    """They lie in the book that everybody opens; one name more or fewer changes nothing of their number."""
    session = office.create_office(tmp_path / "office", "云川市活动办", "city", "admin", PASSWORD)[0]

    def lying() -> list[str]:
        return json.loads(session.office.setting("masked_people") or "{}")["marks"]

    assert ledger_names.remember_people(session) == 0
    before = lying()
    first = session.add("cadre", {"name": NAME})
    assert ledger_names.remember_people(session) == 1
    assert len(before) == len(lying()) == ledger_names.AMONG and len(set(lying()) - set(before)) == 1
    kept = lying()
    session.set("cadre", first, {"name": GONE[:3]})
    assert ledger_names.remember_people(session) == 1
    assert len(lying()) == len(kept) and len(set(lying()) - set(kept)) == 1
    session.close()


def test_lists_of_what_happened_are_silent_about_it(closed: Session, uid: str) -> None:
    assert import_history.imports(closed) == []
    assert import_history.exports(closed) == []
    assert closed.undo_last() is None
    assert closed.redo_last() is None
    assert closed.names.record_by_title("cadre", NAME) is None
    assert {k.name for k in closed.visible_kinds()} & set(PERSONNEL) == set()
    project = closed.find(Query(kind="project"))[0]
    assert closed.children(project.uid, of="project") == []
    with pytest.raises(NotPermitted):
        closed.records("achievement", [1, 2])
    for entry in audit.entries(closed) if closed.may("audit") else []:
        assert NAME not in str(entry)


def test_a_workbook_of_it_is_not_even_looked_into(folder: Path, closed: Session, tmp_path: Path) -> None:
    taken = Path(str(folder) + "-cadres.xlsx")
    for way in (lambda: accept.plan(closed, taken), lambda: export(closed, ["rectification", "cadre"], tmp_path / "y.xlsx")):
        with pytest.raises((NotPermitted, BadInput)) as caught:
            way()
        assert NAME not in caught.value.message


def run(folder: Path, user: str, *arguments: str) -> int:
    os.environ["ZHENGXIAN_PASSWORD"] = PASSWORD
    try:
        return cli.main(["--data", str(folder), "--user", user, "--json", *arguments])
    finally:
        del os.environ["ZHENGXIAN_PASSWORD"]


def test_each_command_refuses_with_the_code_for_not_permitted(folder: Path, uid: str, tmp_path: Path, capsys: Any) -> None:
    form = tmp_path / "赵燚.lrmx"
    form.write_text(forms.lrmx(), encoding="utf-8")
    commands = [
        ("list", "cadre"), ("list", "reward_sanction", "--search", SECRET), ("show", "cadre", uid), ("add", "cadre", "name=甲"),
        ("set", "cadre", uid, "name=甲"), ("delete", "cadre", uid), ("move", "risk_filing", uid, "file"),
        ("export", "cadre", "--to", str(tmp_path / "x.xlsx")), ("export", "cadre", "--item", uid, "--to", str(tmp_path / "x.lrmx")),
        ("import", str(form)), ("import", str(form), "--preview"),
        ("print", "appointment_form", "--item", uid, "--to", str(tmp_path / "x.pdf")),
        ("print", "cadre_sheet", "--item", uid, "--to", str(tmp_path / "x.pdf")), ("bulletin", "new", "cadre_sheet", "--item", uid),
        ("figure", "rewards"), ("figure", "rewards", "--rows"), ("figure", "cadres", "--by", "单位"),
        ("import", str(folder) + "-cadres.xlsx", "--preview"), ("import", str(folder) + "-cadres.xlsx"),
        ("add", "reward_sanction", "content=甲", f"cadre={uid}"),
    ]  # fmt: skip
    for command in commands:
        assert run(folder, "clerk", *command) == 4, command
        said = capsys.readouterr()
        assert NAME not in said.out + said.err
        assert "密钥" in said.err
    assert [p.name for p in tmp_path.iterdir()] == ["赵燚.lrmx"]


def test_no_command_that_lists_says_a_word_of_it(folder: Path, uid: str, tmp_path: Path, capsys: Any) -> None:
    backup = tmp_path / "backup"
    commands = [
        ("figures",), ("reports",), ("imports",), ("conflicts",), ("bulletin", "list"), ("kinds",), ("verify",), ("users",),
        ("list", "project", "--where", "name=城区供水"), ("list", "leader"), ("export", "project", "--to", str(tmp_path / "p.xlsx")),
        ("backup", str(backup)), ("undo-import", "nothing"), ("decide", "1", "mine"), ("show", "project", uid),
    ]  # fmt: skip
    for command in commands:
        run(folder, "clerk", *command)
        said = capsys.readouterr()
        for word in (NAME, SECRET, DEED, GONE, forms.IDENTITY):
            assert word not in said.out + said.err, command
    assert run(folder, "clerk", "figures") == 0
    assert not {f["name"] for f in json.loads(capsys.readouterr().out)} & {"cadres", "rewards", "achievements"}
    for file in [*backup.rglob("*"), tmp_path / "p.xlsx"]:
        if file.is_file():
            assert NAME.encode() not in file.read_bytes()


def test_the_officer_may(folder: Path, uid: str, tmp_path: Path, capsys: Any) -> None:
    assert run(folder, "personnel", "print", "appointment_form", "--item", uid, "--to", str(tmp_path / "x.pdf")) == 0
    assert json.loads(capsys.readouterr().out)["pages"] == 2
    assert run(folder, "personnel", "export", "cadre", "--item", uid, "--to", str(tmp_path / "x.lrmx")) == 0
    assert NAME in (tmp_path / "x.lrmx").read_text(encoding="utf-8")


def test_the_officer_s_own_workbook_comes_back_and_no_other(folder: Path, uid: str, tmp_path: Path, capsys: Any) -> None:
    """Rewards come by the thousand in a spreadsheet: who keeps them takes them in, and nothing of the ledgers that others keep."""
    book = tmp_path / "奖惩.xlsx"
    assert run(folder, "personnel", "export", "reward_sanction", "--to", str(book), "--blank-rows", "3") == 0
    sheet = openpyxl.load_workbook(book)
    page = next(each for each in sheet if each.title == "奖惩信息")
    heads = {cell.value: cell.column for row in page.iter_rows(max_row=6) for cell in row if cell.value}
    row = next(r for r in range(1, 40) if page.cell(r, heads["奖惩内容"]).value == SECRET)
    page.cell(row, heads["文号"]).value = "云办〔2021〕7号"
    sheet.save(book)
    capsys.readouterr()
    assert run(folder, "personnel", "import", str(book)) == 0
    assert json.loads(capsys.readouterr().out)["updated"] == 1
    other = tmp_path / "项目.xlsx"
    assert run(folder, "clerk", "export", "project", "--to", str(other)) == 0
    foreign = tmp_path / "别处的表.xlsx"
    table = openpyxl.Workbook()
    for line in (["项目名称", "项目阶段"], ["城东水厂", "谋划"]):
        table.active.append(line)
    table.save(foreign)
    capsys.readouterr()
    assert run(folder, "personnel", "import", str(other)) == 4
    assert run(folder, "personnel", "import", str(foreign), "--as", "project") in (2, 4)


def test_nothing_readable_lies_in_the_folder(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"office.db", "personnel.db"} <= {path.name for path in files}
    for file in files:
        data = file.read_bytes()
        assert NAME.encode() not in data
        assert forms.IDENTITY.encode() not in data
