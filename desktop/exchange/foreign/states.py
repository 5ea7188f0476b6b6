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
    r"^(?:否|未|没有?|×|x|✗|n|no|正在|在[办建]|办理中|推进中|进行中|整改中|持续|长期|常态|基本|部分"
    r"|大部"
    r"|阶段性|尚未|仍|接近|即将|不|待|拟|可销|提请|限期|督[促办]|加快|有序|稳步|正常|顺利|初步"
    r"|分[期批步]|逐步"
    r"|已?交办|已?签收|已?启动|已?(?:提出)?申请|已?提请|序时|按计划|[按达]到?序时|滞后)|(?<!其)中$"
)
#: What is over when it is done, alone or followed by more of the same.
_OVER = (
    r"(?:是|√|✓|✔|y|yes|[办了清完终]结|办(?:毕|$)|完毕|完成|[竣完]工|建成|投[产用]|交付|销号|销账"
    r"|闭环|核销|销|结案|到位|落实|解决"
    r"|化解|息访|清零|验收|答复|回复|整[改治]|处[理置]|治理|关闭|办理完毕)"
)
_ALREADY = "(?:是|√|✓|✔|y|yes|已经?|全部|均已?|按时|按期|如期|提前|逾期|超期|通过|申请)?"
_ALREADY = f"{_ALREADY}{_ALREADY}"
#: Words of which a text is made that says no more than how far an item is.
_STEPS = (
    r"(?:正?在|尚|仍|还|未|待|没有?|拟|已经?|全部|全面|均|按[时期]|如期|提前|逾期|超期|持续|长期"
    r"|常态化?|有序|稳步|加快|正常"
    r"|顺利|[按达]到?(?:计划|序时|时序)(?:进度)?|序时|基本|部分|阶段性|进行|推进|坚持|办理?"
    r"|整[改治]|处[理置]|治理|实施"
    r"|进展|任务|工作|目标|申请|交办|签收|启动|滞后|完毕|了|中|并|且|完成|[办了清完终]结|销号?|结案"
    r"|到位|落实|解决|化解"
    r"|息访|清零|闭环|销账|验收|通过|[竣完]工|在建|回访|公示|归档|备案|建成|投[产用]|交付|核销|办毕"
    r"|关闭|答复|回复|[,、;。()])"
)
_DONE = re.compile(f"^{_ALREADY}{_OVER}{_STEPS}*(?:100%)?(?:[(,;。:].*)?$")
#: Behind something done: what is left of it.
_LEFT = re.compile(r"(?<!期)待|未|尚|正在|剩|其余|还有|除")
_ONLY_STEPS = re.compile(f"^{_STEPS}{{1,6}}$")
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


def parse_done(text: str) -> bool | None:
    """Whether an item is done; None where the text does not say."""
    plain = _plain(text)
    if _SINCE.match(plain):
        return True
    if not plain or len(plain) > _LONGEST:
        return None
    if plain in _SHORT_YES:
        return True
    if _OPEN.search(plain):
        return False
    if "未" in plain:
        return False
    return True if _DONE.match(plain) and not _LEFT.search(plain) else None


def names_state(text: str) -> bool:
    """Whether a text says if an item is done."""
    return parse_done(text) is not None


def says_no_more(text: str) -> bool:
    """Whether a text says in words how far an item is, and nothing of the work: 已整改, 正在办理;
    never 正在选址."""
    return _ONLY_STEPS.match(_plain(text)) is not None and names_state(text)
