"""Find the heading rows of a workbook that the program did not make, and propose which heading is
which field.

Offices put title rows above, spread headings over several lines with merged cells, and call fields
by names of their own. What was confirmed before is remembered and comes first; then exact names and
synonyms, then likeness."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from db.model.declarations import Field, Kind
from db.model.fieldtypes import of
from desktop.exchange.format.columns import plain

SEARCH_ROWS, MOST_HEADER_ROWS = 40, 3
#: A heading is taken for a field from this likeness on (0 to 1).
LIKE_ENOUGH = 0.74
#: Longer texts are no headings.
LONGEST = 40
REMEMBERED = 2.0
"""The score of a heading that a person said something about."""
#: Headings that count rows or say what the program computes itself.
NOT_A_FIELD = frozenset(
    plain(t)
    for t in (
        "序号", "编号序号", "项次", "行号", "状态", "是否办结", "办理状态", "亮灯", "红绿灯",
        "合计", "小计",
    )
)


@dataclass(slots=True)
class Found:
    """Where the headings stand (rows from 1, several for headings over several lines) and what each
    column is."""

    rows: list[int]
    headings: dict[int, str]
    mapping: dict[int, str] = field(default_factory=dict)
    score: float = 0.0

    @property
    def unmapped(self) -> list[str]:
        """Headings that belong to no field."""
        return [text for at, text in sorted(self.headings.items()) if at not in self.mapping]


#: Headings that say by themselves what the ledger says of something.
_SHORT = frozenset(
    ("时限", "期限", "措施", "举措", "进展", "进度", "原因", "来源", "类别", "电话", "目标")
)
#: What a ledger's title and unit are called where nothing says it better.
_TITLE_ENDS = ("名称", "事项", "内容", "任务", "项目", "问题", "题目")
_SAY_UNIT = frozenset(
    plain(t)
    for t in (
        "单位", "部门", "单位名称", "部门名称", "所在单位", "填报单位", "报送单位", "责任主体",
    )
)


def _says_title(text: str) -> bool:
    return text.endswith(_TITLE_ENDS) and text not in NOT_A_FIELD


#: Words that offices use for one another in headings; the first stands for all.
_WORDS = (
    ("措施", "办法", "举措", "做法"), ("时限", "期限", "时间", "日期"), ("单位", "部门"),
    ("责任人", "负责人", "主抓人", "牵头人"),
    ("进展情况", "进度情况", "推进情况", "完成情况", "落实情况", "办理情况"), ("困难", "难点"),
    ("电话", "联系方式", "手机号"),
    ("整改", "整治"), ("事项", "任务"), ("描述", "表现", "具体情况"),
)  # fmt: skip


def _same_words(text: str) -> str:
    for first, *others in _WORDS:
        for word in others:
            text = text.replace(word, first)
    return text


class Matcher:
    """How much a heading is like each field of a kind. ``remembered``: heading → field, as a person
    left it."""

    def __init__(self, kind: Kind, remembered: Mapping[str, str] | None = None) -> None:
        self._title, self._unit = kind.title, kind.unit
        self.fields = [f for f in kind.all_fields if not f.computed and not of(f).holds_files]
        self._names: list[tuple[Field, list[str]]] = [
            (f, [plain(n) for n in (f.label, *f.synonyms)]) for f in self.fields
        ]
        self._remembered = {plain(k): v for k, v in (remembered or {}).items()}
        self._held: dict[str, list[tuple[float, str]]] = {}

    def scores(self, heading: str) -> list[tuple[float, str]]:
        """(likeness, field), best first; those that are not like enough are left out."""
        text = plain(heading)
        found = self._held.get(text)
        if found is None:
            found = self._held[text] = self._scores(text)
        return found

    def _scores(self, text: str) -> list[tuple[float, str]]:
        if not text or text.isdigit() or len(text) > LONGEST:
            return []
        if text in self._remembered:
            return [(REMEMBERED, self._remembered[text])] if self._remembered[text] else []
        if text in NOT_A_FIELD:
            return []
        out: list[tuple[float, str]] = []
        for declared, names in self._names:
            best = max(_likeness(text, name, first=name == names[0]) for name in names)
            if best >= LIKE_ENOUGH:
                out.append((best, declared.name))
        return sorted(out, reverse=True)

    def assign(self, headings: Mapping[int, str]) -> tuple[dict[int, str], float]:
        """Each field to at most one column, the likest first; returns the mapping and its total."""
        wishes = sorted(
            (
                (score, -at, name) for at, text in headings.items()
                for score, name in self.scores(text)
            ),
            reverse=True,
        )
        mapping: dict[int, str] = {}
        total = 0.0
        for score, negative, name in wishes:
            if -negative not in mapping and name not in mapping.values():
                mapping[-negative] = name
                total += min(score, 1.0)
        if len(mapping) >= 2:
            total += 0.5 * self._assign_unmatched(mapping, headings)
        return mapping, total

    def _assign_unmatched(self, mapping: dict[int, str], headings: Mapping[int, str]) -> int:
        """Title and unit, where no column was likest, to one that says at least what it is for."""
        before = len(mapping)
        for wanted, says in ((self._title, _says_title), (self._unit, _SAY_UNIT.__contains__)):
            if wanted is None or wanted in mapping.values():
                continue
            for at, text in sorted(headings.items()):
                if at not in mapping and says(plain(text)) and not self._known(text):
                    mapping[at] = wanted
                    break
        return len(mapping) - before

    def _known(self, heading: str) -> bool:
        """Whether a person said something about it before."""
        return plain(heading) in self._remembered


def _likeness(text: str, name: str, *, first: bool) -> float:
    """How alike two names are, 0 to 1: equal, one within the other, or letters in common."""
    if text == name:
        return 1.0 if first else 0.98
    if len(text) >= 3 and _same_words(text) == _same_words(name):
        return 0.95
    if _is_sort_of(text, name):
        return 0.76
    within = text in name or name in text
    if not within and _far_in_length(text, name):
        return 0.0  # cheap to know
    return _part_of(text, name) or (
        difflib.SequenceMatcher(None, text, name, autojunk=False).ratio() * 0.95
    )


def _is_sort_of(text: str, name: str) -> bool:
    """查摆问题 is some sort of 问题; 时限 alone stands where the ledger says 整改时限."""
    if len(name) == 2 and len(text) == 4 and text.endswith(name):
        return True
    return text in _SHORT and name.endswith(text)


def _far_in_length(text: str, name: str) -> bool:
    """Whether two names could not be like enough however many letters they had in common."""
    longest = 2 * min(len(text), len(name)) * 0.95
    return longest < LIKE_ENOUGH * (len(text) + len(name))


def _part_of(text: str, name: str) -> float:
    """How alike two names are of which one holds the other; 0 where none does."""
    if len(name) >= 3 and name in text and len(text) <= len(name) + 6:
        return 0.86 + 0.08 * len(name) / len(text)
    if len(text) >= 3 and text in name:
        return 0.8 + 0.1 * len(text) / len(name)
    return 0.0


def find(
    rows: Sequence[Sequence[str]], merges: Sequence[tuple[int, int, int, int]], matcher: Matcher
) -> Found | None:
    """The heading rows among the first rows, or None. ``merges``: first row, first column, last
    row, last column (from 0)."""
    best: Found | None = None
    for top in range(min(len(rows), SEARCH_ROWS)):
        for height in range(1, MOST_HEADER_ROWS + 1):
            if top + height > len(rows):
                break
            found = at_rows(rows, merges, top + 1, top + height, matcher)
            # Rows of data that happen to hold a label must not be drawn into the head.
            found.score -= (
                0.3 * (height - 1) + sum(len(t) > 30 for t in found.headings.values()) * 0.5
            )
            found.score -= _drawn_in(rows, found, matcher) if height > 1 else 0.0
            if len(found.mapping) >= 2 and (best is None or found.score > best.score + 1e-9):
                best = found
    return best


def _drawn_in(rows: Sequence[Sequence[str]], found: Found, matcher: Matcher) -> float:
    """What columns count for whose text is a heading only with the line above: 整改事项 over 一件
    is a heading over an item."""
    lost = 0.0
    for at in found.mapping:
        lowest, heading = "".join(_cell(rows, found.rows[-1] - 1, at).split()), found.headings[at]
        score = matcher.scores(heading)[0][0] if matcher.scores(heading) else 0.0
        if lowest and heading.split("·")[0] != lowest and score < 0.95:
            lost += score
    return lost


def at_rows(
    rows: Sequence[Sequence[str]], merges: Sequence[tuple[int, int, int, int]], first: int,
    last: int, matcher: Matcher,
) -> Found:
    """The headings of given rows (from 1) with the mapping that is proposed for them, however
    little of it fits."""
    headings = headings_at(rows, merges, first - 1, last - first + 1, matcher)
    mapping, score = matcher.assign(headings)
    return Found(list(range(first, last + 1)), headings, mapping, score)


def headings_at(
    rows: Sequence[Sequence[str]], merges: Sequence[tuple[int, int, int, int]], top: int,
    height: int, matcher: Matcher | None = None,
) -> dict[int, str]:  # fmt: skip
    """The heading of each column over ``height`` lines: its lowest text, or with the groups above
    where that says more.

    Two columns of one heading are told apart by their number: 责任人, 责任人·2."""
    lines = _heading_lines(rows, merges, top, height)
    lowest = [parts[-1] for parts in lines.values()]
    out: dict[int, str] = {}
    seen: dict[str, int] = {}
    for at, parts in lines.items():
        whole = "".join(parts)
        alone = lowest.count(parts[-1]) == 1 and (
            matcher is None or matcher.scores(parts[-1]) or not matcher.scores(whole)
        )
        text = parts[-1] if alone else whole
        seen[text] = seen.get(text, 0) + 1
        out[at] = text if seen[text] == 1 else f"{text}·{seen[text]}"
    return out


def _heading_lines(
    rows: Sequence[Sequence[str]], merges: Sequence[tuple[int, int, int, int]], top: int,
    height: int,
) -> dict[int, list[str]]:  # fmt: skip
    """What stands over each column, from above, each text once."""
    lines: dict[int, list[str]] = {}
    for at in range(max((len(row) for row in rows[top : top + height]), default=0)):
        texts = (
            "".join((_cell(rows, line, at) or _merged(rows, merges, line, at, top)).split())
            for line in range(top, top + height)
        )
        parts = [text for text in dict.fromkeys(texts) if text]
        if parts:
            lines[at] = parts
    return lines


def _merged(
    rows: Sequence[Sequence[str]], merges: Sequence[tuple[int, int, int, int]], line: int, at: int,
    top: int,
) -> str:
    """What a merged cell says in one of the places that it covers."""
    for r1, c1, r2, c2 in merges:
        if r1 <= line <= r2 and c1 <= at <= c2 and r1 >= top:
            return _cell(rows, r1, c1)
    return ""


def _cell(rows: Sequence[Sequence[str]], row: int, at: int) -> str:
    return rows[row][at].strip() if row < len(rows) and at < len(rows[row]) else ""
