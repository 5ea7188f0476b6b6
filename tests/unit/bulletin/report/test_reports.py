"""Every declared report over the made-up office: it prints, agrees with the ledger, and its masked edition gives nothing away."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from db.errors import BadInput
from db.metrics import metrics
from db.model.declarations import Figure
from db.session import Session
from desktop.bulletin.document import Document, Paragraph
from desktop.bulletin.issue import figures
from desktop.bulletin.masking.ledger_names import known_names
from desktop.bulletin.report import reports, tables, template_text
from desktop.bulletin.report.declaration import load_reports
from desktop.bulletin.report.missing_characters import rendered
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.writers import render
from tests.report_office import chosen, opened

REPORTS = load_reports()
NAMES = [r.name for r in REPORTS]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = opened(tmp_path_factory.mktemp("reports") / "office")
    yield made
    made.close()


def text_of(tool: Callable[[str], str], data: bytes, tmp_path: Path) -> str:
    file = tmp_path / "report.pdf"
    file.write_bytes(data)
    run = subprocess.run([tool("pdftotext"), "-layout", str(file), "-"], stdout=subprocess.PIPE, text=True, check=True)
    return run.stdout


@pytest.mark.parametrize("name", NAMES)
def test_a_report_prints_and_its_figures_are_the_ledgers(session: Session, name: str) -> None:
    builder = reports.build(session, name, **chosen(session, reports.report_of(session, name)))
    printed = render(builder.document(), io.BytesIO(), fonts=bundled_fonts())
    assert printed.pages >= 1
    assert printed.missing_characters == ()
    for key, number in builder.used.items():
        figure, period, unit, *group = key.split("|")
        asked: dict[str, Any] = {"period": period or None, "unit": unit or None, "ledgers": builder.ledgers}
        if group:
            by, _, line = group[0].partition("=")
            # Another figure of the table may hold a line that has no row for this one.
            found = [g for g in metrics.table(session, [figure], by, **asked) if str(g.key) == line]
            again = found[0].numbers[figure] if found else metrics.nothing(number.figure)
            assert figures.number_of(session, key, builder.ledgers).value == number.value
            if by == "parent":  # behind it are records of its line alone
                behind = figures.rows_of(session, key, builder.ledgers).rows
                assert {session.must_get(r.kind, r.uid).parent for r in behind} <= {line}
        else:
            again = metrics.count(session, [figure], **asked)[figure]
        assert (again.value, again.numerator, again.denominator) == (number.value, number.numerator, number.denominator)
    # Every figure that is marked in the text is one that was counted.
    assert {mark.name for mark in printed.marks} <= set(builder.used)


#: What the year's summary must be able to say: organisation, training, mechanisms, cadres; then estates, petitions, shares of targets.
SUMMARY = (
    "instructions", "entity_items", "cases", "cases_province", "press_provincial_up", "classes", "attendances", "assigned",
    "completion_rate",
    "regular_meeting_fields", "problems", "solved_rate", "headquarters_count", "posted_headquarters", "developed", "service_officers",
    "reward_sanction_rows", "promoted_county", "promoted_rank",
    "estate_contacts", "estate_measures", "estates_solved", "households_solved", "petition_rate_central", "petition_rate_new",
    "indicator_share", "indicator_reached", "livelihood_rate",
)  # fmt: skip


def test_the_summary_says_what_a_year_s_speech_needs(session: Session) -> None:
    builder = reports.build(session, "activity_summary", **chosen(session, reports.report_of(session, "activity_summary")))
    builder.document()
    said = {key.split("|")[0] for key in builder.used if key.count("|") == 2}
    assert not [name for name in SUMMARY if name not in said]
    # Each indicator with its value, its share of the year's target and its place in the province.
    lines = {key.split("|")[0] for key in builder.used if "parent=" in key}
    assert lines == {"indicator_value", "indicator_share", "indicator_rank"}


@pytest.mark.parametrize("name", NAMES)
def test_the_same_report_twice_is_the_same_file(session: Session, name: str) -> None:
    choice = chosen(session, reports.report_of(session, name))
    one, two = (
        render(reports.build(session, name, **choice).document(), io.BytesIO(), fonts=bundled_fonts()).sha256 for _ in range(2)
    )
    assert one == two


@pytest.mark.parametrize("name", NAMES)
def test_the_masked_edition_gives_no_name_away(
    session: Session, name: str, tool: Callable[[str], str], tmp_path: Path
) -> None:
    out = io.BytesIO()
    reports.print_report(session, name, out, **chosen(session, reports.report_of(session, name)), masked=True)
    text = re.sub(r"\s", "", text_of(tool, out.getvalue(), tmp_path))
    names = sorted(set().union(*known_names(session).values()))
    assert names and text
    for hidden in names:
        assert re.sub(r"\s", "", hidden) not in text
        assert hidden.encode("utf-16-be") not in out.getvalue()


def test_a_report_that_needs_an_item_says_so(session: Session) -> None:
    with pytest.raises(BadInput, match="要选一条事项"):
        reports.build(session, "assignment_slip")
    with pytest.raises(BadInput, match="找不到"):
        reports.build(session, "assignment_slip", item="a" * 20)
    with pytest.raises(BadInput, match="没有名为"):
        reports.build(session, "nothing")


def test_labels_in_reports_are_the_declared_ones(session: Session) -> None:
    """A column that writes its label out must not say what the figure or field says already."""
    known: dict[str, Figure] = {f.name: f for f in metrics.visible(session)}
    for report in REPORTS:
        for table in report.tables:
            for column in table.columns:
                assert not column.figure or column.figure in known, f"{report.name}: {column.figure}"
                assert not column.label or column.label != getattr(known.get(column.figure), "label", None)


def test_a_character_that_no_face_has_is_told_with_whose_name_it_is_in(session: Session) -> None:
    """Before anything goes to the printer: which character, in which record."""
    session.add("leader", {"name": "赵\U0003106d"})
    document = Document("", (Paragraph("赵\U0003106d到场、某\U000323af未到"),))
    printed = rendered(session, document, io.BytesIO(), fonts=bundled_fonts())
    assert printed.missing_characters == ("\U0003106d", "\U000323af")
    (told,) = printed.notices  # the other one stands in no record
    assert told == "“\U0003106d”在领导名册「赵\U0003106d」"


#: A number with what it counts, as it stands in a text.
COUNT = re.compile(r"(?<![第\d])\d[\d,.]*\s*(?:件次|件|次|个|项|条|名|人|期|篇|户|亿元|万元|％|%)")


@pytest.mark.parametrize("name", NAMES)
def test_every_number_in_a_reports_words_and_tables_is_a_figure_that_it_can_name(session: Session, name: str) -> None:
    """What is counted stands in a mark with the figure's key (held against the ledger above), or is typed in the form itself."""
    builder = reports.build(session, name, **chosen(session, reports.report_of(session, name)))
    plain = template_text.to_typing(builder.text(builder.body))
    assert [found for found in COUNT.findall(plain) if found not in builder.report.body] == []
    for declared in builder.report.tables:
        if not any(column.figure for column in declared.columns):
            continue
        table = tables.table(builder, declared)
        assert table is not None, declared.name
        told = {each.shown for each in builder.places[declared.name]}
        known = metrics.declared(session)
        labels = {column.label or known.get(column.figure).label for column in declared.columns if column.figure}
        assert {column.label for column in table.columns} & labels
        for row in table.rows:
            assert isinstance(row, list)
            for column, cell in zip(table.columns, row, strict=True):
                text = cell if isinstance(cell, str) else str(getattr(cell, "text", cell))
                if column.label in labels and any(c.isdigit() for c in text):
                    assert any(text.startswith(shown) for shown in told), (declared.name, column.label, text)
