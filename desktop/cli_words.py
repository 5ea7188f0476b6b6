"""The command line speaks Chinese: argparse's own words, and what each option is for."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from db.errors import BadInput

_UNIT, _FILE = "单位的全称或简称", "文件"
#: What an argument is for, by its name; one that says so itself keeps its words.
WORDS = {
    "folder": "文件夹", "items": "多少件事项，默认 2000",
    "seed": "随机数种子，同一个数生成同样的内容", "no_window": "不打开窗口",
    "office": "单位名称", "level": "province 省，city 市，county 县，township 乡镇",
    "admin": "管理员的用户名",
    "kind": "台账，名称见 zhengxian kinds", "kinds": "台账，名称见 zhengxian kinds",
    "uid": "记录的编号", "values": "栏目=值，栏目的名称见 zhengxian kinds",
    "where": "只列符合条件的，可以写几个", "search": "含有这些字的", "limit": "最多列几条",
    "action": "操作，如 assign、acknowledge、close-out", "note": "理由或说明",
    "to": "存成哪个文件", "unit": _UNIT, "blank_rows": "留多少空行，默认 50",
    "password_file": "工作簿的密码写在这个文件里", "file": _FILE,
    "preview": "只看会改什么，不写入", "decide": "有冲突时取本单位的或来件的",
    "as_kind": "别处来的表按哪个台账读", "conflict": "冲突的编号",
    "choice": "取本单位的、来件的，或另写一个值",
    "import_id": "导入的编号，见 zhengxian imports",
    "period": "时段：2022-09 月，2022-W36 周，2022 年", "name": "名称",
    "rows": "列出数字背后的记录", "report": "文种，名称见 zhengxian reports",
    "item": "哪一件事项的编号", "masked": "脱敏版", "act": "做什么",
    "role": "角色：administrator、reviewer、clerk、personnel、viewer", "backup": "备份文件",
    "package": "安装包",
}
_SAID = (
    (r"the following arguments are required: (.+)", r"还缺 \1"),
    (r"argument (\S+): expected one argument", r"\1 后面要写一个值"),
    (r"argument (\S+): expected at least one argument", r"\1 后面至少写一个值"),
    (r"argument (\S+): ignored explicit argument .+", r"\1 后面不写值"),
    (r"argument (.+?): invalid choice: '?(.+?)'? \(choose from (.+)\)", r"\1 没有“\2”，可写 \3"),
    (r"argument (.+?): invalid (?:int|_count|_row_number) value: '?(.+?)'?", r"\1 应为数字：\2"),
    (r"argument (.+?): (.+)", r"\1：\2"), (r"unrecognized arguments: (.+)", r"没有这个参数：\1"),
)  # fmt: skip


class _Help(argparse.HelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "写法：" if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """An argument parser whose help and refusals are Chinese."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("formatter_class", _Help)
        super().__init__(**more, add_help=False)
        self._positionals.title, self._optionals.title = "参数", "选项"
        self.add_argument("-h", "--help", action="help", help="显示这段说明")

    def format_help(self) -> str:
        """The help, with words for what an option without any is."""
        for action in self._actions:
            if action.help is None:
                action.help = WORDS.get(action.dest)
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Raises ``BadInput`` with what is wrong, in Chinese."""
        said = message
        for pattern, words in _SAID:
            if re.fullmatch(pattern, message, re.DOTALL):
                said = re.sub(pattern, words, message, flags=re.DOTALL)
                break
        raise BadInput(f"命令写法不对（{said}）。用 zhengxian --help 查看全部写法。")
