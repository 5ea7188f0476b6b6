"""Commands over the office's folder: demo, init, users, backup, restore, repair, verify."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import Namespace
from pathlib import Path

from db import office
from db.errors import BadInput
from db.model.roles import ROLES
from db.safety import verify as whole
from db.safety.repair import repair_office
from db.session import Session
from desktop import app, updates
from desktop.commands.answers import print_answer, print_notice, table, write_json
from desktop.commands.login import password, user_of
from desktop.paths import data_dir, documents_dir

NEW_PASSWORD = "ZHENGXIAN_NEW_PASSWORD"
#: Of the administrator of today, who agrees to a restore.
PRESENT_PASSWORD = "ZHENGXIAN_PRESENT_PASSWORD"
#: Years before this one of which the made-up office has some work, too.
EARLIER = 2


def _made(session: Session) -> dict[str, object]:
    return {
        "data": str(session.folder), "office": session.office_name,
        "users": [{"name": u.name, "role": u.role} for u in office.users(session)],
    }


def init(options: Namespace) -> int:
    """A new office; the recovery key is printed once."""
    folder = Path(options.folder)
    office.check_new(folder.absolute())
    session, paper = office.create_office(
        folder, options.office, options.level, options.admin, password("管理员密码："), unseen=True
    )
    try:
        answer = {**_made(session), "recovery_key": paper}
        if options.json:
            write_json(answer)
        else:
            print_answer(f"已建立 {answer['office']} 的台账：{answer['data']}")
            print_answer(f"恢复密钥（只显示这一次，请抄写或打印后锁好）：{paper}")
        sys.stdout.flush()
        office.recovery_seen(session)
    finally:
        session.close()
    return 0


def demo(options: Namespace) -> int:
    """A made-up office with its ledgers filled; then the window on it, unless told not to."""
    from desktop import demo as maker

    folder = Path(options.folder).absolute()
    if (folder / maker.UNFINISHED).exists():
        raise BadInput(
            f"这个文件夹里的示例单位上次没有建完，不能使用：{folder}。请删去它，或换一个空文件夹。"
        )
    if office.is_office(folder) and not options.no_window:
        print_notice("示例单位已经建好，直接打开。")
        answer: dict[str, object] = {"data": str(folder)}
    else:
        make = maker.make_province if options.level == "province" else maker.make
        answer = make(folder, items=options.items, seed=options.seed, earlier=EARLIER)
        print_notice(
            f"已建立示例单位：{folder}，用户 admin、reviewer、clerk、personnel，密码均为"
            f" {maker.PASSWORD}"
        )
    if options.no_window:
        if options.json:
            write_json(answer)
        return 0
    return app.run_window(folder, "clerk")


def new_password() -> str:
    """A password to be set: from the environment, else asked for twice."""
    given = os.environ.get(NEW_PASSWORD)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise BadInput(f"没有新密码：请设环境变量 {NEW_PASSWORD}，或在终端中运行后输入。")
    typed = getpass.getpass("新密码：")
    if getpass.getpass("再输一次：") != typed:
        raise BadInput("两次输入的新密码不一样，没有改动。", field="password")
    return typed


def users(session: Session, options: Namespace) -> int:
    """Who may log in; a new user, one who no longer may, a password."""
    if options.act is None:
        return _list_users(session, options)
    change = _own_password if options.act == "password" else _change_user
    name = change(session, options)
    if options.json:
        write_json({"name": name})
    print_notice(_DONE[options.act].format(name))
    return 0


#: What was done to a user, for people.
_DONE = {
    "add": "已新增用户 {}。", "disable": "已停用用户 {}：不能再登录，从前做的仍记在名下。",
    "reset": "已重设 {} 的密码。", "password": "已修改 {} 的密码。",
}


def _own_password(session: Session, options: Namespace) -> str:
    if options.name and options.name != session.who.user:
        raise BadInput("users password 只改自己的密码；给别人重设用 users reset。")
    office.change_password(session, password("现在的密码："), new_password())
    return session.who.user


def _change_user(session: Session, options: Namespace) -> str:
    session.require("users")
    name: str = options.name or ""
    if not name:
        raise BadInput(f"请写明用户名：zhengxian users {options.act} NAME。", field="name")
    if options.act == "add":
        if options.role is None:
            raise BadInput(f"请用 --role 写明角色：{'、'.join(ROLES)}。", field="role")
        display = options.display or name
        return office.add_user(session, name, display, options.role, new_password()).name
    if options.act == "reset":
        office.reset_password(session, name, new_password())
    else:
        office.remove_user(session, name)
    return name


def _list_users(session: Session, options: Namespace) -> int:
    found = office.users(session)
    rows = [{"name": u.name, "display": u.display, "role": u.role, "unit": u.unit} for u in found]
    if options.json:
        write_json(rows)
    else:
        table(rows, ["name", "display", "role"])
    return 0


def backup(session: Session, options: Namespace) -> int:
    """A verified backup into a folder."""
    session.require("backup")
    made = office.make_backup(session, Path(options.folder).absolute())
    if options.json:
        write_json({"file": str(made.path)})
    else:
        print_answer(str(made.path))
    return 0


def _present_password() -> str:
    """That of today, where the backup has another: from the environment, else asked for."""
    given = os.environ.get(PRESENT_PASSWORD)
    if given is None and not sys.stdin.isatty():
        raise BadInput(f"没有现在的管理员的密码：请设环境变量 {PRESENT_PASSWORD}。")
    return getpass.getpass("现在的管理员的密码：") if given is None else given


def restore(options: Namespace) -> int:
    """A backup into a folder; what is there is kept beside first. The person must be an
    administrator of the backup; where an office opens in the folder, its administrator agrees."""
    user = user_of(options)
    folder, backup_file = Path(options.folder).absolute(), Path(options.backup).absolute()
    if backup_file.is_dir():
        there = max(backup_file.glob("*.zxb"), key=lambda p: p.name, default=None)
        newest = f"最近的一份是 {there.name}" if there else "里面没有备份文件（*.zxb）"
        raise BadInput(
            f"“{options.backup}”是文件夹，请写明其中哪一份备份：{newest}。", field="backup"
        )
    if not backup_file.exists():
        raise BadInput(
            f"找不到备份“{options.backup}”，请检查路径，U 盘上的请看是否已插好。", field="backup"
        )
    given, present = password(), None
    if options.by or PRESENT_PASSWORD in os.environ:
        present = (options.by or user, _present_password())
    info = office.restore_office(backup_file, folder, user, given, present)
    if options.json:
        write_json({"data": str(folder), "backup": str(info.path), "made_at": info.made_at})
    else:
        made = f"（备份时间 {info.made_at.astimezone():%Y-%m-%d %H:%M}）" if info.made_at else ""
        print_notice(f"已恢复到 {folder}{made}。")
    return 0


def repair_damaged(options: Namespace) -> int:
    """What can still be read of a damaged office, in its place; what was lost is told."""
    user = user_of(options)
    done = repair_office(Path(options.folder).absolute(), user, password())
    if options.json:
        before = str(done.before)
        write_json({"rows": done.rows, "gaps": done.gaps, "before": before, "lost": done.notices})
    for sentence in done.notices:
        print_notice(sentence)
    lost = "没有丢失内容" if done.whole else f"有 {done.gaps} 页读不出来"
    print_notice(
        f"救出 {done.rows} 行，{lost}。损坏的原文件留在 {done.before}，可以用它再试别的办法。"
    )
    return 0


def open_backup(options: Namespace) -> int:
    """The window, asking over the login whether a backup is to be restored."""
    backup_file = Path(options.backup).absolute()
    if not backup_file.is_file():
        raise BadInput(f"找不到备份“{options.backup}”，U 盘上的请看是否已插好。", field="backup")
    return app.run_window(
        data_dir(options.data) if options.data else None, options.user, backup_file
    )


def update(session: Session, options: Namespace) -> int:
    """A package from a stick: verified, the books backed up, and what to do next."""
    session.require("backup")
    found = updates.take(Path(options.package).absolute(), documents_dir())
    made = office.make_backup(session, reason="before-update")
    if options.json:
        write_json({"version": found.version, "file": str(found.file), "backup": str(made.path)})
    else:
        print_answer(f"{found.version} 版是供应单位签的，台账已备份：{made.path.name}")
        print_answer(found.steps)
    return 0


def verify(session: Session, options: Namespace) -> int:
    """Check cipher, audit chain, signatures, tables and references, or look up an end of the chain
    that was printed; exit 1 when something is wrong."""
    if options.end is not None:
        text, good = whole.look_up(session, options.end)
        if options.json:
            write_json({"ok": good, "end": text})
        else:
            print_answer(text)
        return 0 if good else 1
    report = whole.verify(session, quick=options.quick)
    problems = report.problems
    if options.json:
        write_json({"ok": not problems, "problems": problems, "notes": report.notes})
    else:
        for problem in problems:
            print_answer(problem)
        for note in report.notes:
            print_notice(note)
        well = whole.QUICK if options.quick else "校验通过，没有发现问题。"
        print_notice(well if not problems else f"发现 {len(problems)} 个问题。")
    return 1 if problems else 0
