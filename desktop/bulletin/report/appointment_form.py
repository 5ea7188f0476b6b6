"""What a person's record becomes on paper: the appointment form (干部任免审批表) and the sheet of
achievements (干部实绩一览).

Which field stands in which cell follows from its ``tag``, the element of the form's file that it
is.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from itertools import groupby

from db.domain import appointment, person_timeline
from db.domain.appointment import FileRemainder, form_kinds, kept_of, printed_text
from db.errors import BadInput
from db.model.dates import chinese_date
from db.model.declarations import Field
from db.model.fieldtypes import type_of
from db.model.records import Record
from db.session import Session
from desktop.bulletin.document import AppointmentForm, PersonSheet, Relative, SheetGroup, SheetLine

#: Attribute of ``AppointmentForm`` → element of the file.
CELLS = {
    "name": "XingMing", "gender": "XingBie", "ethnicity": "MinZu", "native_place": "JiGuan",
    "birth_place": "ChuShengDi", "joined_party": "RuDangShiJian",
    "started_work": "CanJiaGongZuoShiJian", "health": "JianKangZhuangKuang",
    "technical_title": "ZhuanYeJiShuZhiWu", "specialty": "ShuXiZhuanYeYouHeZhuanChang",
    "post": "XianRenZhiWu", "proposed_post": "NiRenZhiWu", "removed_post": "NiMianZhiWu",
    "rewards": "JiangChengQingKuang", "assessments": "NianDuKaoHeJieGuo", "reason": "RenMianLiYou",
    "reporting_unit": "ChengBaoDanWei", "filled_by": "TianBiaoRen",
}
EDUCATION = {"full_time": "QuanRiZhiJiaoYu", "part_time": "ZaiZhiJiaoYu"}
RELATIVE = {
    "relation": "ChengWei", "name": "XingMing", "born": "ChuShengRiQi",
    "politics": "ZhengZhiMianMao", "post": "GongZuoDanWeiJiZhiWu",
}
#: Years of assessments that the form asks for, when it is filled from the ledger.
ASSESSED_YEARS = 3
_DASHES = re.compile(r"(?<=\d)--(?=\d)")
SHEET_TITLE, CORNER = "干部实绩一览", "内部资料"


class _Paper:
    """The texts of a record by element."""

    def __init__(
        self, session: Session, record: Record, tags: Mapping[str, Field], kept: FileRemainder
    ) -> None:
        self.session, self.record, self.tags, self.kept = session, record, tags, kept

    def value(self, tag: str) -> object:
        field = self.tags.get(tag)
        return self.record.values.get(field.name) if field is not None else None

    def __getitem__(self, tag: str) -> str:
        field = self.tags.get(tag)
        if field is None:
            return self.kept.texts.get(tag, "").strip()
        return printed_text(
            field, self.record.values.get(field.name), self.kept, self.session.names
        )

    def short(self, tag: str) -> str:
        """The text as a narrow cell has it: 大学 for 大学本科毕业, unless the file said it in other
        words."""
        text, field = self[tag], self.tags.get(tag)
        for option in field.options if field is not None else ():
            if text == option.label and option.also:
                return min(text, option.also[0], key=len)
        return text


def age_on(born: str, day: dt.date) -> int:
    """Full years of age on a day of someone of whom the month of birth is known (1975-06): the form
    counts by months."""
    year, month = int(born[:4]), int(born[5:7])
    return day.year - year - (day.month < month)


def _photo(session: Session, record: Record, field: Field | None) -> bytes:
    files = record.values.get(field.name) if field is not None else None
    return session.attachment_bytes(record.kind, files[0].sha256) if files else b""


def appointment_form(session: Session, record: Record) -> AppointmentForm:
    """The form of one person. Rewards, assessments and the resume come from the ledger where nobody
    wrote them."""
    forms = form_kinds(session.kinds)
    if record.kind != forms.person.name:
        raise BadInput(
            f"「{session.kinds.get(record.kind).label}」不能打印任免审批表。", uid=record.uid
        )
    paper = _Paper(session, record, forms.tags, kept_of(forms.person, record))
    cells = {name: paper[tag] for name, tag in CELLS.items()}
    born, counted = paper.value("ChuShengNianYue"), paper.value("JiSuanNianLingShiJian")
    cells["born"] = paper["ChuShengNianYue"]
    if isinstance(born, str):
        day = counted if isinstance(counted, dt.date) else session.today
        cells["born"] += f"\n（{age_on(born, day)}岁）"
    cells["name"] = _spaced(cells["name"])
    for half, prefix in EDUCATION.items():
        cells[f"{half}_degree"] = _both(
            paper.short(f"{prefix}_XueLi"), paper.short(f"{prefix}_XueWei")
        )
        cells[f"{half}_school"] = _both(
            paper[f"{prefix}_XueLi_BiYeYuanXiaoXi"], paper[f"{prefix}_XueWei_BiYeYuanXiaoXi"]
        )
    events = person_timeline.events(session, record)
    for name in ("rewards", "assessments"):
        if not cells[name]:
            cells[name] = _told(session, events, CELLS[name])
    lines = appointment.resume_of(session, record)
    resume = tuple((line.period.replace("--", "—"), _DASHES.sub("—", line.text)) for line in lines)
    relatives = _relatives(session, record, paper.kept)
    return AppointmentForm(
        resume=resume, relatives=relatives,
        photo=_photo(session, record, forms.tags.get("ZhaoPian")), **cells,
    )


def _relatives(session: Session, record: Record, kept: FileRemainder) -> tuple[Relative, ...]:
    """The relatives in their order; a line of the file that is no record (父亲，已去世) stands
    where it stood."""
    papers = _papers_of_relatives(session, record)
    found: list[Relative] = []
    for item in kept.items:
        if item is None and papers:
            found.append(_relative(papers.pop(0)))
        elif item is not None and any(text.strip() for text in item.values()):
            found.append(_relative({tag: item.get(tag, "").strip() for tag in RELATIVE.values()}))
    return (*found, *(_relative(paper) for paper in papers))


def _papers_of_relatives(session: Session, record: Record) -> list[_Paper]:
    """The relatives in the ledger, in their order."""
    forms = form_kinds(session.kinds)
    place = next((f.name for f in forms.relative.fields if type_of(f).whole), None)
    rows = session.children(record.uid, forms.relative.name)
    if place:
        rows.sort(key=lambda r: (r.values.get(place) is None, r.values.get(place) or 0))
    return [_Paper(session, row, forms.relative_tags, kept_of(forms.relative, row)) for row in rows]


def _relative(texts: _Paper | dict[str, str]) -> Relative:
    values = {name: texts[tag] for name, tag in RELATIVE.items()}
    return Relative(**{**values, "name": _spaced(values["name"])})


def _spaced(name: str) -> str:
    """A name of two characters is set as wide as one of three."""
    return f"{name[0]}　{name[1]}" if len(name) == 2 else name


def _both(first: str, second: str) -> str:
    return "\n".join(dict.fromkeys(text for text in (first, second) if text))


def _told(session: Session, events: list[person_timeline.Event], tag: str) -> str:
    """What the ledger tells where the form was not filled by hand."""
    about = [
        e
        for e in events
        if (moment := session.kinds.get(e.kind).moment) is not None and moment.tag == tag
    ]
    if not about:
        return ""
    if about[0].yearly:
        lines = [f"{e.head}{e.detail}" for e in reversed(about[:ASSESSED_YEARS])]
        return "，".join(lines) + "。"
    return "；".join(f"{e.when[:7]}，{e.head}" for e in reversed(about)) + "。"


def person_sheet(session: Session, record: Record) -> PersonSheet:
    """One person on one sheet, everything the ledgers tell."""
    kind = session.kinds.get(record.kind)
    page = person_timeline.page_of(kind)
    kept = kept_of(kind, record)

    def text(name: str) -> str:
        return printed_text(kind.field(name), record.values.get(name), kept, session.names)

    facts = [(kind.field(n).label, text(n)) for n in page.facts if n != page.known_by]
    events = sorted(person_timeline.events(session, record), key=lambda e: e.place)
    groups = [_group(title, list(group)) for title, group in groupby(events, key=lambda e: e.group)]
    weighs = "日期前有红竖条的在影响期内。" if any(e.weighs for e in events) else ""
    return PersonSheet(
        SHEET_TITLE, session.title_of(record), text(page.subtitle) if page.subtitle else "",
        tuple(facts), tuple(groups),
        _photo(session, record, kind.field(page.photo) if page.photo else None), CORNER,
        f"数据来源：{session.office_name}台账，截至{chinese_date(session.today)}。{weighs}",
    )


def _group(title: str, events: list[person_timeline.Event]) -> SheetGroup:
    """What of one sort happened; what is told year by year runs on, the newest last."""
    running = all(e.yearly for e in events)
    lines = [
        SheetLine(e.when, _DASHES.sub("—", e.head), e.detail, "red" if e.weighs else "")
        for e in (reversed(events) if running else events)
    ]
    return SheetGroup(title, tuple(lines), running)


#: What a report's line ``@form NAME`` puts there.
FORMS: dict[str, Callable[[Session, Record], AppointmentForm | PersonSheet]] = {
    "appointment": appointment_form, "person": person_sheet,
}
