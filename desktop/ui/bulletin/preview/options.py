"""What a person chooses for a report: the period, a unit, an item of a ledger, and what a masked
edition hides."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QVBoxLayout, QWidget

from db.errors import BadInput
from db.model.declarations import Field
from db.session import Session
from desktop.ui.bulletin.preview.mask_button import MaskButton
from desktop.ui.bulletin.preview.period_choice import PeriodPicker
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.field_editors.pickers import PickEditor
from desktop.ui.kit import theme
from desktop.ui.kit.jobs import Jobs
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import Card, label

ROWS, ROWS_DECLARED = "#rows", "#rows-declared"
"""The keys of a list's rows, which are no declared report: as they stand on the screen, and with
the columns that the ledger declares for print."""


@dataclass(frozen=True)
class Choice:
    """One report: what it is called, what must or may be chosen for it, and of which ledgers an
    item may be."""

    key: str
    label: str
    needs: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    kinds: tuple[str, ...] = ()
    help: str = ""
    duplex: bool = False
    letter: bool = False

    @property
    def of_list(self) -> bool:
        """Whether it is no report but the rows of a list."""
        return self.key in (ROWS, ROWS_DECLARED)

    def asks(self, what: str) -> bool:
        """Whether a person may choose a period, a unit or an item for it."""
        return what in self.needs or what in self.optional


class Chosen(msgspec.Struct, frozen=True):
    """What was chosen; None for what the report does not ask."""

    period: str | None
    unit: str | None
    item: str | None
    hidden: frozenset[str]
    """What a masked edition hides: of "units", "places", "people", "numbers", "dates"."""
    words: str
    """The same as people read it, for a title or a file's name."""
    letter: str | None = None
    """Which letter of those on the item (``report.filling.Choice``)."""


class Options(Card):
    """The entries that the report in front asks for; `changed` when one of them was."""

    changed = Signal()
    check_asked = Signal()
    """What the masked edition hides and leaves is to be looked at."""

    def __init__(self, session: Session, jobs: Jobs, window: Window) -> None:
        super().__init__()
        size = theme.sizes()
        self._session = session
        self._around = EditorContext(session, jobs, window)
        self._choice: Choice | None = None
        self.period = PeriodPicker(session.today)
        self.period.changed.connect(self.changed)
        self.unit = PickEditor(
            Field(name="unit", label="单位", type="unit", help="名称或拼音首字母"), self._around
        )
        self.unit.left.connect(self.changed)
        self.ledger = QComboBox()
        self.ledger.setAccessibleName("哪本台账")
        self.ledger.activated.connect(lambda _: self._put_item(self.ledger.currentData()))
        self.item: PickEditor | None = None
        self._record: tuple[str, str] | None = None
        """The record chosen last, with its ledger: another report on it need not be told again."""
        items = QWidget()
        self._items = QVBoxLayout(items)
        self._items.setContentsMargins(0, 0, 0, 0)
        self._items.setSpacing(size.gap // 2)
        self._items.addWidget(self.ledger)
        self.masking = MaskButton()
        self.masking.changed.connect(self.changed)
        self.masking.check_asked.connect(self.check_asked)
        self._labels: dict[str, QLabel] = {}
        self._parts: dict[str, QWidget] = {}
        for name, word, entry in (
            ("period", "期间", self.period), ("unit", "单位", self.unit), ("item", "事项", items),
        ):
            self._parts[name] = self._part(name, word, entry)
            self.add(self._parts[name])
        self._parts["mask"] = self.masking
        self.add(self.masking)
        self._high = True
        self._help = label("", "muted")
        self.add(self._help)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.show_for(None, None)

    def _part(self, name: str, word: str, entry: QWidget) -> QWidget:
        part, text = QWidget(), QLabel(word)
        text.setProperty("class", "muted")
        text.setBuddy(entry)
        self._labels[name] = text
        box = QVBoxLayout(part)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addWidget(text)
        box.addWidget(entry)
        part.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        return part

    def show_for(self, choice: Choice | None, period: str | None) -> None:
        """Show the entries a report asks for, with the period last used for it."""
        self._choice = choice
        for name in ("period", "unit", "item"):
            self._parts[name].setVisible(choice is not None and choice.asks(name))
        self._labels["unit"].setText(
            "单位" if choice is not None and "unit" in choice.needs else "单位（不选为全部）"
        )
        self._parts["mask"].setVisible(choice is not None)
        self._help.setText(choice.help if choice is not None else "")
        self.setToolTip(self._help.text())
        self.say_help(self._high)
        if period is not None:
            self.period.set_value(period)
        if choice is not None and choice.asks("item"):
            self._offer_items(choice.kinds)
        self.setVisible(choice is not None and not choice.of_list)

    def say_help(self, high: bool) -> None:
        """What a report is for stands below where the page is high enough; else in the hint."""
        self._high = high
        self._help.setVisible(high and bool(self._help.text()))

    def _offer_items(self, kinds: tuple[str, ...]) -> None:
        """The ledgers an item may be of, and an entry that finds one of its records by name."""
        if [self.ledger.itemData(at) for at in range(self.ledger.count())] == list(kinds):
            return
        self._remember()
        self.ledger.clear()
        for kind in kinds:
            self.ledger.addItem(self._session.kinds.get(kind).label, kind)
        self.ledger.setVisible(len(kinds) > 1)
        if self._record is not None and self._record[0] in kinds:
            self._put_item(self._record[0]).set_value(self._record[1])
        elif kinds:
            self._put_item(next((k for k in kinds if self._session.kinds.get(k).lights), kinds[0]))

    def _remember(self) -> None:
        """What is chosen, before an entry of another ledger stands there."""
        with contextlib.suppress(BadInput):
            if self.item is not None and (uid := self.item.value()) is not None:
                self._record = (str(self.ledger.currentData()), uid)

    def _put_item(self, kind: str) -> PickEditor:
        if self.item is not None:
            self._items.removeWidget(self.item)
            self.item.hide()
            self.item.deleteLater()
        title = self._session.kinds.get(kind).label
        field = Field(
            name="item", label=title, type="reference", kind=kind, help="名称或拼音首字母"
        )
        self.item = PickEditor(field, self._around)
        self.item.left.connect(self.changed)
        self.ledger.setCurrentIndex(self.ledger.findData(kind))
        self._items.addWidget(self.item)
        return self.item

    def set_item(self, choice: Choice, kind: str, uid: str) -> None:
        """Choose one record."""
        self._offer_items(choice.kinds)
        self._put_item(kind).set_value(uid)
        self._record = (kind, uid)

    def chosen(self) -> Chosen:
        """What stands there. Raises ``BadInput`` that says what must still be chosen."""
        choice = self._choice
        assert choice is not None
        period = self.period.value() if choice.asks("period") else None
        unit = self.unit.value() if choice.asks("unit") else None
        item = self.item.value() if choice.asks("item") and self.item is not None else None
        if "unit" in choice.needs and unit is None:
            raise BadInput("请在左边选一个单位。", field="unit")
        if "item" in choice.needs and item is None:
            raise BadInput(f"请在左边选一条{self.ledger.currentText()}。", field="item")
        words = [choice.label]
        if period is not None:
            words.append(self.period.period.label)
        if item is not None and self.item is not None:
            words.append(self.item.entry.text()[:30])
        elif unit is not None:
            words.append(self.unit.entry.text())
        hidden = frozenset(self.masking.hidden)
        return Chosen(period, unit, item, hidden, " ".join(words))

    def focus(self) -> None:
        """To the first entry that is asked for."""
        for name, entry in (
            ("period", self.period.entry), ("unit", self.unit.entry), ("item", self.ledger),
        ):
            if not self._parts[name].isHidden():
                entry.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return
