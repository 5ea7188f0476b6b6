"""What any figure can be told apart by, besides the fields of its ledgers, each declared once."""

from __future__ import annotations

import msgspec


class Group(msgspec.Struct, frozen=True):
    """A group: its word in a list of choices, and its heading over a column; what has none is
    offered to nobody, and only asked for by name.

    A part of time says in SQL how it is read off a column (``{0}``) of days, of months or of years,
    as a text that ``periods.parse`` reads; "" where such a column does not tell it.
    """

    word: str
    heading: str = ""
    of_day: str = ""
    of_month: str = ""
    of_year: str = ""
    #: Any figure can be told apart by it, whatever its ledgers declare.
    any_figure: bool = False
    #: Of a part of time: how many of them a figure is followed through, up to a day.
    trend: int = 0
    #: What these are counted in, where that is not its word: 12个月.
    measure: str = ""
    #: The category of the units by which rows are told apart, each by the nearest at or above its
    #: own.
    area: str = ""

    @property
    def is_time(self) -> bool:
        """Whether it is a part of time."""
        return bool(self.of_day)


#: The key of the line of units that stand under none of an area.
ELSEWHERE = "-"
GROUPS: dict[str, Group] = {
    "unit": Group("单位", "单位"),
    "by_city": Group("市（州）", "市（州）", area="city"),
    "by_county": Group("县（市、区）", "县（市、区）", area="county"),
    "ledger": Group("台账", "台账", any_figure=True),
    "leader": Group("牵头领导", "牵头领导"),
    "day": Group("日", of_day="strftime('%Y-%m-%d', {0})"),
    "week": Group("周", "周次", "strftime('%G-W%V', {0})", any_figure=True, trend=13),
    "month": Group(
        "月", "月份", "strftime('%Y-%m', {0})", "{0}", any_figure=True, trend=12,
        measure="个月",
    ),
    "year": Group(
        "年", "年度", "strftime('%Y', {0})", "substr({0}, 1, 4)", "substr({0}, 1, 4)",
        any_figure=True, trend=5,
    ),
    "parent": Group("上级记录"),
}

#: What a figure is followed through, by the part of time, in words.
TRENDS = {
    name: f"最近{group.trend}{group.measure or group.word}"
    for name, group in GROUPS.items() if group.trend
}


def area_of(name: str) -> str:
    """The category of units of the group of that name; "" for any other group."""
    group = GROUPS.get(name)
    return group.area if group is not None else ""


def of_time(name: str) -> Group | None:
    """The part of time of that name; None for any other group."""
    group = GROUPS.get(name)
    return group if group is not None and group.is_time else None
