"""Help: the manual with its contents and a search, the shortcuts, what the program is made of, the
log."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QUrl
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QTreeWidget, QTreeWidgetItem

import resources
from desktop.ui.help import manual
from desktop.ui.help.about import about_text, export_log
from desktop.ui.kit import file_dialogs, theme
from desktop.ui.kit.commands import HAND_KEYS, Command
from desktop.ui.kit.debounce import pause
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import AdminPage, Card, button, label
from desktop.ui.pages import label_of

NAME = label_of("help")
TARGET = Qt.ItemDataRole.UserRole
ABOUT, KEYS = "about:", "keys:"


class HelpPage(AdminPage):
    """Contents and search on the left, the page on the right."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, NAME, "手册随程序一起装好，不用联网。左边打几个字就能找。")
        size = theme.sizes()
        self.topics = manual.topics()
        self.by_name = {topic.name: topic for topic in self.topics}
        top = Qt.AlignmentFlag.AlignTop
        self.head_buttons.addWidget(
            button("导出日志…", self.export_log, icon="file-export-outline"), 0, top
        )
        side = Card()
        side.title.hide()
        self.search = QLineEdit()
        self.search.setPlaceholderText("在手册中查找")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("在手册中查找")
        self.search.installEventFilter(self)
        self.starts_at(self.search)
        side.add(self.search)
        self.tree = QTreeWidget()
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(size.pad)
        self.tree.setWordWrap(True)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.setAccessibleName("手册目录")
        self.tree.setStyleSheet(f"QTreeView::item {{ min-height: {size.row - 4}px; }}")
        side.add(self.tree, 1)
        self.count = side.add(label("", "muted"))
        self.view = manual.ManualView()
        card = Card(flush=True)
        card.add(self.view, 1)
        side.setFixedWidth(size.chars(18))
        row = QHBoxLayout()
        row.setSpacing(size.gap)
        row.addWidget(side)
        row.addWidget(card, 1)
        self.body.addLayout(row, 1)
        self._words = ""
        self._wait = pause(self, 150, self._look)
        self.search.textChanged.connect(lambda text: self._wait.start())
        self.tree.currentItemChanged.connect(lambda now, before: self._open_item(now))
        self.view.anchorClicked.connect(self._follow)
        self._fill_contents()
        self.open_topic("index.md")

    def commands(self) -> list[Command]:
        return [
            Command("在手册中查找", self.search.setFocus, section=NAME, pinyin="zsczcz"),
            Command("导出日志", self.export_log, section=NAME, pinyin="dcrz"),
        ]

    # ---- contents and search

    def _fill_contents(self) -> None:
        """The pages, each with its headings; then the shortcuts and the page about the program."""
        self.tree.blockSignals(True)
        self.tree.clear()
        for topic in self.topics[1:]:
            item = self._item(topic.title, (topic.name, ""))
            self.tree.addTopLevelItem(item)
            for heading in topic.headings:
                item.addChild(
                    self._item(manual.plain(heading), (topic.name, manual.plain(heading)))
                )
        self.tree.addTopLevelItem(self._item("全部快捷键", (KEYS, "")))
        self.tree.addTopLevelItem(self._item("关于、版本、许可", (ABOUT, "")))
        self.tree.blockSignals(False)
        self.count.hide()

    @staticmethod
    def _item(text: str, target: tuple[str, str]) -> QTreeWidgetItem:
        item = QTreeWidgetItem([text])
        item.setData(0, TARGET, target)
        item.setToolTip(0, text)
        return item

    def _look(self) -> None:
        """Places that hold the words, by page."""
        self._words = self.search.text().strip()
        if not self._words:
            self._fill_contents()
            self.view.go_to("")
            return
        places = manual.look_for(self._words, self.topics)
        self.tree.blockSignals(True)
        self.tree.clear()
        heads: dict[str, QTreeWidgetItem] = {}
        for place in places:
            head = heads.get(place.topic.name)
            if head is None:
                head = heads[place.topic.name] = self._item(
                    place.topic.title, (place.topic.name, self._words)
                )
                self.tree.addTopLevelItem(head)
            head.addChild(self._item(place.line[:60], (place.topic.name, place.line[:20])))
        self.tree.expandAll()
        self.tree.blockSignals(False)
        self.count.show()
        self.count.setText(
            f"找到 {len(places)} 处" if places else "手册里没有这个词，换个说法试试。"
        )
        if (first := self.tree.topLevelItem(0)) is not None and places:
            self.tree.setCurrentItem(first)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        keys = (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in keys
        ):
            self.tree.setFocus()
            return True
        return False

    # ---- the page

    def _open_item(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            name, place = item.data(0, TARGET)
            self.open_topic(name, place or self._words)

    def open_topic(self, name: str, place: str = "") -> None:
        """Show a page, at the place where some words stand."""
        if name == ABOUT:
            self.view.show_markdown(about_text())
        elif name == KEYS:
            self.view.show_markdown(keys_text(self.window_.commands.all()))
        elif name in self.by_name:
            self.view.show_markdown(self.by_name[name].text)
        self.view.go_to(place)

    def _follow(self, url: QUrl) -> None:
        """A link: another page of the manual, or a licence."""
        target = url.toString()
        if target.startswith("licence:"):
            text = resources.path("fonts", Path(target.removeprefix("licence:")).name).read_text(
                "utf-8", "replace"
            )
            self.view.setPlainText(text)
            return
        name = Path(url.path()).name
        if name in self.by_name:
            self.search.clear()
            self._words = ""
            self.open_topic(name)
            for at in range(self.tree.topLevelItemCount()):
                item = self.tree.topLevelItem(at)
                if item is not None and item.data(0, TARGET)[0] == name:
                    self.tree.blockSignals(True)
                    self.tree.setCurrentItem(item)
                    self.tree.blockSignals(False)

    def export_log(self) -> None:
        """The log, packed into a chosen folder."""
        chosen = file_dialogs.folder(self, "log", "日志存到哪个文件夹")
        if chosen is not None:
            self.jobs.write(
                lambda job: export_log(chosen),
                lambda file: self.window_.toast(f"日志已存为 {file.name}，里面没有台账的内容。"),
                failed=self.window_.error,
                owner=self,
                label="正在导出日志",
            )


def keys_text(commands: list[Command]) -> str:
    """All shortcuts of this window as they are now, in Markdown."""
    rows = [(c.section, c.label, c.keys) for c in commands if c.keys] + list(HAND_KEYS)
    lines = [
        "# 全部快捷键",
        "", "全部操作都可以只用键盘。**Ctrl+K** 打开快捷查找，打几个字或拼音首字母就能找到命令。",
        "",
    ]
    for section in dict.fromkeys(row[0] for row in rows):
        lines += [f"## {section}", "", "| 按什么 | 做什么 |", "|---|---|"]
        lines += [f"| {keys} | {what} |" for part, what, keys in rows if part == section]
        lines.append("")
    return "\n".join(lines)
