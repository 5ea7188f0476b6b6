"""Find the heading rows of a workbook that the program did not make, and how much each heading is
called like each field.

Offices put title rows above, spread headings over several lines with merged cells, and call fields
by names of their own. What was confirmed before is remembered and comes first; then exact names and
synonyms, then what the words mean (``heading_words.py``), then likeness."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import msgspec

from db.model.declarations import Field, Kind, Lifecycle
from db.model.fieldtypes import type_of
from desktop.exchange.foreign.heading_words import (
    LEAST,
    LONGEST,
    SAY_LITTLE,
    asks,
    clean,
    is_moment,
    is_month,
    is_name,
    likeness,
    meanings,
    names_a_matter,
    next_to,
    same_words,
    share_a_telling_word,
    share_a_word,
)
from desktop.exchange.foreign.states import STATE, history_columns
from desktop.exchange.format.columns import plain
from desktop.exchange.format.measures import measure_alone, measure_in

#: First row and column, last row and column, from 0.
Merges: TypeAlias = Sequence[tuple[int, int, int, int]]
SEARCH_ROWS, MOST_HEADER_ROWS = 40, 3
#: A heading is taken for a field from this likeness on (0 to 1), where nothing else is asked.
LIKE_ENOUGH = 0.74
REMEMBERED = 2.0
"""The score of a heading that a person said something about."""
#: What a meaning is worth that a heading and a field share; less where it is not their first.
_MEANT, _MEANT_LESS = 0.9, 0.12
#: What it costs that a title is called by a word that tells of items as well as names them.
_WEAKLY = 0.06
#: What it is worth that likeness, or the word at the end, and meaning say the same.
_BOTH = 0.04
_COUNTS = ("人数", "户数", "人次", "条数", "天数", "金额", "资金", "地点", "位置", "地址", "频次")
#: What the lowest line may mean and only tell which of a group it is: 自 under 整改时限, not 目标.
_MAY_TURN = frozenset({"start", "end", "problem"})
_SHARES = frozenset({"ratio", "share"})
_COUNTED = 0.62
#: What it is worth that a head is merged over its lines.
_MERGED_HEAD = 0.1
#: What a head loses whose cells go on below it.
_CUT_OFF = 1.0
#: A longer group says more than one thing.
_ONE_THING = 6
#: What stands under a group for the whole of it.
_TOTALS = frozenset({"总数", "总计", "共计", "总人数", "总户数", "合计"})
#: A longer heading says by itself what it is.
_SHORT = 3
#: So many characters at its end tell what a heading is of: 时间, 人数, 投资.
_NOUN = 2
#: Ends of groups that make nothing of what stands under them: 完成 under 投资情况.
_TELLS_NOTHING = frozenset({"情况", "内容", "说明"})
#: What a meaning is worth where the heading is the very name of another field.
_ANOTHERS = 0.7
#: How like a heading must be to a field of which its words say that it is something else.
_ALIKE_ALL_THE_SAME = 0.95
#: What a heading of days or of yes and no is called beside what was done or is so.
_NO_ACT = re.compile(r"时间|日期|时点|年月日?|是否|何时|具体|有关|相关|日$")
#: What is done with papers about a thing, not the thing.
_BY_A_CLERK = re.compile(
    r"公示|批复|备案|反馈|回访|审批|核查|复查|约谈|移交|印发|[来收]文|催办|签收|延期|申请|评估|立项"
    r"|[建归]档|抄送|更新"
)
#: Who puts somebody forward.
_OF_OTHERS = re.compile(r"推荐|呈报|审核")
#: What a title is called beside the matter that it names.
_OF_MATTER = re.compile(r"(?:名称|内容|标题|事项)$")
#: What somebody found is no trouble that a thing has on its way: 监督发现的问题.
_FOUND = re.compile(r"发现|查出|反馈|整改")
#: What is ticked in a column each under 是否完成.
_ANSWERS = frozenset({"是", "否", "有", "无", "已完成", "未完成", "已办结", "未办结", "完成"})
#: A heading that stands there twice.
_AGAIN = re.compile(r"·\d+$")
#: Cells that are values rather than headings.
_VALUE = re.compile(r"^[-+]?[\d,.]+\s*(?:%|[十百千万亿]*元)?$|^\d{2,4}[年./-]\d{1,2}.*$|^√|^[①-⑳]$")
#: Headings that count rows or say what the program computes itself.
NOT_A_FIELD = frozenset(
    plain(t) for t in ("序号", "编号序号", "项次", "行号", "亮灯", "红绿灯", "合计", "小计")
)


class Headings(msgspec.Struct):
    """Where the headings stand (rows from 1, several for headings over several lines) and what each
    column is."""

    rows: list[int]
    headings: dict[int, str]
    mapping: dict[int, str] = msgspec.field(default_factory=dict)
    score: float = 0.0
    #: what stands lowest over a column, where its heading says more and no other ends so; where it
    #: says no more, the same with the groups above
    lowest: dict[int, str] = msgspec.field(default_factory=dict)
    #: what a column counts in, as its heading or the group above says
    measures: dict[int, str] = msgspec.field(default_factory=dict)
    #: how surely each column is what it is taken for (0 to 1; over 1: a person said so), and why
    scores: dict[int, float] = msgspec.field(default_factory=dict)
    why: dict[int, str] = msgspec.field(default_factory=dict)

    @property
    def mapped(self) -> list[str]:
        """Headings of the columns that are read."""
        return [self.headings[at] for at in self.mapping]

    @property
    def unmapped(self) -> list[str]:
        """Headings that belong to no field."""
        return [text for at, text in sorted(self.headings.items()) if at not in self.mapping]



class Matcher:
    """How much a heading is called like each field of a kind. ``remembered``: heading → field, as a
    person left it."""

    def __init__(
        self, kind: Kind, remembered: Mapping[str, str] | None = None,
        cycle: Lifecycle | None = None,
    ) -> None:
        fields = [f for f in kind.all_fields if not f.computed and not type_of(f).holds_files]
        #: what a column may be: the fields, whether an item is done, and since when
        self.wanted = [*fields, *history_columns(kind, cycle)]
        self._names = {f.name: [clean(n) for n in (f.label, *f.synonyms)] for f in self.wanted}
        self._meanings = {f.name: _meanings_of(kind, f, cycle) for f in self.wanted}
        self._title, self._label = kind.title, kind.label
        self._is_of_things = is_name(kind.field(kind.title).label)
        self._called = {name for names in self._names.values() for name in names}
        self._means = frozenset().union(*self._meanings.values())
        #: whether the ledger follows what is to be done by a day: of such columns tell much beside
        self.follows = "limit" in self._means
        self._remembered = dict(remembered or {})
        alike: dict[str, set[str]] = {}
        for heading, name in self._remembered.items():
            alike.setdefault(plain(heading), set()).add(name)
        #: by what is not in brackets, where all say the same: （主办） and （协办） do not
        self._agreed = {text: name for text, (name, *others) in alike.items() if not others}
        self._held: dict[str, list[tuple[float, str]]] = {}

    def _said(self, heading: str) -> str | None:
        return self._remembered.get(heading, self._agreed.get(plain(heading)))

    def likeness(self, heading: str, declared: Field) -> float:
        """How much a heading is called like a field, 0 to 1; ``REMEMBERED`` where a person said
        so."""
        said = self._said(heading)
        if said is not None:
            return REMEMBERED if said == declared.name else 0.0
        text = clean(heading)
        if not text or text.isdigit() or len(text) > LONGEST or _AGAIN.search(text):
            return 0.0
        if text == self._names[declared.name][0]:
            return 1.0
        if _cannot_be(text, declared):
            return 0.0
        called = self.called(heading, declared)
        return called if called >= _ALIKE_ALL_THE_SAME else self._meant(heading, declared, called)

    def called(self, heading: str, declared: Field) -> float:
        """How much a heading is like the names of a field, whatever it means."""
        text = clean(heading)
        return max(min(likeness(text, name), 0.98) for name in self._names[declared.name])

    def _meant(self, heading: str, declared: Field, called: float) -> float:
        """What a heading that is only alike is worth by what it means: nothing where that is
        something else."""
        here, there = meanings(heading), self._meanings[declared.name]
        meant = self._by_words(heading, here, there)
        if here and there and not meant:
            return 0.0
        if declared.name == self._title and clean(heading).endswith(self._names[declared.name][0]):
            meant = _MEANT  # 需协调解决的问题 where items are called 问题
        if self.is_called(heading):
            meant = min(meant, _ANOTHERS)  # the very name of another field
        meant = meant or _counts_alike(clean(heading), self._names[declared.name])
        both = _BOTH if meant and self._says_the_same(heading, declared, called) else 0.0
        return max(called if called >= LEAST else 0.0, meant) + both

    def _says_the_same(self, heading: str, declared: Field, called: float) -> bool:
        """Whether likeness, the word at the end, or of the title the matter at its beginning,
        speaks for a field beside what is meant: 实事内容 where items are 实事名称."""
        text, name = clean(heading), self._names[declared.name][0]
        matter = _OF_MATTER.sub("", name) if declared.name == self._title else ""
        begins = len(matter) > 1 and text.startswith(matter)
        return called >= LIKE_ENOUGH or text[-2:] == name[-2:] or begins

    def _by_words(self, heading: str, here: Sequence[str], there: frozenset[str]) -> float:
        """What the first meaning is worth that heading and field share. A heading that names
        problems means those of the items, where these are things: 卡脖子问题 of a project."""
        text, of_things = clean(heading), "difficulty" in there and self._is_of_things
        trouble = of_things and text.endswith("问题") and not _FOUND.search(text)
        worth = [_MEANT - _MEANT_LESS * n for n, each in enumerate(here) if each in there]
        if worth and here[0] == "title" in there and not names_a_matter(heading):
            worth[0] -= _WEAKLY
        return max([*worth[:1], *([_MEANT - _MEANT_LESS] if trouble else [])], default=0.0)

    def left_out(self, heading: str) -> bool:
        """Whether a column is no field: a number of the row, a plan for later, or what a person
        left out; one that is called exactly like a field is it all the same."""
        said = self._said(heading)
        if said is not None:
            return said == ""
        if self.is_called(heading):
            return False
        said_first = meanings(heading)[:1]
        not_asked = any(m.startswith("-") and m not in self._means for m in said_first)
        return (not_asked and not self._is_alike(heading)) or is_month(heading)

    def _is_alike(self, heading: str) -> bool:
        """Whether a heading says in other words what a field is called: 验收日期, 验收时间."""
        return any(likeness(clean(heading), name) >= _ALIKE_ALL_THE_SAME for name in self._called)

    def is_called(self, heading: str) -> bool:
        """Whether a heading is the name of a field, or another word for it."""
        return clean(heading) in self._called

    def may_be(self, heading: str, declared: Field) -> bool:
        """Whether nothing in a heading says that it is something else than a field."""
        here, there = meanings(heading), self._meanings[declared.name]
        return not self.is_called(heading) and not (here and there and there.isdisjoint(here))

    def speaks_of(self, heading: str, declared: Field) -> bool:
        """Whether a heading names no act at all, 日期, or shares a word with a field, its ledger or
        what this is about: 更新时间 is no day of a decision."""
        act = _NO_ACT.sub("", clean(heading))
        about = "".join((*self._names[declared.name], *self._names[self._title], self._label))
        fits = len(act) < _NOUN or share_a_word(act, about)
        return fits or not (self.follows or _BY_A_CLERK.search(act))

    def shares_a_letter(self, heading: str, declared: Field) -> bool:
        """Whether what is asked and what a field says begin to be the same: 是否达到要求, 达标."""
        if self.follows:
            return self.speaks_of(heading, declared)
        asked = set(_NO_ACT.sub("", clean(heading)))
        return not asked or any(not asked.isdisjoint(name) for name in self._names[declared.name])

    def is_of_whom(self, heading: str, declared: Field) -> bool:
        """Whether a heading names nobody in particular, or whom a field does: 联系人 is no author.
        """
        said, own = meanings(heading)[:1], meanings(declared.label)[:1]
        if said and said == own and said[0] not in self._meanings[declared.name]:
            return clean(heading)[:1] == clean(declared.label)[:1]  # 督导人员, 督办人员
        return not said or said[0] in self._meanings[declared.name]

    def shares_a_word(self, heading: str, declared: Field) -> bool:
        """Whether a heading and a name of a field have a word in common."""
        text = clean(heading)
        return any(share_a_telling_word(text, name) for name in self._names[declared.name])

    def means(self, declared: Field, meaning: str) -> bool:
        """Whether a field means something."""
        return meaning in self._meanings[declared.name]

    def may_be_chosen(self, heading: str) -> bool:
        """Whether whatever a heading means is chosen from a list, so that its values tell of which:
        交办类型."""
        said = meanings(heading)
        meant = (f for f in self.wanted if not self._meanings[f.name].isdisjoint(said))
        return not self.is_called(heading) and all(type_of(f).listed for f in meant)

    def ends_like_title(self, heading: str) -> bool:
        """Whether a heading ends in the word of which the title is one: 在什么场合, 考察场合."""
        end = same_words(self._names[self._title][0])[-_NOUN:]
        text = same_words(clean(heading))
        return end not in SAY_LITTLE and (text.endswith(end) or (asks(heading) and end in text))

    def speaks_of_nothing_here(self, heading: str) -> bool:
        """Whether a heading names several things, none of which the ledger asks for: 具体做法和成效
        where it asks neither for measures nor for progress."""
        said = set(meanings(heading))
        return len(said) > 1 and not self.is_called(heading) and self._means.isdisjoint(said)

    def is_next_to(self, heading: str, declared: Field) -> bool:
        """Whether a heading may tell of a field though it means something else."""
        near = next_to(heading)
        if not self.follows and "progress" in meanings(heading):
            near += ("problem",)  # 主要成效 of a merit is how it shows
        return not self.is_called(heading) and not self._meanings[declared.name].isdisjoint(near)

    def is_sure(self, heading: str) -> bool:
        """Whether a text is beyond doubt what a column is called: cheap, for rows of data are asked
        as well."""
        said = meanings(heading)[:1]
        return self.is_called(heading) or bool(said and said[0] in self._means)

    def scores(self, heading: str) -> list[tuple[float, str]]:
        """(likeness, field), best first; those that are not like enough are left out."""
        found = self._held.get(heading)
        if found is None:
            found = self._held[heading] = [] if self.left_out(heading) else sorted(
                (
                    (like, each.name) for each in self.wanted
                    if (like := self.likeness(heading, each)) >= LIKE_ENOUGH
                ),
                reverse=True,
            )  # fmt: skip
        return found

    def assign(self, headings: Mapping[int, str]) -> tuple[dict[int, str], float]:
        """Each field to at most one column by their names alone, the likest first; returns the
        mapping and its total."""
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
        return mapping, total


def _cannot_be(text: str, declared: Field) -> bool:
    """Whether a heading asks what a field does not answer, or names a unit that is not that of the
    person whom a row is about: 推荐单位."""
    if text.startswith(("是否", "有无")):
        return not (declared is STATE or type_of(declared).picked)
    return bool(declared.unit_on) and _OF_OTHERS.search(text) is not None


def _counts_alike(text: str, names: Sequence[str]) -> float:
    """What it is worth that two names end in the same word of counting: 培训人数, 计划人数."""
    return _COUNTED if text.endswith(_COUNTS) and any(n.endswith(text[-2:]) for n in names) else 0.0


def _meanings_of(kind: Kind, declared: Field, cycle: Lifecycle | None) -> frozenset[str]:
    """What a field means, by its part in its ledger and by its own name."""
    name = declared.name
    if cycle is not None and name == cycle.closed_on:
        return frozenset({"closed"})
    by_part: dict[str | None, str] = {
        kind.title: "title", kind.unit: "lead", STATE.name: "state",
        **dict.fromkeys(kind.cooperating, "with"),
        kind.lights.deadline if kind.lights else "deadline": "limit",
    }  # fmt: skip
    out = set(meanings(declared.label)[:1])
    if name in by_part:
        out.add(by_part[name])
    if declared.leader:
        out = {"leader"}
    elif type_of(declared).names_record:
        out.discard("title")  # of another record
        people = {each.kind for each in kind.all_fields if each.leader}
        out |= {"leader"} if declared.kind in people else set()
    if name == kind.unit:
        out.discard("assigner")
    if type_of(declared).is_share:
        out = _share_of(kind, declared)
    return frozenset(out - {"-number", "-earlier", "-recorded", "bystander", "rate"})


def _share_of(kind: Kind, declared: Field) -> set[str]:
    """A share of what was to be reached, or of the work; of both where a ledger keeps one alone."""
    of_goal = {f.name for f in kind.fields if type_of(f).is_share and "goal" in meanings(f.label)}
    if declared.name in of_goal:
        return {"ratio"}
    return {"share"} if of_goal else {"share", "ratio"}


def find(
    rows: Sequence[Sequence[str]], merges: Merges, matcher: Matcher
) -> Headings | None:
    """The heading rows among the first rows, or None. ``merges``: first row, first column, last
    row, last column (from 0)."""
    best: Headings | None = None
    for top, height in _places(rows):
        found = at_rows(rows, merges, top + 1, top + height, matcher)
        # Rows of data that happen to hold a label must not be drawn into the head.
        one = _are_one_head(merges, top, height)
        found.score += _MERGED_HEAD if one else -0.3 * (height - 1)
        found.score -= _like_values(rows[top : top + height])
        found.score -= _CUT_OFF if _is_cut_off(merges, top, height) else 0.0
        found.score -= _drawn_in(rows, merges, found, matcher) if height > 1 else 0.0
        if len(found.mapping) >= 2 and (best is None or found.score > best.score + 1e-9):
            best = found
    if best is not None and _goes_on(rows, best.rows[-1], best.headings):
        best = at_rows(rows, merges, best.rows[0], best.rows[-1] + 1, matcher)
    return best


def _goes_on(rows: Sequence[Sequence[str]], at: int, headings: Mapping[int, str]) -> bool:
    """Whether a row (from 0) only says what the columns above it count in, （亿元） | （万元）, or
    which answer is ticked in each: 是 | 否."""
    texts = [text.strip() for text in rows[at] if text.strip()] if at < len(rows) else []
    answers = len(texts) == len(set(texts)) == 2 < len(headings) and _ANSWERS.issuperset(texts)
    return answers or (bool(texts) and all(map(measure_alone, texts)))


def _places(rows: Sequence[Sequence[str]]) -> Iterator[tuple[int, int]]:
    """Where headings could stand: first row (from 0) and height; never a title over it all."""
    for top in range(min(len(rows), SEARCH_ROWS)):
        if len({text.strip() for text in rows[top]} - {""}) >= 2:
            for height in range(1, min(MOST_HEADER_ROWS, len(rows) - top) + 1):
                yield top, height


def _like_values(rows: Sequence[Sequence[str]]) -> float:
    """What rows lose as headings for cells that hold numbers, dates or long texts."""
    texts = [unicodedata.normalize("NFKC", text).strip() for row in rows for text in row]
    return sum(0.5 for text in texts if len(text) > 30 or _VALUE.match(text))


def _are_one_head(merges: Merges, top: int, height: int) -> bool:
    """Whether a cell that is merged over just these lines says that they are one head."""
    return any(r1 == top and r2 == top + height - 1 > r1 for r1, _, r2, _ in merges)


def _is_cut_off(merges: Merges, top: int, height: int) -> bool:
    """Whether a cell of these lines is merged with what is below them: the head goes on there."""
    return any(top <= r1 < top + height <= r2 for r1, _, r2, _ in merges)


def _stands_under_a_group(merges: Merges, top: int, last: int, at: int) -> bool:
    """Whether a merged cell over several columns stands above one: what is below it is its part."""
    return any(c1 <= at <= c2 and c1 < c2 and top <= r1 and r2 < last for r1, c1, r2, c2 in merges)


def _drawn_in(
    rows: Sequence[Sequence[str]], merges: Merges, found: Headings, matcher: Matcher
) -> float:
    """What columns count for whose text is a heading only with the line above: 整改事项 over 一件
    is a heading over an item."""
    lost, top, last = 0.0, found.rows[0] - 1, found.rows[-1] - 1
    for at in found.mapping:
        lowest, heading = "".join(_cell(rows, last, at).split()), found.headings[at]
        if _stands_under_a_group(merges, top, last, at) or measure_alone(lowest):
            continue
        score = matcher.scores(heading)[0][0] if matcher.scores(heading) else 0.0
        if lowest and heading.split("·")[0] != lowest and score < 0.95:
            lost += score * (1.0 if not meanings(lowest) else 0.2)
    return lost


def at_rows(
    rows: Sequence[Sequence[str]], merges: Merges, first: int,
    last: int, matcher: Matcher,
) -> Headings:
    """The headings of given rows (from 1) with the mapping that is proposed for them, however
    little of it fits."""
    lines = _heading_lines(rows, merges, first - 1, last - first + 1)
    headings = _joined(lines, matcher)
    mapping, score = matcher.assign(headings)
    worded = _worded(lines)
    ends = Counter(parts[-1] for parts in worded.values())
    units = {at: next((u for p in reversed(parts) if (u := measure_in(p) or measure_alone(p))), "")
             for at, parts in lines.items()}  # fmt: skip
    return Headings(
        list(range(first, last + 1)), headings, mapping, score,
        measures={at: unit for at, unit in units.items() if unit},
        lowest={
            at: "".join(parts) if headings[at] == parts[-1] else parts[-1]
            for at, parts in worded.items() if ends[parts[-1]] == 1
        },
    )


def headings_at(
    rows: Sequence[Sequence[str]], merges: Merges, top: int, height: int
) -> dict[int, str]:
    """The heading of each column over ``height`` lines: its lowest text, or with the groups above
    where that says more.

    Two columns of one heading are told apart by their number: 责任人, 责任人·2."""
    return _joined(_heading_lines(rows, merges, top, height), None)


def _worded(lines: Mapping[int, list[str]]) -> dict[int, list[str]]:
    """The lines of headings without those that only say what a column counts in."""
    return {at: [p for p in parts if not measure_alone(p)] or parts for at, parts in lines.items()}


def _joined(lines: Mapping[int, list[str]], matcher: Matcher | None) -> dict[int, str]:
    worded = _worded(lines)
    lowest = Counter(parts[-1] for parts in worded.values())
    out: dict[int, str] = {}
    seen: Counter[str] = Counter()
    for at, parts in worded.items():
        near = [p for p in parts[:-1] if not _enumerates(p)]
        text, whole = parts[-1], "".join([*near, parts[-1]])
        if lowest[text] > 1 or _says_more(matcher, whole, text) or _of_money(near, text):
            text = whole
        turn = matcher is not None and _MAY_TURN.issuperset(meanings(parts[-1])[:1])
        for turned in _turned(parts) if turn else ():
            text = turned if _says_more(matcher, turned, text) else text
        if text in _TOTALS and len(parts) > 1:
            text = parts[-2]
        seen[text] += 1
        out[at] = text if seen[text] == 1 else f"{text}·{seen[text]}"
    return out


def _of_money(groups: Sequence[str], text: str) -> bool:
    """Whether a share stands under what was invested: 完成率 under 2026年投资 is not that of the
    work."""
    money = any(word in group for group in groups for word in ("投资", "资金"))
    return money and not _SHARES.isdisjoint(meanings(text)[:1])


def _enumerates(group: str) -> bool:
    """Whether a group names several things: 全年目标及完成 over 目标 says no more of it."""
    return any(sign in group for sign in "及和与、") and len(clean(group)) > _ONE_THING


def _turned(parts: Sequence[str]) -> Iterator[str]:
    """A heading and the group above as people say them in one: 规定 under 用时（分钟） is 规定用时,
    结业 under 办班时间 is 结业时间."""
    for group in map(clean, reversed(parts[:-1])):
        if len(group) > _ONE_THING or len(clean(parts[-1])) > _SHORT:
            continue  # 具体情况 under 问题 is no problem
        yield parts[-1] + group
        if len(group) > _NOUN and group[-_NOUN:] not in _TELLS_NOTHING:
            yield parts[-1] + group[-_NOUN:]


def _says_more(matcher: Matcher | None, whole: str, text: str) -> bool:
    if is_moment(text):
        return True  # of what, the group says
    return matcher is not None and _best(matcher, text) < _best(matcher, whole)


def _best(matcher: Matcher, heading: str) -> float:
    scores = matcher.scores(heading)
    return scores[0][0] if scores else 0.0


def _heading_lines(
    rows: Sequence[Sequence[str]], merges: Merges, top: int,
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
    rows: Sequence[Sequence[str]], merges: Merges, line: int, at: int,
    top: int,
) -> str:
    """What a merged cell says in one of the places that it covers."""
    for r1, c1, r2, c2 in merges:
        if r1 <= line <= r2 and c1 <= at <= c2 and r1 >= top:
            return _cell(rows, r1, c1)
    return ""


def _cell(rows: Sequence[Sequence[str]], row: int, at: int) -> str:
    return rows[row][at].strip() if row < len(rows) and at < len(rows[row]) else ""
