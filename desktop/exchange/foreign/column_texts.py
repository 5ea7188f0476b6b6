"""What the texts of a column are written like: days, numbers, people, words, ticks; how many of
them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from db.model.declarations import Field
from db.model.fieldtypes import type_of
from db.model.late_pattern import lazy_regex
from desktop.exchange.foreign.cell_cleanup import DRAWN_BLANKS
from desktop.exchange.foreign.foreign_rows import number
from desktop.exchange.foreign.heading_words import meanings
from desktop.exchange.foreign.states import names_state, says_no_more
from desktop.exchange.foreign.unit_roles import is_duty
from desktop.exchange.format.loose_values import (
    approximate_number,
    bound_number,
    loose_date,
    ordinal,
    yes_or_no,
)

#: So many of a column's texts are as good as all.
NEARLY_ALL = 0.8
#: What people write where nothing is to be said.
BLANKS = DRAWN_BLANKS | {"同上", "〃", "″", "”", "“"}
#: A choice of so many characters tells what its column is though all rows say the same.
_SAYS_A_CHOICE = 4
#: Names of units are seldom longer.
_CALLED = 12
#: A longer answer to whether something is so says more.
_ANSWER = 4
_PHONE = lazy_regex(r"^[\d\-\s+()（）转]{7,25}$")
_UNIT_LIKE = lazy_regex(
    r"(?:局|委|办|县|区|市|镇|乡|村|社区|街道|政府|公司|集团|中心|院|校|部|厅|站|所|队|会"
    r"|[科处室股厂园店社行])$"
)
_PERSON = lazy_regex(r"^[\u4e00-\u9fff](?:[\u4e00-\u9fff·]{1,3}|\s+[\u4e00-\u9fff])$")
#: Behind a name what somebody is: 赵栋 副局长.
_AND_MORE = lazy_regex(r"^[\u4e00-\u9fff]{2,3}[\s(（]+([\u4e00-\u9fff]+)[)）]?$")
_NUMBER = lazy_regex(r"^'?[¥$]?[-+]?[\d,]*\.?\d+\s*[^\d\s]{0,3}$")
_BY_THEN = lazy_regex(r"\d[日号]?(?:之?前|以前)$|[底末]之?前$|[年月]内$")
_TICKS = frozenset("√×✓✔☑")
_HAN = lazy_regex(r"[\u4e00-\u9fff]")


def share_of(texts: Sequence[str], fits: Callable[[str], bool]) -> float:
    """How many of the texts fit, 0 to 1; a half where there are none."""
    return sum(map(bool, map(fits, texts))) / len(texts) if texts else 0.5


def like_person(text: str) -> bool:
    """Whether a text is written like the name of one person, or of several."""
    more = _AND_MORE.match(text.strip())
    if more is not None and is_duty(more.group(1)):
        return True
    first = re.split(r"[、,，;；/（(\n\d]", text)[0].strip()
    return _PERSON.match(first) is not None and not _UNIT_LIKE.search(first)


def is_short(text: str) -> bool:
    """Whether a text is short enough for a name."""
    return len(text) <= 30


def is_number(text: str) -> bool:
    """Whether a text is a number, or nearly one: 约70%."""
    return _NUMBER.match(text) is not None or approximate_number(text) is not None


def counts(text: str, declared: Field) -> bool:
    """Whether a text is a number that a field can hold: of a goal the bound, of what is whole the
    place in a row as well."""
    if is_number(text):
        return not _beyond(text, declared)
    goal = "goal" in meanings(declared.label) and bound_number(text) is not None
    return goal or (type_of(declared).whole and ordinal(text) is not None)


def _beyond(text: str, declared: Field) -> bool:
    """Whether a number is smaller than a year, say, can be."""
    found, least = number(text), declared.minimum
    return found is not None and least is not None and found < least


def is_worded(text: str) -> bool:
    """Whether a text says something in words."""
    return bool(_HAN.search(text)) and not is_date(text)


def is_told(text: str) -> bool:
    """The same, and more than yes or no."""
    return is_worded(text) and not is_yes_or_no(text)


def answers(text: str) -> bool:
    """Whether a text answers whether something is so: 是, 已转, 未达标."""
    return is_yes_or_no(text) or (len(text) <= _ANSWER and yes_or_no(text) is not None)


def is_yes_or_no(text: str) -> bool:
    """Whether a text is a yes or a no, or a tick."""
    return text in ("是", "否", "√", "×", "有", "无", "✓", "✔", "x")


def say_one_choice(texts: Sequence[str]) -> bool:
    """Whether several rows say the same, and enough to tell what it is."""
    return len(texts) > 2 and len(texts[0]) >= _SAYS_A_CHOICE


def says_state_in_words(text: str) -> bool:
    """Whether a text says in words whether an item is done."""
    return names_state(text) and not is_yes_or_no(text)


def only_states(texts: Sequence[str]) -> bool:
    """Whether several cells only say how far an item is, and nothing of the work."""
    said = [text for text in texts if text not in BLANKS]
    return len(said) > 1 and share_of(said, says_no_more) >= NEARLY_ALL


def only_ticks(texts: Sequence[str]) -> bool:
    """Whether all texts are ticks and crosses."""
    return bool(texts) and all(text in _TICKS for text in texts)


def is_date(text: str) -> bool:
    """Whether a text is a day, a time from and to, or as long as it takes."""
    from_to = re.split(r"[-—~至到]", text)
    tries = (text, re.sub(r"[（(].*?[)）]", "", text), from_to[-1])
    if any(loose_date(each, 2000, deadline=True) for each in tries if each):
        return True
    return re.search(r"长期|常态|持续|全年|每[年月周季]", text) is not None and len(text) <= 10


def is_phone(text: str) -> bool:
    """Whether a text is a number to call."""
    return _PHONE.match(text) is not None


def like_unit(text: str) -> bool:
    """Whether a text is called as units are."""
    return _UNIT_LIKE.search(text) is not None


def may_be_called(text: str) -> bool:
    """Whether a text is short enough for what a unit may be called, and is no person's name."""
    return len(text) <= _CALLED and is_worded(text) and not like_person(text)


def says_by_when(text: str) -> bool:
    """10月31日前, 年内: a day by which something is to be done."""
    return _BY_THEN.search(text) is not None


def han(text: str) -> int:
    """How many Chinese characters a text has."""
    return len(_HAN.findall(text))
