"""The parts of an official document beside its text (GB/T 9704-2012, 7.2 to 7.4): what they are
called, what a report's declaration says of them, and what one paper has of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from db.errors import BadInput
from desktop.bulletin.report.declaration import HeadOf, ImprintOf, OfficialOf, Report


class Part(NamedTuple):
    """A part: its name in the declaration, what people call it, how it is written."""

    name: str
    label: str
    hint: str


#: In the order in which they stand on the paper. Forms and dialogs list them from here.
PARTS = (
    Part("copy_no", "份号", "涉密公文写，六位数字，例如：000001；简报作编号"),
    Part("secrecy", "密级", "例如：机密★1年；内部资料"),
    Part("urgency", "紧急程度", "例如：特急、加急"),
    Part("organs", "联合发文机关", "几个机关用顿号隔开，主办机关在前；不写就是本单位"),
    Part("number", "文号", "例如：督办〔2022〕5号"),
    Part("signers", "签发人", "上行文才写，几个人用顿号隔开"),
    Part("addressee", "主送", "例如：各县区、市直各有关单位："),
    Part("attached", "附件说明", "另附的附件名称，几个用分号隔开；随文的附件自动列出"),
    Part("note", "附注", "例如：此件公开发布"),
    Part("report_to", "报", ""),
    Part("send_to", "送", ""),
    Part("distribute_to", "发", ""),
    Part("copy_to", "抄送", "例如：市委办公室、市政府办公室"),
    Part("copies", "印数", "例如：60"),
)
#: The word for a paper that gets a seal, kept among the parts of a draft.
SEALED = "sealed"
NAMES = frozenset({*(part.name for part in PARTS), SEALED})
LISTED = re.compile(r"[、；;\n]+")
#: A paper knows no longer part.
LONGEST = 600


def declared(report: Report) -> dict[str, str]:
    """Each part as the report's declaration has it: templates, "" for none."""
    imprint = report.imprint or ImprintOf()
    found: dict[str, str] = {"addressee": report.addressee}
    for each in (report.head, imprint, report.official):
        found.update({
            name: value for name, value in msgspec.structs.asdict(each).items() if name in NAMES
            and isinstance(value, str)
        })
    found[SEALED] = "是" if report.official.sealed else ""
    return found


def with_declared(report: Report, words: Mapping[str, str]) -> Report:
    """The report with these parts in its declaration; the imprint's only where it has one."""

    def of(struct: HeadOf | ImprintOf | OfficialOf) -> dict[str, str]:
        names = set(msgspec.structs.asdict(struct)) & set(words) & NAMES - {SEALED}
        return {name: words[name] for name in names}

    imprint = report.imprint
    return msgspec.structs.replace(
        report, head=msgspec.structs.replace(report.head, **of(report.head)),
        imprint=msgspec.structs.replace(imprint, **of(imprint)) if imprint else None,
        official=msgspec.structs.replace(
            report.official, sealed=bool(words.get(SEALED)), **of(report.official)
        ),
        addressee=words.get("addressee", report.addressee),
    )


def checked(parts: Mapping[str, str]) -> dict[str, str]:
    """Parts as they are kept with a draft. Raises ``BadInput`` for what cannot be one."""
    labels = {part.name: part.label for part in PARTS} | {SEALED: "加盖印章"}
    kept: dict[str, str] = {}
    for name, text in parts.items():
        if name not in labels:
            offered = "、".join(labels.values())
            raise BadInput(f"公文没有“{name}”这个要素，可写：{offered}。", field=name)
        text = text.strip()
        if len(text) > LONGEST or (len(text.splitlines()) > 1 and name != "attached"):
            text = f"“{labels[name]}”太长或分了行，请写成一行，不超过 {LONGEST} 字。"
            raise BadInput(text, field=name)
        if name == "copies" and text and not text.isdigit():
            raise BadInput(f"印数应是数字：{text}。", field=name)
        if name == "copy_no" and text and not (text.isdigit() and len(text) == 6):
            raise BadInput(f"份号应是六位数字，例如 000001：{text}。", field=name)
        kept[name] = text
    return kept


def named(label: str) -> str:
    """The name of a part by what people call it, or itself."""
    known = {part.label: part.name for part in PARTS} | {"加盖印章": SEALED}
    return known.get(label, label)


def listed(text: str) -> tuple[str, ...]:
    """Several names of one part."""
    return tuple(each.strip() for each in LISTED.split(text) if each.strip())
