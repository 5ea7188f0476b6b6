"""Settings: what is one's own, what this machine keeps, and what holds for the whole office, each
told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from db import office
from db.access import unit_claims
from db.model.declarations import Field
from db.model.roles import Role, called
from db.model.settings import (
    BACK_DATING,
    FILES_FOLDER,
    FONT_POINTS,
    LOGIN_LOOK,
    LOGIN_POINTS,
    LOOK,
    Setting,
)
from desktop import paths
from desktop.ui.exchange.other_offices import OtherOfficesCard
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.field_editors.pickers import PickEditor
from desktop.ui.kit import entry_button, theme
from desktop.ui.kit.dialogs import change_own_password
from desktop.ui.kit.messages import ask
from desktop.ui.kit.page import Window
from desktop.ui.kit.page_parts import AdminPage, Card, Cards, button, label, scrolled
from desktop.ui.office.folder_entry import FolderEntry
from desktop.ui.office.setting_entry import entry_of
from desktop.ui.office.workdays import CalendarCard
from desktop.ui.pages import label_of

NAME = label_of("settings")
SIZES = ((10.5, "标准"), (12.0, "大"), (14.0, "特大"), (16.0, "超大"))
SAMPLE = "第52次周例会　交办 37 件，办结率 92.4%"


class SettingsPage(AdminPage):
    """Everything takes hold as soon as it is changed, except the facts of the office, which have a
    button."""

    def __init__(self, window: Window) -> None:
        super().__init__(
            window, NAME, "改了马上保存。“我的设置”只管自己；“本单位设置”对所有人生效，由管理员改。"
        )
        self.settings = window.settings
        self.entries: dict[str, QWidget] = {}
        self._cards = Cards(chars=66)
        self.body.addWidget(scrolled(self._cards, NAME), 1)

    def parts(self) -> Iterator[object]:
        mine = self._mine()
        mine.sizeHint()  # has it styled
        yield mine
        office = self._office()
        office.sizeHint()
        yield office
        self._cards.put(mine, office)

    @cached_property
    def neighbours(self) -> OtherOfficesCard:
        """Below what is in view; made once the page stands, so that it opens sooner."""
        made = OtherOfficesCard(self.session, self.jobs, self.window_)
        self._cards.add_across(made)
        return made

    @cached_property
    def calendar(self) -> CalendarCard:
        """The last one, likewise."""
        _ = self.neighbours
        made = CalendarCard(self.session, self.jobs, self.window_)
        self._cards.add_across(made)
        return made

    def shown(self) -> None:
        QTimer.singleShot(0, self, self._load)

    def _load(self) -> None:
        self.neighbours.load()
        QTimer.singleShot(0, self, lambda: self.calendar.load())

    def _may(self) -> bool:
        return bool(self.session.may("settings"))

    # ---- one's own

    def _mine(self) -> Card:
        card = Card(
            "我的设置", "换一个人登录，各是各的；文件默认存到哪里，只管这台电脑。",
            parent=self._cards,
        )
        card.row(*self._font_buttons(card))
        self.sample = QLabel(SAMPLE)
        self.sample.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        card.add(self.sample)
        self._show_sample(self.settings[FONT_POINTS])
        self._grid(
            card,
            [s for s in self.settings.shown() if s.scope != "office" and s != FONT_POINTS],
            True,
        )
        user = self.session.user
        ask = button(
            "修改我的密码…", lambda: change_own_password(self.window_, self.session, self.jobs),
            icon="key-outline",
        )
        card.row(ask, label(f"用户名 {user.name}，一人一个账号，不要共用。", "muted", wrap=False))
        card.box.addStretch(1)
        return card

    def _font_buttons(self, card: Card) -> list[QWidget]:
        self.fonts = QButtonGroup(card)
        found: list[QWidget] = [QLabel("字号")]
        now = self.settings[FONT_POINTS]
        for points, name in SIZES:
            choice = QPushButton(f"{name} {points:g}")
            choice.setProperty("class", "choice")
            choice.setCheckable(True)
            choice.setChecked(abs(points - now) < 0.26)
            self.fonts.addButton(choice)
            choice.clicked.connect(lambda on=False, points=points: self._set_font(points))
            found.append(choice)
        for name, step, tip in (("A−", -0.5, "小半号"), ("A+", 0.5, "大半号")):
            found.append(button(name, partial(self._step_font, step), tip=tip))
            found[-1].setAccessibleName(f"字号{tip}")
        return found

    def _step_font(self, step: float) -> None:
        self._set_font(self.settings[FONT_POINTS] + step)

    def _set_font(self, points: float) -> None:
        self.settings.set(FONT_POINTS, points)
        held = self.settings[FONT_POINTS]
        # The login of this machine as well: whoever cannot read the small letters cannot log in
        # either.
        self.settings.set(LOGIN_POINTS, held)
        self._show_sample(held)
        self.fonts.setExclusive(False)
        for choice, (each, _) in zip(self.fonts.buttons(), SIZES, strict=True):
            choice.setChecked(abs(each - held) < 0.26)
        self.fonts.setExclusive(True)
        self.window_.rebuild_asked.emit()

    def _show_sample(self, points: float) -> None:
        font = self.font()
        font.setPointSizeF(points)
        self.sample.setFont(font)
        self.sample.setText(f"{SAMPLE}　（{points:g} 磅）")

    # ---- the office

    def _office(self) -> Card:
        may = self._may()
        hint = "" if may else "以下由管理员设置，您可以看，不能改。"
        card = Card("本单位设置", hint, parent=self._cards)
        size = theme.sizes()
        self.office_name = QLineEdit(self.session.office_name)
        self.office_name.setAccessibleName("单位名称")
        self.level = QComboBox()
        self.level.setAccessibleName("层级")
        for name, text in office.LEVELS.items():
            self.level.addItem(text, name)
        self.level.setCurrentIndex(self.level.findData(self.session.level))
        context = EditorContext(self.session, self.jobs, self.window_)
        help_text = "本办公室是名册里的哪个单位"
        self.own_unit = PickEditor(
            Field(name="own_unit", label="本单位", type="unit", help=help_text), context
        )
        self.own_unit.set_value(self.session.own_unit)
        self.keep_facts = button("保存单位信息", self._keep_facts)
        self.keep_facts.setEnabled(False)
        grid = QGridLayout()
        grid.setHorizontalSpacing(size.pad)
        grid.setVerticalSpacing(size.gap)
        grid.setColumnStretch(1, 1)
        for at, (caption, entry) in enumerate(
            (("单位名称", self.office_name), ("层级", self.level), ("本单位", self.own_unit))
        ):
            grid.addWidget(label(caption, wrap=False), at, 0)
            grid.addWidget(entry, at, 1)
            entry.setEnabled(may)
        card.box.addLayout(grid)
        card.row(self.keep_facts)
        card.row(*self._back_dating(may))
        self.keep_facts.setVisible(may)
        changed = lambda *_: self.keep_facts.setEnabled(True)  # noqa: E731
        self.office_name.textEdited.connect(changed)
        self.level.activated.connect(changed)
        self.own_unit.changed.connect(changed)
        self._grid(card, [s for s in self.settings.shown() if s.scope == "office"], may)
        card.box.addStretch(1)
        return card

    def _back_dating(self, may: bool) -> list[QWidget]:
        """How many days ago a step may have happened that somebody enters today, by role."""
        allowed = BACK_DATING.of(self.session.office)
        found: list[QWidget] = [label("办理日期可补记几天", wrap=False)]
        roles: tuple[Role, ...] = ("administrator", "reviewer", "clerk")
        for role in roles:
            days = entry_button.spin_box()
            days.setRange(0, 366)
            days.setValue(allowed.get(role, 0))
            days.setEnabled(may)
            days.setKeyboardTracking(False)
            days.setAccessibleName(f"{called(role)}可补记的天数")
            days.valueChanged.connect(partial(self._keep_back_dating, role))
            self.entries[f"back_dating:{role}"] = days
            found += [label(called(role), "muted", wrap=False), days]
        return found

    def _keep_back_dating(self, role: Role, days: int) -> None:
        self.jobs.write(
            lambda job: self.session.set_back_dating(role, days), failed=self.window_.error,
            owner=self,
        )

    def _keep_facts(self) -> None:
        name, level, own = self.office_name.text(), self.level.currentData(), self.own_unit.value()

        others = (
            unit_claims.holders(self.session, self.session.office_id, own)
            if own and own != self.session.own_unit
            else ()
        )
        if others:
            called, names = self.session.unit_name(own), "、".join(f"“{name}”" for name in others)
            text = (
                f"{names}的台账说自己就是“{called}”；两本台账同填一个单位，对方收到时会先不采用、"
                "要人确认，选错了，填报的进展交不回去。请先打电话核实。"
            )
            if not ask(self, "已有别的单位选了它", text, f"仍选“{called}”"):
                return

        def done(_: Any) -> None:
            self.keep_facts.setEnabled(False)
            self.window_.toast("单位信息已保存，表格和通报上用新的名称。")

        self.jobs.write(
            lambda job: office.change_facts(self.session, name, level, own), done,
            failed=self.window_.error, owner=self,
        )

    # ---- one row for each declared setting

    def _grid(self, card: Card, settings: list[Setting[Any]], may: bool) -> None:
        size = theme.sizes()
        grid = QGridLayout()
        grid.setHorizontalSpacing(size.pad)
        grid.setVerticalSpacing(size.gap // 2)
        grid.setColumnStretch(2, 1)
        for at, setting in enumerate(settings):
            entry = entry_of(setting, self.settings[setting], self._keeper(setting))
            entry.setEnabled(may)
            self.entries[setting.name] = entry
            hint = label(setting.help, "muted")
            if isinstance(setting.default, bool):
                line = QHBoxLayout()
                line.setSpacing(size.pad)
                line.addWidget(entry)
                line.addWidget(hint, 1)
                grid.addLayout(line, at, 0, 1, 3)
                continue
            grid.addWidget(label(setting.label, wrap=False), at, 0)
            if isinstance(entry, FolderEntry):
                grid.addWidget(entry, at, 1, 1, 2)
            else:
                grid.addWidget(entry, at, 1)
                grid.addWidget(hint, at, 2)
        card.box.addLayout(grid)

    def _keeper(self, setting: Setting[Any]) -> Callable[[Any], None]:
        def keep(value: Any) -> None:
            self.settings.set(setting, value)
            if setting == FILES_FOLDER:
                paths.prefer_documents(value)
            if setting == LOOK:
                # the login of this machine too: it was chosen by whoever sits here
                self.settings.set(LOGIN_LOOK, value)
                self.window_.rebuild_asked.emit()
            self.window_.setting_changed.emit(setting.name)

        return keep
