"""What a screen reader would be told of a window, and what a keyboard can reach in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QScrollArea,
    QSplitterHandle,
    QTabBar,
    QTableView,
    QTextEdit,
    QTreeView,
    QWidget,
)

from desktop.ui.kit.messages import Dialog

Role = QAccessible.Role
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ROLES: tuple[tuple[type[QWidget], set[Role]], ...] = (
    (QCheckBox, {Role.CheckBox}),
    (QRadioButton, {Role.RadioButton}),
    (QAbstractButton, {Role.Button, Role.ButtonMenu, Role.ButtonDropDown, Role.CheckBox, Role.RadioButton}),
    (QComboBox, {Role.ComboBox}),
    (QAbstractSpinBox, {Role.SpinBox}),
    (QLineEdit, {Role.EditableText}),
    (QPlainTextEdit, {Role.EditableText, Role.StaticText}),
    (QTextEdit, {Role.EditableText, Role.StaticText}),
    (QTabBar, {Role.PageTabList}),
    (QTreeView, {Role.Tree, Role.Table}),
    (QTableView, {Role.Table}),
    (QAbstractItemView, {Role.List, Role.Table, Role.Tree}),
)
"""What a widget of Qt may be told as; one that is painted by hand must say itself what it is."""
CONTROLS = tuple(each for each, _ in ROLES)


def face(widget: QWidget) -> QAccessibleInterface:
    found = QAccessible.queryAccessibleInterface(widget)
    assert found is not None, widget
    return found


def told(widget: QWidget) -> str:
    return face(widget).text(QAccessible.Text.Name)


def is_part(widget: QWidget) -> bool:
    """Whether it is inside of one of Qt's own widgets, which speaks for it."""
    if isinstance(widget.parent(), QAbstractSpinBox | QComboBox) or widget.objectName().startswith("qt_"):
        return True
    if isinstance(widget, QSplitterHandle) or type(widget).__name__ in ("QLineEditIconButton", "QHeaderView", "QTableCornerButton"):
        return True
    if any(action.objectName() == "_q_qlineeditclearaction" for action in widget.actions()):
        return True  # Delete does what its cross does
    # the arrows of tabs that are too many; the half of a table that stays while the other is scrolled
    return isinstance(widget.parent(), QTabBar) or (isinstance(widget, QTableView) and isinstance(widget.parent(), QTableView))


def shown(window: QWidget) -> Iterator[QWidget]:
    for widget in window.findChildren(QWidget):
        if widget.window() is window.window() and widget.isVisible() and not is_part(widget):
            yield widget


def faults(window: QWidget) -> list[str]:
    """What of a window nobody could tell who hears it only."""
    found = []
    for widget in shown(window):
        where = f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        focusable = widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        painted = type(widget).__module__.startswith("desktop.") and "paintEvent" in vars(type(widget))
        if isinstance(widget, QLabel) and not widget.text():
            continue
        if isinstance(widget, QLabel):
            continue  # its text is what it says
        if (focusable or painted or isinstance(widget, CONTROLS)) and not CHINESE.search(told(widget)):
            found.append(f"{where} is called {told(widget)!r}")
        if isinstance(widget, QComboBox) and not widget.accessibleName() and not captioned(widget):
            found.append(f"{where} 「{told(widget)}」 says only what is chosen")
        if (focusable and not isinstance(widget, QScrollArea)) or painted or isinstance(widget, CONTROLS):
            found += [f"{where} 「{told(widget)}」 {fault}" for fault in wrong_role(widget)]
        if isinstance(widget, QTableView):
            found += [f"{where} 「{told(widget)}」 {fault}" for fault in headless(widget)]
        found += [f"{where} 「{told(widget)}」 {fault}" for fault in wrong_state(widget)]
    return found


def captioned(widget: QWidget) -> bool:
    return any(label.buddy() is widget for label in widget.window().findChildren(QLabel))


def wrong_role(widget: QWidget) -> list[str]:
    role = face(widget).role()
    for kind, roles in ROLES:
        if isinstance(widget, kind):
            return [] if role in roles else [f"is told as {role.name}"]
    return [f"is told as {role.name}"] if role in (Role.NoRole, Role.Client, Role.Border) else []


def wrong_state(widget: QWidget) -> list[str]:
    state, found = face(widget).state(), []
    if bool(state.disabled) == widget.isEnabled():
        found.append("is told to be " + ("disabled" if state.disabled else "enabled"))
    if isinstance(widget, QAbstractButton) and widget.isCheckable() and bool(state.checked) != widget.isChecked():
        found.append("tells another tick than it shows")
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isEnabled() and not state.focusable:
        found.append("is not told to take the focus")
    return found


def headless(view: QTableView) -> list[str]:
    """Columns without a heading, and cells that show something which is not told."""
    model: Any = view.model()
    if model is None:
        return []
    found = []
    for column in range(model.columnCount()):
        if view.isColumnHidden(column):
            continue
        heading = model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.AccessibleTextRole) or model.headerData(
            column, Qt.Orientation.Horizontal
        )
        if not str(heading or "").strip() and not view.horizontalHeader().isHidden():
            found.append(f"has no heading over column {column}")
    return found


# ---- the keyboard


def by_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)


def out_of_reach(window: QWidget, keys: set[str]) -> list[str]:
    """Buttons that neither Tab nor a key reaches, which their tip tells; entries that keep Tab to themselves."""
    found = []
    for widget in shown(window):
        if isinstance(widget, QAbstractButton) and widget.isEnabled() and not by_tab(widget):
            named = re.search("（([^（）]+)）$", widget.toolTip())
            if named is None or named[1] not in keys:
                found.append(f"{type(widget).__name__} 「{told(widget)}」 in {type(widget.parent()).__name__} has no key")
        if isinstance(widget, QPlainTextEdit | QTextEdit) and not widget.isReadOnly() and not widget.tabChangesFocus():
            found.append(f"{type(widget).__name__} 「{told(widget)}」 keeps Tab")
        if isinstance(widget, QAbstractItemView) and by_tab(widget) and widget.tabKeyNavigation():
            found.append(f"{type(widget).__name__} 「{told(widget)}」 keeps Tab")
    return found


def tab_chain(window: QWidget) -> list[QWidget]:
    """What Tab reaches, from the first."""
    found, widget = [], window.nextInFocusChain()
    while widget is not None and widget is not window:
        inside = window.isAncestorOf(widget) and widget.window() is window.window() and widget.isVisible() and widget.isEnabled()
        if inside and by_tab(widget) and widget.focusProxy() is None and not is_part(widget):
            found.append(widget)
        widget = widget.nextInFocusChain()
    return found


def jumps_back(window: QWidget) -> list[str]:
    """Steps of Tab that lead up again in the same column: who reads from the top meets them too late."""
    chain, found = tab_chain(window), []
    for before, after in pairwise(chain):
        one, two = (each.rect().translated(each.mapTo(window, QPoint(0, 0))) for each in (before, after))
        if two.bottom() < one.top() and two.left() < one.right():
            found.append(f"Tab goes up from 「{told(before)}」 to 「{told(after)}」")
    return found


def ringless(window: QWidget) -> list[str]:
    """What looks the same with the focus as without it."""
    found = []
    for widget in tab_chain(window):
        widget.clearFocus()
        pale = widget.grab().toImage()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        if widget.hasFocus() and widget.grab().toImage() == pale:
            found.append(f"{type(widget).__name__} 「{told(widget)}」 shows no ring")
    return found


# ---- dialogs


LOOKED_OVER = {
    "BackDialog", "ExportDialog", "FigureDialog", "MaskCheck", "OfficialDialog", "OwnFigureDialog", "OwnFiguresDialog",
    "PasteDialog", "RecoveryKeyDialog", "UserDialog", "WorkDialog", "MappingDialog", "FormDialog", "RuleDialog",
    "StandingDialog", "OpeningDialog", "FigurePicker",
}  # fmt: skip
"""Dialogs that keep to this; a class that joins them stays so."""


def dialog_faults(dialog: Dialog) -> list[str]:
    """What of a dialog is not told, what keys do not reach, and whether Enter has a button where one can be pressed;
    Esc leaves any. The order of Tab is not walked here: PySide takes what `nextInFocusChain` hands out for its own."""
    found = [*faults(dialog), *out_of_reach(dialog, {"Alt+↓"})]
    if not CHINESE.search(dialog.windowTitle()):
        found.append(f"is titled {dialog.windowTitle()!r}")
    if dialog.ok.isEnabled() and not dialog.ok.isDefault():
        found.append("has no button for Enter")
    return found
