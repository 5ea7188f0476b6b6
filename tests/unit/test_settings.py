"""Each setting is declared once: what is kept comes back with its type, what was never kept is the default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from db.model import settings as declared
from db.model.settings import BookSetting
from desktop.settings import Settings

KEPT: dict[str, Any] = {
    "key_serial": 7, "settled_pairs": 12, "people": {"a": {"clerk": "王工"}}, "unit_claims": {"a": {"u": None}}, "workbook_key": b"\x01" * 32,
    "recovery:unseen": True, "masked_people": {"salt": "00", "marks": []}, "foreign_headings": {"item": {"名称": "title"}},
    "foreign_tables": [{"kind": "item"}], "back_dating": {"administrator": 0, "reviewer": 7, "clerk": 31},
}
IN_BOOKS = [each for each in vars(declared).values() if isinstance(each, BookSetting)]


class Kept:
    """The two tables of a book."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}
        self.settings: dict[str, str] = {}
        self.meta, self.setting = self.facts.get, self.settings.get

    def set_meta(self, **facts: str) -> None:
        self.facts |= facts

    def set_setting(self, key: str, value: str) -> None:
        self.settings[key] = value


@pytest.mark.parametrize("setting", IN_BOOKS, ids=lambda each: each.key.replace(":", " "))
def test_what_a_book_keeps_comes_back(setting: BookSetting[Any]) -> None:
    book = Kept()
    before = setting.of(book)
    assert before == setting.read(setting.blank) and (setting.blank in ("city", declared.BACK_DATING.blank) or not before)
    value = KEPT.get(setting.key, "县纪委")
    setting.save(book, value)
    assert setting.of(book) == value and type(setting.of(book)) is type(value)
    assert set(book.facts if setting.scope == "fact" else book.settings) == {setting.key}


def test_keys_and_names_are_each_declared_once() -> None:
    assert len({each.key for each in IN_BOOKS}) == len(IN_BOOKS)
    in_files = {each for each in vars(declared).values() if isinstance(each, declared.Setting)}
    assert in_files == set(declared.SETTINGS)
    assert len({each.name for each in in_files}) == len(in_files)


def test_an_unsaved_entry_is_kept_and_forgotten() -> None:
    book, typed = Kept(), declared.draft("clerk", "item", "new")
    typed.save(book, {"raw": {"title": "半句"}})
    assert typed.of(book) == {"raw": {"title": "半句"}}
    typed.save(book, {})
    assert typed.of(book) == {} and book.settings == {"draft:clerk:item:new": ""}


def test_a_file_keeps_what_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHENGXIAN_CONFIG", str(tmp_path / "config"))
    settings = Settings(tmp_path, "clerk")
    settings.set_all({declared.TOAST_SECONDS: 1_000, declared.BACKUP_DAILY: False, declared.LAST_USER: "clerk"})
    again = Settings(tmp_path, "clerk")
    assert (again[declared.TOAST_SECONDS], again[declared.BACKUP_DAILY]) == (60, False)
    assert Settings()[declared.LAST_USER] == "clerk" and Settings(tmp_path, "other")[declared.TOAST_SECONDS] == 8
    again.set(declared.TOAST_SECONDS, "lange")  # type: ignore[arg-type]
    assert again[declared.TOAST_SECONDS] == 8
    again.set(declared.BACKUP_DAILY, 1)
    assert again[declared.BACKUP_DAILY] is True
