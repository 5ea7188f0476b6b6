"""What a column says of whether an item is done: 是, 已办结, √, 正在办理, 长期坚持."""

from __future__ import annotations

import re
import unicodedata

from db.model.declarations import Field, Kind, Lifecycle

#: Stands for the state of an item: whether it is done. Not a field, yet a column may say it.
STATE = Field(name="state", label="是否办结", type="text")



def history_columns(kind: Kind, cycle: Lifecycle | None) -> tuple[Field, ...]:
    """What a column may say of the steps of an item beside its fields: whether it is done, and
    since when."""
    if cycle is None or not cycle.closed_on:
        return ()
    closed = cycle.closed_on
    return (STATE, kind.field(closed)) if kind.has(closed) else (STATE,)

_OPEN = re.compile(
    r"^(?:否|未|没有?|×|x|✗|n|no|正在|在办|办理中|推进中|进行中|整改中|持续|长期|常态|基本|部分|尚未"
    r"|不|待|已?交办|已?签收|已启动|申请|序时|按序时|滞后)"
)
_OVER = (
    r"(?:是|√|✓|✔|y|yes|[办了清完]结|完成|销号|整改到位|整改完成|到位|结案|落实|解决|化解|息访"
    r"|清零|办毕|完毕|验收|办理完毕)"
)
_ALREADY = "(?:是|√|✓|✔|y|yes|已|全部|均已?|按时|按期|如期|逾期|超期)?"
_DONE = re.compile(f"^{_ALREADY}{_OVER}")
_SHORT_YES = frozenset({"是", "√", "✓", "✔", "y", "yes", "对"})
#: Longer texts tell of the work, not of its state.
_LONGEST = 12
_DAY = r"((?:20\d\d[年./-])?\d{1,2}[月./-]\d{1,2}[日号]?)"
#: The day since when, and nothing else: 已完成(9月3日), 9月3日已办结; never 已完成3.5公里.
_SINCE = re.compile(
    rf"^{_ALREADY}{_OVER}[(,、;:]*(?:于|时间|日期)?:?{_DAY}\)?$|^于?{_DAY}{_ALREADY}{_OVER}$"
)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


def day_in(text: str) -> str:
    """The day that a text gives beside saying that an item is done, or ""."""
    found = _SINCE.match(_plain(text))
    return next(filter(None, found.groups())) if found is not None else ""


def done(text: str) -> bool | None:
    """Whether an item is done; None where the text does not say."""
    plain = _plain(text)
    if _SINCE.match(plain):
        return True
    if not plain or len(plain) > _LONGEST:
        return None
    if plain in _SHORT_YES:
        return True
    if _OPEN.match(plain):
        return False
    if "未" in plain:
        return False
    return True if _DONE.match(plain) else None


def says_state(text: str) -> bool:
    """Whether a text says if an item is done."""
    return done(text) is not None
