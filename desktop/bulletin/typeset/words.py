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
#: What ends a word more often than it begins one: no guess at an unknown word begins with it.
ENDS = TAIL | frozenset(
    "局站室厅院处科部委办镇乡村街县区园场店馆库厂矿校房网盖机口费款证制型式额值度量数长"
    "中内里时"
)
#: Words of one character that stand by themselves. Any other is a part of a word that nobody knows,
#: and stays with both its neighbours; what stands before its word, with the one after it.
ALONE = frozenset(
    "的等和与及或并在由对为是将从向以把被让按经至到于因即则而且但给需也都就要应可会能人"
)
BEFORE = frozenset("不未无非各每第本该全副正总某再最")
#: A number with its sign, range and percent sign.
NUMBER = re.compile(r"[+\-±－−＋￥¥$第]?[0-9A-Za-z*]+(?:[.,:/\-～~—][0-9A-Za-z*]+)*[%％‰℃°]?")
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
    return Segmenter(sorted(term for term in terms() if len(term) <= LONGEST_WHOLE), ENDS)


def _joined(text: str, room: int) -> Iterator[tuple[int, int]]:
    """Spans that are one: words of ideographs with what trails them, numbers with their units."""
    counted = {}
    for number in NUMBER.finditer(text):
        unit = _UNIT.match(text, number.end()) if number.group()[-1:].isdigit() else None
        counted[number.end()] = unit.end() if unit else number.end()
        yield number.start(), counted[number.end()]
    for run in _HAN.finditer(text):
        at = counted.get(run.start(), run.start())
        for size in _clusters(_segmenter().cut(text[at : run.end()]), room):
            yield at, at + size
            at += size
    for date in _DATE.finditer(text):
        yield date.span()


def _clusters(found: list[str], room: int) -> list[int]:
    """The lengths of what stays together: words, and while there is room those of one character
    with their neighbours: with the word that they trail, else the next, then the one before."""
    sizes = [len(word) for word in found]
    single = [len(word) == 1 and word not in ALONE for word in found]
    for at in range(1, len(found)):
        before, word = found[at - 1 : at + 1]
        if word in TAIL or (word in ENDS and before not in ALONE):
            single[at] = False
            if not _join(sizes, at, room) and len(before) >= LONGEST_WHOLE:
                sizes[at - 1 : at + 1] = len(before) - 2, 3  # 交通｜运输局
    _attach(found, sizes, single, room)
    return [size for size in sizes if size]


def _attach(found: list[str], sizes: list[int], single: list[bool], room: int) -> None:
    """Join parts of words that nobody knows to the next word, then to the one before."""
    for at in range(len(found) - 1, 0, -1):
        if single[at - 1] and found[at] not in ALONE:
            _join(sizes, at, room)
    for at in range(1, len(found)):
        if single[at] and found[at] not in BEFORE and found[at - 1] not in ALONE:
            _join(sizes, at, room)


def _join(sizes: list[int], at: int, room: int) -> bool:
    """Join what begins at a word to what stands before it, where both have room."""
    first = next(k for k in range(at - 1, -1, -1) if sizes[k])
    if not sizes[at] or sizes[first] + sizes[at] > room:
        return False
    sizes[first], sizes[at] = sizes[first] + sizes[at], 0
    return True


@lru_cache(maxsize=8192)
def inside(text: str, names: tuple[str, ...] = (), room: int = LONGEST_WHOLE * 2) -> frozenset[int]:
    """The places within words: what no line should end before. What is longer than ``room`` is
    parted between its words."""
    found = {k for start, end in _joined(text, room) for k in range(start + 1, end)}
    if names:
        for match in _names(names).finditer(text):
            found.update(range(match.start() + 1, match.end()))
            found -= {match.start(), match.end()}
    return frozenset(found)


@lru_cache(maxsize=8)
def _names(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
