"""Handed out and taken in again: everything comes back equal, and what is not as it was handed out is refused."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from db import office
from db.errors import BadInput, Cancelled, NotPermitted, WorkFailed
from db.merge.versions import RowVersions
from db.metrics import metrics
from db.model.declarations import Field, Kind
from db.model.ids import new_uid
from db.model.records import Record
from db.model.settings import WORKDAYS
from db.safety.verify import verify
from db.session import Session
from db.store.offices import new_site
from desktop import cli
from desktop.open_files import cells, hand_out, schemas, tables, take_in
from tests.samples import Samples, as_person

TODAY = dt.date(2022, 9, 28)
DAYS = (dt.date(2022, 6, 30), dt.date(2022, 9, 10), TODAY)
PASSWORD = "zhengxian-demo"
ODD = ("=cmd|' /C calc'!A0", "+86 办公室", "-", "@SUM(1)", "'引号", "''两个", "＝1＋1", "逗号,引号\"和：分号;", "\\N", "NULL")
KINDS_OF_OWN = "park_visit"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding=cells.ENCODING, newline="") as file:
        return list(csv.DictReader(file))


def _new(folder: Path) -> Session:
    made, _ = office.create_office(folder, "接收数据的单位", "city", "boss", PASSWORD)
    made.fixed_today = TODAY
    return made


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Session, Path]]:
    """An office with a record of every kind, one of its own among them, and the folder that it handed out."""
    home = tmp_path_factory.mktemp("open")
    made, _ = office.create_office(home / "office", "云川市活动办", "city", "admin", PASSWORD)
    made.fixed_today = TODAY
    made.save_kind(Kind(name=KINDS_OF_OWN, label="园区走访", title="place", family="督办", fields=(
        Field(name="place", label="地点", type="text"), Field(name="grade", label="等次", type="choices", choices=("甲", "乙")),
        Field(name="sum", label="金额", type="money", measure="万元"),
    )))
    samples = Samples(made)
    with made.atomic("import", "样例"):
        for kind in list(made.kinds):
            if kind.name != "unit":
                samples.add(kind.name)
    with made.atomic("import", "事项"):
        for at, text in enumerate(ODD):
            values = {"title": text, "problem": f"{text}\n\\.\n第二行\"{at}", "lead_unit": samples.units()[at % 3],
                      "deadline": TODAY + dt.timedelta(days=5 * at - 20)}
            uid = made.add("rectification", values)
            made.fixed_today = TODAY - dt.timedelta(days=30 - at)
            if at % 3:
                made.take_step("rectification", uid, "assign")
                made.take_step("rectification", uid, "acknowledge")
            made.fixed_today = TODAY
            if not at:
                made.delete("rectification", uid)
    own = made.kinds.get(KINDS_OF_OWN)  # an option is taken away that a record has
    fields = [msgspec.structs.replace(f, choices=("乙", "丙")) if f.name == "grade" else f for f in own.fields]
    made.save_kind(msgspec.structs.replace(own, fields=tuple(fields)))
    _of_another_office(made, samples.units()[0])
    made.set_workdays("2022-09-30 休")
    folder = home / "out"
    hand_out.hand_out(made, folder, days=DAYS)
    yield made, folder
    made.close()


def _of_another_office(session: Session, unit: str) -> None:
    """Two items that a county's office made, as its workbook brings them."""
    with session.atomic("import", "一个县的", import_id=new_uid()):
        book, current = session.office, session.transaction("office")
        number = book.offices.meet(new_uid(), "安坪县活动办", unit)
        book.offices.assign(site := new_site(b"another"), number)
        values = {field.name: None for field in session.kinds.get("rectification").all_fields}
        current.add_many([
            Record("rectification", 0, new_uid(), None, "drafted", False, RowVersions({site: at}).encode(book.site_number),
                   "2022-09-01T08:00:00", "李", "2022-09-01T08:00:00", "李", {**values, "title": f"县里的{at}"}, number)
            for at in (1, 2)
        ])  # fmt: skip


@pytest.fixture(scope="module")
def taken(handed: tuple[Session, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Session, take_in.TakenIn]]:
    """The new office that took it in."""
    session = _new(tmp_path_factory.mktemp("taken") / "office")
    yield session, take_in.take_in(session, handed[1])
    session.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A new office that refuses all it is given."""
    session = _new(tmp_path_factory.mktemp("empty") / "office")
    yield session
    assert session.kinds.given is not None and KINDS_OF_OWN not in session.kinds
    assert not any(session.book_of(kind.name).count(kind.name) for kind in session.kinds)
    (changes,) = session.office.connection.execute("SELECT count(*) FROM changes").fetchone()
    assert changes == 1, "a refusal changes nothing"
    session.close()


@pytest.fixture
def copy(handed: tuple[Session, Path], tmp_path: Path) -> Path:
    """The folder, to be spoiled."""
    return Path(shutil.copytree(handed[1], tmp_path / "out"))


def _says(session: Session, record: Record) -> dict[str, Any]:
    offices = session.book_of(record.kind).offices
    issuer = offices.by_number(record.issuer)
    said = {**record.values, "uid": record.uid, "parent": record.parent, "state": record.state, "deleted": record.deleted}
    return {**said, "issuer": None if issuer is None else "own" if issuer == offices.own else (issuer.uid, issuer.name, issuer.unit)}


def test_every_record_comes_back_as_it_was(handed: tuple[Session, Path], taken: tuple[Session, take_in.TakenIn]) -> None:
    session, other = handed[0], taken[0]
    assert [kind.name for kind in session.kinds] == [kind.name for kind in other.kinds]
    count = 0
    for kind in session.kinds:
        before = [_says(session, r) for r in session.book_of(kind.name).each(kind.name)]
        assert before, f"no record of {kind.name} was handed out"
        assert before == [_says(other, r) for r in other.book_of(kind.name).each(kind.name)], kind.name
        count += len(before)
    assert taken[1].rows == count
    assert next(other.office.each(KINDS_OF_OWN)).values["grade"] == ("甲",)
    assert [r.issuer != 1 for r in other.office.each("rectification", "title LIKE '县里的%'")] == [True, True], "it stays the county's"
    assert {r.values["title"] for r in other.book_of("rectification").each("rectification")} >= set(ODD)
    assert WORKDAYS.of(other.office) == WORKDAYS.of(session.office) == "2022-09-30 休"
    assert other.names.people()[other.office_id]["admin"] == "admin", "whoever took the steps is known"


def test_every_figure_is_the_same_as_of_three_days(handed: tuple[Session, Path], taken: tuple[Session, take_in.TakenIn]) -> None:
    session, other = handed[0], taken[0]
    for day in DAYS:
        for period in (None, f"{day:%Y}", f"{day:%Y-%m}"):
            found = metrics.figures(session, period, as_of=day)
            assert found == metrics.figures(other, period, as_of=day)
    assert sum(bool(line["value"]) for line in metrics.figures(session, "2022")) > 30, "or nothing is proved"


def test_the_office_that_took_it_in_is_whole(taken: tuple[Session, take_in.TakenIn]) -> None:
    session = taken[0]
    assert verify(session).problems == []
    assert taken[1].attachments
    assert session.undo_last() is None, "Ctrl+Z does not take a part of it back"


def test_the_files_are_plain_and_say_what_they_hold(handed: tuple[Session, Path]) -> None:
    session, folder = handed
    manifest = take_in.read_manifest(folder)
    assert manifest.books == ["office", "personnel"] and manifest.days == [day.isoformat() for day in DAYS]
    for note in manifest.tables:
        data = (folder / note.file).read_bytes()
        assert data.startswith(b"\xef\xbb\xbf") and data.endswith(b"\r\n")
        assert cells.digest(data) == note.sha256 and len(_rows(folder / note.file)) == note.rows
    for kind in session.kinds:
        assert len(_rows(folder / kind.book / f"{kind.name}.csv")) == len(list(session.book_of(kind.name).each(kind.name)))
    steps = [r for r in _rows(folder / "office/zx_steps.csv") if r["kind"] == "rectification"]
    assert {r["action"] for r in steps} >= {"assign", "acknowledge"} and all(r["on_day"][:4] == "2022" for r in steps if r["action"] == "acknowledge")
    titles = [row["title"] for row in _rows(folder / "office/rectification.csv")]
    assert "'=cmd|' /C calc'!A0" in titles and not [t for t in titles if t[0] in "=+-@＝"], "no spreadsheet runs a cell"
    words = {(r["表"], r["字段"]): r for r in _rows(folder / "dictionary.csv")}
    assert len(words) == sum(len(_rows_head(folder / note.file)) for note in manifest.tables)
    assert words[KINDS_OF_OWN, "sum"]["计量单位"] == "万元" and words["rectification", "lead_unit"]["指向"] == "unit"
    assert "drafted=拟办" in words["rectification", "state"]["选项"]
    assert "没有加密" in (folder / schemas.GUIDE).read_text("utf-8")
    assert stat.S_IMODE(folder.stat().st_mode) & 0o007 == 0 and not list(folder.parent.glob(".out*"))


def _rows_head(path: Path) -> list[str]:
    with path.open(encoding=cells.ENCODING, newline="") as file:
        return next(csv.reader(file))


def test_the_schemas_name_every_table_and_field_in_chinese(handed: tuple[Session, Path]) -> None:
    folder = handed[1]
    for name in (schemas.POSTGRES, schemas.DUCKDB):
        text = (folder / name).read_text("utf-8")
        for note in take_in.read_manifest(folder).tables:
            assert f'CREATE TABLE "{note.name}"' in text and f"COMMENT ON TABLE \"{note.name}\" IS '{note.label}" in text
            for column in _rows_head(folder / note.file):
                assert f'COMMENT ON COLUMN "{note.name}"."{column}" IS' in text
    assert 'FOREIGN KEY ("lead_unit") REFERENCES "unit"' in (folder / schemas.POSTGRES).read_text("utf-8")


def test_it_is_noted_who_handed_out_and_took_in(handed: tuple[Session, Path], taken: tuple[Session, take_in.TakenIn]) -> None:
    for session, source in ((handed[0], hand_out.ACT), (taken[0], take_in.ACT)):
        for book in session.books:
            noted = book.connection.execute(
                "SELECT c.by, j.after FROM changes c JOIN journal j ON j.change_id = c.id WHERE c.source = ? AND j.action = ?", (source, source),
            ).fetchall()
            assert len(noted) == 1 and noted[0][0] == session.who.user


def test_personnel_are_handed_out_by_who_has_their_key(handed: tuple[Session, Path], tmp_path: Path) -> None:
    session = handed[0]
    made = hand_out.hand_out(session, tmp_path / "without", personnel=False).manifest
    assert made.books == ["office"] and not (tmp_path / "without" / "personnel").exists()
    names = {r.values["name"].encode() for r in session.book_of("cadre").each("cadre")}
    files = [path.read_bytes() for path in (tmp_path / "without").rglob("*") if path.is_file()]
    assert names and len(files) > 80 and not [name for name in names if any(name in data for data in files)]
    with as_person(session, "shen", "personnel"):
        only = hand_out.hand_out(session, tmp_path / "only").manifest
    assert only.books == ["personnel"] and not [t.name for t in only.tables if t.file.startswith("office/") and not t.name.startswith("zx_")]
    new = _new(tmp_path / "new")  # its administrator takes in one part, its personnel officer the other, out of the whole
    said = take_in.take_in(new, tmp_path / "without").left
    assert "（admin）不能登录这里" in said and "由有密钥的管理员" not in said, "users are told, not taken"
    assert not new.book_of("cadre").count("cadre")
    with as_person(new, "wu", "personnel"):
        done = take_in.take_in(new, handed[1])
        assert "由有密钥的管理员" in done.left and done.rows == sum(new.book_of(k.name).count(k.name) for k in new.kinds.in_book("personnel"))
        with pytest.raises(BadInput, match="已经有记录"):
            take_in.take_in(new, tmp_path / "only")
        with pytest.raises(BadInput, match="不在这份数据里"):
            take_in.take_in(new, tmp_path / "without")
    assert new.book_of("cadre").count("cadre") == session.book_of("cadre").count("cadre") and verify(new).problems == []
    new.close()
    for role in ("clerk", "reviewer", "viewer"):
        with as_person(session, role, role), pytest.raises(NotPermitted):
            hand_out.hand_out(session, tmp_path / "not")
        with as_person(session, role, role), pytest.raises(NotPermitted):
            take_in.take_in(session, tmp_path / "only")
    assert not (tmp_path / "not").exists()


def test_nothing_half_is_left(handed: tuple[Session, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = handed[0]

    def cancel(what: str, done: int, total: int) -> None:
        if done > total // 3:
            raise Cancelled

    (tmp_path / ".out.0000.zxpart").mkdir()  # of a stick that was pulled out
    with pytest.raises(Cancelled):
        hand_out.hand_out(session, tmp_path / "out", progress=cancel)
    real = cells.Writer.cells

    def full(self: cells.Writer, row: Any) -> None:
        if self.table.name == "strategy":
            raise OSError(28, "No space left on device")
        real(self, row)

    with monkeypatch.context() as patch, pytest.raises(WorkFailed, match="磁盘已满"):
        patch.setattr(cells.Writer, "cells", full)
        hand_out.hand_out(session, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a.txt").write_text("")
    for folder, word in ((tmp_path / "there", "已经有内容"), (tmp_path / "gone" / "out", "U 盘")):
        with pytest.raises(BadInput, match=word):
            hand_out.hand_out(session, folder)
    with pytest.raises(BadInput, match="还没有到"):
        hand_out.hand_out(session, tmp_path / "out", days=[TODAY + dt.timedelta(days=1)])
    assert not (tmp_path / "out").exists()
    session.office.connection.execute("SELECT 1")
    session.add("strategy", {"name": "还能照常登记"})


def _edited(name: str, was: str, becomes: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / name
        text = path.read_bytes()
        assert was.encode() in text, "nothing to spoil"
        path.write_bytes(text.replace(was.encode(), becomes.encode(), 1))

    return edit


def _second_line_twice(folder: Path) -> None:
    path = folder / "office/unit.csv"
    lines = path.read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join([*lines[:2], *lines[1:]]))


def _first_steps_last(folder: Path) -> None:
    path = folder / "office/zx_steps.csv"
    lines = path.read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join([lines[0], *lines[2:-1], lines[1], b""]))


def _attachment(folder: Path) -> None:
    next((folder / "office" / hand_out.ATTACHMENTS).iterdir()).write_bytes(b"another")


def _reach_out(folder: Path) -> None:
    path = folder / "office/zx_attachments.csv"
    first = _rows(path)[0]["file"]
    path.write_bytes(path.read_bytes().replace(first.encode(), b"../../etc/passwd", 1))


def _not_utf8(folder: Path) -> None:
    path = folder / "office/rectification.csv"
    path.write_bytes(path.read_text(cells.ENCODING).encode("gb18030"))


@pytest.mark.parametrize("text", [*ODD, "一\n\\.\n二", "一\n'\\.\n''\\.\n\\.三", "'\n\\.", "一\n'引\n=2", "一\n\\", "=1\n\\."])
def test_a_guarded_text_comes_back_equal(text: str) -> None:
    guarded = cells.guarded(text) or ""
    assert guarded[0] not in cells.RISKY - {cells.MARK} and "\n\\." not in guarded
    assert cells.unguarded(guarded) == text


@pytest.mark.parametrize(("spoil", "said"), [
    pytest.param(_edited("office/rectification.csv", "整改措施第一行", "整改举措第一行"), "rectification.csv 与移交时不一样", id="another word"),
    pytest.param(_edited("office/rectification.csv", "2022-", "2022/"), r"rectification.csv 第 \d+ 行第 \d+ 列「.+」（\w+）应为日期", id="no date"),
    pytest.param(_edited("office/rectification.csv", ",drafted,", ",finished,"), r"第 \d+ 行第 2 列「状态」（state）没有这个状态", id="no state"),
    pytest.param(_edited("office/rectification.csv", "uid,state", "uid,stage"), "第 1 行第 2 列的栏名“stage”", id="no column"),
    pytest.param(_edited(f"office/{KINDS_OF_OWN}.csv", ",1.25\r\n", ",1.25,9\r\n"), r"park_visit.csv 第 2 行有 \d+ 格", id="a cell too many"),
    pytest.param(_edited(f"office/{KINDS_OF_OWN}.csv", ",1.25\r\n", ",壹\r\n"), r"第 2 行第 \d+ 列「金额」（sum）应为最多四位小数的数：壹", id="no number"),
    pytest.param(_second_line_twice, r"unit.csv 第 3 行第 1 列「编号」（uid）与前面的一条重复", id="a row twice"),
    pytest.param(_first_steps_last, r"zx_steps.csv 第 \d+ 行的记录", id="steps in another order"),
    pytest.param(_attachment, r"zx_attachments.csv 第 \d+ 行的附件「.+」与移交时不一样", id="another file"),
    pytest.param(_reach_out, "不在文件夹里", id="a file elsewhere"),
    pytest.param(_not_utf8, r"rectification.csv 第 1 行不是 UTF-8", id="another encoding"),
    pytest.param(_edited("office/zx_spans.csv", "2022-", "2021-"), "zx_spans.csv 与移交时不一样", id="what is not taken in"),
    pytest.param(_edited("manifest.json", '"form": 1', '"form": 2'), "更新版本", id="a later form"),
    pytest.param(_edited("manifest.json", '"tables"', '"sheets"'), "无法识别", id="no manifest of ours"),
    pytest.param(lambda folder: (folder / "office/unit.csv").unlink(), "没有 office/unit.csv", id="a file gone"),
    pytest.param(lambda folder: (folder / "manifest.json").unlink(), "不是移交出来的数据", id="any folder"),
])  # fmt: skip
def test_what_is_not_as_it_was_is_refused(empty: Session, copy: Path, spoil: Callable[[Path], object], said: str) -> None:
    spoil(copy)
    with pytest.raises(BadInput, match=said):
        take_in.take_in(empty, copy)


def test_only_a_new_office_takes_in(taken: tuple[Session, take_in.TakenIn], handed: tuple[Session, Path], empty: Session) -> None:
    with pytest.raises(BadInput, match="已经有记录"):
        take_in.take_in(taken[0], handed[1])

    def cancel(what: str, done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        take_in.take_in(empty, handed[1], cancel)


def test_from_the_command_line(
    handed: tuple[Session, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setenv("ZHENGXIAN_PASSWORD", PASSWORD)
    _new(tmp_path / "office").close()

    def run(*arguments: str) -> tuple[int, Any]:
        code = cli.main(["--data", str(tmp_path / "office"), "--user", "boss", "--json", *arguments])
        said = capfdbinary.readouterr()
        return code, json.loads(said.out) if said.out else None

    code, answer = run("take-in", str(handed[1]))
    assert code == 0 and answer["office"] == "云川市活动办" and answer["rows"] > 100 and answer["attachments"] > 0
    assert run("take-in", str(handed[1]))[0] == 2
    code, answer = run("hand-out", str(tmp_path / "again"), "--no-personnel", "--as-of", "2022-06-30", "--as-of", "2022-09-10")
    assert code == 0 and answer["books"] == ["office"] and answer["as_of"] == ["2022-06-30", "2022-09-10"]
    assert answer["sha256"] == cells.sha256(tmp_path / "again" / tables.MANIFEST)
    assert run("hand-out", str(tmp_path / "again"))[0] == 2
