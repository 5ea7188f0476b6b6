"""The minutes of a meeting: as they were written, and a first text from what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.access import roles
from db.domain import meetings
from db.errors import BadInput

if TYPE_CHECKING:
    from db.model.context import ReadContext, WriteContext
    from db.model.records import Record


def written(session: ReadContext, uid: str) -> str:
    """The minutes as they were written."""
    return session.must_get(meetings.MEETING, uid).values["minutes"] or ""


def save(session: WriteContext, uid: str, text: str) -> None:
    """Write the minutes. Allowed after the meeting was held too: that is when they are written."""
    kind = session.kinds.get(meetings.MEETING)
    roles.check_write(session.role, kind)
    record = session.must_get(meetings.MEETING, uid)
    if record.deleted:
        raise BadInput("这次会议在回收站中，请先恢复再写纪要。", uid=uid)
    with session.atomic("form", "修改会议纪要"):
        session.set_checked(record, {"minutes": text.strip() or None})


def draft(session: ReadContext, uid: str) -> str:
    """A first text of the minutes from what is known: when and where, who came, what was heard and
    decided."""
    record = session.must_get(meetings.MEETING, uid)
    seats = meetings.attendance(session, uid)
    labels = {choice.name: choice.label for choice in meetings.statuses(session)}
    text = [_head(session, record)]
    for status, label in labels.items():
        names = [_named(seat) for seat in seats if seat.status == status]
        if names:
            text.append(f"{label}（{len(names)}人）：{'、'.join(names)}。")
    lines = meetings.agenda(session, uid)
    if lines:
        text.append("会议听取了以下事项的办理情况：")
        text += [
            f"{n}. {line.title}，{line.state[0]}{meetings.again(line)}。"
            for n, line in enumerate(lines, start=1)
        ]
    decided = meetings.decisions(session, uid)
    if decided:
        text.append("会议决定：")
        text += [f"{n}. {_decision(session, each)}" for n, each in enumerate(decided, start=1)]
    return "\n".join(text)


def _named(seat: meetings.Seat) -> str:
    """A person, with who came instead."""
    return f"{seat.name}（{seat.stand_in}代会）" if seat.stand_in else seat.name


def _head(session: ReadContext, record: Record) -> str:
    """When, by whom and where it was held."""
    day, place = record.values["held_on"], record.values["place"]
    on = f"{day.year}年{day.month}月{day.day}日，" if day else ""
    by = f"{session.text(record, 'chair')}主持" if record.values["chair"] else ""
    where = f"，地点：{place}" if place else ""
    return f"{on}{by}召开{session.title_of(record)}{where}。"


def _decision(session: ReadContext, each: meetings.Decided) -> str:
    unit = f"由{session.unit_name(each.unit)}牵头" if each.unit else ""
    due = f"{each.due}前完成" if each.due else ""
    more = "，".join(part for part in (unit, due) if part)
    return f"{each.title}。{each.content}{f'（{more}）' if more else ''}"
