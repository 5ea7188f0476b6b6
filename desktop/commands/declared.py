"""All commands of the command line: their arguments, and where the function of each is.

Its forms are a contract. A module is imported when one of its commands is called.
"""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from db.model.dates import parse_date
from db.model.roles import ROLES
from desktop import __version__
from desktop.cli_words import Parser

Handler = Callable[..., int]

#: Bytes that the usual file systems allow for one name.
_LONGEST_NAME = 255


def _count(text: str) -> int:
    """A whole number that is not negative."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _row_number(text: str) -> int:
    """A number that a table may hold."""
    number = int(text)
    if abs(number) >= 2**63:
        raise ValueError(text)
    return number


def _place(text: str) -> str:
    """A path that a disk can hold: longer names and the character zero are an error of the
    system's, without a sentence."""
    if "\0" in text or any(
        len(part.encode()) > _LONGEST_NAME for part in text.replace("\\", "/").split("/")
    ):
        raise argparse.ArgumentTypeError(
            f"路径中的名称太长或有不能用的字符，每一级最多 {_LONGEST_NAME} 个字节"
        )
    return text


def _path(text: str) -> str:
    """A path that names something: the empty text would mean the folder one stands in."""
    if not text.strip():
        raise argparse.ArgumentTypeError("路径是空的")
    return _place(text)


def _day(text: str) -> dt.date:
    """A date as people type it."""
    day = parse_date(text)
    if day is None:
        raise argparse.ArgumentTypeError(f"「{text}」不是日期，应写成 2022-09-05")
    return day


def _as_of(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--as-of", metavar="DATE", type=_day,
        help="截至哪一天的情况，默认时段的最后一天，没有过完的是今天",
    )


def _masking(parser: argparse.ArgumentParser) -> None:
    """What a printed edition hides."""
    parser.add_argument("--masked", action="store_true")
    parser.add_argument("--hide", metavar="单位,地名,人名,数字,日期", help="脱敏版只隐去这几项")


def _office(command: str) -> Handler:
    from desktop.commands import office

    found: dict[str, Handler] = {
        "demo": office.demo, "init": office.init, "users": office.users, "backup": office.backup,
        "restore": office.restore, "repair": office.repair_damaged, "open": office.open_backup,
        "update": office.update, "verify": office.verify,
    }
    return found[command]


def _records(command: str) -> Handler:
    from desktop.commands import records

    found: dict[str, Handler] = {
        "kinds": records.show_kinds, "list": records.list_records, "show": records.show_record,
        "add": records.add_record, "set": records.set_record, "delete": records.delete_record,
        "move": records.move_record, "make-items": records.make_items,
    }
    return found[command]


def _export(command: str) -> Handler:
    from desktop.commands import export

    found: dict[str, Handler] = {"export": export.export}
    return found[command]


def _exchange(command: str) -> Handler:
    from desktop.commands import exchange

    found: dict[str, Handler] = {
        "import": exchange.import_workbook, "conflicts": exchange.conflicts,
        "decide": exchange.decide, "imports": exchange.imports, "undo-import": exchange.undo_import,
    }
    return found[command]


def _figures(command: str) -> Handler:
    from desktop.commands import figures

    found: dict[str, Handler] = {"figures": figures.figures, "figure": figures.figure}
    return found[command]


def _bulletin(command: str) -> Handler:
    """Papers that are drafted, at once or in a rhythm."""
    from desktop.commands import bulletin, schedule

    found: dict[str, Handler] = {"bulletin": bulletin.bulletin, "schedule": schedule.schedule}
    return found[command]


def _kinds(command: str) -> Handler:
    """What follows from the declarations as a whole, and is seldom asked for."""
    from desktop.commands import define, open_files, personnel, reporting, years

    found: dict[str, Handler] = {
        "rosters": personnel.rosters,
        "define": define.define, "year": years.year, "reporting": reporting.reporting,
        "hand-out": open_files.hand_out, "take-in": open_files.take_in,
    }
    return found[command]


def printing(command: str) -> Handler:
    """Papers that are printed; of no command, what keeps a letter that a step wrote."""
    from desktop.commands import printing

    found: dict[str, Handler] = {
        "reports": printing.reports, "print": printing.print_report, "": printing.keep_letter,
    }
    return found[command]


def _call(find: Callable[[str], Handler], command: str, *given: object) -> int:
    return find(command)(*given)


class _Unread(Parser):
    """Stands for a command that is not called, and keeps nothing of what is said of it."""

    def __init__(self) -> None:
        pass

    def add_argument(self, *_: Any, **__: Any) -> Any:
        """Nothing."""


def parser(named: Collection[str] | None = None) -> argparse.ArgumentParser:
    """All commands and their arguments; where words are given, only the commands among them."""
    top = Parser(
        prog="zhengxian", description="争先台账：清单台账、周交月评、通报打印，离线使用。",
        allow_abbrev=False,
    )
    top.add_argument("--data", metavar="DIR", type=_place, help="单位的数据文件夹")
    top.add_argument(
        "--user", metavar="NAME", help="用户名；密码取自环境变量 ZHENGXIAN_PASSWORD 或当场输入"
    )
    top.add_argument("--json", action="store_true", help="答复为一份 JSON")
    top.add_argument(
        "--version", action="version", version=f"zhengxian {__version__}",
        help="显示版本",
    )
    commands = top.add_subparsers(dest="command", metavar="命令", parser_class=Parser)

    def command(
        name: str, help_text: str, find: Callable[[str], Handler], *, login: bool = True
    ) -> argparse.ArgumentParser:
        if named is not None and name not in named:
            return _Unread()
        added = commands.add_parser(name, help=help_text, allow_abbrev=False)
        added.set_defaults(handler=partial(_call, find, name), login=login)
        return added

    each = command("demo", "建一个虚构的示例单位", _office, login=False)
    each.add_argument("folder", metavar="DIR", type=_path)
    each.add_argument("--items", type=_count, default=2000, metavar="N")
    each.add_argument("--seed", type=int, default=1, metavar="S")
    each.add_argument("--level", default="city", choices=("city", "province"))
    each.add_argument("--no-window", action="store_true")

    each = command("init", "建立单位台账", _office, login=False)
    each.add_argument("folder", metavar="DIR", type=_path)
    each.add_argument("--office", required=True, metavar="NAME")
    each.add_argument("--level", required=True, choices=("province", "city", "county", "township"))
    each.add_argument("--admin", required=True, metavar="NAME")

    command("kinds", "全部台账及其字段", _records, login=False)

    each = command("list", "查询一种台账", _records)
    each.add_argument("kind", metavar="KIND")
    each.add_argument("--where", action="append", default=[], metavar="FIELD=VALUE")
    each.add_argument("--search", metavar="TEXT")
    each.add_argument("--limit", type=_row_number, metavar="N")

    each = command("show", "一条记录及其子记录、修改记录", _records)
    each.add_argument("kind", metavar="KIND")
    each.add_argument("uid", metavar="UID")

    each = command("add", "新增一条记录", _records)
    each.add_argument("kind", metavar="KIND")
    each.add_argument("values", nargs="+", metavar="FIELD=VALUE")
    each.add_argument("--parent", metavar="UID", help="所属事项（子记录用）")

    each = command("set", "修改一条记录", _records)
    each.add_argument("kind", metavar="KIND")
    each.add_argument("uid", metavar="UID")
    each.add_argument("values", nargs="+", metavar="FIELD=VALUE")

    each = command("delete", "移入回收站", _records)
    each.add_argument("kind", metavar="KIND")
    each.add_argument("uid", metavar="UID")
    each.add_argument("--back", action="store_true", help="从回收站恢复")

    each = command(
        "move", "流程操作：assign、acknowledge、report、request-close-out、close-out …",
        _records,
    )
    each.add_argument("kind", metavar="KIND")
    each.add_argument("uid", metavar="UID")
    each.add_argument("action", metavar="ACTION")
    each.add_argument(
        "values", nargs="*", metavar="FIELD=VALUE", help="操作要问的内容，如延期后的时限"
    )
    each.add_argument("--on", metavar="DATE", type=_day, help="这一步实际发生的日期，默认今天")
    each.add_argument("--note", metavar="TEXT")

    each = command("make-items", "督查问题、会议决定转为事项", _records)
    each.add_argument("kind", metavar="KIND")
    each.add_argument("uids", nargs="+", metavar="UID", help="哪几条，写编号")

    each = command("export", "导出工作簿", _export)
    each.add_argument("kinds", nargs="+", metavar="KIND")
    each.add_argument("--to", required=True, metavar="FILE.xlsx", type=_path)
    each.add_argument("--unit", metavar="U")
    each.add_argument("--item", metavar="UID", help="导出任免审批表（.lrmx）时写明干部")
    each.add_argument("--blank-rows", type=_count, default=50, metavar="N")
    each.add_argument("--password-file", metavar="F", type=_path)

    each = command("import", "导入工作簿", _exchange)
    each.add_argument("file", metavar="FILE.xlsx", type=_path)
    each.add_argument("--preview", action="store_true")
    each.add_argument("--decide", choices=("mine", "theirs"))
    each.add_argument(
        "--accept", action="append", default=[], metavar="CODE", help="这一类疑似失误照样写入"
    )
    each.add_argument(
        "--leave", action="append", default=[], metavar="UID",
        help="预览里的这一条（新增、申报或改动）不采用",
    )
    each.add_argument(
        "--both", action="append", default=[], metavar="UID",
        help="一行写了两件事：原来的一条留着，这一条另记一条",
    )
    each.add_argument("--as", dest="as_kind", metavar="KIND")
    each.add_argument(
        "--constant", action="append", default=[], metavar="FIELD=VALUE",
        help="别处来的表没有写的栏，整表同一值",
    )
    each.add_argument(
        "--make", action="append", default=[], metavar="NAME",
        help="别处来的表里没有登记的单位、领导：照新的登记",
    )
    each.add_argument(
        "--means", action="append", default=[], metavar="NAME=KNOWN",
        help="没有登记的名称就是已有的哪一个（单位、领导、选项），记住这个写法",
    )
    each.add_argument("--item", metavar="UID|new", help="任免审批表是哪名干部的；new 为新增一人")
    each.add_argument("--password-file", metavar="F", type=_path)

    command("conflicts", "待处理的冲突", _exchange)
    each = command("decide", "处理一个冲突", _exchange)
    each.add_argument("conflict", metavar="CONFLICT_ID", type=_row_number)
    each.add_argument("choice", metavar="mine|theirs|VALUE")
    each.add_argument("--note", metavar="TEXT", help="理由")
    command("imports", "导入历史", _exchange)
    each = command("undo-import", "整体撤销一次导入", _exchange)
    each.add_argument("import_id", metavar="IMPORT_ID")

    for name in ("figures", "figure"):
        each = command(name, "指标数字" if name == "figures" else "一个数字及其依据", _figures)
        if name == "figure":
            each.add_argument("name", metavar="NAME")
            each.add_argument("--rows", action="store_true")
            each.add_argument(
                "--by", metavar="分组",
                help="按什么分开数：单位、牵头领导，或台账里的一栏，如来源、工作类别",
            )
        each.add_argument("--period", metavar="2022-09|2022-W36|2022")
        _as_of(each)
        each.add_argument("--unit", metavar="U")

    each = command("define", "定义本单位自己的台账、指标或文种", _kinds)
    each.add_argument("file", metavar="FILE.toml", type=_path, help="声明文件，写法见手册")

    command("reports", "可打印的文种", printing)
    each = command("print", "打印为 PDF，或写成 Word 文件", printing)
    each.add_argument("report", metavar="REPORT")
    each.add_argument("--to", required=True, metavar="FILE.pdf|FILE.docx", type=_path)
    each.add_argument("--period", metavar="P")
    _as_of(each)
    each.add_argument("--unit", metavar="U")
    each.add_argument("--item", metavar="UID")
    each.add_argument("--send", action="store_true", help="函件、单据：编号发出，记入事项，再打印")
    each.add_argument("--note", metavar="TEXT", help="随 --send：写进函件的内容")
    each.add_argument(
        "--letter", metavar="N", help="重印发过的哪一号（5 或 2022-5），“新”为还没有编号的一份"
    )
    _masking(each)

    each = command("bulletin", "通报：拟稿、送审、核稿、印发、撤回、档案", _bulletin)
    each.add_argument(
        "act",
        choices=(
            "new", "list", "show", "refresh", "submit", "check", "return", "issue", "withdraw",
            "print", "parts", "fetch",
        ),
    )
    each.add_argument("name", nargs="?", metavar="REPORT|UID")
    each.add_argument(
        "--set", action="append", default=[], metavar="要素=文字",
        help="parts：份号、密级、紧急程度、签发人、附注、抄送、印数等",
    )
    each.add_argument("--period", metavar="P")
    _as_of(each)
    each.add_argument("--unit", metavar="U")
    each.add_argument("--item", metavar="UID")
    each.add_argument("--note", metavar="TEXT")
    each.add_argument("--search", metavar="TEXT")
    each.add_argument("--to", metavar="FILE.pdf|FILE.docx", type=_path)
    _masking(each)
    each.add_argument(
        "--from", dest="from_", metavar="FILE.docx", type=_path, help="fetch：在 Word 里改过的稿子"
    )
    each.add_argument("--correction", action="store_true", help="更正同期已印发的通报")

    each = command("schedule", "定期文稿：列出、增改、到期一次拟稿", _bulletin)
    each.add_argument(
        "act", nargs="?", default="due", choices=("due", "list", "add", "set", "run", "skip")
    )
    each.add_argument("name", nargs="?", metavar="REPORT|UID")
    each.add_argument("values", nargs="*", metavar="FIELD=VALUE")
    each.add_argument("--older", action="store_true", help="连同最近6期以前没有拟的")

    each = command("users", "用户：查看、新增、停用、重设密码、改自己的密码", _office)
    each.add_argument("act", nargs="?", choices=("add", "disable", "reset", "password"))
    each.add_argument("name", nargs="?", metavar="NAME")
    each.add_argument("--role", choices=tuple(ROLES), metavar="ROLE")
    each.add_argument("--display", metavar="TEXT", help="显示的姓名")
    each = command("backup", "备份到文件夹", _office)
    each.add_argument("folder", metavar="DIR", type=_path)
    each = command("restore", "从备份恢复到文件夹", _office, login=False)
    each.add_argument("backup", metavar="BACKUP", type=_path)
    each.add_argument("folder", metavar="DIR", type=_path)
    each.add_argument("--by", metavar="NAME", help="文件夹里现有台账的管理员，与备份里的不同时写")
    each = command("repair", "从损坏的台账里救出还能读的内容", _office, login=False)
    each.add_argument("folder", metavar="DIR", type=_path)
    each = command("open", "打开窗口，问是否恢复这份备份", _office, login=False)
    each.add_argument("backup", metavar="BACKUP.zxb", type=_path)
    each = command("update", "核对 U 盘上的新版本，备份台账，说明怎么装", _office)
    each.add_argument("package", metavar="PACKAGE", type=_path)
    each = command("hand-out", "移交数据：CSV、数据字典、数据库的建表脚本", _kinds)
    each.add_argument("folder", metavar="DIR", type=_path)
    each.add_argument("--no-personnel", action="store_true", help="不含干部人事台账")
    each.add_argument(
        "--as-of", metavar="DATE", type=_day, action="append", default=[],
        help="指标数值截至哪一天，可写几次，默认今天",
    )
    each = command("take-in", "接收移交的数据，收进新建的单位", _kinds)
    each.add_argument("folder", metavar="DIR", type=_path)
    each = command("reporting", "定期报告：该报没报的、催报单和工作簿、催办单", _kinds)
    each.add_argument("act", nargs="?", default="due", choices=("due", "chase", "remind"))
    each.add_argument("--unit", metavar="U")
    each.add_argument("--to", metavar="DIR", type=_path, help="chase：存到哪个文件夹")
    each.add_argument("--note", metavar="TEXT", help="remind：写进催办单的要求")
    _as_of(each)
    each = command("rosters", "参训名单上的人是哪名干部：列出、认定", _kinds)
    each.add_argument(
        "act", nargs="?", default="list", choices=("list", "match", "decide", "undecide")
    )
    each.add_argument("uids", nargs="*", metavar="UID", help="干部编号，名单上的行的编号")
    each = command("year", "历年数字对照、年度归档、结转事项", _kinds)
    each.add_argument(
        "act", nargs="?", default="figures",
        choices=("figures", "list", "close", "carried", "check"),
    )
    each.add_argument("year", nargs="?", type=_count, metavar="2022", help="哪一年")
    each.add_argument("--family", metavar="指标类别", help="figures：只看这一类")
    each.add_argument(
        "--to", metavar="FILE.pdf|FILE.xlsx|DIR", type=_path,
        help="figures、carried：写成 PDF 或工作簿；close：归档放在哪个新文件夹；"
        "check：归档移到了哪个文件夹",
    )
    each.add_argument("--own-password", action="store_true", help="close：归档另设密码")
    each = command("verify", "校验台账", _office)
    each.add_argument("--end", metavar="HASH", help="查纸上印的审计链末端在修改记录的哪里")
    each.add_argument(
        "--quick", action="store_true", help="只查文件和修改记录（签名、审计链），不逐条核对各张表"
    )
    return top
