"""Which characters may begin or end a line and which fill a whole cell: the tables of Chinese line
composition.

Source: W3C "Requirements for Chinese Text Layout" (CLREQ) 3.1.2 to 3.1.6 and GB/T 15834-2011 5.1.
"""

from __future__ import annotations

import re

from db.model.late_pattern import lazy_regex

#: Forbidden at the start of a line (行首禁则).
NO_START = frozenset(
    "、，。．：；！？‼⁇⁈⁉…—–―～〜‐・·•）〕］】｝〉》」』〗〙〛’”〞％‰℃°′″々ー／,.:;!?)]}%/-~"
)
#: Forbidden at the end of a line (行尾禁则).
NO_END = frozenset("（〔［【｛〈《「『〖〘〚‘“〝￥＄￡№＃([{$£¥#@")
#: Never parted from the same character beside it: the two-cell dash and ellipsis.
PAIRED = frozenset("—…")
#: Follows a digit and is never parted from it: what counts and measures.
COUNTERS = frozenset(
    "件次名个人项篇期条户场年月日号时分秒天周倍成元角万亿千百米里吨亩度岁位家处座台辆套本册份页章节"
    "款届级组批所间栋幢层楼口支枚棵头匹颗笔宗例起轮遍趟步辈门科版集卷种类股桌对双副公平立小工季"
)
#: Stands before a digit and is never parted from it: signs, 第, and 年 before its month.
BEFORE_DIGITS = frozenset("+-±－−＋￥¥$第年")
#: Measures of two characters, never parted.
UNIT_PAIRS = frozenset({
    "亿元", "万元", "公里", "公斤", "公顷", "平方", "方米", "立方", "小时", "分钟", "工作", "作日",
    "个月", "季度", "人次", "户次", "场次", "万人", "万户", "万亩", "万吨", "百分", "分点", "千瓦",
})
UNIT_ENDS = frozenset(pair[1] for pair in UNIT_PAIRS)
DIGITS = frozenset("0123456789")
#: Ink in the right half of the cell: squeezed from the left.
OPENING = frozenset("（〔［【｛〈《「『〖〘〚‘“〝")
#: Ink in the left half of the cell: squeezed from the right.
CLOSING = frozenset("）〕］】｝〉》」』〗〙〛’”〞、，。．：；！？")
#: Ink in the middle: squeezed from both sides.
MIDDLE = frozenset("·・")
#: Squeezed in this order when a line needs room.
SQUEEZE_ORDER = (
    "）〕］】｝〉》」』〗〙〛’”〞（〔［【｛〈《「『〖〘〚‘“〝", "·・、，", "。．", "：；", "！？",
)
SQUEEZE_RANK = {character: rank for rank, group in enumerate(SQUEEZE_ORDER) for character in group}

#: Characters that fill one cell in every face: ideographs, Chinese punctuation, full-width forms,
#: enclosed numbers.
FULL_CLASS = (
    "\u2e80-\u2fdf\u2ff0-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f"
    "\uff01-\uff60\uffe0-\uffe6\U00020000-\U0003ffff\u3000\u2460-\u249b\u2160-\u217f\u2103\u2030"
    "\u25a0-\u25ff\u2605\u2606\u00b7\u2014\u2026\u2018\u2019\u201c\u201d\u203b\u2116"
)
FULL_RUN = lazy_regex(f"[{FULL_CLASS}]*")
FULL = lazy_regex(f"[{FULL_CLASS}]")
#: The units a line is made of: runs of ideographs, which may be parted anywhere (cut so that no
#: line has to look far ahead), dash and ellipsis pairs, one other full character, a word or number
#: kept whole, spaces. A word's inner punctuation must stand between letters or digits; a sign or a
#: percent sign belongs to its number.
WORD = r"[A-Za-z0-9\u00b2\u00b3\u00b9\u00c0-\u024f\u0370-\u04ff\u2070-\u209f]"
_TOKEN = (
    r"(?P<run>[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]{1,40})"
    rf"|(?P<full>—+|…+|[{FULL_CLASS}])"
    r"|(?P<mask>\*+(?:[/.,:~\-]?\*+)*[%％]?)"
    rf"|(?P<word>[+\-±$¥£€#]?{WORD}+(?:[.,:/'_&@+=*?~#%\-]+{WORD}+)*[%‰°]?)"
    r"|(?P<space>[ \u00a0\t]+)"
    r"|(?P<other>.)"
)
TOKEN = lazy_regex(_TOKEN, re.DOTALL)
#: Where a long word (an address on the web) is parted sooner than a line is torn open for it.
WORD_END = lazy_regex(r"(?<=[/?&=.,:_~\-])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[@#])")
#: A date is one unit in a narrow cell, or, where it does not fit, its year with the month and its
#: day.
_YEAR, _MONTH, _DAY = r"(?:\d{4}|\*+)年", r"(?:\d{1,2}|\*+)月", r"(?:\d{1,2}|\*+)日"
DATE = lazy_regex(rf"{_YEAR}(?:{_MONTH}(?:{_DAY})?)?|{_MONTH}{_DAY}")
DATE_PART = lazy_regex(rf"{_YEAR}(?:{_MONTH})?|{_MONTH}|{_DAY}")
DATE_TOKEN = lazy_regex(rf"(?P<date>{DATE.pattern})|{_TOKEN}", re.DOTALL)
DATE_PART_TOKEN = lazy_regex(rf"(?P<date>{DATE_PART.pattern})|{_TOKEN}", re.DOTALL)
