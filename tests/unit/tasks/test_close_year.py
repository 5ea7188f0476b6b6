"""A year closed: an archive that is read and verified and never written, kept figures, items that go on."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from db import office
from db.domain import years
from db.errors import BadInput, NotPermitted, WorkFailed, WrongPassword
from db.metrics import metrics
from db.session import Session
from desktop.bulletin.issue import issuing
from desktop.bulletin.masking import ledger_names
from desktop.bulletin.report import reports
from desktop.tasks import close_year, year_tables
from tests.samples import as_person, new_office

TODAY = dt.date(2023, 1, 5)
PASSWORD, OWN = "brand-new-lock-7", "lvshui-qingshan-2022"
BALANCE = ("carried_over", "assigned", "closed_in_period", "unfinished")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with new_office(tmp_path, TODAY) as made:
        made.set_back_dating("administrator", 800)
        made.set_back_dating("reviewer", 800)
        yield made


def item(session: Session, title: str, assigned: dt.date, closed: dt.date | None = None) -> str:
    unit = next(iter(session.names.units()), None) or session.add("unit", {"name": "云川市财政局"})
    values = {"title": title, "lead_unit": unit, "assigned_on": assigned, "deadline": assigned + dt.timedelta(days=60)}
    uid = session.add("rectification", values)
    session.take_step("rectification", uid, "assign", on=assigned)
    if closed is not None:
        session.take_step("rectification", uid, "acknowledge", on=assigned)
        session.take_step("rectification", uid, "request-close-out", "已经办好", {"content": "已经办好"}, on=closed)
        with as_person(session, "wang", "reviewer"):
            session.take_step("rectification", uid, "close-out", "属实", on=closed)
    return uid


def fill(session: Session) -> None:
    item(session, "前年交办、去年办结", dt.date(2021, 11, 1), dt.date(2022, 3, 1))
    item(session, "去年交办、去年办结", dt.date(2022, 2, 1), dt.date(2022, 4, 1))
    item(session, "去年交办、今年办结", dt.date(2022, 10, 1), dt.date(2023, 1, 4))
    item(session, "前年交办、还没有办结", dt.date(2021, 12, 1))


def counted(session: Session, year: int) -> list[object]:
    numbers = metrics.count(session, BALANCE, period=str(year))
    return [numbers[name].value for name in BALANCE]


def test_what_goes_on_counts_once_in_each_year(session: Session) -> None:
    fill(session)
    assert counted(session, 2021) == [0, 2, 0, 2]
    assert counted(session, 2022) == [2, 2, 2, 2]
    assert counted(session, 2023) == [2, 0, 1, 1]
    assert sorted(row.title for row in years.unfinished(session, 2022)) == ["前年交办、还没有办结", "去年交办、今年办结"]
    by_unit = metrics.table(session, BALANCE, "unit", period="2022")
    assert [[g.numbers[name].value for name in BALANCE] for g in by_unit] == [[2, 2, 2, 2]]
    assert metrics.count(session, ["carried_over"])["carried_over"].value is None
    assert years.known_years(session) == [2021, 2022, 2023]


def test_an_archive_is_read_and_never_written_and_the_office_goes_on(session: Session, tmp_path: Path) -> None:
    fill(session)
    before = session.today
    closed = close_year.close(session, 2022, tmp_path / "2022年归档", PASSWORD)
    record = session.must_get(years.KIND, closed.uid)
    assert record.values["unfinished"] == 2 and not closed.paper and session.verify() == []
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["2022年归档", "office"]
    with contextlib.closing(office.open_office(closed.folder, "admin", PASSWORD)) as archive:
        assert archive.today == before and archive.archived["year"] == "2022"
        assert counted(archive, 2022) == [2, 2, 2, 2] and archive.verify() == []
        assert any("只能查看" in notice for notice in archive.notices) and not archive.may_write("rectification")
        for write in (
            lambda: archive.add("unit", {"name": "甲"}), lambda: archive.office.set_setting("x", "1"),
            lambda: office.change_password(archive, PASSWORD, OWN), lambda: archive.office.set_meta(archived=""),
        ):  # fmt: skip
            with pytest.raises(WorkFailed, match="2022年的归档"):
                write()
    assert close_year.check(session, record, "admin", PASSWORD) == []
    # the office works on: what is closed later in last year's figures is told beside what was kept
    late = item(session, "补记的一件", dt.date(2022, 12, 1))
    (line,) = years.side_by_side(session, ["assigned"], [2021, 2022])
    assert [cell.number.value for cell in line.cells] == [2, 2] and line.cells[0].now is None
    assert line.cells[1].now is not None and line.cells[1].now.value == 3
    session.delete("rectification", late)
    (line,) = years.side_by_side(session, ["assigned"], [2022])
    assert line.cells[0].now is None
    with pytest.raises(BadInput, match="封存"):
        session.delete(years.KIND, closed.uid)


def test_an_archive_with_a_password_of_its_own_opens_by_nothing_else(session: Session, tmp_path: Path) -> None:
    fill(session)
    closed = close_year.close(session, 2022, tmp_path / "own", PASSWORD, OWN)
    assert closed.paper
    for name, password in (("admin", PASSWORD), ("wang", PASSWORD)):
        with pytest.raises(WrongPassword):
            office.open_office(closed.folder, name, password)
    with contextlib.closing(office.open_office(closed.folder, "admin", OWN)) as archive:
        assert [user.name for user in office.users(archive)] == ["admin"] and archive.verify() == []
    assert close_year.check(session, session.must_get(years.KIND, closed.uid), "admin", OWN) == []


def test_another_archive_in_its_place_is_told(session: Session, tmp_path: Path) -> None:
    closed = close_year.close(session, 2022, tmp_path / "first", PASSWORD)
    close_year.close(session, 2021, tmp_path / "second", PASSWORD)
    shutil.rmtree(closed.folder)
    shutil.copytree(tmp_path / "second", closed.folder)
    found = close_year.check(session, session.must_get(years.KIND, closed.uid), "admin", PASSWORD)
    assert any("不是2022年的归档" in each for each in found) and any("审计链末端" in each for each in found)


def test_who_may_and_when(session: Session, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="没有过完"):
        close_year.close(session, 2023, tmp_path / "a", PASSWORD)
    with as_person(session, "wang", "reviewer"), pytest.raises(NotPermitted):
        close_year.close(session, 2022, tmp_path / "a", PASSWORD)
    with pytest.raises(WrongPassword):
        close_year.close(session, 2022, tmp_path / "a", "wrong-password")
    with pytest.raises(BadInput, match="完整路径"):
        close_year.close(session, 2022, Path("归档"), PASSWORD)
    with pytest.raises(BadInput, match="自己的文件夹"):
        close_year.close(session, 2022, session.folder / "archive", PASSWORD)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "paper.txt").write_text("x")
    with pytest.raises(BadInput, match="不是空的文件夹"):
        close_year.close(session, 2022, tmp_path / "full", PASSWORD)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "office"]
    close_year.close(session, 2022, tmp_path / "a", PASSWORD)
    with pytest.raises(BadInput, match="已经归档"):
        close_year.close(session, 2022, tmp_path / "b", PASSWORD)


def test_nothing_of_anybody_is_removed_and_a_second_press_goes_through(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "2022"
    folder.mkdir()
    verify = close_year.whole.verify

    def disturbed(archive: Session) -> object:
        (folder / "来的文件.docx").write_text("别人放的")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(close_year.whole, "verify", disturbed)
    with pytest.raises(OSError, match="No space"):
        close_year.close(session, 2022, folder, PASSWORD)
    assert [path.name for path in folder.iterdir()] == ["来的文件.docx"] and not years.closings(session)
    (folder / "来的文件.docx").unlink()

    def late(archive: Session) -> object:
        (folder / "office.db").write_text("别人放的")
        return verify(archive)

    monkeypatch.setattr(close_year.whole, "verify", late)
    with pytest.raises(WorkFailed, match="刚刚多了"):
        close_year.close(session, 2022, folder, PASSWORD)
    assert [path.read_text() for path in folder.iterdir()] == ["别人放的"] and not years.closings(session)
    (folder / "office.db").unlink()
    # cut short by a power cut: what it left is no obstacle, and the same folder does
    (folder / close_year.STAGE / close_year.BOOKS).mkdir(parents=True)
    (folder / close_year.STAGE / close_year.BOOKS / "office.db").write_text("half")
    monkeypatch.setattr(close_year.whole, "verify", verify)
    closed = close_year.close(session, 2022, folder, PASSWORD)
    assert not (folder / close_year.STAGE).exists()
    # moved, it is checked where it is now
    record, there = session.must_get(years.KIND, closed.uid), tmp_path / "硬盘"
    folder.rename(there)
    with pytest.raises(BadInput, match="没有归档"):
        close_year.check(session, record, "admin", PASSWORD)
    assert close_year.check(session, record, "admin", PASSWORD, there) == []


def test_an_archive_is_never_in_the_offices_folder_by_any_way_there(session: Session, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(session.folder, target_is_directory=True)
    for folder in (tmp_path / "link" / "a", tmp_path / "other" / ".." / "office" / "a"):
        with pytest.raises(BadInput, match="自己的文件夹"):
            close_year.close(session, 2022, folder, PASSWORD)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for folder in (tmp_path / "loop", tmp_path / "a\0b", Path("/" + "x" * 300)):
        with pytest.raises((BadInput, WorkFailed)):
            close_year.close(session, 2022, folder, PASSWORD)


def test_papers_are_printed_from_an_archive_as_they_were_issued(session: Session, tmp_path: Path) -> None:
    fill(session)
    uid = issuing.new_draft(session, "supervision_circular", period="2022")
    session.take_step("bulletin", uid, "submit")
    with as_person(session, "wang", "reviewer"):
        session.take_step("bulletin", uid, "check")
        issuing.issue(session, uid)
    issued = issuing.reprint(session, uid)
    closed = close_year.close(session, 2022, tmp_path / "papers", PASSWORD)
    with contextlib.closing(office.open_office(closed.folder, "admin", PASSWORD)) as archive:
        assert issuing.reprint(archive, uid) == issued
        assert ledger_names.remember_people(archive) == 0
        done = reports.print_report(archive, "supervision_circular", tmp_path / "masked.pdf", period="2022", masked=True)
        assert done.pages and archive.verify() == []


def test_a_later_program_still_opens_it(session: Session, tmp_path: Path) -> None:
    """Its tables follow the program that reads it; what they hold stays as it was."""
    closed = close_year.close(session, 2022, tmp_path / "later", PASSWORD)
    archive = office.open_office(closed.folder, "admin", PASSWORD)
    archive.office.writer.execute("ALTER TABLE unit DROP COLUMN contact")
    archive.office.writer.execute("UPDATE meta SET value = 'earlier' WHERE key = 'fingerprint'")
    head = archive.office.audit_head
    archive.close()
    with contextlib.closing(office.open_office(closed.folder, "admin", PASSWORD)) as archive:
        assert archive.office.audit_head == head and archive.verify() == []
        with pytest.raises(WorkFailed, match="只能查看"):
            archive.add("unit", {"name": "甲"})
    assert close_year.check(session, session.must_get(years.KIND, closed.uid), "admin", PASSWORD) == []


def test_tables_of_years_on_paper_and_in_a_workbook(session: Session, tmp_path: Path) -> None:
    fill(session)
    close_year.close(session, 2022, tmp_path / "2022", PASSWORD)
    shown = years.known_years(session)
    lines = years.side_by_side(session, [*BALANCE, "completion_rate"], shown)
    table = year_tables.of_years(session, lines, shown)
    assert [row[0] for row in table.cells] == ["上期结转", "交办数", "本期销号", "期末未结", "办结率"]
    assert table.cells[0][1:] == ("0件", "2件", "2件") and table.values[0] == ("上期结转（件）", 0, 2, 2)
    assert year_tables.write(session, table, tmp_path / "y.pdf").read_bytes()[:4] == b"%PDF"
    assert year_tables.write(session, table, tmp_path / "y.xlsx").exists()
    carried = year_tables.of_carried(session, 2022)
    assert [row[2] for row in carried.cells] == ["去年交办、今年办结", "前年交办、还没有办结"] and "2 件" in carried.note
    with pytest.raises(BadInput, match="还没有到"):
        year_tables.of_carried(session, 2031)
    with pytest.raises(BadInput, match="结尾"):
        year_tables.write(session, carried, tmp_path / "y.txt")
    with contextlib.closing(office.open_office(tmp_path / "2022", "admin", PASSWORD)) as archive:
        assert year_tables.write(archive, year_tables.of_carried(archive, 2022), tmp_path / "read.xlsx").exists()
