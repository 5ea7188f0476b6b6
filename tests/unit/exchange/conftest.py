"""Made-up offices, workbooks and the hands that fill them in."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from db.office import change_facts, create_office, open_office
from db.session import Session
from desktop.exchange.apply import accept
from desktop.exchange.write.workbook import Exported, export
from tests.unit.exchange.uncounted import uncounted

PASSWORD = "zhengxian-demo"
UNITS = ("安坪县人民政府", "临湖区人民政府", "青石县人民政府")
KIND = "rectification"
SHEET = "整改清单"
LAST_DAY = dt.date(2029, 11, 28)
"""The limits of items here lie in 2030: whoever runs this later is on this day."""


class Office:
    """An office with its session and short ways to do what tests do all the time."""

    def __init__(self, folder: Path, name: str, level: str = "city", template: Path | None = None) -> None:
        self.folder = folder
        if template is None:
            self.session: Session = create_office(folder / "data", name, level, "admin", PASSWORD)[0]
        else:  # copying is several times as fast; the copy takes a site id of its own at its first write
            shutil.copytree(template, folder / "data")
            self.session = open_office(folder / "data", "admin", PASSWORD)
            with self.session.office.atomic("admin", "settings", "修改单位设置"):
                self.session.office.set_meta(office_name=name, level=level)
        if dt.date.today() > LAST_DAY:
            self.session.fixed_today = LAST_DAY
        self.units: dict[str, str] = {}

    def add_units(self, names: tuple[str, ...] = UNITS) -> None:
        for name in names:
            self.units[name] = self.session.add("unit", {"name": name, "short_name": name[:3], "category": "county"})

    def is_unit(self, name: str) -> Office:
        """Say which of the units this office itself is; it must have heard of it."""
        session = self.session
        change_facts(session, session.office_name, session.level, session.names.unit_by_name(name))
        return self

    def add(self, title: str, **values: Any) -> str:
        values.setdefault("lead_unit", next(iter(self.units.values()), None))
        return self.session.add(KIND, {"title": title, **values})

    def export(self, name: str = "out.xlsx", **more: Any) -> Exported:
        kinds = more.pop("kinds", [KIND])
        return export(self.session, kinds, self.folder / name, blank_rows=more.pop("blank_rows", 5), **more)

    def plan(self, file: Path, **more: Any) -> accept.Plan:
        made = accept.plan(self.session, file, **more)
        if made.foreign_kind is None:
            assert uncounted(made) == 0, "a filled cell of which nothing tells, or two things"
        return made

    def take(self, file: Path, choices: accept.Choices | None = None, **more: Any) -> accept.ImportResult:
        return accept.accept(self.session, self.plan(file, **more), choices)

    def value(self, uid: str, field: str, kind: str = KIND) -> Any:
        record = self.session.get(kind, uid)
        assert record is not None
        return record.get(field)

    def titles(self) -> list[str]:
        return sorted(r.values["title"] for r in self.session.office.each(KIND, "deleted = 0"))

    def state(self, *kinds: str) -> Any:
        """Every record with its values and vectors, to compare offices with each other and with themselves.
        """
        book = self.session.office
        return {
            kind: {
                r.uid: (r.values, r.state, r.deleted, r.parent, repr(_sorted(book.versions_of(r))))
                for r in book.each(kind)
            }
            for kind in kinds or (KIND,)
        }


def _sorted(versions: Any) -> Any:
    return sorted(versions.row.items()), sorted((n, sorted(v.items())) for n, v in versions.fields.items())


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty office to copy."""
    folder = tmp_path_factory.mktemp("template") / "data"
    create_office(folder, "云川市作风办", "city", "admin", PASSWORD)[0].close()
    return folder


@pytest.fixture(scope="session")
def templates(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Empty offices to copy, each with an id of its own; made when first asked for."""
    made = [template]

    def get(number: int) -> Path:
        while len(made) <= number:
            folder = tmp_path_factory.mktemp("template") / "data"
            create_office(folder, f"第{len(made)}办", "county", "admin", PASSWORD)[0].close()
            made.append(folder)
        return made[number]

    return get


@pytest.fixture
def new_office(tmp_path: Path, templates: Callable[[int], Path]) -> Iterator[Callable[..., Office]]:
    made: list[Office] = []

    def make(name: str = "云川市作风办", level: str = "city", *, units: bool = True) -> Office:
        folder = tmp_path / f"office{len(made)}"
        folder.mkdir()
        office = Office(folder, name, level, templates(len(made)))
        made.append(office)
        if units:
            office.add_units()
        return office

    yield make
    for office in made:
        office.session.close()


@pytest.fixture
def city(new_office: Callable[..., Office]) -> Office:
    """A city office with nine items over three units."""
    office = new_office()
    for number in range(9):
        unit = UNITS[number % 3]
        office.add(
            f"第{number + 1}项 窗口排队时间长", lead_unit=office.units[unit], problem="群众反映办件慢。",
            deadline=dt.date(2030, 1, 1) + dt.timedelta(days=number), category="作风不实", phone="0000-1234567",
        )  # fmt: skip
    return office


class Hand:
    """Somebody with the workbook open: cells by heading and by title."""

    def __init__(self, path: Path, sheet: str = SHEET) -> None:
        self.path = path
        self.book = openpyxl.load_workbook(path)
        self.sheet = self.book[sheet]
        self.head = next(
            row for row in range(1, 15) if "序号" in [c.value for c in self.sheet[row]] and not self._machine(row)
        )

    def _machine(self, row: int) -> bool:
        return any(str(c.value).startswith("#") for c in self.sheet[row])

    def column(self, heading: str) -> int:
        return next(c.column for c in self.sheet[self.head] if c.value == heading)

    def row(self, title: str, heading: str = "整改事项") -> int:
        at = self.column(heading)
        return next(r for r in range(self.head + 1, self.sheet.max_row + 1) if self.sheet.cell(r, at).value == title)

    def blank_row(self, number: int = 1) -> int:
        rows = [
            r for r in range(self.head + 1, self.sheet.max_row + 1) if str(self.sheet.cell(r, 1).value).startswith("+")
        ]
        return rows[number - 1]

    def cell(self, row: int, heading: str) -> Any:
        return self.sheet.cell(row, self.column(heading))

    def write(self, row: int, heading: str, value: Any) -> Hand:
        self.cell(row, heading).value = value
        return self

    def save(self, name: str = "filled.xlsx") -> Path:
        path = self.path.with_name(name)
        self.book.save(path)
        return path


@pytest.fixture
def hand() -> type[Hand]:
    return Hand


@pytest.fixture(scope="session")
def resave_all(tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[Path]], list[Path]]:
    """Open and save workbooks in the real LibreOffice, all by one start of it."""
    profile = tmp_path_factory.mktemp("profile")

    def run(paths: list[Path]) -> list[Path]:
        out = paths[0].parent / "resaved"
        subprocess.run(
            [tool("soffice"), f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to",
             "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), *map(str, paths)],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        return [out / path.name for path in paths]

    return run


@pytest.fixture(scope="session")
def resave(resave_all: Callable[[list[Path]], list[Path]]) -> Callable[[Path], Path]:
    """The same for one workbook."""
    return lambda path: resave_all([path])[0]
