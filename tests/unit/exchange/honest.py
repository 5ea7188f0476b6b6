"""Honest edits of a workbook of ours, as people make them, from a seed: none of them is an accident."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

_WORDS = ("窗口", "排队", "证照", "热线", "村道", "路灯", "积水", "台账", "补贴", "学位", "井盖", "绿化", "公厕", "站牌")
_NAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英"
Edit = Callable[[random.Random, Any, list[int]], None]


def words(rng: random.Random, many: int = 4) -> str:
    """A made-up phrase."""
    return "".join(rng.choices(_WORDS, k=many)) + f"第{rng.randrange(10_000)}批"


def person(rng: random.Random) -> str:
    """A made-up name."""
    return rng.choice(_NAMES) + "".join(rng.choices(_GIVEN, k=rng.choice((1, 2))))


def _some(rng: random.Random, rows: list[int], most: int) -> list[int]:
    return rng.sample(rows, min(len(rows), rng.randint(1, most)))


def measures(rng: random.Random, book: Any, rows: list[int]) -> None:
    for row in _some(rng, rows, 12):
        book.write(row, "整改措施", words(rng, 8))


def people(rng: random.Random, book: Any, rows: list[int]) -> None:
    for row in _some(rng, rows, 12):
        book.write(row, "责任人", person(rng))
        book.write(row, "联系电话", f"0000-{rng.randrange(10**6, 10**7)}")


def one_person_for_several(rng: random.Random, book: Any, rows: list[int]) -> None:
    name = person(rng)
    for row in _some(rng, rows, 8):
        book.write(row, "责任人", name)


def deadlines(rng: random.Random, book: Any, rows: list[int]) -> None:
    for row in _some(rng, rows, 10):
        book.write(row, "整改时限", f"2030年{rng.randint(1, 12)}月{rng.randint(1, 28)}日")


def two_swapped(rng: random.Random, book: Any, rows: list[int]) -> None:
    a, b = (book.cell(row, "责任人") for row in rng.sample(rows, 2))
    a.value, b.value = b.value, a.value


def corrected(rng: random.Random, book: Any, rows: list[int]) -> None:
    for row in _some(rng, rows, 6):
        book.write(row, "整改事项", f"{book.cell(row, '整改事项').value}（续）")


def emptied(rng: random.Random, book: Any, rows: list[int]) -> None:
    for row in _some(rng, rows, 3):
        book.write(row, "联系电话", None)


def new_items(rng: random.Random, book: Any, rows: list[int]) -> None:
    del rows
    for number in range(1, rng.randint(2, 6)):
        row = book.blank_row(number)
        book.write(row, "整改事项", words(rng)).write(row, "责任单位", "青石县人民政府").write(row, "责任人", person(rng))


def filled_down(rng: random.Random, book: Any, rows: list[int]) -> None:
    text = words(rng, 6)
    start = rng.randrange(len(rows))
    for row in rows[start : start + 15]:
        book.write(row, "备注", text)


def categories(rng: random.Random, book: Any, rows: list[int]) -> None:
    for row in _some(rng, rows, 15):
        book.write(row, "问题类别", rng.choice(("能力不足", "作风不实", "执行不力", "担当不够")))


def sorted_whole(rng: random.Random, book: Any, rows: list[int]) -> None:
    at = book.column(rng.choice(("整改事项", "整改时限", "责任人")))
    cells = [[c.value for c in book.sheet[row]] for row in rows]
    cells.sort(key=lambda values: str(values[at - 1] or ""))
    for row, values in zip(rows, cells, strict=True):
        for column, value in enumerate(values, 1):
            book.sheet.cell(row, column).value = value


def widths(rng: random.Random, book: Any, rows: list[int]) -> None:
    book.sheet.column_dimensions["E"].width = rng.randint(5, 60)
    for row in _some(rng, rows, 5):
        book.sheet.row_dimensions[row].hidden = True


def percents(rng: random.Random, book: Any, rows: list[int]) -> None:
    for row in _some(rng, rows, 15):
        number = rng.choice((5, 10, 20, 35, 50, 60, 75, 80, 95, 100))
        book.write(row, "完成进度", rng.choice((f"{number}%", str(number), f"{number}％")))


def loose_deadlines(rng: random.Random, book: Any, rows: list[int]) -> None:
    for row in _some(rng, rows, 6):
        book.write(row, "整改时限", rng.choice(("2030年9月底前", "2030年三季度", "2030.10.8前", "２０３０年１２月１日", "2030年12月底")))


EDITS: tuple[Edit, ...] = (
    measures, people, one_person_for_several, deadlines, two_swapped, corrected, emptied, new_items, filled_down,
    categories, sorted_whole, widths, percents, loose_deadlines,
)  # fmt: skip


def prepare(office: Any) -> None:
    """Forty items over the units of an office."""
    rng = random.Random(0)
    units = list(office.units.values())
    for number in range(40):
        office.add(
            words(rng), lead_unit=units[number % len(units)], responsible_person=person(rng),
            deadline=dt.date(2030, 1, 1) + dt.timedelta(days=rng.randrange(300)), measures=words(rng, 8),
            phone=f"0000-{rng.randrange(10**6, 10**7)}",
        )  # fmt: skip


def edit(seed: int, book: Any) -> list[str]:
    """One to four honest edits of a workbook; returns what they are called."""
    rng = random.Random(seed)
    rows = [row for row in range(book.head + 1, book.sheet.max_row + 1) if len(str(book.sheet.cell(row, 1).value)) == 20]
    chosen = sorted(rng.sample(EDITS, rng.randint(1, 4)), key=EDITS.index)
    for each in chosen:
        each(rng, book, rows)
    return [each.__name__ for each in chosen]
