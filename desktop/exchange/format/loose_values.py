"""What people write loosely in a cell that wants a date, a number, a choice: read where it can mean
only one thing, and always told.

5月底前 in a column of deadlines is the 31st, 约3200人 is 3200; 长期坚持 stays an error with its
cell."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from db.model.dates import parse_date
from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from db.model.late_pattern import lazy_regex

_HAN = {
    "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
    "十一": 11, "十二": 12,
}
_HAN_BEFORE = lazy_regex(r"(?<![一二三四五六七八九十])(十[一二]|[一二三四五六七八九十])(?=月|季度)")
#: 二〇二六年, 二十五日
_HAN_YEAR = lazy_regex(
    r"二[〇○零Oo0]([〇○零Oo0一二三四五六七八九])([〇○零Oo0一二三四五六七八九])(?=年)"
)
_HAN_DAY = lazy_regex(r"(?<=月)([二三])?(十)?([一二三四五六七八九])?(?=[日号])")
#: What may stand behind a date without changing which day it is.
_TAIL = (
    r" ?(?:上午|下午|中午)?(?:\d{1,2}[:时点]\d{0,2}(?::\d{2})?分?)?"
    r"(?:之前|以前|前|为止|止|完成|办结|前完成|前办结)?"
)
_YEAR = r"(?:(?P<year>20\d\d)[年./-]|(?P<said>今年|明年|本年))?"
_DAY = lazy_regex(
    rf"^(?:于|至|到)?{_YEAR}(?P<month>\d{{1,2}})[月./-](?P<day>\d{{1,2}})[日号]?{_TAIL}$"
)
_MONTH = lazy_regex(
    rf"^(?:于|至|到)?{_YEAR}(?P<month>\d{{1,2}})(?:月份?)?(?P<part>底|末|上旬|中旬|下旬)?{_TAIL}$"
)
_QUARTER = lazy_regex(rf"^(?:于|至|到)?{_YEAR}第?(?P<quarter>[1-4])季度[底末]?{_TAIL}$")
_HALF = lazy_regex(
    rf"^(?:于|至|到)?{_YEAR}(?P<half>上半年|下半年|年底|年末|年内|全年|底|末|内)[底末]?{_TAIL}$"
)
_GAP = lazy_regex(r"((?<=\d)\s+(?=\d{1,2}[:时点]))|\s+")
_TITLE_YEAR = lazy_regex(r"(20\d\d)\s*年")
_UNTIL = lazy_regex(r"(?:截至|截止)(?:日期|时间)?[:：]?(20\d\d[年./-]\d{1,2}[月./-]\d{1,2}日?)")
_DATED_YEAR = lazy_regex(r"(20\d\d)[年./-]")
_BRACKETS = lazy_regex(r"\([^()]*\)")
#: 周五(10月2日): the day stands in the brackets.
_DAY_OF_WEEK = lazy_regex(r"^(?:下|本|这)?个?(?:周|星期|礼拜)[一二三四五六日天]\(([^()]+)\)$")
_BETWEEN = lazy_regex(r"至|到|~|-+")
_OF_START = lazy_regex(r"开工|开始|启动|开建|成立|设立|发生|起")
_ABOUT = lazy_regex(
    r"^(?:大?约|近|逾|超过?|已?达|累计|共)?\s*([-+]?[\d,]*\.?\d+)\s*"
    r"(?:余|多)?([^\d\s余多]*?)(?:左右|以上|以内|余|多|\+)?$"
)
#: ≥8, 不低于99%: a goal is what lies at the bound.
_BOUND = lazy_regex(
    r"^(?:[≥≤><]=?|=|不[低少高多大小]于|不超过|至少|最多|控制在)\s*([-+]?[\d,]*\.?\d+)"
    r"\s*([^\d\s]*?)(?:以[上内下])?$"
)
#: What is or is not so by now; 已 before any other word (已退回, 已取消) says neither.
_REACHED = "(?:达标|合格|通过|成功|完成|创建|建成|办结|解决|落实|整改|转)"
_YES = lazy_regex(rf"^(?:已{_REACHED}+|达标|合格|通过|成功|完成)$")
_NO = lazy_regex(rf"^(?:尚?未|不|没有?){_REACHED}+$")
#: Days since 1899-12-30 that stand for 1954 to 2064.
_SERIAL_DATES = range(20_000, 60_000)
_WEEKDAY = lazy_regex(
    rf"^(?P<week>下下|下|本|这)?个?(?:周|星期|礼拜)(?P<day>[一二三四五六日]){_TAIL}$"
)
_MONTHDAY = lazy_regex(rf"^(?P<day>[1-9]|[12]\d|3[01])[日号]{_TAIL}$")
#: 七成, 百分之八十.
_TENTHS = lazy_regex(
    r"^(?:大?约|近|逾|超过?|已?达)?([一二三四五六七八九])成([一二三四五六七八九半])?(?:左右|以上"
    r"|多)?$"
)
_PERCENT = lazy_regex(
    r"^(?:大?约|近|逾|超过?|已?达)?百分之([一二三四五六七八九])?十([一二三四五六七八九])?$"
)
#: 第36周, 第三期.
_ORDINAL = lazy_regex(r"^第(\d+|十[一二]?|[一二三四五六七八九])[周期次批届号轮]$")
_LAST_MONTH = {
    "上半年": 6, "下半年": 12, "年底": 12, "年末": 12, "年内": 12, "全年": 12, "底": 12, "末": 12,
    "内": 12,
}
_DAY_OF = {"上旬": 10, "中旬": 20}
_NAME = lazy_regex(r"^([\u4e00-\u9fff])[\s\u3000]+([\u4e00-\u9fff])$")
_OF_PEOPLE = ("人", "姓名", "负责人", "书记", "主任", "员")


def year_of(
    texts: Iterable[str], today: dt.date, inside: Iterable[str] = (), beside: Iterable[str] = ()
) -> int:
    """The year that a table is about: the first that its titles name, else the one of most dates
    ``inside`` it, else what its notes and names say ``beside`` it, else this one."""
    if (named := _first_year(texts)) is not None:
        return named
    dated = (_DATED_YEAR.match(unicodedata.normalize("NFKC", text).strip()) for text in inside)
    years = Counter(int(match.group(1)) for match in dated if match)
    return years.most_common(1)[0][0] if years else _first_year(beside) or today.year


def named_year(titles: Iterable[str], headings: Iterable[str]) -> int | None:
    """The year that a table's titles name, else the last that its headings do: 2021年完成 beside
    2022年目标."""
    years = (_first_year((text,)) for text in headings)
    return _first_year(titles) or max(filter(None, years), default=None)


def _first_year(texts: Iterable[str]) -> int | None:
    for text in texts:
        match = _TITLE_YEAR.search(_year_in_digits(unicodedata.normalize("NFKC", text)))
        if match:
            return int(match.group(1))
    return None


def _year_in_digits(plain: str) -> str:
    """二〇二六年 as 2026年."""
    return _HAN_YEAR.sub(lambda m: f"20{_digit(m.group(1))}{_digit(m.group(2))}", plain)


def _digit(letter: str) -> int:
    return _HAN.get(letter, 0)


def _in_digits(plain: str) -> str:
    """A date with its numerals as figures: 二〇二六年十一月二十日."""
    plain = _HAN_BEFORE.sub(lambda m: str(_HAN[m.group(1)]), _year_in_digits(plain))
    return _HAN_DAY.sub(_day_in_digits, plain)


def _day_in_digits(match: re.Match[str]) -> str:
    tens, ten, one = match.groups()
    if not ten and (tens and one):
        return match.group()  # 二三日 is no day
    day = (_digit(tens) if tens else 1) * 10 * bool(ten) + _digit(one or "")
    return str(day or _digit(tens or "")) if any(match.groups()) else ""


def until_of(texts: Sequence[str], today: dt.date) -> dt.date | None:
    """The day until which a table says what was so: 截至2022年9月30日."""
    for text in texts:
        match = _UNTIL.search("".join(unicodedata.normalize("NFKC", text).split()))
        day = parse_date(match.group(1)) if match else None
        if day is not None and day <= today:
            return day
    return None


def is_deadline(kind: Kind, declared: Field) -> bool:
    """Whether a date is one by which something must be done, so that a month means its last day."""
    return declared.label.endswith(("时限", "期限")) or (
        kind.lights is not None and kind.lights.deadline == declared.name
    )


def is_start(declared: Field) -> bool:
    """Whether a date is one on which something begins, so that a month means its first day."""
    return _OF_START.search(declared.label) is not None


def loose_date(
    text: str, year: int, *, deadline: bool, start: bool = False
) -> dt.date | None:
    """The day that a loosely written date means; months, quarters and the like only where it is a
    deadline (their last day), a month where something starts (its first). Of a span, a deadline
    is its end and any other date its beginning."""
    plain = _without_blanks(unicodedata.normalize("NFKC", text)).replace("。", ".")
    plain = _DAY_OF_WEEK.sub(r"\1", plain)
    plain = _BRACKETS.sub("", plain).replace("—", "-").replace("–", "-").rstrip("起")
    plain = _in_digits(plain)
    match = _DAY.match(plain)
    if match:
        return _day(_year(match, year), int(match["month"]), int(match["day"]))
    whole = parse_date(text) or parse_date(plain)
    if whole is not None:
        return whole
    if start and (month := _MONTH.match(plain)) and _is_whole(month):
        return _day(_year(month, year), int(month["month"]), 1)
    return (_end_of(plain, year) if deadline else None) or _of_span(plain, year, deadline)


def _without_blanks(plain: str) -> str:
    """A date without its blanks, but for one between a day and an hour: 4/2 14:30 is not the 21st.
    """
    return _GAP.sub(lambda m: " " if m.group(1) else "", plain.strip())


def _is_whole(month: re.Match[str]) -> bool:
    """Whether a month is meant, no part of it: 3月, 2022.3; not 3."""
    said = "月" in month.string or month["year"] is not None
    return said and not month["part"]


def _of_span(plain: str, year: int, deadline: bool) -> dt.date | None:
    """The end of a span of days (its beginning where no deadline is wanted)."""
    for mark in _BETWEEN.finditer(plain):
        first = loose_date(plain[: mark.start()], year, deadline=True)
        if first is None or mark.start() == 0:
            continue
        last = loose_date(plain[mark.end() :], first.year, deadline=True)
        if last is not None and first <= last:
            return last if deadline else first
    return None


def _end_of(plain: str, year: int) -> dt.date | None:
    """The last day of a month, quarter or half year, or the part of the month that is meant."""
    match = _MONTH.match(plain)
    if match and any((match["part"], "月" in plain, match["year"])):
        return _day(_year(match, year), int(match["month"]), _DAY_OF.get(match["part"] or "", 0))
    match = _QUARTER.match(plain)
    if match:
        return _day(_year(match, year), int(match["quarter"]) * 3, 0)
    match = _HALF.match(plain)
    if match and (match["half"] not in ("底", "末", "内") or match["year"] or match["said"]):
        return _day(_year(match, year), _LAST_MONTH[match["half"]], 0)
    return None


def _year(match: re.Match[str], year: int) -> int:
    return int(match["year"]) if match["year"] else year + (match["said"] == "明年")


def _day(year: int, month: int, day: int) -> dt.date | None:
    """Day 0 is the last of the month."""
    try:
        return dt.date(year, month, day or calendar.monthrange(year, month)[1])
    except (ValueError, calendar.IllegalMonthError):
        return None


def approximate_number(text: str) -> str | None:
    """约3200人 as 3200人, 七成 as 70%; None for what is no number."""
    plain = _BRACKETS.sub("", unicodedata.normalize("NFKC", text).strip()).strip()
    if match := _TENTHS.match(plain):
        part = match.group(2) or ""
        return f"{_HAN[match.group(1)]}{5 if part == '半' else _HAN.get(part, 0)}%"
    if match := _PERCENT.match(plain):
        tens = _HAN.get(match.group(1) or "一", 0) * 10
        return f"{tens + _HAN.get(match.group(2) or '', 0)}%"
    match = _ABOUT.match(plain)
    return match.group(1) + match.group(2) if match else None


def ordinal(text: str) -> str | None:
    """第36周 as 36; None for what is no place in a row."""
    match = _ORDINAL.match("".join(unicodedata.normalize("NFKC", text).split()))
    return str(_HAN.get(match.group(1), match.group(1))) if match else None


def bound_number(text: str) -> str | None:
    """≥8 as 8, 不低于99% as 99%; None for what is no bound."""
    match = _BOUND.match("".join(unicodedata.normalize("NFKC", text).split()))
    return match.group(1) + match.group(2) if match else None


_THINGS = ("风险", "隐患", "问题", "事故", "事件")


def nearest_choice(text: str, declared: Field) -> str | None:
    """The one choice whose label holds the text, or is held by it; None where none or several do.
    """
    plain = "".join(text.split())
    if len(plain) < 2 or plain.startswith(("不", "未", "非")):
        return None
    for hits in (*_choices_near(plain, declared), _choices_of_things(plain, declared)):
        if len(hits) == 1 and "不" + plain not in hits[0] and "未" + plain not in hits[0]:
            return hits[0]
    return None


def _choices_near(plain: str, declared: Field) -> tuple[list[str], list[str]]:
    """The choices that hold a text, and those that it holds."""
    labels = [option.label for option in declared.options]
    return (
        [label for label in labels if plain in label],
        [label for label in labels if len(label) >= 2 and label in plain],
    )


def _choices_of_things(plain: str, declared: Field) -> list[str]:
    """重大风险 where 重大隐患 is written: the choices that say the same of another thing."""
    labels = [option.label for option in declared.options]
    if not plain.endswith(_THINGS):
        return []
    return [each for each in labels if each.endswith(_THINGS) and each[:-2] == plain[:-2]]


def yes_or_no(text: str) -> str | None:
    """已创建, 达标 as yes; 未达标, 不合格 as no; None for what says neither."""
    plain = "".join(text.split())
    if _NO.match(plain):
        return "否"
    return "是" if _YES.match(plain) else None


def is_person(declared: Field) -> bool:
    """Whether a field holds the name of one person as text."""
    return type_of(declared).single_line and declared.label.endswith(_OF_PEOPLE)


def leader_named(text: str, by_title: Callable[[str], str | None]) -> str | None:
    """The known person named at the beginning or the end of a text that also tells their duty."""
    bare = re.sub(r"[（(][^（）()]*[)）]", "", text).strip()
    words = [bare, "".join(bare.split()), *re.split(r"[\s:：,，、]+", bare)]
    words += [bare[:n] for n in (2, 3, 4)] + [bare[-n:] for n in (2, 3, 4)]
    found = [uid for word in words if len(word) >= 2 and (uid := by_title(word)) is not None]
    return found[0] if len(set(found)) == 1 else None


def serial_date(plain: str) -> dt.date | None:
    """The day that a date cell stands for that lost its format."""
    if len(plain) == 5 and plain.isdigit() and int(plain) in _SERIAL_DATES:
        return dt.date(1899, 12, 30) + dt.timedelta(days=int(plain))
    return None


def near_day(text: str, sent: dt.date) -> dt.date | None:
    """下周五, 30日前: the day that is meant by somebody who writes on the day ``sent``."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if match := _WEEKDAY.match(plain):
        monday = sent - dt.timedelta(days=sent.weekday())
        weeks = {"下": 1, "下下": 2}.get(match["week"] or "", 0)
        return monday + dt.timedelta(weeks=weeks, days="一二三四五六日".index(match["day"]))
    if match := _MONTHDAY.match(plain):
        later = sent.day > int(match["day"])
        month = sent.month % 12 + 1 if later else sent.month
        return _day(sent.year + (later and month == 1), month, int(match["day"]))
    return None


def person_name(text: str, declared: Field) -> str:
    """张　三, spaced out to the width of three characters, is 张三."""
    return (
        _NAME.sub(r"\1\2", text) if is_person(declared) else text
    )
