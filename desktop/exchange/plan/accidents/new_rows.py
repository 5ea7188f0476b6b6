"""New rows that look like an accident: a remark or total below the table, a record that is here
already, two things in one blank row. They are held back until a person accepts them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Any

from db.model.fieldtypes import type_of
from desktop.exchange.plan.kind_state import KindState
from desktop.exchange.plan.parsed_row import ParsedRow

_NOTE = re.compile(
    r"^(?:(?:合|小|总|共)\s*计|(?:备\s*)?注|说\s*明|填\s*[报表]\s*(?:人|单位|日期|时间)|制表人?"
    r"|审核人?"
    r"|分管领导|联系人|以上|以下空白|[本此]表|(?:单位)?(?:负责人)?(?:盖章|签[字章名])|(?:公\s*)?章$"
    r"|第\d+页|[此以][页下]?(?:页)?无正文)(?:$|[\s:：（(一-龥]{0,3}.*)"
    r"|^(?:\d{4}|二[〇○零]\S{2})?年\d{0,2}月(?:\d{0,2}日)?$"
)
_NOTE_LENGTH = 40
#: What a title may end in and be the same title.
_STOPS = "。．.；;，,、！! \u3000"
#: Titles less alike than this are two things, not one that was put right.
_ALIKE = 0.5


def look_at_new_rows(state: KindState, rows: Iterable[ParsedRow]) -> None:
    """Warn of new rows that are none, or are here already. A child finds the record it hangs
    under."""
    fresh = [parsed for parsed in rows if parsed.base is None and parsed.typed]
    if not fresh:
        return
    known = state.mine([parsed.uid for parsed in fresh])
    for parsed in fresh:
        record = known.get(parsed.uid)
        if record is not None and parsed.origin == "slot":
            title = record.get(state.kind.title)
            elsewhere = parsed.parent if parsed.parent not in (None, record.parent) else ""
            if elsewhere or _is_another(state, parsed, title):
                _keep_both(state, parsed, elsewhere or "")
                record = None
            elif title != parsed.typed.get(state.kind.title) and state.mine([parsed.other_uid()]):
                parsed.uid, parsed.origin = parsed.other_uid(), "none"  # both were kept before
        if _is_note(state, parsed):
            parsed.warn("", "note_row", (
                f"第 {parsed.row} 行「{parsed.title[:30]}」像是表下的说明或合计，不是一条"
                f"{state.kind.label}，没有读入。"
            ))  # fmt: skip
        elif record is None and state.known:
            _look_for_double(state, parsed)


def _is_note(state: KindState, parsed: ParsedRow) -> bool:
    first = next((text for text in parsed.texts.values() if text), "")
    title = parsed.title or first
    filled = sum(bool(text) for text in parsed.texts.values())
    words = "".join(title.split()).strip("（）()")
    return bool(_NOTE.match(words)) and (
        len(words) <= 4 or (filled <= 2 and len(words) <= _NOTE_LENGTH)
    )


def _is_another(state: KindState, parsed: ParsedRow, title: object) -> bool:
    """Whether a blank row of the export was filled in with two different things in two copies."""
    if not isinstance(title, str) or not parsed.title:
        return False
    here, there = "".join(title.split()), "".join(parsed.title.split())
    return here != there and SequenceMatcher(None, here, there).ratio() < _ALIKE


def _keep_both(state: KindState, parsed: ParsedRow, parent: str) -> None:
    """The row becomes a record of its own, once a person says so."""
    parsed.uid, parsed.origin = parsed.other_uid(parent), "none"
    if parsed.uid not in state.mine([parsed.uid]):
        parsed.warn("", "duplicate", (
            f"第 {parsed.row} 行「{parsed.title[:30]}」填在另一份文件已填了别的事项的那一空行里。"
            "两条都要保留的，请采用；只是改那一条的，请在程序里改。"
        ))  # fmt: skip


def _look_for_double(state: KindState, parsed: ParsedRow) -> None:
    """A new row whose title and unit a live record has already."""
    kind = state.kind
    title: Any = parsed.typed.get(kind.title)
    if title is None or not type_of(kind.field(kind.title)).worded or kind.parent:
        return
    unit = parsed.typed.get(kind.unit) if kind.unit else None
    unit = unit or state.unit
    bare = title.rstrip(_STOPS) if isinstance(title, str) else title
    said = dict.fromkeys((title, bare, f"{bare}。"))
    if any(uid != parsed.uid for each in said for uid in state.same_title(each, unit)):
        parsed.warn("", "duplicate", (
            f"第 {parsed.row} 行「{parsed.title[:30]}」与台账中已有的一条同名同单位，没有新增。"
            "确是另一件的，请采用。"
        ))  # fmt: skip
