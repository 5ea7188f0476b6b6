"""The parts of an official document that one bulletin has: 份号, 密级, 签发人 and the others."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import (
    QCheckBox,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QWidget,
)

from desktop.bulletin.issue import issuing
from desktop.bulletin.issue.issuing import IssuePreview
from desktop.bulletin.report import official_parts
from desktop.ui.kit import theme
from desktop.ui.kit.messages import Dialog
from desktop.ui.kit.page_parts import scrolled


class OfficialDialog(Dialog):
    """A line for each part, with what is printed now; ``changed`` are those set otherwise."""

    def __init__(
        self, parent: QWidget | None, parts: Mapping[str, str], title: str = "公文要素",
        accept: str = "保存", notice: str = "",
    ) -> None:
        super().__init__(parent, title, accept)
        size = theme.sizes()
        self._parts = dict(parts)
        if notice:
            self.say(notice)
        self.say(
            "这一份文件上的版头、版记各项。不改的照文种的样式；份号、印数改了不用重新核稿。",
            muted=True,
        )
        page = QWidget()
        columns = QHBoxLayout(page)
        columns.setContentsMargins(0, 0, size.gap, 0)
        columns.setSpacing(size.pad)
        forms = [QFormLayout(), QFormLayout()]
        for form in forms:
            form.setVerticalSpacing(size.gap)
            form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
            columns.addLayout(form, 1)
        self.entries: dict[str, QLineEdit] = {}
        self.sealed = QCheckBox("加盖印章（署名处留出盖章的位置）")
        self.sealed.setChecked(bool(parts.get(official_parts.SEALED)))
        half = [part.name for part in official_parts.PARTS].index("attached")
        for at, part in enumerate(official_parts.PARTS):
            form = forms[at >= half]
            entry = QLineEdit(parts.get(part.name, ""))
            entry.setCursorPosition(0)
            entry.setPlaceholderText(part.hint)
            entry.setAccessibleName(part.label)
            self.entries[part.name] = entry
            form.addRow(part.label, entry)
            if part.name == "attached":
                form.addRow("落款", self.sealed)
        self.add(scrolled(page), 1)
        self.setMinimumSize(size.chars(46), size.row * 12)

    def changed(self) -> dict[str, str]:
        """The parts that say something else now."""
        words = {name: entry.text().strip() for name, entry in self.entries.items()}
        words[official_parts.SEALED] = "是" if self.sealed.isChecked() else ""
        return {name: text for name, text in words.items() if text != self._parts.get(name, "")}


class IssueDialog(OfficialDialog):
    """A bulletin on its way out: its number and all its parts in one place, with what is out
    already. What may not be changed any more without a second person sends it back."""

    only_checked = False
    """Let through, and issued another time."""

    def __init__(
        self, parent: QWidget | None, going: IssuePreview, notice: str = "",
        accept: str = "印发", *, check: bool = False,
    ) -> None:
        accept = f"核稿通过并{accept.removeprefix('作为')}" if check else accept
        number = f"印发后编为{going.number}，不能再改；有误的只能撤回，另印一期。"
        super().__init__(
            parent, going.parts, "印发", accept, f"{notice}\n\n{number}" if notice else number
        )
        self._accept = accept
        self.opinion = QLineEdit()
        if check:
            self.setWindowTitle("核稿通过、印发")
            self.opinion.setPlaceholderText("核稿意见（可不填）")
            self.opinion.setAccessibleName("核稿意见")
            self.add(self.opinion)
            only = self.buttons.addButton("只核稿", QDialogButtonBox.ButtonRole.ActionRole)
            only.clicked.connect(self._only_check)
        self.ok.setFocus()
        for entry in self.entries.values():
            entry.textChanged.connect(lambda _: self._told())
        self.sealed.toggled.connect(lambda _: self._told())

    def _only_check(self) -> None:
        self.only_checked = True
        self.accept()

    def sent_back(self) -> bool:
        """Whether something was changed that a second person must look at before it goes out."""
        return bool(self.changed().keys() - issuing.COUNTED)

    def _told(self) -> None:
        self.ok.setText("保存，重新核稿" if self.sent_back() else self._accept)
