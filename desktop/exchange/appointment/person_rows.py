"""What hangs under a cadre: the relatives of an appointment form, and the posts that its resume
tells of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from db.domain import appointment, resume
from db.domain.appointment import FileRemainder, FormKinds, keeper, kept_text, meaning
from db.errors import BadInput, Problem
from db.model import rules
from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from db.model.records import Record
from db.rules import validate
from db.session import Session
from desktop.exchange.appointment.access import place_field
from desktop.exchange.appointment.lrmx import AppointmentFile
from desktop.exchange.format.cells import FieldValues


class RowLine(msgspec.Struct, frozen=True):
    """A relative or a post that would be added or changed; ``uid`` is None for a new one."""

    key: str
    uid: str | None
    text: str
    old: str
    values: FieldValues


class _Career(msgspec.Struct, frozen=True):
    """The posts of one cadre: those there are and, line by line, those that a resume adds."""

    post: Kind
    #: Unit, first and last day of a post.
    fields: tuple[str, str, str]
    spans: list[tuple[dt.date, dt.date]]
    #: The months (YYYY-MM) in which the posts begin that are there.
    known: frozenset[str]
    born: str | None
    #: The cadre's own values, as they will be.
    person: Mapping[str, Any]

    def lacks(self, line: resume.ResumeLine) -> bool:
        """Whether a line tells of a post that is not there."""
        if line.since is None or line.since in self.known:
            return False
        return bool(line.text) and not line.is_study

    def why_not(self, begin: dt.date, until: dt.date | None) -> str:
        """Why these months cannot be a post, or "" and they are noted."""
        if until is not None and until < begin:
            return "的止月早于起月"
        end = until or dt.date.max
        if any(begin < b and a < end for a, b in self.spans):
            return "与另一段任职时间重叠"
        self.spans.append((begin, end))
        born = self.born
        if born and begin.isoformat()[:7] < f"{int(born[:4]) + 14}{born[4:]}":
            return "早于14周岁"
        return ""

    def of_person(self, name: str) -> Any:
        """What a rule of the post asks of the cadre: ``parent.born``."""
        return self.person.get(name.partition(".")[2])


class RowsBelow(msgspec.Struct, frozen=True):
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
        place = place_field(kind)
        for number, item in enumerate(form.family):
            values, kept = self._relative_values(item)
            if any(values.get(name) is None for name in needed):
                items.append(dict(item))
                self._remark_incomplete(number, item, values)
                continue
            items.append(None)
            values[keeper(kind).name] = kept_text(kept)
            if place:
                values[place] = len(rows) + 1
            same = _same_relative(left.values(), kind, values, needed)
            if same is not None:
                left.pop(same.uid)
            rows.append(self._relative_row(number, values, same))
        self._remark_left(left.values())
        return rows, items

    def _remark_incomplete(self, number: int, item: Mapping[str, str], values: FieldValues) -> None:
        fields = self.forms.relative.fields
        missing = [f.label for f in fields if f.required and values.get(f.name) is None]
        if any(t.strip() for t in item.values()):
            self.remarks.append(
                f"家庭成员第 {number + 1} 行没有{'、'.join(missing)}，"
                "不登记为家庭成员，导出时原样写回。"
            )

    def _remark_left(self, left: Iterable[Record]) -> None:
        names = "、".join(map(self.session.title_of, left))
        if names:
            self.remarks.append(f"台账中的家庭成员{names}不在文件里，保留不动。")

    def _relative_values(self, item: Mapping[str, str]) -> tuple[FieldValues, FileRemainder]:
        """Values by field, and what is kept of the line beside them."""
        tags, names = self.forms.relative_tags, self.session.names
        values: FieldValues = {}
        kept = FileRemainder()
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
        tag = self.forms.tags.get("JianLi")
        text = (values.get(tag.name) or "") if tag else ""
        career = self._career(values) if text else None
        if career is None:
            return []
        rows = [
            self._post(career, number, line) for number, line in enumerate(resume.parse(text))
            if career.lacks(line)
        ]
        return [row for row in rows if row is not None]

    def _career(self, values: Mapping[str, Any]) -> _Career | None:
        """The posts there are; None where the ledgers declare none."""
        page, post = self.forms.person.dossier, self.forms.post
        if post is None or page is None or page.career is None:
            return None
        _, unit, start, end = page.career
        have = self.session.children(self.record.uid, post.name) if self.record else []
        spans = [
            (p.values[start], p.values.get(end) or dt.date.max) for p in have if p.values.get(start)
        ]
        person = {**(self.record.values if self.record else {}), **values}
        known = frozenset(begin.isoformat()[:7] for begin, _ in spans)
        return _Career(post, (unit, start, end), spans, known, values.get(page.born), person)



    def _post(self, career: _Career, number: int, line: resume.ResumeLine) -> RowLine | None:
        """The post of one line, None (and a remark) where the line cannot be one."""
        unit, start, end = career.fields
        begin = dt.date.fromisoformat(f"{line.since}-01")
        until = dt.date.fromisoformat(f"{line.until}-01") if line.until else None
        why = career.why_not(begin, until)
        if why:
            self.remarks.append(f"简历第 {number + 1} 行{why}，没有转成任职：{line.text[:20]}。")
            return None
        where, name = _split_post(self.session, line.text)
        found = {career.post.title: name[:500], start: begin, end: until, unit: where}
        wrong = rules.check(career.post, found, self.session.today, career.of_person)
        if wrong:
            self.remarks.append(
                f"简历第 {number + 1} 行没有转成任职（{line.text[:20]}）：{wrong[0].message}"
            )
            return None
        text = f"{line.period}　{line.text}"
        return RowLine(f"{career.post.name}.{number}", None, text, "", found)


def shown(session: Session, declared: Field, value: object) -> str:
    """A value as people read it; identity numbers are masked."""
    return type_of(declared).shown(value, declared, session.names)


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
