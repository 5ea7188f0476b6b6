"""What hangs under a cadre: the relatives of an appointment form, and the posts that its resume
tells of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from db.domain import appointment, resume
from db.domain.appointment import FormKinds, Kept, keeper, kept_text, meaning
from db.errors import BadInput, Problem
from db.model import rules
from db.model.declarations import Field, Kind
from db.model.fieldtypes import of
from db.model.records import Record
from db.rules import validate
from db.session import Session
from desktop.exchange.appointment.lrmx import AppointmentFile
from desktop.exchange.format.cells import FieldValues


@dataclass(frozen=True)
class RowLine:
    """A relative or a post that would be added or changed; ``uid`` is None for a new one."""

    key: str
    uid: str | None
    text: str
    old: str
    values: FieldValues


@dataclass(frozen=True, slots=True)
class RowsBelow:
    """Made once per proposal; ``remarks`` and ``problems`` grow."""

    session: Session
    forms: FormKinds
    record: Record | None
    remarks: list[str]
    problems: list[Problem]

    def relatives(self, form: AppointmentFile) -> tuple[list[RowLine], list[dict[str, str] | None]]:
        """Relatives to be written, and for each line of the file what became of it."""
        session, kind = self.session, self.forms.relative
        have = session.children(self.record.uid, kind.name) if self.record else []
        left = {r.uid: r for r in have}
        rows: list[RowLine] = []
        items: list[dict[str, str] | None] = []
        needed = [f.name for f in kind.fields if f.required]
        place = next((f.name for f in kind.fields if of(f).whole), None)
        for number, item in enumerate(form.family):
            values, kept = self._relative_values(item)
            missing = [kind.field(n).label for n in needed if values.get(n) is None]
            if missing:
                items.append(dict(item))
                if any(t.strip() for t in item.values()):
                    self.remarks.append(
                        f"家庭成员第 {number + 1} 行没有{'、'.join(missing)}，"
                        "不登记为家庭成员，导出时原样写回。"
                    )
                continue
            items.append(None)
            values[keeper(kind).name] = kept_text(kept)
            if place:
                values[place] = len(rows) + 1
            same = _same_relative(left.values(), kind, values, needed)
            if same is not None:
                left.pop(same.uid)
            rows.append(self._relative_row(number, values, same))
        if left:
            names = "、".join(session.title_of(r) for r in left.values())
            self.remarks.append(f"台账中的家庭成员{names}不在文件里，保留不动。")
        return rows, items

    def _relative_values(self, item: Mapping[str, str]) -> tuple[FieldValues, Kept]:
        """Values by field, and what is kept of the line beside them."""
        tags, names = self.forms.relative_tags, self.session.names
        values: FieldValues = {}
        kept = Kept()
        for tag, text in item.items():
            declared = tags.get(tag)
            value, _ = meaning(declared, text, names) if declared else (None, "")
            if declared and value is not None:
                values[declared.name] = value
            if declared is None or appointment.written(declared, value, names) != text:
                kept.texts[tag] = text
        kept.order = [] if tuple(item) == tuple(tags) else list(item)
        return values, kept

    def _relative_row(self, number: int, values: FieldValues, same: Record | None) -> RowLine:
        kind = self.forms.relative
        full = {**{f.name: None for f in kind.all_fields}, **values}
        try:
            validate.check(self.session, kind, full, values, same)
        except BadInput as error:
            self.problems.extend(
                Problem(p.field, f"家庭成员第 {number + 1} 行：{p.message}") for p in error.problems
            )
        old = self._in_words(same.values) if same else ""
        uid = same.uid if same else None
        return RowLine(f"{kind.name}.{number}", uid, self._in_words(values), old, values)

    def _in_words(self, values: Mapping[str, object]) -> str:
        return "　".join(
            shown(self.session, f, values[f.name]) for f in self.forms.relative_tags.values()
            if values.get(f.name)
        )

    def posts(self, values: Mapping[str, Any]) -> list[RowLine]:
        """Posts that the resume tells of and the ledger does not have."""
        page = self.forms.person.dossier
        text = values.get(self.forms.tags["JianLi"].name) if "JianLi" in self.forms.tags else None
        if not text or self.forms.post is None or page is None or page.career is None:
            return []
        _, unit, start, end = page.career
        have = self.session.children(self.record.uid, self.forms.post.name) if self.record else []
        spans = [
            (p.values[start], p.values.get(end) or dt.date.max) for p in have if p.values.get(start)
        ]
        known = {begin.isoformat()[:7] for begin, _ in spans}
        about = {**(self.record.values if self.record else {}), **values}

        def of_person(name: str) -> Any:
            return about.get(name.partition(".")[2])

        rows: list[RowLine] = []
        for number, line in enumerate(resume.parse(text)):
            if line.since is None or line.is_study or not line.text or line.since in known:
                continue
            begin = dt.date.fromisoformat(f"{line.since}-01")
            until = dt.date.fromisoformat(f"{line.until}-01") if line.until else None
            if until is not None and until < begin:
                self.remarks.append(
                    f"简历第 {number + 1} 行的止月早于起月，没有转成任职：{line.text[:20]}。"
                )
                continue
            if any(begin < b and a < (until or dt.date.max) for a, b in spans):
                self.remarks.append(
                    f"简历第 {number + 1} 行与另一段任职时间重叠，没有转成任职：{line.text[:20]}。"
                )
                continue
            spans.append((begin, until or dt.date.max))
            where, post = _split_post(self.session, line.text)
            title = self.forms.post.field(self.forms.post.title)
            found = {title.name: post[:500], start: begin, end: until, unit: where}
            born = values.get(page.born)
            if born and line.since < f"{int(born[:4]) + 14}{born[4:]}":
                self.remarks.append(
                    f"简历第 {number + 1} 行早于14周岁，没有转成任职：{line.text[:20]}。"
                )
                continue
            wrong = rules.check(self.forms.post, found, self.session.today, of_person)
            if wrong:
                self.remarks.append(
                    f"简历第 {number + 1} 行没有转成任职（{line.text[:20]}）：{wrong[0].message}"
                )
                continue
            rows.append(
                RowLine(
                    f"{self.forms.post.name}.{number}", None, f"{line.period}　{line.text}", "",
                    found,
                )
            )
        return rows


def shown(session: Session, declared: Field, value: object) -> str:
    """A value as people read it; identity numbers are masked."""
    return of(declared).shown(value, declared, session.names)


def _same_relative(
    have: Iterable[Record], kind: Kind, values: Mapping[str, object], needed: list[str]
) -> Record | None:
    records = list(have)
    for names in (needed, [kind.title]):
        for record in records:
            if all(record.values.get(n) == values.get(n) for n in names):
                return record
    return None


def _split_post(session: Session, text: str) -> tuple[str | None, str]:
    """The unit a line begins with, if it is one of the register, and the post behind it."""
    best: tuple[int, str] | None = None
    for uid, unit in session.names.units().items():
        for name in (unit.name, unit.short):
            if (
                name and text.startswith(name) and len(text) > len(name)
                and (best is None or len(name) > best[0])
            ):
                best = (len(name), uid)
    return (best[1], text[best[0] :].strip("，, ")) if best else (None, text)
