"""Every field type has an entry that gives back what it was given, keeps a draft, and reads what people type."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QPushButton

from db.errors import BadInput
from db.model.declarations import Choice, Field
from db.model.fieldtypes import TYPES, Attachment
from db.model.fieldtypes.base import NoNames
from db.model.ids import new_uid
from desktop.ui.field_editors import attachments
from desktop.ui.field_editors.editors import EditorContext, IdentityEditor
from desktop.ui.field_editors.pickers import find_options
from desktop.ui.field_editors.registry import EDITORS, editor_for
from desktop.ui.kit.jobs import Jobs

UID, OTHER = new_uid(), new_uid()
#: The program alone writes the others (the steps that a record took): nobody types them.
TYPED = sorted(name for name, each in TYPES.items() if each.offered)
CHOICES = (Choice("a", "甲"), Choice("b", "乙"), Choice("c", "丙"))
VALUES: dict[str, Any] = {
    "text": "河道清淤",
    "longtext": "第一行\n第二行",
    "integer": 12,
    "decimal": Decimal("3.25"),
    "money": Decimal("120.5"),
    "percent": Decimal("98.5"),
    "date": dt.date(2022, 9, 5),
    "month": "2022-09",
    "choice": "b",
    "choices": ("a", "c"),
    "flag": False,
    "unit": UID,
    "units": (UID, OTHER),
    "reference": UID,
    "phone": "0399-1234567",
    "user": "lijing",
    "identity": "990101199003078770",
    "attachment": (Attachment("佐证.pdf", "0" * 64, 2048),),
}


@pytest.fixture
def context(qtbot: Any) -> Any:
    jobs = Jobs()
    yield EditorContext(SimpleNamespace(names=NoNames()), jobs, None)
    jobs.close()


def _field(name: str) -> Field:
    chosen = CHOICES if name in ("choice", "choices") else ()
    return Field(name="f", label="某项", type=name, choices=chosen, kind="unit" if name == "reference" else None)


def test_every_field_type_has_an_entry_and_a_value_to_try_it_with() -> None:
    assert set(EDITORS) == set(TYPES) and set(VALUES) == set(TYPED)


@pytest.mark.parametrize("name", TYPED)
def test_an_entry_gives_back_what_it_was_given(qtbot: Any, context: EditorContext, name: str) -> None:
    editor = editor_for(_field(name), context, "unit")
    qtbot.addWidget(editor)
    for value in (VALUES[name], None, VALUES[name]):
        editor.set_value(value)
        assert editor.value() == value
    kept = editor.raw()
    editor.set_value(None)
    assert editor.raw() != kept
    editor.set_raw(kept)
    assert editor.value() == VALUES[name]
    editor.set_read_only(True)
    editor.set_wrong(True)
    editor.set_wrong(False)


@pytest.mark.parametrize(
    "text", ["2022-09-05", "2022年9月5日", "2022.9.5", "22.9.5", "2022/9/5", "20220905", "2022-9-5", "２０２２－９－５"]
)
def test_a_date_is_read_in_every_usual_style(qtbot: Any, context: EditorContext, text: str) -> None:
    editor = editor_for(_field("date"), context, "unit")
    qtbot.addWidget(editor)
    editor.entry.setText(text)
    assert editor.value() == dt.date(2022, 9, 5)
    editor.entry.editingFinished.emit()
    assert editor.entry.text() == "2022-09-05"


def test_keys_move_a_date(qtbot: Any, context: EditorContext) -> None:
    editor = editor_for(_field("date"), context, "unit")
    qtbot.addWidget(editor)
    editor.set_value(dt.date(2022, 9, 5))
    qtbot.keyClick(editor.entry, Qt.Key.Key_Up)
    assert editor.value() == dt.date(2022, 9, 6)
    qtbot.keyClick(editor.entry, Qt.Key.Key_T)
    assert editor.value() == dt.date.today()


def test_what_is_no_value_is_told_by_the_type(qtbot: Any, context: EditorContext) -> None:
    for name, text in (("date", "2022.13.1"), ("integer", "十二个"), ("phone", "没有"), ("choice", "丁")):
        editor = editor_for(_field(name), context, "unit")
        qtbot.addWidget(editor)
        editor.entry.setText(text)
        with pytest.raises(BadInput, match="某项"):
            editor.value()


def test_an_identity_number_is_hidden_until_the_cursor_stands_in_it(qtbot: Any, context: EditorContext) -> None:
    editor = editor_for(_field("identity"), context, "unit")
    assert isinstance(editor, IdentityEditor)
    qtbot.addWidget(editor)
    editor.set_value(VALUES["identity"])
    assert "*" in editor.entry.text() and editor.value() == VALUES["identity"]


@pytest.mark.parametrize("typed, first", [("hj", "禾津县"), ("szjj", "市住房和城乡建设局"), ("hjj", "市生态环境局"), ("环境", "市生态环境局")])
def test_the_unit_whose_name_begins_so_is_proposed_first(typed: str, first: str) -> None:
    names = (("市生态环境局", "市环境局"), ("市住房和城乡建设局", None), ("禾津县城关镇", None), ("禾津县", None))
    units = {name: SimpleNamespace(uid=name, name=name, short=short, active=True) for name, short in names}
    session: Any = SimpleNamespace(names=SimpleNamespace(units=lambda: units))
    assert find_options(_field("unit"), session, typed)[0].label == first


def test_several_are_picked_one_after_another_and_picking_again_takes_away(qtbot: Any, context: EditorContext) -> None:
    editor = editor_for(_field("choices"), context, "unit")
    qtbot.addWidget(editor)
    editor.show()
    editor.entry.setFocus()
    for label in ("甲", "丙", "甲"):
        editor._offer([])  # noqa: SLF001
        editor._labels[label] = {"甲": "a", "丙": "c"}[label]  # noqa: SLF001
        parts = editor._parts()  # noqa: SLF001
        editor._take("、".join([p for p in parts if p != label] if label in parts else [*parts, label]))  # noqa: SLF001
    assert editor.value() == ("c",)


@pytest.mark.parametrize("name, data, opened", [
    ("验收单.pdf", b"%PDF-1.4", True), ("佐证\u202efdp.exe", b"%PDF-1.4", False), ("照片.jpg", b"MZ\x90\x00", False), ("佐证.desktop", b"", False),
])  # fmt: skip
def test_only_documents_and_pictures_are_given_to_another_program(
    qtbot: Any, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes, opened: bool
) -> None:
    asked: list[str] = []
    said: list[str] = []
    monkeypatch.setattr(attachments.QDesktopServices, "openUrl", lambda url: asked.append(url.toLocalFile()))
    jobs = Jobs()
    session = SimpleNamespace(names=NoNames(), attachment_bytes=lambda kind, digest: data)
    editor = editor_for(_field("attachment"), EditorContext(session, jobs, SimpleNamespace(error=said.append)), "unit")
    qtbot.addWidget(editor)
    editor.set_value((Attachment(name, "0" * 64, len(data)),))
    assert "\u202e" not in editor.findChild(QListWidget).item(0).text()
    next(b for b in editor.findChildren(QPushButton) if b.text() == "打开").click()
    qtbot.waitUntil(lambda: bool(asked or said))
    assert bool(asked) is opened and bool(said) is not opened
    if said:
        assert "另存为" in said[0] and "\u202e" not in said[0]
    jobs.close()
    attachments.attachment_copies.forget()


def test_no_list_drops_over_what_was_entered_before_it_came(qtbot: Any, context: EditorContext) -> None:
    context = replace(context, dialog=SimpleNamespace(error=pytest.fail))
    editor = editor_for(_field("choice"), context, "unit")
    qtbot.addWidget(editor)
    editor.show()
    editor.activateWindow()
    editor.setFocus()
    qtbot.waitUntil(editor.entry.hasFocus)
    dropped = lambda: editor._proposals is not None and editor._proposals.list.isVisible()  # noqa: SLF001,E731
    for sought in (False, True):  # left while it waits for more to be typed, and while it is looked up
        editor.entry.clear()
        qtbot.keyClicks(editor.entry, "j")
        if sought:
            editor._wait.timeout.emit()  # noqa: SLF001
        qtbot.keyClick(editor.entry, Qt.Key.Key_Return)
        qtbot.wait(100)
        qtbot.waitUntil(lambda: context.jobs.idle)
        assert not dropped(), "it would take the next Esc from the dialog below"
    editor.entry.clear()
    qtbot.keyClick(editor.entry, Qt.Key.Key_Down)
    qtbot.waitUntil(dropped)
    editor._proposals.list.hide()  # noqa: SLF001
