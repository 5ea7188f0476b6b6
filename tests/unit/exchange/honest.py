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


def _replaced(book: Any, rows: list[int], heading: str, old: str, new: str) -> None:
    for row in rows:
        text = book.cell(row, heading).value
        if text and old in str(text):
            book.write(row, heading, str(text).replace(old, new))


def numbered(rng: random.Random, book: Any, rows: list[int]) -> None:
    """Lines numbered in a column that was blank."""
    text = rng.choice(("{}月办完", "第{}批", "{}号楼"))
    start = rng.randrange(len(rows) - 7)
    for number, row in enumerate(rows[start : start + 7], 1):
        book.write(row, "备注", text.format(number))


def word_replaced(rng: random.Random, book: Any, rows: list[int]) -> None:
    """One word swapped for another wherever it stands, as an office does that calls it otherwise by now."""
    old = rng.choice(_WORDS)
    for heading in ("整改措施", *rng.choice(((), ("整改事项",)))):
        _replaced(book, rows, heading, old, rng.choice(("办事大厅", f"{old}（含乡镇）", "网上平台")))


def area_code_replaced(rng: random.Random, book: Any, rows: list[int]) -> None:
    _replaced(book, rows, "联系电话", "0000-", "0001-")


def exchange_replaced(rng: random.Random, book: Any, rows: list[int]) -> None:
    """All telephones of an exchange have another first figure now."""
    del rng
    _replaced(book, rows, "联系电话", "0000-1", "0000-81")


#: What an item may be called that has no word in common with `words`.
TITLES = (
    "新建村级文化广场", "机关食堂浪费粮食", "驾校培训收费不透明", "农贸市场消防通道被占", "乡镇卫生院夜间无人值班", "校车超员",
    "危房改造进度滞后", "河道非法采砂反弹", "民办教师养老保险漏缴", "工业园区雨污混接", "老旧电梯带病运行", "秸秆焚烧屡禁不止",
)


def renamed(rng: random.Random, book: Any, rows: list[int]) -> None:
    """An item put into other words altogether, the rest of it left."""
    for row in _some(rng, rows, 4):
        book.write(row, "整改事项", rng.choice(TITLES))


def renamed_and_put_off(rng: random.Random, book: Any, rows: list[int]) -> None:
    for row in _some(rng, rows, 3):
        book.write(row, "整改事项", rng.choice(TITLES)).write(row, "整改时限", f"2031-0{rng.randint(1, 9)}-15")


def renamed_with_its_measures(rng: random.Random, book: Any, rows: list[int]) -> None:
    for row in _some(rng, rows, 3):
        book.write(row, "整改事项", rng.choice(TITLES)).write(row, "整改措施", "压实属地责任，逐户上门核查")


def renamed_with_its_person(rng: random.Random, book: Any, rows: list[int]) -> None:
    for row in _some(rng, rows, 3):
        book.write(row, "整改事项", rng.choice(TITLES)).write(row, "责任人", person(rng))
        book.write(row, "联系电话", f"0000-{rng.randrange(10**6, 10**7)}")


def handed_over(rng: random.Random, book: Any, rows: list[int]) -> None:
    """Given to another unit, with its people and a new day, under the same title put a little otherwise."""
    for row in _some(rng, rows, 3):
        book.write(row, "整改事项", f"关于{book.cell(row, '整改事项').value}的整改").write(row, "责任单位", "临湖区人民政府")
        book.write(row, "责任人", person(rng)).write(row, "联系电话", f"0000-{rng.randrange(10**6, 10**7)}")
        book.write(row, "整改时限", f"2031-0{rng.randint(1, 9)}-20")


def rewritten(rng: random.Random, book: Any, rows: list[int]) -> None:
    """An item put into other words with new measures and another day, for the same people."""
    for row in _some(rng, rows, 2):
        book.write(row, "整改事项", rng.choice(TITLES)).write(row, "整改措施", "压实属地责任，逐户上门核查")
        book.write(row, "整改时限", f"2031-0{rng.randint(1, 9)}-15")


def renamed_for_another_unit(rng: random.Random, book: Any, rows: list[int]) -> None:
    for row in _some(rng, rows, 2):
        book.write(row, "整改事项", rng.choice(TITLES)).write(row, "责任单位", "临湖区人民政府")


EDITS: tuple[Edit, ...] = (
    measures, people, one_person_for_several, deadlines, two_swapped, corrected, emptied, new_items, filled_down,
    categories, percents, loose_deadlines, renamed, renamed_and_put_off, renamed_with_its_measures, renamed_with_its_person,
    rewritten, handed_over, renamed_for_another_unit, numbered, word_replaced, area_code_replaced,
    exchange_replaced, sorted_whole, widths,
)  # fmt: skip


#: Each of their rows has one story.
RENAMING = (
    renamed, renamed_and_put_off, renamed_with_its_measures, renamed_with_its_person, rewritten, handed_over,
    renamed_for_another_unit,
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
    free = rng.sample(rows, len(rows))
    stories = {each: [free.pop() for _ in range(6)] for each in chosen if each in RENAMING}
    for each in chosen:
        each(rng, book, stories.get(each) or (rows if each is sorted_whole else sorted(free)))
    return [each.__name__ for each in chosen]
