"""Everything that the program keeps as a setting, declared once: its scope, its type, its default.

Four scopes. ``fact`` and ``book`` lie in the books, encrypted and sealed (``BookSetting``): facts
in every book, what the office decided in the office's. ``machine``, ``office`` and ``user`` lie in
plain files beside them (``Setting``), which ``desktop/settings.py`` reads; none of these holds what
a record says.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeVar

T = TypeVar("T")


class Book(Protocol):
    """A book as far as its settings go."""

    def meta(self, key: str) -> str | None: ...
    def set_meta(self, **facts: str) -> None: ...
    def setting(self, key: str) -> str | None: ...
    def set_setting(self, key: str, value: str) -> None: ...


class BookSetting(NamedTuple, Generic[T]):
    """One thing that a book keeps, as text. ``blank`` is the text of what was never kept; ``label``
    is what people call it, for whoever finds it changed past the program."""

    key: str
    read: Callable[[str], T]
    write: Callable[[T], str]
    blank: str = ""
    label: str = ""
    scope: Literal["fact", "book"] = "book"

    def of(self, book: Book) -> T:
        """What a book keeps, else the default."""
        text = book.meta(self.key) if self.scope == "fact" else book.setting(self.key)
        return self.read(text or self.blank)

    def save(self, book: Book, value: T) -> None:
        """Write it, in the running transaction or one of its own."""
        if self.scope == "fact":
            book.set_meta(**{self.key: self.write(value)})
        else:
            book.set_setting(self.key, self.write(value))


def _fact(key: str, label: str, blank: str = "") -> BookSetting[str]:
    return BookSetting(key, str, str, blank, label, "fact")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


OFFICE_ID = _fact("office_id", "单位编号")
OFFICE_NAME = _fact("office_name", "单位名称")
#: "province", "city", "county" or "township".
LEVEL = _fact("level", "单位层级", "city")
#: The unit that this office is itself; None where nobody has said.
OWN_UNIT: BookSetting[str | None] = BookSetting(
    "own_unit", lambda text: text or None, lambda uid: uid or "", label="本单位", scope="fact"
)
#: The last serial of the key file that this book has seen.
KEY_SERIAL: BookSetting[int] = BookSetting("key_serial", int, str, "0", scope="fact")
#: Office → login name → what the person is called, those who left too.
PEOPLE: BookSetting[dict[str, dict[str, str]]] = BookSetting(
    "people", json.loads, _json, "{}", scope="fact"
)
#: Office → unit → whether it is taken for that unit, as somebody said; None: nobody has.
UNIT_CLAIMS: BookSetting[dict[str, dict[str, bool | None]]] = BookSetting(
    "unit_claims", json.loads, _json, "{}", "往来单位的承认", "fact"
)
#: Of a book that is the archive of a year: "year", and the day ("on") on which it was made; it is
#: only read.
ARCHIVED: BookSetting[dict[str, str]] = BookSetting(
    "archived", json.loads, _json, "{}", "年度归档", "fact"
)
#: What workbooks that were sent are kept under (32 bytes).
WORKBOOK_KEY: BookSetting[bytes] = BookSetting(
    "workbook_key", bytes.fromhex, bytes.hex, scope="fact"
)
#: The office's own holidays and workdays, as it wrote them down.
WORKDAYS: BookSetting[str] = BookSetting("workdays", str, str, label="工作日历")
#: Who may enter a step with a day that is gone by, and how many days ago: role → days.
BACK_DATING: BookSetting[dict[str, int]] = BookSetting(
    "back_dating", json.loads, _json, _json(dict.fromkeys(
        ("administrator", "reviewer", "clerk"), 31
    )), label="补记办理日期",
)  # fmt: skip
#: From which day on classes of work are reported on in which rhythm: ledger ("" for all) → class →
#: rhythm ("" for none); in the order of the days (``db/metrics/report_due_days.py``).
REPORT_RHYTHMS: BookSetting[list[tuple[str, dict[str, dict[str, str]]]]] = BookSetting(
    "report_rhythms", json.loads, _json, "[]", "定期报告的节奏"
)
#: The newest change of the personnel book whose other half was looked for.
SETTLED_PAIRS: BookSetting[int] = BookSetting("settled_pairs", int, str, "0", scope="fact")
#: Whether a recovery key was made of which nobody has said that it is on paper.
RECOVERY_UNSEEN: BookSetting[bool] = BookSetting(
    "recovery:unseen", bool, lambda unseen: "1" if unseen else ""
)
#: Ledger → kind of planned rows (milestones) → the rows that a record may begin with: values in
#: plain JSON, and "share", how much of its time has gone by the day of each (0 to 1).
ROW_TEMPLATES: BookSetting[dict[str, dict[str, list[dict[str, Any]]]]] = BookSetting(
    "row_templates", json.loads, _json, "{}"
)
#: Fingerprints of names that circulars hide: "salt" and "marks", hexadecimal.
MASKED_PEOPLE: BookSetting[dict[str, Any]] = BookSetting("masked_people", json.loads, _json, "{}")
#: Ledger → heading of others' tables → field.
FOREIGN_HEADINGS: BookSetting[dict[str, dict[str, str]]] = BookSetting(
    "foreign_headings", json.loads, _json, "{}"
)
#: Others' tables as they were taken in, the latest first (``mapping_memory.Table``).
FOREIGN_TABLES: BookSetting[list[dict[str, object]]] = BookSetting(
    "foreign_tables", json.loads, _json, "[]"
)
#: Ledger → field → what others write there → the value that it means, in plain JSON.
FOREIGN_VALUES: BookSetting[dict[str, dict[str, dict[str, object]]]] = BookSetting(
    "foreign_values", json.loads, _json, "{}"
)
#: What half-typed entries begin with; they are not sealed.
DRAFT = "draft:"


def draft(user: str, kind: str, uid: str) -> BookSetting[dict[str, Any]]:
    """What a person has typed of a record and not saved; empty when nothing."""
    return BookSetting(
        f"{DRAFT}{user}:{kind}:{uid}", json.loads, lambda raw: _json(raw) if raw else "", "{}"
    )


#: Settings whose change past the program is told by their label.
LABELLED: tuple[BookSetting[Any], ...] = (
    OFFICE_ID, OFFICE_NAME, LEVEL, OWN_UNIT, WORKDAYS, BACK_DATING, REPORT_RHYTHMS,
    ARCHIVED,
)


class Setting(NamedTuple, Generic[T]):
    """One thing a person may set, kept in a plain file: its default tells its type; the limits are
    inclusive."""

    name: str
    default: T
    label: str
    scope: Literal["machine", "office", "user"] = "user"
    minimum: float | None = None
    maximum: float | None = None
    help: str = ""
    section: str = "界面"
    choices: tuple[tuple[str, str], ...] = ()
    """The only values that it may have, each with its word."""
    hidden: bool = False


FONT_POINTS = Setting(
    "font_points", 10.5, "界面字号（磅）", minimum=9, maximum=18,
    help="看着费劲就调大，14 磅也排得下",
)
_LOOKS = (("system", "跟随系统"), ("light", "浅色"), ("dark", "深色"), ("contrast", "高对比度"))
LOOK = Setting("look", "system", "配色", choices=_LOOKS, help="眼睛怕光用深色，看不清用高对比度")
FORM_BESIDE = Setting("form_beside", True, "清单旁边显示表单", help="不勾选时，双击一行才打开表单")
TOAST_SECONDS = Setting(
    "toast_seconds", 8, "提示停留秒数", minimum=3, maximum=60, help="“已删除……撤销”停留多久"
)
DUE_SOON_DAYS = Setting(
    "due_soon_days", 7, "“即将到期”提前天数", minimum=1, maximum=60, section="首页"
)
IDLE_MINUTES = Setting(
    "idle_minutes", 10, "无人操作自动锁定（分钟）", "office", 1, 240, "锁定后台账关闭，须重新登录",
    "安全",
)
BACKUP_DAILY = Setting("backup_daily", True, "每天第一次使用时备份", "office", section="备份")
BACKUP_AT_EXIT = Setting("backup_exit", True, "退出时备份改动", "office", section="备份")
BACKUP_FOLDER = Setting(
    "backup_folder", "", "备份另存一份到", "office", help="最好在另一块硬盘上", section="备份"
)
FILES_FOLDER = Setting(
    "files_folder",
    "",
    "文件默认存到",
    "machine",
    help="存表格、PDF 时先打开这个文件夹",
    section="文件",
)
LAST_FOLDER = Setting("last_folder", "", "上次打开的数据文件夹", "machine", hidden=True)
LAST_OFFICE = Setting("last_office", "", "上次打开的单位", "machine", hidden=True)
LAST_USER = Setting("last_user", "", "上次登录的用户", "machine", hidden=True)
LOGIN_POINTS = Setting("login_points", 10.5, "登录窗口字号", "machine", 9, 18, hidden=True)
LOGIN_LOOK = Setting("login_look", "system", "登录窗口配色", "machine", choices=_LOOKS, hidden=True)
WINDOW_GEOMETRY = Setting("window_geometry", "", "窗口位置", "machine", hidden=True)
NAV_WIDTH = Setting("nav_width", 0, "导航栏宽度", hidden=True)
LAST_PAGE = Setting("last_page", "home", "上次打开的页面", hidden=True)
#: In the order in which a settings page offers them.
SETTINGS: tuple[Setting[Any], ...] = (
    FONT_POINTS, LOOK, FORM_BESIDE, TOAST_SECONDS, DUE_SOON_DAYS, IDLE_MINUTES, BACKUP_DAILY,
    BACKUP_AT_EXIT, BACKUP_FOLDER, FILES_FOLDER, LAST_FOLDER, LAST_OFFICE, LAST_USER, LOGIN_POINTS,
    LOGIN_LOOK, WINDOW_GEOMETRY, NAV_WIDTH, LAST_PAGE,
)
