"""What is handed out, as plain tables: one a ledger, derived from its declaration, and a few beside
them for what many ledgers have (steps, files, spans of states) and for what their words mean.

The schemas, the dictionary, the writing and the reading all follow from these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from db.model import settings
from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from db.model.kinds import Kinds
from db.model.settings import BookSetting
from db.model.steps import FIELD as STEPS
from db.units.names import UNIT_KIND

#: The form of the folder, counted up when a reader of the one before could not read it.
FORM = 1
MANIFEST = "manifest.json"
#: Names of ledgers never begin so (``db/model/office_kinds.py``).
OWN = "zx_"
#: Settings of the office that its records are read by.
_SETTINGS: tuple[BookSetting[Any], ...] = (
    settings.LEVEL, settings.OWN_UNIT, settings.WORKDAYS, settings.BACK_DATING,
    settings.ROW_TEMPLATES,
)
SETTINGS = {each.key: each for each in _SETTINGS}


class Form(msgspec.Struct, frozen=True):
    """What the cells of a column hold: in words, and as the two engines call it."""

    label: str
    postgres: str
    duckdb: str


FORMS = {
    "text": Form("文字", "text", "VARCHAR"),
    "integer": Form("整数", "bigint", "BIGINT"),
    "number": Form("小数", "numeric(20,4)", "DECIMAL(20,4)"),
    "flag": Form("是否（true、false）", "boolean", "BOOLEAN"),
    "day": Form("日期（2022-09-05）", "date", "DATE"),
    "month": Form("月份（2022-09）", "text", "VARCHAR"),
    "moment": Form("时刻（2022-09-05T08:30:00）", "timestamp", "TIMESTAMP"),
    "json": Form("JSON（一栏几个值）", "jsonb", "JSON"),
}


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column. ``refers``: the table whose uid it holds; ``choices``: values with what they are
    called; ``field``: the declared field that it holds, if it is one."""

    name: str
    label: str
    form: str = "text"
    required: bool = False
    refers: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    about: str = ""
    field: Field | None = None

    @property
    def measure(self) -> str:
        """The unit of measure, "" where it has none."""
        return (self.field.measure or "") if self.field is not None else ""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One file. ``key``: the columns that tell its rows apart; ``kind``: the ledger, if it is
    one."""

    name: str
    label: str
    book: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    about: str = ""
    kind: Kind | None = None

    @property
    def file(self) -> str:
        """Its place in the folder."""
        return f"{self.book}/{self.name}.csv"


def form_of(field: Field) -> str | None:
    """What a field's cells hold; None where they stand in a table of their own."""
    kind = type_of(field)
    if field.name == STEPS or kind.holds_files:
        return None
    known = (
        (kind.many, "json"), (kind.whole, "integer"), (kind.numeric, "number"),
        (kind.yes_no, "flag"), (kind.is_day, "day"), (kind.is_month, "month"),
    )
    return next((form for holds, form in known if holds), "text")


def ledger(kinds: Kinds, kind: Kind) -> Table:
    """The table of a ledger: who a record is and where it stands, then its fields."""
    columns = [Column(name="uid", label="编号", required=True, about="全省、全国不重的编号")]
    if kind.parent:
        above = [k.name for k in kinds.parents_of(kind.name)]
        only = above[0] if len(above) == 1 else ""
        columns.append(Column(name="parent", label="所属记录", refers=only, about="上级记录的编号"))
    cycle = kinds.lifecycle_of(kind)
    if cycle is not None:
        states = tuple((state.name, state.label) for state in cycle.states)
        columns.append(Column(name="state", label="状态", choices=states))
    columns += [
        Column(name="deleted", label="在回收站", form="flag", required=True),
        Column(name="issuer", label="交办单位的编号", refers=f"{OWN}offices", about="空着的不知道"),
        Column(name="created_at", label="登记时刻", form="moment", required=True),
        Column(name="created_by", label="登记人", about=f"用户名，见 {OWN}users"),
        Column(name="updated_at", label="修改时刻", form="moment", required=True),
        Column(name="updated_by", label="修改人", about=f"用户名，见 {OWN}users"),
    ]
    columns += [_field(field, form) for field in kind.all_fields if (form := form_of(field))]
    return Table(
        name=kind.name, label=kind.label, book=kind.book, columns=tuple(columns), key=("uid",),
        about=kind.help, kind=kind,
    )


def _field(field: Field, form: str) -> Column:
    kind = type_of(field)
    refers = UNIT_KIND if kind.names_units else (field.kind or "") if kind.names_record else ""
    choices = tuple((each.name, each.label) for each in field.options)
    return Column(
        name=field.name, label=field.label, form=form, refers=refers, choices=choices,
        about=field.help, field=field,
    )


def _columns(text: str) -> tuple[Column, ...]:
    """Columns of a table of the program's own: "name[:form] label" parted by commas; a star before
    what is never blank."""
    found = []
    for part in text.split(","):
        name, label = part.split()
        name, _, form = name.partition(":")
        found.append(Column(
            name=name.lstrip("*"), label=label, form=form or "text", required=name[0] == "*",
        ))
    return tuple(found)


_STEPS = _columns(
    "*kind 台账,*uid 记录编号,*number:integer 第几步,*id 步骤编号,*action 操作,"
    "*on_day:day 发生日期,entered_at:moment 登记时刻,by 经办人,to_state 之后的状态,"
    "office 经办单位的编号,*void:flag 已撤销,*place:integer 登记次序,was:json 之前的单位时限和领导,"
    "gave:json 填写过的栏目"
)
_FILES = _columns(
    "*kind 台账,*uid 记录编号,*field 栏目,*number:integer 第几个,*name 文件名,*sha256 摘要,"
    "*size:integer 字节数,*file 文件夹里的位置"
)
_SPANS = _columns(
    "*kind 台账,*uid 记录编号,*from_on:day 从哪天起,*to_on:day 到哪天前,state 状态,unit 责任单位,"
    "deadline:day 时限,leader 牵头领导,requested_on:day 申请销号日期,closed_on:day 销号日期"
)
_HISTORY = _columns(
    "*seq:integer 次序,*change_id:integer 第几次修改,*at:moment 时刻,by 修改人,source 经由,"
    "*kind 台账,*uid 记录编号,action 操作,before:json 改前,after:json 改后"
)
_STATES = _columns(
    "*kind 台账,*state 状态,*label 状态名称,*closed:flag 已办结,*void:flag 不计数,"
    "*paused:flag 已中止,*draft:flag 还没有交办,*asked:flag 已申请还没有审核"
)
_CHOICES = _columns("*kind 台账,*field 栏目,*value 选项,*label 选项名称,level:integer 级别")
_OFFICES = _columns("*uid 单位编号,name 单位名称,unit 是名册里的哪个单位,*own:flag 就是本单位")
_USERS = _columns("*office 单位编号,*login 用户名,name 姓名,role 角色")
_FIGURES = _columns("*name 指标,*label 指标名称,measure 计量单位,formula 算法")
_VALUES = _columns(
    "*name 指标,*as_of:day 截至日期,period 时段,unit 单位,value:number 数值,numerator:number 分子,"
    "denominator:number 分母"
)
_KEPT = _columns("*key 设置,label 设置名称,value 内容")
_DECLARED = _columns("*name 台账,*declaration:json 声明")


def _own(book: str, name: str, label: str, columns: tuple[Column, ...], *key: str,
         about: str = "") -> Table:
    mark = OWN if book == "office" else f"{OWN}{book}_"
    return Table(name=mark + name, label=label, book=book, columns=columns, key=key, about=about)


def steps(book: str) -> Table:
    """The steps that records of a book went through."""
    return _own(
        book, "steps", "办理步骤", _STEPS, "kind", "uid", "number",
        about="每一步实际发生的日期和登记的时刻；撤销了的留着，void 为 true。",
    )


def files(book: str) -> Table:
    """The files attached to records of a book."""
    return _own(
        book, "attachments", "附件", _FILES, "kind", "uid", "field", "number",
        about="文件按摘要存在 attachments 文件夹里，同一个文件只存一份。",
    )


def spans(book: str) -> Table:
    """What records of a book were from which day until which."""
    return _own(
        book, "spans", "各时段的情况", _SPANS, "kind", "uid", "from_on",
        about="截至某天：from_on <= 那天 AND to_on > 那天。由办理步骤推出，收回时不读。",
    )


def history(book: str) -> Table:
    """What was changed of records of a book."""
    return _own(book, "history", "修改记录", _HISTORY, "seq", about=(
        "收回时不读。办理步骤在改前、改后里一般只有这次新增和改动的几步（more 之下）。"
    ))


OFFICES = _own("office", "offices", "往来单位", _OFFICES, "uid")
USERS = _own("office", "users", "用户和经办人", _USERS, "office", "login", about="没有密码。")
SETTING = _own("office", "settings", "单位设置", _KEPT, "key")
DECLARED = _own("office", "declarations", "本单位自己建的台账", _DECLARED, "name")
FIGURES = _own("office", "figures", "指标", _FIGURES, "name")
VALUES = _own(
    "office", "figure_values", "指标数值", _VALUES,
    about="时段空着的是不限时段，单位空着的是全部；分单位的只有当年。收回时不读。",
)
STATES = _own("office", "states", "状态", _STATES, "kind", "state")
CHOICES = _own("office", "choices", "选项", _CHOICES, "kind", "field", "value")


def ledger_tables(kinds: Kinds, books: Iterable[str]) -> Iterator[Table]:
    """The ledgers of books, in the order in which their declarations are read."""
    for book in books:
        yield from (ledger(kinds, kind) for kind in kinds.in_book(book))


def of_book(book: str) -> tuple[Table, ...]:
    """What stands beside the ledgers of a book."""
    return steps(book), files(book), spans(book), history(book)


#: Once in every folder.
COMMON = (OFFICES, USERS, SETTING, DECLARED, FIGURES, VALUES, STATES, CHOICES)
