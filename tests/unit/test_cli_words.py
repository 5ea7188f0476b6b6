"""Help and refusals of the command line are Chinese, for every command and each of its options."""

from __future__ import annotations

import argparse
import re

import pytest

from db.errors import BadInput
from desktop.commands.declared import parser

TOP = parser()
COMMANDS = next(a for a in TOP._actions if isinstance(a, argparse._SubParsersAction)).choices  # noqa: SLF001
ENGLISH = re.compile(r"\b(usage|positional|optional|options|arguments|show this|exit|default)\b", re.IGNORECASE)


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_says_what_each_option_is_for(name: str) -> None:
    each = COMMANDS[name] if name else TOP
    text = each.format_help()
    assert not ENGLISH.search(text)
    for action in each._actions:  # noqa: SLF001
        assert action.help is None or re.search(r"[\u4e00-\u9fff]", action.help), action.dest
        assert action.help or isinstance(action, argparse._SubParsersAction), action.dest  # noqa: SLF001


@pytest.mark.parametrize(("arguments", "words"), [
    (["figures", "--perod", "3"], "没有这个参数：--perod"), (["figure"], "还缺 NAME"), (["figures", "--as-of"], "--as-of 后面要写一个值"),
    (["move", "a", "b", "c", "--on", "2022-13-01"], "--on：「2022-13-01」不是日期"), (["demo", "x", "--items", "many"], "--items 应为数字：many"),
    (["nosuch"], "没有“nosuch”"), (["init", "x", "--office", "a", "--level", "town", "--admin", "b"], "--level 没有“town”，可写"),
    (["list", "petition", "--limit"], "--limit 后面要写一个值"), (["import", "x.xlsx", "--preview=yes"], "--preview 后面不写值"),
])  # fmt: skip
def test_what_is_wrong_is_said_in_chinese(arguments: list[str], words: str) -> None:
    with pytest.raises(BadInput) as told:
        _options, rest = TOP.parse_known_args(arguments)
        TOP.error(f"unrecognized arguments: {' '.join(rest)}")
    assert words in told.value.message
    assert not ENGLISH.search(told.value.message)
