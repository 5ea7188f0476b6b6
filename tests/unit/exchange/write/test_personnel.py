"""Personnel workbooks: only who holds the key may look into one, and nothing of it is kept under the office's key."""

from __future__ import annotations

from typing import Any

import pytest

from db.errors import BadInput, Damaged, NotPermitted
from desktop.exchange.apply import accept, import_report
from desktop.exchange.files import sent_copies


def test_a_person_without_the_key_cannot_look_into_a_personnel_workbook(city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    city.session.add("cadre", {"name": "李𬱟"})
    file = city.export("cadres.xlsx", kinds=["cadre"]).file
    monkeypatch.setattr(city.session, "_books", {"office": city.session.office})
    with pytest.raises(NotPermitted):
        city.plan(file)
    with pytest.raises(NotPermitted):
        city.export("again.xlsx", kinds=["cadre"])
    assert list((city.folder / "data").glob("inbox/*")) == []


def test_file_report_and_copy_stay_under_the_personnel_key(city: Any, hand: Any) -> None:
    uid = city.session.add("cadre", {"name": "李𬱟"})
    made = city.export("cadres.xlsx", kinds=["cadre"])
    result = city.take(made.file)
    (entry,) = accept.imports(city.session)
    assert (entry.book, entry.import_id) == ("personnel", result.import_id)
    assert city.session.office.connection.execute("SELECT count(*) FROM imports").fetchone() == (0,)
    assert import_report.taken_file(city.session, entry)[:2] == b"PK"
    personnel, office = city.session.book_of("cadre"), city.session.office
    assert sent_copies.load(personnel, city.session.folder, sent_copies.SENT, made.export_id) is not None
    office.set_meta(workbook_key="00" * 32)
    with pytest.raises(Damaged):
        sent_copies.load(office, city.session.folder, sent_copies.SENT, made.export_id)
    assert city.value(uid, "name", "cadre") == "李𬱟"


def test_personnel_and_office_ledgers_do_not_mix(city: Any) -> None:
    with pytest.raises(BadInput, match="单独导出"):
        city.export("mixed.xlsx", kinds=["cadre", "rectification"])


def test_an_import_into_the_personnel_book_is_undone_and_its_conflicts_decided(city: Any, hand: Any) -> None:
    uid = city.session.add("cadre", {"name": "李明"})
    sent = city.export("cadres.xlsx", kinds=["cadre"]).file
    field = next(f for f in city.session.kinds.get("cadre").shown("sheet") if f.type == "text" and f.name != "name" and not f.computed)
    book = hand(sent, sheet=city.session.kinds.get("cadre").label)
    row = next(r for r in range(5, 8) if book.sheet.cell(r, 1).value == uid)
    file = book.write(row, field.label, "表里写的").save()
    city.session.set("cadre", uid, {field.name: "本单位写的"})
    (waiting,) = city.take(file).conflicts
    assert waiting.conflict_id % 2 == 1
    accept.decide(city.session, waiting.conflict_id, "theirs")
    assert city.value(uid, field.name, "cadre") == "表里写的"
    assert city.session.verify() == []
