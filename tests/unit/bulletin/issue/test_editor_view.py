"""A draft taken apart and put together again: typing stays typing, blanks stay blanks, names are hidden by choice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.errors import BadInput
from db.model.query import Query
from db.session import Session
from desktop.bulletin.issue import editor_view, issuing
from desktop.bulletin.masking.ledger_names import known_names
from desktop.bulletin.report import reports, template_text
from desktop.bulletin.report.declaration import load_reports
from desktop.bulletin.typeset.titles import break_title
from tests.report_office import chosen, given_report, opened


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = opened(tmp_path_factory.mktemp("drafting") / "office", items=60)
    yield made
    made.close()


@pytest.mark.parametrize("name", [r.name for r in load_reports() if "cadre" not in r.kinds])
def test_a_body_taken_apart_is_the_body_again(session: Session, name: str) -> None:
    report = given_report(name)
    uid = issuing.new_draft(session, name, **chosen(session, report))
    body = session.must_get(issuing.KIND, uid).values["body_text"]
    found = editor_view.pieces(body, report)
    assert "".join(p.source for p in found) == body
    # What a report decides is decided when the draft is made: nothing but figures and parts is left to fill.
    assert all(p.figure or p.source.strip().startswith("@") for p in found if not p.typed), name
    # And the draft says what the report says.
    fresh = reports.build(session, name, **chosen(session, report)).document()
    drafted = issuing.report_builder(session, session.must_get(issuing.KIND, uid)).document()
    assert drafted.blocks == fresh.blocks and drafted.title == fresh.title
    view = editor_view.look(session, session.must_get(issuing.KIND, uid))
    assert not [d for d in view.differences if d.drafted] and view.document.draft == issuing.DRAFT


def test_what_stands_in_a_record_never_becomes_a_blank(session: Session) -> None:
    item = next(r for r in session.find(Query(kind="rectification")) if r.state == "in_progress")
    old = item.values["title"]
    session.set("rectification", item.uid, {"title": "核对{{ n('assigned') }}与{% if x %}"})
    uid = issuing.new_draft(session, "reminder_slip", item=item.uid)
    record = session.must_get(issuing.KIND, uid)
    assert "n('assigned')" in record.values["body_text"]
    assert not [p for p in editor_view.pieces(record.values["body_text"], None) if p.figure]
    session.set("rectification", item.uid, {"title": old})


def test_typed_braces_are_braces() -> None:
    text = template_text.escape_blanks("写作{{ n('x') }}或{% if %}{# #}")
    assert not [p for p in editor_view.pieces(text, None) if not p.typed]


def test_rare_characters_of_a_name_never_part_a_figure() -> None:
    """Input methods put characters that a person made himself among the private-use ones, the first at U+E000."""
    text = f"由张\ue000、李\ue001\ue002牵头，交办{template_text.marked('assigned|2026|', '6')}件"
    assert [(run.text, run.mark) for run in template_text.runs(text)] == [
        ("由张\ue000、李\ue001\ue002牵头，交办", None), ("6", "assigned|2026|"), ("件", None),
    ]  # fmt: skip
    assert template_text.escape_blanks(template_text.marked("assigned|2026|", "6")) == "assigned|2026|6"


@pytest.mark.parametrize(("body", "count"), [
    ("", 0), ("交办事项。", 5), ("共{{ n('assigned') }}件", 3), ("GB/T 9704", 4), ("@table by_unit\n一、总体", 4), ("2022年9月", 4),
])  # fmt: skip
def test_words_are_counted_as_office_programs_do(body: str, count: int) -> None:
    assert editor_view.words(body) == count


def test_names_are_hidden_each_sort_by_itself(session: Session) -> None:
    units, places, people = (known_names(session, (what,))[what] for what in ("units", "places", "people"))
    assert session.office_name in units and session.office_name not in places
    assert any(n.endswith("县") for n in places) and not any(n.endswith("委员会") for n in places)
    named = {r.values["name"] for r in session.find(Query(kind="attendance"))} | {
        r.values["responsible_person"] for r in session.find(Query(kind="rectification")) if r.values["responsible_person"]
    }
    assert named <= people and not named & (units | places)
    assert set().union(*known_names(session).values()) == units | places | people


def test_a_letter_carries_its_number_and_is_not_for_what_is_closed(session: Session) -> None:
    letters = session.find(Query(kind="letter"))
    kinds = reports.kinds_for(session, given_report("blue_letter"))
    for letter in letters:
        item = next((r for k in kinds if (r := session.get(k, letter.parent)) is not None), None)
        if letter.values["letter_type"] == "blue" and item is not None and item.state == "in_progress":
            head = reports.build(session, "blue_letter", item=item.uid).document().masthead
            assert f"〔{letter.values['year']}〕" in getattr(head, "number", "")
    closed = session.find(Query(kind="rectification"))
    done = next(r for r in closed if r.state == "closed_out")
    with pytest.raises(BadInput, match="不用再发"):
        reports.build(session, "red_letter", item=done.uid)


def test_a_report_into_a_folder_is_named_by_its_title(session: Session, tmp_path: Path) -> None:
    printed = reports.print_report(session, "supervision_circular", tmp_path, period="2022-11", masked=True)
    assert printed.file is not None and printed.file.name == "关于2022年11月交办事项办理情况的通报（脱敏版）.pdf"


def test_titles_break_after_the_time() -> None:
    assert break_title("关于2026年11月全市重点交办事项办理情况的通报", 20) == ["关于2026年11月全市重点", "交办事项办理情况的通报"]
