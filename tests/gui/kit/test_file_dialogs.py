"""Dialogs for files: Chinese to the last button, opened where the last one of their purpose was left, never with the program."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMessageBox,
    QTreeView,
    QWidget,
)

from desktop import paths
from desktop.ui.kit import file_dialogs, theme
from tests.gui.pages_office import answer


@pytest.fixture
def owner(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> QWidget:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.load_translations(app)
    home = tmp_path / "home"
    (home / "Documents").mkdir(parents=True)
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setattr(file_dialogs, "_kept", {})
    paths.prefer_documents("")
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.mark.parametrize("mode", [QFileDialog.FileMode.AnyFile, QFileDialog.FileMode.ExistingFiles, QFileDialog.FileMode.Directory],
                         ids=["save", "open", "folder"])
def test_no_word_of_a_dialog_is_english(owner: QWidget, qtbot: Any, mode: QFileDialog.FileMode) -> None:
    made = file_dialogs.dialog_for(owner, "paper", "存为 PDF", "PDF 文件 (*.pdf)", mode=mode)
    qtbot.addWidget(made)
    made.show()
    said = [each.text() for each in (*made.findChildren(QLabel), *made.findChildren(QAbstractButton))]
    said += [each.toolTip() for each in made.findChildren(QAbstractButton)]
    for header in made.findChildren(QHeaderView):
        model = header.model()
        if model is not None and header.orientation() == Qt.Orientation.Horizontal:
            said += [str(model.headerData(at, Qt.Orientation.Horizontal)) for at in range(model.columnCount())]
    assert len([text for text in said if text]) > 8
    assert not [text for text in said if re.search(r"[A-Za-z]{3,}", text)]


def test_each_purpose_opens_where_it_was_left_and_else_with_the_documents(owner: QWidget, tmp_path: Path) -> None:
    documents = tmp_path / "home" / "Documents"
    assert file_dialogs.first_folder(owner, "import") == documents
    stick = tmp_path / "U盘"
    stick.mkdir()
    file_dialogs.remember(owner, "import", stick)
    assert file_dialogs.first_folder(owner, "import") == stick
    assert file_dialogs.first_folder(owner, "paper") == documents, "another purpose has its own"
    stick.rmdir()
    assert file_dialogs.first_folder(owner, "import") == documents, "the stick was taken out"


def test_the_folder_of_the_program_is_never_proposed(owner: QWidget, tmp_path: Path) -> None:
    for own in (Path(paths.__file__).parent, Path(sys.executable).parent):
        file_dialogs.remember(owner, "import", own)
        assert file_dialogs.first_folder(owner, "import") == tmp_path / "home" / "Documents"


def test_a_name_typed_without_its_ending_gets_it_before_a_file_is_replaced(owner: QWidget, tmp_path: Path) -> None:
    there = tmp_path / "home" / "Documents" / "稿.docx"
    there.write_bytes(b"kept")
    asked: list[str] = []

    def refuse(question: QMessageBox) -> None:
        asked.append(question.text())
        question.button(QMessageBox.StandardButton.No).click()

    def save(name: str) -> Path | None:
        def type_it(made: QFileDialog) -> None:
            made.findChild(QLineEdit).setText(name)
            made.accept()
            if made.isVisible():
                made.reject()

        answer(type_it, QFileDialog)
        return file_dialogs.save_file(owner, "paper", "导出 Word", "月报.docx", "Word 文件 (*.docx)")

    assert save("新稿") == there.with_name("新稿.docx") and not asked
    answer(refuse, QMessageBox)
    assert save("稿") is None and len(asked) == 1 and "稿.docx" in asked[0]


def beginning(qtbot: Any, made: QFileDialog) -> QLineEdit:
    """Where the keyboard is in a dialog that just came."""
    made.activateWindow()
    qtbot.waitUntil(lambda: made.focusWidget() is not None and made.focusWidget().hasFocus())
    entry = made.focusWidget()
    assert isinstance(entry, QLineEdit), entry
    return entry


def asked(act: Callable[[QFileDialog], None]) -> None:
    """When a dialog stands, do this with it; whatever goes wrong, it does not stay."""

    def acting(made: QFileDialog) -> None:
        try:
            act(made)
        finally:
            if made.isVisible():
                made.reject()

    answer(acting, QFileDialog)


@pytest.mark.parametrize("mode", ["many", "one", "folder"])
def test_a_path_can_be_typed_or_pasted_as_soon_as_a_dialog_stands(owner: QWidget, qtbot: Any, tmp_path: Path, mode: str) -> None:
    wanted = tmp_path / "home" / "Documents" / ("下发" if mode == "folder" else "台账.xlsx")
    wanted.mkdir() if mode == "folder" else wanted.write_bytes(b"rows")
    owner.show()

    def paste(made: QFileDialog) -> None:
        entry = beginning(qtbot, made)
        QApplication.clipboard().setText(str(wanted))
        QTest.keyClick(entry, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        assert entry.text() == str(wanted)
        made.accept()

    asked(paste)
    if mode == "many":
        assert file_dialogs.open_files(owner, "import", "选择文件") == [wanted]
    elif mode == "one":
        assert file_dialogs.open_file(owner, "import", "选择文件") == wanted
    else:
        assert file_dialogs.folder(owner, "import", "选择文件夹") == wanted


def test_ctrl_a_and_enter_take_all_files_and_select_what_is_typed(owner: QWidget, qtbot: Any, tmp_path: Path) -> None:
    files = [tmp_path / "home" / "Documents" / name for name in ("一.xlsx", "二.xlsx")]
    for each in files:
        each.write_bytes(b"rows")
    owner.show()
    selected: list[str] = []

    def take_all(made: QFileDialog) -> None:
        entry, tree = beginning(qtbot, made), made.findChild(QTreeView, "treeView")
        qtbot.waitUntil(lambda: tree.model().rowCount(tree.rootIndex()) == 2)
        entry.setText("一")
        QTest.keyClick(entry, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        selected.append(entry.selectedText())
        entry.clear()
        QTest.keyClick(entry, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(made.focusWidget(), Qt.Key.Key_Return)

    asked(take_all)
    assert sorted(file_dialogs.open_files(owner, "import", "选择文件")) == sorted(files)
    assert selected == ["一"]


def test_the_name_to_save_under_is_selected_for_another_to_be_typed(owner: QWidget, qtbot: Any) -> None:
    owner.show()
    seen: list[str] = []

    def look(made: QFileDialog) -> None:
        seen.append(beginning(qtbot, made).selectedText())

    asked(look)
    assert file_dialogs.save_file(owner, "paper", "导出 Word", "月报.docx", "Word 文件 (*.docx)") is None
    assert seen == ["月报.docx"]
