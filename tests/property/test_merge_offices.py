"""Random histories of several offices with real books and real workbooks, in lockstep with the model that
knows the truth.

The model (``test_merge_histories``) says which edits each value has taken in. Here the same steps are taken
with sessions, exported files, cells typed with openpyxl, imports, decisions and restores; after each step the
real office must show what the model shows, and at the end all offices must be equal and any file taken in
again must change nothing.

``python tests/property/test_merge_offices.py [runs]`` plays many.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from db.book import NEW_SITE
from db.ids import derived_uid, new_uid
from db.office import create_office, open_office
from desktop.exchange import apply, child, reader
from desktop.exchange.workbook import export
from tests.property import test_merge_histories as model

PASSWORD = "zhengxian-demo"
KIND = "rectification"
COLUMNS = {"a": "note", "b": "measures", "c": "responsible_person"}
HEADINGS = {"a": "备注", "b": "整改措施", "c": "责任人", "deleted": "删除标记"}


def in_this_process(self: reader.Reader) -> Iterator[list[Any]]:
    """Frames without a child: thousands of files are read, all of them our own."""
    frames: list[list[Any]] = []
    child.serve(self._request, lambda *frame: frames.append(list(frame)))
    yield from frames
    yield ["done"]


class RealOffice:
    def __init__(self, folder: Path, template: Path) -> None:
        self.folder = folder
        shutil.copytree(template, folder / "data")
        self.open()

    def open(self) -> None:
        self.session = open_office(self.folder / "data", "admin", PASSWORD)

    def value(self, uid: str, name: str) -> Any:
        record = self.session.get(KIND, uid)
        return None if record is None else record.get(COLUMNS.get(name, name))

    def edit(self, uid: str, name: str, value: Any) -> None:
        if name == "deleted":
            (self.session.delete if value else self.session.restore)(KIND, uid)
        else:
            self.session.set(KIND, uid, {COLUMNS[name]: text(value)})

    def export(self) -> Path:
        return export(self.session, [KIND], self.folder / "out.xlsx", blank_rows=0).file

    def take(self, file: Path) -> None:
        apply.accept(self.session, apply.plan(self.session, file))

    def pending(self) -> set[tuple[str, str, Any]]:
        back = {v: k for k, v in COLUMNS.items()}
        return {(c.uid, back.get(c.field, c.field), c.theirs) for c in apply.conflicts(self.session)}

    def decide(self, uid: str, name: str, value: Any, keep: bool) -> None:
        field = COLUMNS.get(name, name)
        found = [
            c for c in apply.conflicts(self.session) if (c.uid, c.field, c.theirs) == (uid, field, text(value))
        ]
        apply.decide(self.session, found[0].conflict_id, "mine" if keep else "theirs")

    def backup(self) -> Path:
        self.session.close()
        target = self.folder / f"backup-{new_uid()}"
        shutil.copytree(self.folder / "data", target)
        self.open()
        return target

    def restore(self, backup: Path) -> None:
        self.session.close()
        shutil.rmtree(self.folder / "data")
        shutil.copytree(backup, self.folder / "data")
        (self.folder / "data" / NEW_SITE).write_text(new_uid() + "\n", encoding="ascii")
        self.open()

    def state(self) -> Any:
        book = self.session.office
        rows = {}
        for record in book.each(KIND):
            versions = book.versions_of(record)
            vectors = {f: sorted(versions.of(f).items()) for f in (*COLUMNS.values(), "deleted")}
            rows[record.uid] = (record.values, record.deleted, vectors)
        return rows, sorted(self.pending(), key=str)


def text(value: Any) -> Any:
    return value if isinstance(value, bool) or value is None else f"值{value}"


class Pair:
    """One office twice: real, and in the model."""

    def __init__(self, folder: Path, template: Path, world: model.World) -> None:
        self.real = RealOffice(folder, template)
        self.model = model.Office(world, fresh_site=True)

    def check(self, where: str) -> None:
        for uid, record in self.model.records.items():
            for name in model.FIELDS:
                real, wanted = self.real.value(uid, name), text(record.values[name])
                assert real == wanted, f"{where}: {uid} {name} is {real!r}, the model says {wanted!r}"
        wanted_pending = {
            (uid, name, text(p.value)) for (uid, name), each in self.model.pending.items() for p in each
        }
        assert self.real.pending() == wanted_pending, where


class Copy:
    """One workbook twice."""

    def __init__(self, file: Path, book: model.Workbook) -> None:
        self.file, self.book = file, book


def history(seed: int, folder: Path, template: Path, *, steps: int = 25, count: int = 4) -> int:
    """Play one history; returns how many imports it took. Raises AssertionError."""
    rnd, world = random.Random(seed), model.World()
    pairs = []
    for number in range(count):
        (folder / f"o{number}").mkdir()
        pairs.append(Pair(folder / f"o{number}", template, world))
    uids = [derived_uid("record", str(n)) for n in range(2)]
    for uid in uids:
        pairs[0].model.create(uid)
        pairs[0].real.session.add(
            KIND, {"title": uid, **{field: text(0) for field in COLUMNS.values()}}, uid=uid
        )
    imports = 0

    def send(pair: Pair) -> Copy:
        return Copy(pair.real.export(), model.Workbook(pair.model))

    def take(pair: Pair, copy: Copy, where: str) -> None:
        nonlocal imports
        imports += 1
        pair.real.take(copy.file)
        copy.book.into(pair.model)
        pair.check(f"seed {seed}, {where}")

    for pair in pairs[1:]:
        take(pair, send(pairs[0]), "first")
    copies: list[Copy] = []
    backups: list[tuple[Pair, Path, Any]] = []
    for step in range(steps):
        where = f"step {step}"
        pair, dice = rnd.choice(pairs), rnd.random()
        uid, name = rnd.choice(uids), rnd.choice("aabbccd")
        value: Any = rnd.random() < 0.6 if name == "d" else rnd.randrange(5)
        name = "deleted" if name == "d" else name
        record = pair.model.records[uid]
        if dice < 0.33:
            if record.values[name] != value and (name == "deleted" or not record.values["deleted"]):
                pair.real.edit(uid, name, value)
                pair.model.edit(uid, name, value)
                pair.check(where)
        elif dice < 0.48:
            copies.append(send(pair))
        elif dice < 0.72 and copies:
            take(pair, rnd.choice(copies), where)
        elif dice < 0.84 and copies:
            copies.append(type_cell(world, rnd.choice(copies), uid, name, value, folder / f"typed{step}.xlsx"))
        elif dice < 0.92 and pair.model.pending:
            decide(pair, rnd)
            pair.check(where)
        elif dice < 0.96:
            backups.append((pair, pair.real.backup(), pair.model.backup()))
        elif backups:
            who, files, state = rnd.choice(backups)
            copies.append(send(who))
            who.real.restore(files)
            who.model.restore(state)
            who.check(where)
    for copy in copies:
        for pair in pairs:
            take(pair, copy, "all files")
    for _ in range(30):
        for a in pairs:
            copy = send(a)
            for b in pairs:
                if a is not b:
                    take(b, copy, "meeting")
        waiting = [pair for pair in pairs if pair.model.pending]
        if not waiting and all(p.real.state() == pairs[0].real.state() for p in pairs):
            break
        if waiting:
            decide(waiting[0], rnd)
    else:
        raise AssertionError(f"seed {seed}: the offices did not become equal")
    before = [pair.real.state() for pair in pairs]
    for copy in copies:
        for pair in pairs:
            pair.real.take(copy.file)
    assert before == [pair.real.state() for pair in pairs], f"seed {seed}: an old file changed something"
    assert world.lost(pairs[0].model.records) == [], f"seed {seed}: edits overwritten unseen"
    assert model.hides([pair.model for pair in pairs]) is None, f"seed {seed}"
    for pair in pairs:
        assert pair.real.session.verify() == []
        pair.real.session.close()
    return imports


def type_cell(world: model.World, copy: Copy, uid: str, name: str, value: Any, target: Path) -> Copy:
    """Somebody types into a copy of a workbook; deleted rows do not stand in it."""
    record = copy.book.records[uid]
    if record.values["deleted"] or record.values[name] == value or (name == "deleted" and not value):
        return copy
    workbook = openpyxl.load_workbook(copy.file)
    sheet = workbook["整改清单"]
    at = next(c.column for c in sheet[4] if c.value == HEADINGS[name])
    row = next(r for r in range(5, sheet.max_row + 1) if sheet.cell(r, 1).value == uid)
    sheet.cell(row, at).value = "删除" if name == "deleted" else text(value)
    workbook.save(target)
    return Copy(target, copy.book.type(world, uid, name, value))


def decide(pair: Pair, rnd: random.Random) -> None:
    """The same decision on both sides."""
    uid, name = rnd.choice(sorted(pair.model.pending))
    waits = pair.model.pending[uid, name][0]
    keep = rnd.random() < 0.5
    pair.real.decide(uid, name, waits.value, keep)
    pair.model.decide_one(uid, name, waits, keep)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "data"
    create_office(folder, "云川市作风办", "city", "admin", PASSWORD)[0].close()
    return folder


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_real_offices_agree_with_the_model(template: Path, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(reader.Reader, "_frames", in_this_process)
        patch.setattr(reader.Reader, "__enter__", lambda self: self)
        patch.setattr(reader.Reader, "__exit__", lambda self, *details: None)
        history(seed, Path(folder), template, steps=20)


def main(runs: int, first: int = 0) -> None:
    """Play many histories; prints what breaks."""
    import time

    setattr(reader.Reader, "_frames", in_this_process)  # noqa: B010  (not a method call: replaced for the whole run)
    reader.Reader.__enter__ = lambda self: self  # type: ignore[method-assign]
    reader.Reader.__exit__ = lambda self, *details: None  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "template"
        create_office(base, "云川市作风办", "city", "admin", PASSWORD)[0].close()
        start, imports, broken = time.perf_counter(), 0, 0
        for seed in range(first, first + runs):
            with tempfile.TemporaryDirectory() as run:
                try:
                    imports += history(seed, Path(run), base)
                except AssertionError as error:
                    broken += 1
                    sys.stdout.write(f"{error}\n")
        seconds = time.perf_counter() - start
        sys.stdout.write(f"{runs} histories, {imports} imports, {broken} broken, {seconds:.0f} s\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
