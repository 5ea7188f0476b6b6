"""A declaration that is wrong is told by file and key, in words for whoever wrote it; a kind of every field type needs its file alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import resources
from db.errors import DeclarationError
from db.model import builtin, declaration_files
from db.model.declarations import Action, Kind
from db.model.fieldtypes import TYPES
from db.model.kinds import Kinds

EXTRA = {
    "choice": 'choices = ["甲", "乙"]',
    "choices": 'choices = ["红", "黄"]',
    "reference": 'kind = "rectification"',
    "integer": "minimum = 0",
}
FIELDS = "".join(
    f'  {{ name = "f_{name}", label = "{each.label}样", type = "{name}"{", " + EXTRA[name] if name in EXTRA else ""} }},\n'
    for name, each in TYPES.items()
)
KIND = f"""name = "own_list"
label = "自编清单"
title = "f_text"
family = "工作台账"
lifecycle = "close_out"
unit = "f_unit"
lights = {{ yellow_days = 2, calendar = "workday" }}
fields = [
{FIELDS}]
"""


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("declarations")
    for part in ("choices", "lifecycles", "kinds"):
        shutil.copytree(resources.path() / part, folder / part)
    return folder


def loaded(folder: Path, text: str | bytes) -> Kinds:
    file = folder / "kinds" / "own_list.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    try:
        return builtin.load(folder)
    finally:
        file.unlink()


@pytest.mark.parametrize("text", [KIND, "\ufeff" + KIND, KIND.replace("\n", "\r\n")], ids=["plain", "mark", "crlf"])
def test_a_kind_of_every_type_is_its_file_alone(copied: Path, text: str) -> None:
    kind = loaded(copied, text).get("own_list")
    assert {f.type for f in kind.fields} == set(TYPES)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("fields = [", "fields = ", "第 8 行第 10 列写法不对"),
        ('title = "f_text"\n', "", "缺少 title"),
        ("family =", "famly =", "没有 famly 这个键，请检查拼写"),
        ("minimum = 0", "minimun = 0", "没有 minimun 这个键，请检查拼写（在 fields"),
        ("yellow_days = 2", 'yellow_days = "two"', "应为 整数，写成了 文字（在 lights.yellow_days）"),
        ("minimum = 0", 'owner = "me"', "“me”不是这里可以写的值"),
        ("minimum = 0", "minimum = 5, maximum = 1", "minimum 大于 maximum"),
        ("family =", 'writers = ["boss"]\nfamily =', "writers 中没有「boss」这种角色"),
        ('type = "longtext"', 'type = "essay"', "type「essay」不存在"),
        ('"close_out"', '"closeout"', "lifecycle「closeout」不存在"),
        ("yellow_days = 2", "yellow_days = 31", "应在 1 到 30 天之间"),
    ],
)
def test_what_is_wrong_is_said(copied: Path, old: str, new: str, said: str) -> None:
    assert old in KIND
    with pytest.raises(DeclarationError) as caught:
        loaded(copied, KIND.replace(old, new, 1))
    assert said in caught.value.message and "own_list" in caught.value.message


def test_another_encoding_is_named(copied: Path) -> None:
    with pytest.raises(DeclarationError, match="另存为 UTF-8"):
        loaded(copied, KIND.encode("gbk"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('roles = ["administrator", "reviewer"]', 'roles = ["chief"]', "没有「chief」这种角色"),
        ('fields_from = ["handed_over"]', 'fields_from = ["handed"]', "fields_from「handed」不存在"),
    ],
)
def test_what_is_wrong_in_a_lifecycle_is_said(copied: Path, old: str, new: str, said: str) -> None:
    file = copied / "lifecycles" / "close_out.toml"
    before = file.read_text("utf-8")
    assert old in before
    file.write_text(before.replace(old, new, 1), "utf-8")
    try:
        with pytest.raises(DeclarationError, match=said):
            builtin.load(copied)
    finally:
        file.write_text(before, "utf-8")


def test_what_was_renamed_is_read_by_its_old_key_too(tmp_path: Path) -> None:
    """Files of earlier programs, kinds that an office made and workbooks say ``was`` and ``come``."""
    field = '{{ name = "spot", label = "点位", type = "text", {} = ["place"] }}'
    kinds = []
    for key in ("was", "renamed_from"):
        file = tmp_path / f"{key}.toml"
        head = f'name = "tour"\nlabel = "巡查"\ntitle = "spot"\n{key} = ["patrol"]\n'
        file.write_text(f"{head}fields = [{field.format(key)}]\n", "utf-8")
        kinds.append(declaration_files.load(file, Kind))
    assert kinds[0] == kinds[1]
    assert kinds[0].renamed_from == ("patrol",) and kinds[0].fields[0].renamed_from == ("place",)
    text = declaration_files.encode(kinds[0])
    assert text.count('"was":') == 2 and "renamed_from" not in text  # an earlier program reads it
    assert declaration_files.decode(text, Kind, "") == kinds[0]
    for key in ("come", "not_before_today"):
        file.write_text(f'name = "hold"\nlabel = "召开"\nfrom = ["planned"]\n{key} = ["held_on"]\n', "utf-8")
        action = declaration_files.load(file, Action)
        assert action.not_before_today == ("held_on",)
        assert '"come":["held_on"]' in declaration_files.encode(action)
