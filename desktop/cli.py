"""The command line: the same functions as the window, for scripts, tests and machines without a
screen.

Its forms are a contract. Answers go to standard output, messages for people to standard error. Exit
codes: 0 done, 1 the work failed, 2 bad arguments or input (nothing changed), 3 done but conflicts
wait, 4 not permitted or wrong password.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence

from db.errors import BadInput, Cancelled, ZhengxianError
from desktop.commands.answers import error_json, print_notice, why, write_json
from desktop.commands.declared import parser, printing
from desktop.paths import data_dir

BACKUP_SUFFIX = ".zxb"
"""Of a backup; written here too, since importing its module would open the whole book."""
_LETTER = "letter"
"""The kind of letters, written here too for the same reason."""
_HELP = frozenset(("-h", "--help"))


def _run(options: argparse.Namespace) -> int:
    if options.command is None:
        from desktop.app import run_window

        return run_window(data_dir(options.data) if options.data else None, options.user)
    if not options.login:
        return int(options.handler(options))
    from desktop.commands.login import logged_in

    with contextlib.closing(logged_in(options)) as session:
        session.added[_LETTER] = lambda uid: printing("")(session, uid)
        return int(options.handler(session, options))


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments; FIELD=VALUE may also stand behind options. Help and refusals are told of all
    commands; else those that are named are enough, and made in a tenth of the time."""
    if not _HELP.intersection(arguments):
        with contextlib.suppress(BadInput):
            return _taken(parser(arguments), arguments)
    return _taken(parser(), arguments)


def _taken(top: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    options, rest = top.parse_known_args(arguments)
    if rest and (not hasattr(options, "values") or any(text[:1] == "-" for text in rest)):
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        options.values = [*options.values, *rest]
    return options


def _speak_utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _opened(arguments: list[str]) -> list[str]:
    """A backup opened by a double click stands alone, or behind options: `open` is meant."""
    named = arguments[:-1]
    alone = len(named) % 2 == 0 and all(name in ("--data", "--user") for name in named[::2])
    if arguments and arguments[-1].lower().endswith(BACKUP_SUFFIX) and alone:
        return [*named, "open", arguments[-1]]
    return arguments


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    _speak_utf8()
    try:
        if any("\ud800" <= sign <= "\udfff" for text in arguments for sign in text):
            raise BadInput("命令中有不是 UTF-8 编码的字符（多半在文件名里），请给文件改名后再试。")
        options = _read(_opened(arguments))
        return _run(options)
    except ZhengxianError as error:
        print_notice(error.message)
        if "--json" in arguments:
            write_json(error_json(error))
        return error.exit_code
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        print_notice(Cancelled().message)
        return 1
    except Exception as error:
        # The last resort: a person gets a sentence, and no text of a record can leave with a
        # traceback.
        print_notice(why(error))
        if "--json" in arguments:
            write_json({"error": why(error)})
        if os.environ.get("ZHENGXIAN_DEBUG"):
            raise
        return 1
