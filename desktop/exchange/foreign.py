"""Take in a workbook that the program did not make: an office's own ledger, with its own headings, titles,
notes and totals.

The mapping that would be shown in the window is taken by the command line too. A record is known again by its
title and unit. What an earlier such file wrote may be replaced by a later one; what was changed here since is
put to a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from db.declare import Kind
from db.errors import BadInput
from db.ids import derived_uid
from db.merge import hand_site
from db.schema import quoted
from db.session import Session

from .arrivals import Arrival, is_blank
from .cells import parse
from .examine import examine
from .headings import Found, Matcher, find
from .judge import Judge, json_text
from .meta import SHEET, Hidden
from .planning import CellPlan, Plan
from .reader import Batch, End, Limits, Progress, Reader, Sheet
from .refusals import Refused
from .scan import column_letters
from .stick import taken

#: Where what a person confirmed about headings is kept, kind by kind.
SETTING = "foreign_headings"
_TOTALS = ("合计", "总计", "小计", "累计", "共计", "平均")
_NOTES = (
    "注:", "注：", "备注:", "备注：", "说明:", "说明：", "填表说明", "填表人", "填报人", "制表", "审核人", "填报单位", "填报日期",
    "单位（盖章）", "联系人",
)  # fmt: skip
#: Days since 1899-12-30 that stand for 1954 to 2064: a date cell that lost its format.
_SERIAL_DATES = range(20_000, 60_000)


@dataclass(slots=True)
class _Sheet:
    sheet: Sheet
    rows: list[list[str]] = field(default_factory=list)
    #: mapping of columns, corrected by the person where the window passed one
    found: Found | None = None


def remembered(session: Session, kind: str) -> dict[str, str]:
    """Heading → field, as confirmed in earlier imports of this kind."""
    text = session.office.setting(SETTING)
    kept = msgspec.json.decode(text) if text else {}
    return {str(k): str(v) for k, v in kept.get(kind, {}).items()}


def remember(session: Session, kind: str, mapping: Mapping[str, str]) -> None:
    """Keep what was confirmed; "" for a heading that belongs to no field."""
    text = session.office.setting(SETTING)
    kept = msgspec.json.decode(text) if text else {}
    kept[kind] = {**kept.get(kind, {}), **mapping}
    session.office.set_setting(SETTING, msgspec.json.encode(kept).decode())


def examine_foreign(
    session: Session,
    file: Path,
    as_kind: str,
    *,
    password: str | None,
    progress: Progress,
    limits: Limits | None = None,
    mapping: Mapping[str, Mapping[str, str]] | None = None,
) -> Plan:
    """The plan for a foreign workbook. ``mapping``: sheet → heading → field ("" for none), as corrected by
    the person.
    """
    session.require("import")
    kind = session.kinds.find(as_kind) or session.kinds.get(as_kind)
    session.book_of(kind.name)
    if not session.may_write(kind.name):
        raise BadInput(f"您的角色不能修改「{kind.label}」，请由有权限的人导入。")
    with taken(file) as (local, sha256):
        with Reader(local, password=password, limits=limits, foreign=True) as reader:
            sheets: list[_Sheet] = []
            for item in reader:
                if isinstance(item, Batch) and item.sheet.visible:
                    if not sheets or sheets[-1].sheet is not item.sheet:
                        sheets.append(_Sheet(item.sheet))
                    sheets[-1].rows += item.rows
                    progress(sum(len(s.rows) for s in sheets), 0, f"正在读工作表「{item.sheet.name}」")
                elif isinstance(item, Batch) and item.sheet.name == SHEET:
                    return examine(session, file, password=password, progress=progress, limits=limits)
                elif isinstance(item, End):
                    continue
        plan = Plan(file, sha256, None, file.stem)
        plan.data = local.read_bytes()
        plan.foreign_kind = kind.name
    _Foreign(session, kind, plan, mapping or {}).look(sheets)
    return plan


class _Foreign:
    def __init__(
        self, session: Session, kind: Kind, plan: Plan, mapping: Mapping[str, Mapping[str, str]]
    ) -> None:
        self.session, self.kind, self.plan, self.given = session, kind, plan, mapping
        self.judge = Judge(session, session.kinds, kind, Hidden())
        self.judge.export_id = f"foreign:{kind.name}"
        self._known: dict[tuple[str, str], str] = {}

    def look(self, sheets: Sequence[_Sheet]) -> None:
        """Every visible sheet that has headings of this kind."""
        earlier = remembered(self.session, self.kind.name)
        arrivals: list[Arrival] = []
        for each in sheets:
            matcher = Matcher(self.kind, {**earlier, **self.given.get(each.sheet.name, {})})
            found = find(each.rows, each.sheet.merges, matcher)
            if found is None or self.kind.title not in found.mapping.values():
                self.plan.sheets.append({"sheet": each.sheet.name, "header_rows": [], "mapping": {}, "unmapped": [],
                                         "skipped_rows": [{"row": 0, "why": "找不到表头"}]})  # fmt: skip
                continue
            arrivals += self._rows(each, found)
        if not any(s["header_rows"] for s in self.plan.sheets):
            title = self.kind.field(self.kind.title).label
            raise BadInput(f"没有找到「{self.kind.label}」的表头：至少要有「{title}」一列和另外一列。请核对台账是否选对。")
        plans, self.plan.unchanged = self.judge.judge(self._once(arrivals))
        self.plan.rows += plans

    def _rows(self, each: _Sheet, found: Found) -> list[Arrival]:
        sheet, first = each.sheet, found.rows[-1]
        skipped: list[dict[str, Any]] = [
            {"row": n, "why": "标题"}
            for n in range(1, found.rows[0])
            if any(not is_blank(c) for c in each.rows[n - 1])
        ]
        merged = self._filled_down(each, first)
        hundred = self._shares(each, found)
        out: list[Arrival] = []
        for number in range(first + 1, len(each.rows) + 1):
            row = each.rows[number - 1]
            why = self._skip(row, found, number, sheet)
            if why:
                if why != "空行":
                    skipped.append({"row": number, "why": why})
                continue
            row = [text if not is_blank(text) else merged.get((number - 1, at), "") for at, text in enumerate(row)]
            out.append(self._arrival(sheet, found, number, row, hundred))
        hidden = [n for n in sheet.hidden_rows if n > first]
        if hidden and sheet.filtered:
            self.plan.remarks.append(f"工作表「{sheet.name}」有 {len(hidden)} 行被筛选隐藏，也读入了。")
        self.plan.sheets.append({
            "sheet": sheet.name, "header_rows": found.rows,
            "mapping": {found.headings[at]: name for at, name in sorted(found.mapping.items())},
            "unmapped": found.unmapped, "skipped_rows": skipped,
        })  # fmt: skip
        return out

    def _skip(self, row: Sequence[str], found: Found, number: int, sheet: Sheet) -> str:
        """Why a row is not an item, or ""."""
        filled = [(at, text.strip()) for at, text in enumerate(row) if not is_blank(text)]
        if not filled:
            return "空行"
        if number in sheet.hidden_rows and not sheet.filtered:
            return "隐藏行"
        texts = ["".join(text.split()) for _, text in filled]
        if any(t in _TOTALS or t.rstrip(":：") in _TOTALS for t in texts[:3]):
            return "合计"
        if texts[0].startswith(_NOTES) and len(filled) <= 3:
            return "说明"
        own = {"".join(h.split()) for h in found.headings.values()}
        if len(texts) >= 2 and sum(t in own for t in texts) * 2 >= len(texts):
            return "重复的表头"
        if len(texts) >= 3 and all(t.isdigit() for t in texts) and [int(t) for t in texts] == list(range(1, len(texts) + 1)):
            return "列号"
        mapped = [at for at, _ in filled if at in found.mapping]
        if not mapped or (len(filled) == 1 and len(found.mapping) > 2):
            return "小标题" if len(filled) == 1 else "没有可读入的内容"
        return ""

    @staticmethod
    def _filled_down(each: _Sheet, first: int) -> dict[tuple[int, int], str]:
        """A cell merged over several rows says the same for each of them."""
        out: dict[tuple[int, int], str] = {}
        for r1, c1, r2, c2 in each.sheet.merges:
            if r1 < first or c1 != c2 or r1 >= len(each.rows) or c1 >= len(each.rows[r1]):
                continue
            for row in range(r1 + 1, r2 + 1):
                out[row, c1] = each.rows[r1][c1]
        return out

    def _shares(self, each: _Sheet, found: Found) -> set[str]:
        """Percent fields whose column holds nothing above 1: cells in a percent format arrive as 0.85."""
        out: set[str] = set()
        for at, name in found.mapping.items():
            if self.kind.field(name).type != "percent":
                continue
            numbers = [_float(r[at]) for r in each.rows[found.rows[-1] :] if at < len(r) and not is_blank(r[at])]
            known = [n for n in numbers if n is not None]
            if known and all(0 <= n <= 1 for n in known) and any(0 < n < 1 for n in known):
                out.add(name)
        return out

    def _arrival(self, sheet: Sheet, found: Found, number: int, row: Sequence[str], hundred: set[str]) -> Arrival:
        places = {name: column_letters(sheet.column + at) for at, name in found.mapping.items()}
        arrival = Arrival(
            self.kind.name, "", sheet.name, number, origin="slot",
            address=lambda name, row: f"{places[name]}{row}" if name in places else "",
        )  # fmt: skip
        for at, name in found.mapping.items():
            text = row[at].strip() if at < len(row) else ""
            cell = f"{column_letters(sheet.column + at)}{number}"
            declared = self.kind.field(name)
            note = sheet.notes.get(cell)
            if note is not None and not (note.code == "big-number" and declared.type in ("integer", "decimal", "money")):
                what = {"formula": "是没有结果的公式", "error": f"显示为 {note.shown}",
                        "big-number": "被当成数字，15 位以后已经丢失"}[note.code]  # fmt: skip
                message = f"工作表「{sheet.name}」{cell}「{declared.label}」{what}，没有读入。"
                arrival.problems.append(CellPlan("error", name, declared.label, cell, message))
                continue
            if is_blank(text):
                continue
            if declared.type in ("date", "month") and text.isdigit() and int(text) in _SERIAL_DATES and len(text) == 5:
                import datetime as dt

                text = (dt.date(1899, 12, 30) + dt.timedelta(days=int(text))).isoformat()
            if name in hundred and (share := _float(text)) is not None:
                text = format(round(share * 100, 4), "g")
            try:
                value = parse(text, declared, self.session.names)
            except BadInput as error:
                message = f"工作表「{sheet.name}」第 {number} 行{error.message}"
                arrival.problems.append(
                    CellPlan("error", name, declared.label, cell, message, theirs=text[:200], text_theirs=text[:200])
                )
                continue
            arrival.typed[name], arrival.cells[name] = value, cell
        arrival.title = str(arrival.typed.get(self.kind.title) or "")
        arrival.uid = self._uid(arrival)
        return arrival

    def _uid(self, arrival: Arrival) -> str:
        """A live record of this title and unit, else an id that the same row gets again next month."""
        unit = arrival.typed.get(self.kind.unit) if self.kind.unit else None
        unit_text = json_text(unit)
        title = "".join(arrival.title.split())
        key = (title, unit_text)
        found = self._known.get(key)
        if found is None:
            found = self._here(arrival, unit) or derived_uid("foreign", self.kind.name, *key)
            if title:
                self._known[key] = found
        return found

    def _here(self, arrival: Arrival, unit: Any) -> str | None:
        kind, shape = self.kind, self.judge.shape
        title = arrival.typed.get(kind.title)
        if title is None:
            return None
        where, values = f"{quoted(kind.title)} = ? AND deleted = 0", [shape.to_db(kind.title, title)]
        if kind.unit and unit is not None:
            where += f" AND {quoted(kind.unit)} = ?"
            values.append(shape.to_db(kind.unit, unit))
        rows = self.judge.book.connection.execute(
            f"SELECT uid FROM {quoted(kind.name)} WHERE {where} LIMIT 2", values
        ).fetchall()
        return rows[0][0] if len(rows) == 1 else None

    def _once(self, arrivals: list[Arrival]) -> list[Arrival]:
        """Two rows of one title and unit: alike they are one, different ones are two, told apart by their
        place.
        """
        seen: dict[str, Arrival] = {}
        out: list[Arrival] = []
        for arrival in arrivals:
            first = seen.get(arrival.uid)
            if first is None:
                seen[arrival.uid] = arrival
                out.append(arrival)
            elif first.typed != arrival.typed:
                message = (
                    f"工作表「{arrival.sheet}」第 {arrival.row} 行与第 {first.row} 行同名同单位而内容不同，没有读入，请核对。"
                )
                arrival.typed.clear()
                arrival.problems.append(
                    CellPlan("error", self.kind.title, self.kind.field(self.kind.title).label,
                             f"A{arrival.row}", message)
                )  # fmt: skip
                arrival.uid = derived_uid("double", arrival.uid, str(arrival.row))
                out.append(arrival)
        mine = self.judge.mine([a.uid for a in out])
        for arrival in out:
            record = mine.get(arrival.uid)
            if record is not None:
                own = self.judge.book.versions_of(record)
                for name in arrival.typed:
                    site = hand_site(
                        self.judge.export_id, arrival.uid, name, json_text(self.judge.shape.to_json(name, record.get(name)))
                    )
                    if record.get(name) is None or site in own.of(name):
                        arrival.on_top[name] = own.of(name)
        return out


def _float(text: str) -> float | None:
    try:
        return float(text.strip().rstrip("%"))
    except ValueError:
        return None


__all__ = ["Refused", "examine_foreign", "remember", "remembered"]
