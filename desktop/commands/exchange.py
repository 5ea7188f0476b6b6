"""Commands of what comes in: import, conflicts, decide, imports, undo-import."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from db.errors import BadInput
from db.session import Session
from desktop.commands.answers import print_answer, print_notice, table, write_json
from desktop.commands.workbook_files import appointment_form, file_password
from desktop.exchange.apply import accept
from desktop.exchange.apply.outcome import undone_before
from desktop.exchange.foreign.sheet_mapping import Wishes
from desktop.exchange.foreign.unknown_names import NEW, answers, resolve_names
from desktop.exchange.format.exchange_tables import Json
from desktop.exchange.plan import cell_accounting
from desktop.exchange.plan.import_plan import Plan

_CONFLICTS_WAIT = 3
_BRING_BACK = (
    "要重新采用它，请在窗口“数据交换”页的导入历史里选中编号 {import_id} 的那次导入，"
    "点“恢复这次导入”。"
)


def _wishes(options: Namespace) -> Wishes | None:
    """What is said of a table of another program."""
    if not options.constant:
        return None
    if options.as_kind is None:
        raise BadInput("--constant 要和 --as 一起用：说明是哪本台账。", field="constant")
    pairs = [each.partition("=") for each in options.constant]
    wrong = next((name + mark for name, mark, _ in pairs if not mark or not name.strip()), "")
    if wrong:
        raise BadInput(f"--constant 要写成 栏=值，现为：{wrong}。", field="constant")
    return Wishes(constants={name.strip(): value for name, _, value in pairs})


def import_workbook(session: Session, options: Namespace) -> int:
    """Take a workbook or appointment form in, or show what it would change. Exit 3 when conflicts
    wait for a decision."""
    if (done := appointment_form(session, options, options.file)) is not None:
        return done
    if unknown := [each for each in options.accept if each not in cell_accounting.CODES]:
        raise BadInput(
            f"没有这一类疑似失误：{unknown[0]}。可写：{'、'.join(cell_accounting.CODES)}。",
            field="accept",
        )
    plan = _planned(session, options)
    if said := _names_said(options):
        kind = session.kinds.get(options.as_kind)
        resolve_names(session, kind, answers(session, kind, plan.unknown, said))
        plan = _planned(session, options)
    answer, code = _previewed(plan) if options.preview else _accepted(session, plan, options)
    earlier = plan.earlier_import
    if earlier and earlier["undone"] and not answer["added"] and not answer["updated"]:
        answer["remarks"] = [
            *answer["remarks"],
            undone_before(earlier) + _BRING_BACK.format(import_id=earlier["import_id"]),
        ]
    if options.as_kind is not None:
        answer["unknown"] = [each.to_json() for each in plan.unknown]
    if options.json:
        write_json(answer)
    else:
        _say_import(answer, plan, options.preview)
    return code


def _planned(session: Session, options: Namespace) -> Plan:
    return accept.plan(
        session, Path(options.file).absolute(), password=file_password(options),
        as_kind=options.as_kind, accepted=options.accept, wishes=_wishes(options),
    )


def _names_said(options: Namespace) -> dict[str, str]:
    """What is said of names in a table of another program that nobody here knows."""
    pairs = [each.partition("=") for each in options.means]
    wrong = [name + mark for name, mark, known in pairs if not (name.strip() and known.strip())]
    if wrong:
        raise BadInput(f"--means 要写成 表里的名称=已有的名称，现为：{wrong[0]}。", field="means")
    said = {name.strip(): NEW for name in options.make}
    said |= {name.strip(): known.strip() for name, _, known in pairs}
    if said and (options.preview or options.as_kind is None):
        raise BadInput("--make、--means 要和 --as 一起用；会写入台账，不能用在 --preview 里。")
    return said


def _previewed(plan: Plan) -> tuple[Json, int]:
    return plan.to_json() | cell_accounting.cell_report(plan), 0


def _accepted(session: Session, plan: Plan, options: Namespace) -> tuple[Json, int]:
    """What was written, conflicts decided as asked; and the exit code."""
    chosen: dict[str | tuple[str, str], accept.Choice] = dict.fromkeys(options.leave, "skip")
    may = {row.uid for row in plan.rows if row.both is not None}
    if unknown := [uid for uid in options.both if uid not in may]:
        raise BadInput(f"预览里没有可以两条都留的 {unknown[0]}。", field="both")
    result = accept.accept(session, plan, chosen | dict.fromkeys(options.both, "both"))
    for conflict in result.conflicts if options.decide else ():
        accept.decide(session, conflict.conflict_id, options.decide)
    answer = result.to_json()
    waits = bool(result.conflicts) and not options.decide
    return answer, _CONFLICTS_WAIT if waits or answer["warnings"] else 0


def _say_import(answer: Json, plan: Plan, preview: bool) -> None:
    """An import for people: each thing that changes or is in question, then the counts."""
    for remark in answer["remarks"]:
        print_notice(remark)
    for line in answer["warnings"]:
        cells = "、".join(line["cells"][:20]) + (" 等" if len(line["cells"]) > 20 else "")
        uid = f"，{line['uid']}" if line.get("may_keep_both") else ""
        message = f"{line['message']}（{line['code']}{uid}）"
        print_answer("\t".join(("待核实", line["sheet"], cells, message)))
    for line in answer["proposed"]:
        what = f"{line['title']}　{line['message']}（{line['uid']}）"
        print_answer("\t".join(("申报", line["sheet"], line["cell"], what)))
    if preview:
        _say_changes(plan)
    for line in answer["messages"]:
        word = "未接受" if line["status"] == "refused" else "有错"
        print_answer("\t".join((word, line["sheet"], line["cells"], line["message"])))
    for line in answer["conflicts"]:
        print_answer(
            "\t".join(("有冲突", *(line.get(n) or "" for n in ("sheet", "cell", "message"))))
        )
    for line in answer["ignored"]:
        print_answer(
            "\t".join(
                ("没有采用", line["sheet"], line["cell"], f"{line['text'][:40]}：{line['why']}")
            )
        )
    _say_counts(answer, preview)


def _say_counts(answer: Json, preview: bool) -> None:
    print_notice(
        f"{'将' if preview else '已'}新增 {answer['added']} 条，更新"
        f" {answer['updated']} 条，{answer['unchanged']} 条无变化；未接受"
        f" {len(answer['refused'])} 处，冲突 {len(answer['conflicts'])} 处，错误"
        f" {len(answer['errors'])} 处。"
    )
    print_notice(cell_accounting.counts_text(answer["cells"]))
    if unknown := answer.get("unknown"):
        print_notice(
            f"有 {len(unknown)} 个名称没有登记：新的加 --make 名称，就是已有的加 --means"
            " 名称=已有的名称，再导入。"
        )
    if answer["warnings"]:
        two = any(line.get("may_keep_both") for line in answer["warnings"])
        print_notice(
            f"{len(answer['warnings'])} 类疑似失误没有写入；核实无误的，加 --accept 与末尾括号里的"
            f"代码再导入{'；要两条都留的，加 --both 与其中的编号' if two else ''}。"
        )
    if answer.get("elsewhere"):
        print_notice(f"另有 {len(answer['elsewhere'])} 处等待别的单位裁定，本单位不用处理。")


def _say_changes(plan: Plan) -> None:
    """What would be written: each new record, each changed cell with what stood there."""
    for row in plan.rows:
        if row.status == "added" and not plan.holds_row(row) and not row.steps:
            print_answer(
                "\t".join(("新增", row.sheet, f"第 {row.row} 行" if row.row else "", row.title))
            )
        for cell in row.of("changed") if row.status != "added" else ():
            change = (
                f"{row.title}　{cell.label}：{_short(cell.text_mine)} → {_short(cell.text_theirs)}"
            )
            print_answer("\t".join(("修改", row.sheet, cell.cell, change)))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return (line[:60] + "…" if len(line) > 60 else line) or "（空）"


def conflicts(session: Session, options: Namespace) -> int:
    """What waits for a decision."""
    rows = [c.to_json() for c in accept.conflicts(session)]
    if options.json:
        write_json(rows)
    else:
        table(rows, ["conflict_id", "kind", "uid", "field", "mine", "theirs", "decider"])
    return 0


def decide(session: Session, options: Namespace) -> int:
    """Decide one conflict: mine, theirs, or a value."""
    with session.atomic("decision", "处理冲突"):
        accept.decide(session, int(options.conflict), options.choice, why=options.note or "")
    if options.json:
        write_json({"conflict_id": int(options.conflict), "left": accept.count_own(session)})
    else:
        print_notice("已处理。")
    return 0


def imports(session: Session, options: Namespace) -> int:
    """What was taken in, newest first."""
    rows = [entry.to_json() for entry in accept.imports(session)]
    if options.json:
        write_json(rows)
    else:
        table(rows, ["import_id", "at", "by", "file", "added", "updated", "undone"])
    return 0


def undo_import(session: Session, options: Namespace) -> int:
    """Take an import back as a whole; what was changed since is kept and named."""
    undone = accept.undo_import(session, options.import_id)
    kept = [{"kind": k, "uid": u, "field": f} for k, u, f in undone.kept]
    if options.json:
        write_json({"import_id": options.import_id, "undone": len(undone.records), "kept": kept})
    else:
        print_notice(
            f"已撤销这次导入，涉及 {len(undone.records)} 条记录；之后又改过而保留的有"
            f" {len(kept)} 处。"
        )
    return 0
