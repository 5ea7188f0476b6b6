"""Which column is which field, by all that speaks for it: the words of its heading and of the group
above, its unit of measure, what stands in it, and what a person said before. Every pair has one
score; the columns are given to the fields so that the whole fits best, and each says why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec
from msgspec.structs import replace

from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from db.model.fieldtypes.base import Names
from db.model.kinds import Kinds
from db.model.late_pattern import lazy_regex
from desktop.exchange.foreign import leftover_columns
from desktop.exchange.foreign.column_facts import ColumnFacts, ColumnMapping, FieldMatch
from desktop.exchange.foreign.column_texts import (
    BLANKS,
    NEARLY_ALL,
    answers,
    counts,
    is_date,
    is_number,
    is_phone,
    is_short,
    is_told,
    is_worded,
    is_yes_or_no,
    like_person,
    like_unit,
    may_be_called,
    only_states,
    only_ticks,
    say_one_choice,
    says_by_when,
    says_state_in_words,
    share_of,
)
from desktop.exchange.foreign.heading_words import (
    asks_whether,
    clean,
    is_day,
    is_moment,
    is_name,
    meanings,
    names_an_object,
    share_a_word,
    tier,
)
from desktop.exchange.foreign.headings import LIKE_ENOUGH, REMEMBERED, Matcher
from desktop.exchange.foreign.optimal_matching import assign
from desktop.exchange.foreign.states import STATE, names_state
from desktop.exchange.foreign.title_stand_in import stand_in
from desktop.exchange.foreign.unit_roles import helps_only, names_a_part, roles_in, says_who_leads
from desktop.exchange.format.loose_values import (
    leader_named,
    loose_date,
    nearest_choice,
)
from desktop.exchange.format.measures import measure_of_column

#: A column is taken for a field from this sum on, and from this likeness of its heading.
ENOUGH, LEAST_NAME = 0.72, 0.55
#: From so many values of a column on they count in full.
_MANY = 4
#: Of choices, and of people on record, so many say it.
_HALF = 0.5
#: What values alone make of a heading that says nothing, where nearly all of them speak for it.
_BY_VALUES = 0.62
#: The same where they are the very choices of a field; and of 完成情况（%）.
_BY_LIST, _MARKED = 0.88, 0.95
#: What a word is worth that heading and field share.
_WORD = 0.05
#: What it is worth that no row can be without a field.
_NEEDED = 0.05
#: What a text counts that is only called like a unit: nobody knows it yet.
_ONLY_LIKE = 0.6
_LIKE_UNIT = 0.85
#: What it is worth that a heading says who leads.
_LEADS = 0.12
#: A field's own name, whose values are what it wants, counts so much at least.
_SURE = 1.1
#: 阶段任务完成情况: of a part of an item.
_IN_PART = lazy_regex(r"阶段|节点|季度|半年|前期|手续|反馈|调度|督[办查导]|[上本]周|[上本]月")
_SEVERAL = lazy_regex(r"[、,，;；/]")
_YEAR = lazy_regex(r"20\d\d(?=年)")


#: From which likeness on a heading is called what, to people.
_HOW_ALIKE = ((1.0, "同名"), (0.89, "近义"), (_BY_VALUES + 0.01, "相近"), (0.0, "按内容"))


class _Speaks(msgspec.Struct, frozen=True):
    """How many of a column's values can be what a field wants, and what they are then called."""

    share: float
    what: str
    #: what it costs that none can, and what it brings that all can
    against: float = 0.7
    in_favour: float = 0.15


class Known(Protocol):
    """What is known beside the table; a session is one."""

    @property
    def names(self) -> Names: ...
    @property
    def kinds(self) -> Kinds: ...
    @property
    def today(self) -> dt.date: ...


class Evidence:
    """Made once per file and ledger."""

    def __init__(self, session: Known, kind: Kind) -> None:
        self._names, self._kind = session.names, kind
        self._leader = session.kinds.leader_of(kind)
        cycle = session.kinds.lifecycle_of(kind)
        self._states = {state.label for state in cycle.states} if cycle is not None else set()
        self._year = session.today.year
        self._today = session.today
        self._is_known: dict[str, bool | None] = {}

    # -- the whole table ---------------------------------------------------------------------------

    def judge(self, matcher: Matcher, columns: Mapping[int, ColumnFacts]) -> ColumnMapping:
        """Give the columns to the fields."""
        fields, columns = matcher.wanted, _of_the_year(columns)
        places = sorted(columns)
        pairs = [[self.pair(matcher, columns[at], each) for each in fields] for at in places]
        self._finest_tier(matcher, columns, places, pairs)
        self._who_leads_first(columns, places, pairs)
        judged = self._solve(places, fields, pairs, frozenset())
        title = self._kind.title
        if title not in judged.mapping.values():  # it goes before what rows can be without
            judged = self._solve(places, fields, [*map(self._title_first, pairs)], frozenset())
        if title not in judged.mapping.values():
            stands_for = stand_in(
                matcher, columns, judged.columns, self._holds_words, self._of_others
            )
            if stands_for is not None:
                rest = [p for n, p in enumerate(pairs) if places[n] != stands_for]
                judged = self._solve(
                    [at for at in places if at != stands_for], fields, rest, frozenset({title})
                )
                judged.columns[stands_for] = FieldMatch(
                    title, 0.5, "代题目，没有一列叫这个，这一列最像"
                )
        self._give_the_rest(matcher, columns, judged)
        self._lead_before_others(matcher, columns, judged)
        return judged

    def _finest_tier(
        self, matcher: Matcher, columns: Mapping[int, ColumnFacts], places: Sequence[int],
        pairs: Sequence[list[FieldMatch]],
    ) -> None:
        """Of 一级指标, 二级指标, 三级指标 the last is what a row is about."""
        tiers = {at: tier(columns[at].heading) for at in places}
        title = next(n for n, f in enumerate(matcher.wanted) if f.name == self._kind.title)
        for row, at in zip(pairs, places, strict=True):
            level, thing = tiers[at]
            wider = level and any(n > level and t == thing for n, t in tiers.values())
            if wider and row[title].score < REMEMBERED:
                row[title] = FieldMatch(self._kind.title, 0.0, "")

    def _who_leads_first(
        self, columns: Mapping[int, ColumnFacts], places: Sequence[int],
        pairs: Sequence[list[FieldMatch]],
    ) -> None:
        """Beside a column of who does the work, 市级对口部门 and 提请单位 are not that, though all
        of them are known and none of the others; who takes part never is."""
        sample = pairs[0] if pairs else []
        field = next((n for n, t in enumerate(sample) if t.field == self._kind.unit), None)
        if field is None:
            return
        first = [meanings(columns[at].heading)[:1] for at in places]
        leads = (row[field].score for said, row in zip(first, pairs, strict=True)
                 if said == ("lead",))  # fmt: skip
        others = any(leads)
        for at, said, row in zip(places, first, pairs, strict=True):
            stands_by = others and said not in ((), ("lead",))
            if row[field].score < _SURE and (stands_by or helps_only(columns[at].heading)):
                row[field] = FieldMatch(row[field].field, 0.0, "")

    def _lead_before_others(
        self, matcher: Matcher, columns: Mapping[int, ColumnFacts], judged: ColumnMapping
    ) -> None:
        """相关单位 is who does the work where no other column says so."""
        lead = self._kind.unit
        if lead is None or lead in judged.mapping.values():
            return
        for at, taken in judged.columns.items():
            said = meanings(columns[at].heading)
            one_said = taken.score >= REMEMBERED or matcher.is_called(columns[at].heading)
            others = taken.field in self._kind.cooperating and said[:2] == ("with", "lead")
            if others and not one_said and not helps_only(columns[at].heading):
                judged.columns[at] = FieldMatch(lead, ENOUGH, taken.why)
                return

    def _give_the_rest(
        self, matcher: Matcher, columns: Mapping[int, ColumnFacts], judged: ColumnMapping
    ) -> None:
        """Columns and fields that are over, one of a sort each."""
        taken = set(judged.mapping.values())
        rest = {
            at: self._shares(facts) for at, facts in columns.items()
            if at not in judged.columns and not matcher.left_out(facts.heading)
        }
        for at, declared in leftover_columns.belonging(matcher, self._kind, taken, rest).items():
            judged.columns[at] = FieldMatch(declared.name, ENOUGH, "按内容，同类的栏目只剩这一个")
        self._by_choices(matcher, {at: columns[at] for at in rest}, judged)

    def _by_choices(
        self, matcher: Matcher, columns: Mapping[int, ColumnFacts], judged: ColumnMapping
    ) -> None:
        """Columns half of whose values are the very choices of a field that is over, or of the
        states: others may be written otherwise, and are asked about."""
        for at, facts in columns.items():
            taken = set(judged.mapping.values())
            found = next(
                (
                    f for f in matcher.wanted if f.name not in taken
                    and (matcher.may_be(facts.heading, f) or matcher.may_be_chosen(facts.heading))
                    and self._chosen_from(f, facts.texts)
                ), None,
            )  # fmt: skip
            if at not in judged.columns and found is not None:
                judged.columns[at] = FieldMatch(found.name, ENOUGH, "按内容，多是这一栏可选的")

    def _chosen_from(self, declared: Field, texts: Sequence[str]) -> bool:
        labels = {label for option in declared.options for label in (option.label, *option.also)}
        if declared is STATE:
            labels = self._states
        elif not type_of(declared).listed:
            return False
        said = (part for text in texts for part in _SEVERAL.split(text))
        chosen = {text for text in said if text in labels and len(text) > 1}
        meant = share_of(texts, lambda text: _means_one(text, declared, labels))
        return len(chosen) > 1 and meant >= _HALF

    def _shares(self, facts: ColumnFacts) -> leftover_columns.LeftoverColumn:
        texts = [text for text in facts.texts if text not in BLANKS]
        return leftover_columns.LeftoverColumn(
            facts.heading, facts.measure or measure_of_column(texts), len(texts),
            share_of(texts, is_date),
            share_of(texts, is_number),
            share_of(texts, answers if asks_whether(facts.heading) else is_yes_or_no),
            share_of(texts, like_person),
            self._units(texts), share_of(texts, self._names_several), share_of(texts, is_told),
            share_of(texts, says_state_in_words), facts.average, any(map(says_by_when, texts)),
        )

    def _title_first(self, row: Sequence[FieldMatch]) -> list[FieldMatch]:
        """A column that is called no less like the title than like anything else can be but that.
        """
        most = max(taken.score for taken in row)
        title = next(taken for taken in row if taken.field == self._kind.title)
        if not title.score or title.score < most:
            return list(row)
        return [each if each is title else FieldMatch(each.field, 0.0, "") for each in row]

    @staticmethod
    def _solve(
        places: Sequence[int], fields: Sequence[Field], pairs: Sequence[Sequence[FieldMatch]],
        gone: frozenset[str],
    ) -> ColumnMapping:
        gains = [
            [
                0.0 if each.name in gone
                else taken.score + (_NEEDED if taken.score and each.required else 0.0)
                for each, taken in zip(fields, row, strict=True)
            ]
            for row in pairs
        ]
        return ColumnMapping({places[n]: pairs[n][at] for n, at in sorted(assign(gains).items())})

    def _holds_words(self, name: str) -> bool:
        return type_of(self._kind_field(name)).worded

    def _of_others(self, facts: ColumnFacts) -> float:
        return max(self._units(facts.texts), share_of(facts.texts, self._is_person))

    def _kind_field(self, name: str) -> Field:
        return STATE if name == STATE.name else self._kind.field(name)

    # -- one column and one field ------------------------------------------------------------------

    def pair(self, matcher: Matcher, facts: ColumnFacts, declared: Field) -> FieldMatch:
        """How much speaks for a column's being a field, by its heading or else by the lowest line
        of it; 0 where too little does."""
        one_of_several = is_moment(facts.lowest) and not type_of(declared).multiline
        if one_of_several or self._left_out(matcher, facts):
            return FieldMatch(declared.name, 0.0, "")
        taken = self._pair(matcher, facts, declared)
        if taken.score or facts.lowest in ("", facts.heading):
            return taken
        if len(facts.lowest) > len(facts.heading) and not type_of(declared).numeric:
            return taken  # a group tells of what its numbers are
        return self._pair(matcher, replace(facts, heading=facts.lowest), declared)

    @staticmethod
    def _left_out(matcher: Matcher, facts: ColumnFacts) -> bool:
        """Whether a heading, or what stands lowest in it, is that of no field: 本月完成 under 投资.
        """
        lowest = facts.lowest if facts.heading.endswith(facts.lowest) else ""
        return matcher.left_out(facts.heading) or (lowest != "" and matcher.left_out(lowest))

    def _pair(self, matcher: Matcher, facts: ColumnFacts, declared: Field) -> FieldMatch:
        name = matcher.likeness(facts.heading, declared)
        if name >= REMEMBERED:
            return FieldMatch(declared.name, name, "上次这样")
        none = FieldMatch(declared.name, 0.0, "")
        if matcher.left_out(facts.heading) or (name <= 0 and not facts.texts):
            return none
        if facts.counts_rows and not matcher.is_called(facts.heading):
            return none
        speaks = self._speaks(facts, declared)
        name = max(name, self._named_by_values(facts, declared, speaks, matcher))
        if name < LEAST_NAME or self._chooses_otherwise(matcher, facts, declared, speaks):
            return none
        weight = min(len(facts.texts) / _MANY, 1.0)
        against = speaks.against * (1 - speaks.share) * weight
        if self._is_leader(declared) and share_a_word(clean(facts.heading), clean(declared.label)):
            name = min(name + _WORD, 1.0)  # one of several
        total = name + (speaks.in_favour * speaks.share if facts.texts else 0.0) - against
        if declared.name == self._kind.unit and says_who_leads(facts.heading):
            total += _LEADS  # before others that are called like units, though these are known
        return (
            FieldMatch(declared.name, total, _why(name, facts, speaks)) if total >= ENOUGH else none
        )

    @staticmethod
    def _chooses_otherwise(
        matcher: Matcher, facts: ColumnFacts, declared: Field, speaks: _Speaks
    ) -> bool:
        """Whether not one of several values is a choice of a field that the heading only means:
        产业类别 is no 报告类别."""
        kind_of = type_of(declared)
        if only_ticks(facts.texts):
            return not (declared is STATE or kind_of.yes_no)
        picked = kind_of.picked and not kind_of.names_record
        no_choice = picked and not speaks.share and len(set(facts.texts)) > 1
        return no_choice and matcher.called(facts.heading, declared) < LIKE_ENOUGH

    def _named_by_values(
        self, facts: ColumnFacts, declared: Field, speaks: _Speaks, matcher: Matcher
    ) -> float:
        """What the values make of a heading that does not say so itself."""
        if worth := _told_beside(facts, declared):
            return worth
        if speaks.share < NEARLY_ALL or not self._tells_by_values(facts, declared, matcher):
            return 0.0
        return _BY_LIST if type_of(declared).listed else _BY_VALUES

    def _tells_by_values(self, facts: ColumnFacts, declared: Field, matcher: Matcher) -> bool:
        """Whether values alone may say that a column is this field: a list of its choices, known
        units, known leaders; where the heading does not say that it is something else."""
        kind_of, several = type_of(declared), len(set(facts.texts)) >= 2
        if kind_of.listed:
            tell = several or say_one_choice(facts.texts)
            return tell and matcher.likeness(facts.heading, declared) < _BY_LIST
        said = (meanings(facts.heading) or ("",))[0]
        if self._names_needed_people(declared):
            return said in ("", "person") and self._on_records(declared, facts.texts) > _HALF
        if declared.name == self._kind.unit:
            return several and said in ("", "lead")
        leads = self._leader is not None and declared.name == self._leader.name
        return several and leads and said in ("", "leader", "person")

    def _speaks(self, facts: ColumnFacts, declared: Field) -> _Speaks:
        kind_of = type_of(declared)
        texts = [text for text in facts.texts if text not in BLANKS]
        if declared is STATE:
            return _Speaks(share_of(texts, names_state), "是办结与否", 0.9)
        if kind_of.names_units:
            own = names_a_part(facts.heading)
            share = self._may_be_units(texts) if own else self._units(texts)
            return _Speaks(share, "是单位", 0.6)
        if kind_of.picked and not kind_of.names_record:
            return _Speaks(self._choices(texts, declared), "是可选的", 0.25, 0.2)
        if kind_of.dated:
            return _Speaks(self._dates(texts, declared), "是日期", 0.7)
        if kind_of.numeric:
            return self._numbers(texts, facts, declared)
        return self._words(texts, facts, declared)

    def _is_leader(self, declared: Field) -> bool:
        return self._leader is not None and declared.kind == self._leader.kind

    def _names_needed_people(self, declared: Field) -> bool:
        """Whether no row can be without somebody on record: the cadre whose merit it is."""
        return (
            declared.required and type_of(declared).names_record and not self._is_leader(declared)
        )

    def _on_records(self, declared: Field, texts: Sequence[str]) -> float:
        return share_of(texts, lambda text: self._on_record(declared, text))

    def _on_record(self, declared: Field, text: str) -> bool:
        name = "".join(text.split())
        return self._names.record_by_title(declared.kind or "", name) is not None

    def _records(self, texts: Sequence[str], declared: Field) -> _Speaks:
        if self._names_needed_people(declared):
            known = self._on_records(declared, texts)
            like = share_of(texts, lambda t: not self._on_record(declared, t) and like_person(t))
            return _Speaks(known + _ONLY_LIKE * like, "有登记", 0.3)
        if self._is_leader(declared):
            known = share_of(texts, lambda text: self.leader_in(text) is not None)
            like = share_of(texts, lambda text: self.leader_in(text) is None and like_person(text))
            return _Speaks(known + _ONLY_LIKE * like, "是人名", 0.3)
        return _Speaks(share_of(texts, is_short), "是名称", 0.5)

    @staticmethod
    def _numbers(texts: Sequence[str], facts: ColumnFacts, declared: Field) -> _Speaks:
        share = share_of(texts, lambda text: counts(text, declared))
        if not type_of(declared).is_share:
            none = type_of(declared).amount and facts.measure == "%"
            return _Speaks(0.0 if none else share, "是数字", 0.8)
        marked = facts.measure == "%" or any("%" in text for text in texts)
        return _Speaks(share, "是百分数", 0.9, 0.2 if marked else 0.1)

    def _words(self, texts: Sequence[str], facts: ColumnFacts, declared: Field) -> _Speaks:
        if type_of(declared).names_record or type_of(declared).names_user:
            return self._records(texts, declared)
        said = meanings(declared.label)
        if "phone" in said:
            return _Speaks(share_of(texts, is_phone), "是电话", 0.9)
        if "person" in said:
            return _Speaks(share_of(texts, self._is_person), "是人名", 0.4)
        if declared.name == self._kind.title:
            return self._titles(texts, facts, declared)
        if type_of(declared).multiline:
            no_more = "progress" in said and only_states(texts)
            return _Speaks(0.0 if no_more else _tells(texts, facts), "是文字", 0.6, 0.05)
        return _Speaks(1.0, "", 0.0, 0.0)

    def _titles(self, texts: Sequence[str], facts: ColumnFacts, declared: Field) -> _Speaks:
        """单位名称 names no item, 问题方面 several."""
        thing = names_an_object(facts.heading, declared.label)
        none = thing or self._units(texts) >= NEARLY_ALL or facts.is_a_group
        both_named = is_name(facts.heading) and (
            is_name(declared.label) or facts.heading.endswith(("标题", "题目"))
        )
        more = 0.15 if both_named else 0.05 + 0.004 * min(facts.average, 20)
        return _Speaks(0.0 if none else _tells(texts, facts), "是文字", 0.6, more)

    # -- values ------------------------------------------------------------------------------------

    def _choices(self, texts: Sequence[str], declared: Field) -> float:
        if type_of(declared).yes_no:
            return share_of(texts, is_yes_or_no)
        known = {
            word for option in declared.options
            for word in (option.name, option.label, *option.also)
        }
        return share_of(texts, lambda text: _means_one(text, declared, known))

    def _dates(self, texts: Sequence[str], declared: Field) -> float:
        """Dates; for what lies behind, such as are not to come."""
        behind = not {"closed", "rectified"}.isdisjoint(meanings(declared.label))
        return share_of(texts, self._is_gone_by if behind else is_date)

    def _is_gone_by(self, text: str) -> bool:
        day = loose_date(text, self._year, deadline=False)
        return day is not None and day <= self._today

    def _units(self, texts: Sequence[str], like: float = _ONLY_LIKE) -> float:
        """Known units, and less surely what is only called like one."""
        known = share_of(texts, lambda text: self._is_unit(text) is True)
        return known + like * share_of(texts, lambda text: self._is_unit(text) is None)

    def _may_be_units(self, texts: Sequence[str]) -> float:
        """The same under a heading of units, where what is called like one, or could be, is likely
        one of a house's own."""
        may = share_of(texts, lambda text: self._is_unit(text) is False and may_be_called(text))
        return self._units(texts, _LIKE_UNIT) + _HALF * may

    def _names_several(self, text: str) -> bool:
        roles = roles_in(text, self._names.unit_by_name)
        return len(roles.leads) + len(roles.helps) > 1

    def _is_unit(self, text: str) -> bool | None:
        """Whether a text names units; None where it only looks so. Asked of each column once more
        for every field of units."""
        if text not in self._is_known:
            self._is_known[text] = self._names_units(text)
        return self._is_known[text]

    def _names_units(self, text: str) -> bool | None:
        roles = roles_in(text, self._names.unit_by_name)
        if roles.leads or roles.helps:
            return True
        like = bool(roles.unknown) and all(map(like_unit, roles.unknown))
        return None if like else False

    def _is_person(self, text: str) -> bool:
        return like_person(text) or (
            self._leader is not None and self.leader_in(text) is not None
        )

    def leader_in(self, text: str) -> str | None:
        """The one known leader whom a text names: 陈立 常务副市长, 王敏（副市长）."""
        return leader_named(text, self._by_title())

    def _by_title(self) -> Callable[[str], str | None]:
        kind = self._leader.kind if self._leader is not None else None
        return lambda text: self._names.record_by_title(kind or "", text)


def _means_one(text: str, declared: Field, labels: set[str]) -> bool:
    """Whether a text is one of the choices, or means one alone; several where a field takes them.
    """
    parts = _SEVERAL.split(text) if type_of(declared).many else [text]
    return all(part in labels or nearest_choice(part, declared) is not None for part in parts)


def _tells(texts: Sequence[str], facts: ColumnFacts) -> float:
    """How many of a column's values tell of something; none of a share of a hundred does."""
    return 0.0 if facts.measure == "%" else share_of(texts, is_told)


def _told_beside(facts: ColumnFacts, declared: Field) -> float:
    """What the sign of percent at a heading of progress, words of a state below it, or a heading
    that only names a day, makes of its column; 0 where none stands there."""
    if (
        type_of(declared).is_share
        and facts.measure == "%"
        and "progress" in meanings(facts.heading)
    ):
        return _MARKED
    if declared is STATE:
        return _BY_LIST if _is_state_of_work(facts) else 0.0
    progress = type_of(declared).multiline and "progress" in meanings(declared.label)
    worded = progress and is_day(facts.heading) and share_of(facts.texts, is_worded) >= NEARLY_ALL
    return _BY_LIST if worded else 0.0


def _is_state_of_work(facts: ColumnFacts) -> bool:
    """Whether cells under a heading of progress only say how far an item is."""
    said = meanings(facts.heading)[:1]
    of_work = said in (("progress",), ("outcome",)) and not _IN_PART.search(facts.heading)
    return of_work and only_states(facts.texts)


def _of_the_year(columns: Mapping[int, ColumnFacts]) -> dict[int, ColumnFacts]:
    """The columns without numbers of a year before that of others: 2025年完成数 beside 2026年目标值
    is for comparison."""
    said = {at: _YEAR.findall(each.heading) for at, each in columns.items()}
    years = {at: found[-1] for at, found in said.items() if found}
    return {
        at: each for at, each in columns.items()
        if years.get(at, "9") >= max(years.values(), default="")
        or share_of(each.texts, is_number) < NEARLY_ALL
    }


def _why(name: float, facts: ColumnFacts, speaks: _Speaks) -> str:
    """The reason in words, for the person who looks at the mapping."""
    words = next(word for least, word in _HOW_ALIKE if name >= least)
    if speaks.what and facts.texts:
        count = round(speaks.share * len(facts.texts))
        words += f"，{len(facts.texts)} 格中 {count} 格{speaks.what}"
    return words
