"""Who sits at the command line: the name, the password, the office opened. Every command begins
here, so nothing is imported that only some of them need."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import Namespace
from collections.abc import Callable

from db import office
from db.errors import BadInput
from db.session import Session
from desktop.commands.answers import print_notice
from desktop.paths import data_dir

PASSWORD = "ZHENGXIAN_PASSWORD"


def password(prompt: str = "密码：") -> str:
    """From the environment, else asked for; never an argument."""
    given = os.environ.get(PASSWORD)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise BadInput(f"没有密码：请设环境变量 {PASSWORD}，或在终端中运行后输入。")
    return getpass.getpass(prompt)


def user_of(options: Namespace) -> str:
    """Who is to log in. ``BadInput`` when nobody is named."""
    name = options.user or os.environ.get("ZHENGXIAN_USER")
    if not name:
        raise BadInput("请用 --user 写明用户名。")
    return str(name)


def logged_in(options: Namespace) -> Session:
    """The office opened, and what somebody must know before anything else told."""
    user = user_of(options)
    session = office.open_office(data_dir(options.data), user, password(), progress=_tell_once())
    _tell_at_login(session)
    return session


def _tell_once() -> Callable[[str, int, int], None]:
    """Tells what of the opening takes long, each thing once."""
    last = ""

    def report(what: str, done: int, of: int) -> None:
        nonlocal last
        if what != last:
            print_notice(f"{what}…")
        last = what

    return report


def _tell_at_login(session: Session) -> None:
    for sentence in session.notices:
        print_notice(sentence)
    if session.may("users") and office.recovery_unseen(session):
        print_notice(
            "恢复密钥还没有人看到过：建台账时程序中断了，忘记密码时会打不开台账。"
            "请在窗口的“用户”里点“更换并打印恢复密钥…”。"
        )
