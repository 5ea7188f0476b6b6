"""Where the words of a Chinese text are: what no line of a title or a cell may part.

Words are those of a dictionary and the terms of ``resources/typeset/words.txt``. Then rules: a
number keeps its sign, unit and counter, a date its month, nothing begins with 的 or 等, and names
that are given stay whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import resources
from desktop.bulletin.typeset.characters import COUNTERS
from desktop.bulletin.typeset.segmentation import Segmenter

#: A term longer than this may be parted in a narrow cell.
LONGEST_WHOLE = 4
#: What belongs to the word before it.
TAIL = frozenset("的等者性化级类们地得了着过率员")
#: A number with its sign, range and percent sign.
NUMBER = re.compile(
    r"[+\-±－−＋￥¥$第]?[0-9A-Za-z*]+(?:[.,:/\-～~—][0-9A-Za-z*]+)*[%％‰℃°]?"
)
#: What counts or measures and follows its number; those of more than one character stay whole.
LONG_UNITS = (
    "亿元", "万元", "千元", "百元", "公里", "公斤", "公顷", "平方米", "立方米", "平方公里", "人次",
    "小时", "分钟", "个工作日", "工作日", "个月", "年度", "季度", "百分点", "个百分点", "户次",
    "万人", "万户", "万亩", "万吨", "千米", "千瓦", "毫米", "厘米", "万千瓦", "项次", "批次",
    "场次", "车次",
)
_UNIT = re.compile("|".join([*sorted(LONG_UNITS, key=len, reverse=True), f"[{''.join(COUNTERS)}]"]))
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_DATE = re.compile(r"(?:\d{4}|\*+)年(?:\d{1,2}|\*+)月")


@lru_cache(maxsize=1)
def terms() -> frozenset[str]:
    """The terms of office papers that are declared."""
    text = resources.path("typeset", "words.txt").read_text(encoding="utf-8")
    return frozenset(w for line in text.splitlines() if line[:1] != "#" for w in line.split())


@lru_cache(maxsize=1)
def _segmenter() -> Segmenter:
    """What parts a run of ideographs into words; loaded when a title or table is first set."""
    return Segmenter(sorted(term for term in terms() if len(term) <= LONGEST_WHOLE))


def _joined(text: str) -> Iterator[tuple[int, int]]:
    """Spans that are one: words of ideographs with what trails them, numbers with their units."""
    for run in _HAN.finditer(text):
        at = run.start()
        for word in _segmenter().cut(run.group()):
            start = at if word[0] not in TAIL or len(word) > 1 or at == run.start() else at - 1
            at += len(word)
            yield start, at
    for number in NUMBER.finditer(text):
        unit = _UNIT.match(text, number.end()) if number.group()[-1:].isdigit() else None
        yield number.start(), unit.end() if unit else number.end()
    for date in _DATE.finditer(text):
        yield date.span()


@lru_cache(maxsize=8192)
def inside(text: str, names: tuple[str, ...] = ()) -> frozenset[int]:
    """The places within words: what no line should end before."""
    found = {k for start, end in _joined(text) for k in range(start + 1, end)}
    if names:
        for match in _names(names).finditer(text):
            found.update(range(match.start() + 1, match.end()))
            found -= {match.start(), match.end()}
    return frozenset(found)


@lru_cache(maxsize=8)
def _names(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
