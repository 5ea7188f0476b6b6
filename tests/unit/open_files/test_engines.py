"""The folder goes on in engines that exist: loaded by its own schemas into a real PostgreSQL and into DuckDB, figures counted there
in SQL written by hand, as of three days, are the program's.

Both come from packages of the system or of Python; where one is missing its tests are skipped with a word, and they are in CI.
"""

from __future__ import annotations

import csv
import datetime as dt
import glob
import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from db import office
from db.metrics import metrics
from db.session import Session
from desktop.open_files import cells, hand_out, schemas, take_in
from tests.report_office import TODAY, opened

pytestmark = pytest.mark.slow
DAYS = (dt.date(2022, 6, 30), dt.date(2022, 10, 14), TODAY)
#: A line that psql takes for the end of a file, and one that looks like what is done about it.
PROBLEM = "一\n\\.\n\\.\n'\\.\n'二"
#: What a person at the data centre would write, once: every item of work as it stood at the end of the day.
STOOD = """
WITH item AS (
  SELECT kind, uid, deleted, assigned_on, acknowledged_on, first_acknowledged_on FROM zx_all_close_out
  UNION ALL
  SELECT kind, uid, deleted, assigned_on, acknowledged_on, first_acknowledged_on FROM zx_all_answer_in_week),
stood AS (
  SELECT i.*, s.deadline, s.requested_on, s.closed_on, w.closed, w.void, w.paused, w.draft, w.asked,
         LEAST(s.requested_on, s.closed_on) AS done_on, NOT (w.closed OR w.void OR w.paused OR w.draft) AS running,
         NOT (w.void OR w.draft) AS counted
  FROM item i
  JOIN zx_spans s ON s.kind = i.kind AND s.uid = i.uid AND s.from_on <= {day} AND s.to_on > {day}
  JOIN zx_states w ON w.kind = s.kind AND w.state = s.state
  WHERE NOT i.deleted)
"""
_OF_KIND = """
  JOIN zx_spans s ON s.kind = '{0}' AND s.uid = r.uid AND s.from_on <= {{day}} AND s.to_on > {{day}}
  JOIN zx_states w ON w.kind = s.kind AND w.state = s.state
  WHERE NOT r.deleted AND NOT w.void"""
_PARENT = """
  JOIN zx_spans s ON s.uid = r.parent AND s.from_on <= {day} AND s.to_on > {day}
  JOIN zx_states w ON w.kind = s.kind AND w.state = s.state
  WHERE NOT r.deleted AND NOT w.void AND NOT w.draft"""
_ASSIGNED = "FROM stood WHERE counted AND assigned_on BETWEEN {first} AND {upto}"
_DUE = "deadline BETWEEN {first} AND {last} AND (closed OR (running AND deadline < {moment}))"
_ACK = "(acknowledged_on <= {day} OR first_acknowledged_on <= {day})"
#: Figure → its numerator and denominator (none where it is no share), as of {day}, in the year of it.
FIGURES = {
    "assigned": STOOD + "SELECT count(*), NULL " + _ASSIGNED,
    "acknowledged": STOOD + f"SELECT count(*), NULL {_ASSIGNED} AND {_ACK}",
    "acknowledged_rate": STOOD + f"SELECT sum(CASE WHEN {_ACK} THEN 1 ELSE 0 END), count(*) {_ASSIGNED}",
    "close_out_rate": STOOD + f"SELECT sum(CASE WHEN closed THEN 1 ELSE 0 END), count(*) {_ASSIGNED}",
    "in_hand": STOOD + "SELECT count(*), NULL FROM stood WHERE running AND assigned_on BETWEEN {first} AND {upto}",
    "due": STOOD + f"SELECT count(*), NULL FROM stood WHERE {_DUE}",
    "closed_on_time": STOOD + f"SELECT count(*), NULL FROM stood WHERE {_DUE} AND closed AND NOT coalesce(done_on > deadline, false)",
    "closed_late": STOOD + f"SELECT count(*), NULL FROM stood WHERE {_DUE} AND closed AND done_on > deadline",
    "open_overdue": STOOD + f"SELECT count(*), NULL FROM stood WHERE {_DUE} AND running AND NOT (asked AND coalesce(requested_on <= deadline, false))",
    "awaiting_check": STOOD + f"SELECT count(*), NULL FROM stood WHERE {_DUE} AND running AND asked AND requested_on <= deadline",
    "completion_rate": STOOD + f"SELECT sum(CASE WHEN closed THEN 1 ELSE 0 END), count(*) FROM stood WHERE {_DUE}",
    "on_time_rate": STOOD + f"SELECT sum(CASE WHEN closed AND NOT coalesce(done_on > deadline, false) THEN 1 ELSE 0 END), count(*) FROM stood WHERE {_DUE}",
    "waiting_requests": STOOD + "SELECT count(*), NULL FROM stood WHERE asked",
    "closed_in_period": STOOD + "SELECT count(*), NULL FROM stood WHERE closed AND closed_on BETWEEN {first} AND {upto}",
    "instructions_closed": "SELECT sum(CASE WHEN w.closed THEN 1 ELSE 0 END), count(*) FROM instruction r" + _OF_KIND.format("instruction")
    + " AND r.instructed_on BETWEEN {first} AND {upto}",
    "entity_items_city": "SELECT count(*), NULL FROM entity_item r" + _OF_KIND.format("entity_item")
    + " AND NOT w.draft AND r.level = 'city' AND r.assigned_on BETWEEN {first} AND {upto}",
    "estates_solved": "SELECT count(*), NULL FROM estate r" + _OF_KIND.format("estate") + " AND w.closed AND s.closed_on BETWEEN {first} AND {upto}",
    "households_rate": "SELECT sum(r.solved_households), sum(r.households) FROM estate r" + _OF_KIND.format("estate")
    + " AND NOT w.draft AND r.assigned_on BETWEEN {first} AND {upto}",
    "meetings": "SELECT count(*), NULL FROM meeting r" + _OF_KIND.format("meeting") + " AND w.state = 'held' AND r.held_on BETWEEN {first} AND {upto}",
    "returned": "SELECT count(*), NULL FROM evidence r" + _PARENT + " AND r.status = 'returned' AND r.decided_on BETWEEN {first} AND {upto}",
    "extended": "SELECT count(*), NULL FROM extension r" + _PARENT + " AND r.status = 'granted' AND r.decided_on BETWEEN {first} AND {upto}",
    "people_trained": "SELECT count(DISTINCT coalesce(r.cadre, coalesce(r.unit, '') || '|' || r.name)), NULL FROM training_attendance r" + _PARENT
    + " AND r.attended_on BETWEEN {first} AND {upto}",
    "attendance_rows": "SELECT count(*), NULL FROM training_attendance r" + _PARENT + " AND r.attended_on BETWEEN {first} AND {upto}",
    "milestone_rate": "SELECT sum(CASE WHEN r.reached_on <= {day} AND r.reached_on <= r.planned_on THEN 1 ELSE 0 END), count(*) FROM milestone r"
    + _PARENT + " AND r.planned_on BETWEEN {first} AND {last} AND (coalesce(r.reached_on <= {day}, false) OR (r.planned_on < {moment}"
    " AND NOT (w.closed OR w.paused)))",
    "investment": "SELECT sum(r.investment), NULL FROM project r" + _OF_KIND.format("project") + " AND r.planned_start_on BETWEEN {first} AND {upto}",
    "promoted_post": "SELECT count(DISTINCT r.parent), NULL FROM post_history r WHERE NOT r.deleted AND r.nature IN ('promotion', 'important')"
    " AND r.appointed_on BETWEEN {first} AND {upto}",
}  # fmt: skip
#: The same from the steps alone, for who does not trust the spans: the last that stands by then says the state.
BY_STEPS = """
WITH last_step AS (
  SELECT kind, uid, to_state, row_number() OVER (PARTITION BY kind, uid ORDER BY number DESC) AS back
  FROM zx_steps WHERE NOT void AND on_day <= {day})
SELECT count(*), NULL FROM last_step l
JOIN zx_states w ON w.kind = l.kind AND w.state = l.to_state AND NOT (w.closed OR w.void OR w.paused OR w.draft)
JOIN (SELECT kind, uid, deleted, assigned_on FROM zx_all_close_out UNION ALL
      SELECT kind, uid, deleted, assigned_on FROM zx_all_answer_in_week) i ON i.kind = l.kind AND i.uid = l.uid
WHERE l.back = 1 AND NOT i.deleted AND i.assigned_on BETWEEN {first} AND {upto}
"""
Ask = Callable[[str], tuple[Any, Any]]


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Session, Path]]:
    """The made-up office, and the folder that it handed out."""
    home = tmp_path_factory.mktemp("engines")
    session = opened(home / "office", items=120)
    session.set("rectification", next(session.office.each("rectification", "state = 'in_progress'")).uid, {"note": "=1+1", "problem": PROBLEM})
    hand_out.hand_out(session, home / "out", days=DAYS)
    yield session, home / "out"
    session.close()


@pytest.fixture(scope="module")
def duckdb_ask(handed: tuple[Session, Path]) -> Iterator[Ask]:
    """DuckDB with the folder in it."""
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed (pip install duckdb)")
    connection, here = duckdb.connect(), Path.cwd()
    os.chdir(handed[1])
    try:
        connection.execute((handed[1] / schemas.DUCKDB).read_text("utf-8"))
    finally:
        os.chdir(here)
    yield lambda sql: connection.execute(sql).fetchone()
    connection.close()


@pytest.fixture(scope="module")
def postgres_ask(handed: tuple[Session, Path]) -> Iterator[Ask]:
    """A PostgreSQL of its own, reached through a socket in a folder, with the folder in it."""
    places = [os.environ.get("PATH", ""), *sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)]
    found = {name: shutil.which(name, path=os.pathsep.join(places)) for name in ("initdb", "pg_ctl", "psql")}
    if lacking := [name for name, path in found.items() if path is None]:
        pytest.skip(f"PostgreSQL is not installed: no {', '.join(lacking)} (apt install postgresql)")
    with tempfile.TemporaryDirectory(prefix="zxpg", dir="/tmp") as home:  # a socket's path may not be long
        data, nobody = Path(home) / "data", {"user": 65534} if os.geteuid() == 0 else {}
        data.mkdir()
        if nobody:  # it does not run as root
            os.chown(home, 65534, -1)
            os.chown(data, 65534, -1)

        def run(*command: str) -> None:
            subprocess.run([found[command[0]], *command[1:]], check=True, capture_output=True, timeout=120, cwd="/", **nobody)  # type: ignore[call-overload]

        run("initdb", "-D", str(data), "-U", "zx", "--auth=trust", "-E", "UTF8", "--locale=C", "-N")
        run("pg_ctl", "-D", str(data), "-w", "-s", "-l", str(data / "log"), "-o", f"-k {data} -c listen_addresses= -c fsync=off", "start")
        psql = [str(found["psql"]), "-X", "-q", "-h", str(data), "-U", "zx", "-d", "postgres", "-v", "ON_ERROR_STOP=1"]
        try:
            done = subprocess.run([*psql, "-f", schemas.POSTGRES], cwd=handed[1], capture_output=True, text=True, timeout=120, check=False)
            assert done.returncode == 0, done.stderr

            def ask(sql: str) -> tuple[Any, Any]:
                answer = subprocess.run([*psql, "--csv", "-t", "-c", sql], capture_output=True, text=True, timeout=120, check=True).stdout
                first, second = next(csv.reader(io.StringIO(answer)))[:2]
                return first or None, second or None

            yield ask
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


def test_the_made_up_office_comes_back_equal(handed: tuple[Session, Path], tmp_path: Path) -> None:
    """All its files again from the office that took them in: values, states, steps, spans, and every figure as of three days."""
    folder = handed[1]
    new, _ = office.create_office(tmp_path / "new", "接收数据的单位", "city", "boss", "zhengxian-demo")
    new.fixed_today = TODAY
    take_in.take_in(new, folder)
    manifest = hand_out.hand_out(new, tmp_path / "again", days=DAYS).manifest
    new.close()
    own = {"zx_history", "zx_personnel_history", "zx_offices", "zx_users"}
    compared = 0
    for note in manifest.tables:
        if note.name not in own:
            before, after = (_plain(each / note.file) for each in (folder, tmp_path / "again"))
            assert before == after, note.file
            compared += len(after)
    assert compared > 5_000


def _plain(path: Path) -> list[dict[str, str]]:
    """The rows without who entered them when."""
    entered = {"created_at", "created_by", "updated_at", "updated_by", "issuer"}
    with path.open(encoding=cells.ENCODING, newline="") as file:
        return [{name: cell for name, cell in row.items() if name not in entered} for row in csv.DictReader(file)]


def _counted(session: Session, ask: Ask, sql: str, day: dt.date) -> tuple[Decimal | None, Decimal | None]:
    past = day < session.today
    upto = day if past else dt.date(day.year, 12, 31)
    moment = day + dt.timedelta(days=1) if past else day
    days = {"day": day, "first": dt.date(day.year, 1, 1), "last": dt.date(day.year, 12, 31), "upto": upto, "moment": moment}
    above, below = ask(sql.format(**{name: f"DATE '{each}'" for name, each in days.items()}))
    return _number(above), _number(below)


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


@pytest.fixture(params=["postgres", "duckdb"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Both engines, one after the other."""
    if os.environ.get("CI"):
        pytest.skip("a database server is no part of CI")
    return request.getfixturevalue(f"{request.param}_ask")  # type: ignore[no-any-return]


def test_figures_counted_in_sql_are_the_programs(handed: tuple[Session, Path], ask: Ask) -> None:
    session, told, said = handed[0], [], 0
    for day in DAYS:
        known = metrics.count(session, list(FIGURES), period=str(day.year), as_of=day)
        for name, sql in FIGURES.items():
            above, below = _counted(session, ask, sql, day)
            number = known[name]
            share = number.denominator is not None
            wanted = (number.numerator, number.denominator) if share else (number.value, None)
            said += bool(above)
            if ((above or 0), below if share else None) != ((wanted[0] or 0), wanted[1]):
                told.append(f"{name} as of {day}: {above}, {below} in SQL, {wanted} here")
    assert told == []
    assert len(FIGURES) >= 20 and said > 2 * len(FIGURES), "or nothing is proved"


def test_the_steps_alone_say_what_was_in_hand(handed: tuple[Session, Path], ask: Ask) -> None:
    for day in DAYS:
        known = metrics.count(handed[0], ["in_hand"], period=str(day.year), as_of=day)["in_hand"].value
        assert _counted(handed[0], ask, BY_STEPS, day)[0] == known


def test_the_figures_that_came_along_are_there(handed: tuple[Session, Path], ask: Ask) -> None:
    for day in DAYS:
        sql = f"SELECT value, NULL FROM zx_figure_values WHERE name = 'assigned' AND as_of = DATE '{day}' AND period = '2022' AND unit IS NULL"
        assert _number(ask(sql)[0]) == metrics.count(handed[0], ["assigned"], period="2022", as_of=day)["assigned"].value


def test_values_are_equal_there(handed: tuple[Session, Path], ask: Ask) -> None:
    """Every text of every ledger, formulas and apostrophes among them, adds up to the same."""
    session = handed[0]
    assert ask("SELECT count(*), NULL FROM rectification WHERE note = '=1+1'")[0] in (1, "1")
    said = "' || chr(10) || '".join(PROBLEM.replace("'", "''").split("\n"))
    assert ask(f"SELECT count(*), NULL FROM rectification WHERE problem = '{said}'")[0] in (1, "1")
    for kind in ("rectification", "cadre", "unit", "project"):
        title = session.kinds.get(kind).title
        texts = [r.values[title] or "" for r in session.book_of(kind).each(kind)]
        rows, long = ask(f'SELECT count(*), sum(length(coalesce("{title}", \'\'))) FROM "{kind}"')
        assert (int(rows), int(long)) == (len(texts), sum(map(len, texts)))
