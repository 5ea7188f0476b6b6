"""`python -m tests.bench hostile [--runs N] [--first SEED]`: files of every kind that comes in, spoiled by a seeded fuzzer and given to the
command line: workbooks, appointment forms, backups, a keys.json, declarations, tables of other programs (.csv; .xls, .et and .ods where
LibreOffice is there to make them), folders that were handed over. None may end in an error that nobody foresaw, take over 10 seconds of
processor or 300 MB, or, where it is refused, leave a change.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from db import office
from db.keys import sealing
from db.store.connect import connect_raw
from tests.own_ledgers import PATROL

RUNS = 1_000
PASSWORD = "qingshan-lvshui-7"
SECONDS, MEGABYTES, WAIT = 10, 300, 120
NASTY = (
    "", "0", "-1", "9" * 400, "1e999", "NaN", "null", "true", "[]", "{}", "../../../../etc/passwd", "journal", "settings", "uid", "rowid",
    "\u202efdp.exe", "=1+1", "'; DROP TABLE unit; --", "￿", "𠮷" * 300, "2022-13-41", "\x00", "assigned_item", "a" * 70_000, "<!DOCTYPE x>",
    "&lol;", "%s%n", "{{ 7*7 }}", "9223372036854775808",
)


#: A table of another program, as an office keeps it.
TABLE = "序号,整改事项,责任单位,完成时限,联系电话,备注\n" + "".join(
    f"{n},第{n}项窗口排队时间长,{'安坪县' if n % 2 else '清禾区'},2022年9月{n}日,0000-123456{n},“已办”\n" for n in range(1, 9)
)
FOLDER = "folder"


@dataclass(slots=True)
class Prepared:
    """The office, its book keys, and a good file of each kind; a new office with its keys, and a folder for it."""

    start: Path
    keys: dict[str, bytes]
    new: Path
    new_keys: dict[str, bytes]
    handed: Path
    files: dict[str, bytes] = field(default_factory=dict)


def prepare(room: Path) -> Prepared:
    """A small office with a cadre and some items, and what it sends."""
    session, _ = office.create_office(room / "start", "云川市活动办公室", "city", "admin", PASSWORD)
    units = [session.add("unit", {"name": name}) for name in ("安坪县", "清禾区")]
    for at in range(6):
        session.add("rectification", {"title": f"第{at + 1}项整改任务", "lead_unit": units[at % 2], "deadline": "2022-09-12"})
    cadre = session.add("cadre", {"name": "钟书宁", "birth_month": "1980-05"})
    fresh, _ = office.create_office(room / "new", "青石县活动办公室", "county", "admin", PASSWORD)
    keys, new_keys = ({name: bytes(key) for name, key in each.who.book_keys.items()} for each in (session, fresh))
    fresh.close()
    made = Prepared(room / "start", keys, room / "new", new_keys, room / "handed")
    made.files[".zxb"] = office.make_backup(session, room).path.read_bytes()
    session.close()
    for name, arguments in {"out.xlsx": ["export", "rectification", "unit"], "out.lrmx": ["export", "cadre", "--item", cadre]}.items():
        ended = ask(made.start, [*arguments, "--to", str(room / name)], room)
        assert ended.code == 0, ended.said
        made.files[Path(name).suffix] = (room / name).read_bytes()
    made.files[".json"] = (made.start / "keys.json").read_bytes()
    made.files[".toml"] = PATROL.encode()
    ended = ask(made.start, ["hand-out", str(made.handed)], room)
    assert ended.code == 0, ended.said
    made.files[FOLDER] = b""
    made.files |= _tables(room)
    return made


def _tables(room: Path) -> dict[str, bytes]:
    """The same table as programs save it."""
    source = room / "table.csv"
    source.write_text(TABLE, "utf-8-sig")
    found = {".csv": TABLE.encode("gb18030")}
    for ending in ("xls", "ods") if shutil.which("soffice") else ():
        subprocess.run(
            ["soffice", f"-env:UserInstallation=file://{room}/profile", "--headless", "--infilter=CSV:44,34,76,1", "--convert-to", ending,
             "--outdir", str(room), str(source)], check=True, timeout=300, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        found[f".{ending}"] = (room / f"table.{ending}").read_bytes()
    return found | ({".et": found[".xls"]} if ".xls" in found else {})


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended. ``code`` is negative for a signal."""

    code: int
    said: str
    seconds: float
    megabytes: float


def ask(folder: Path, arguments: list[str], room: Path) -> Ended:
    """A command in a process of its own."""
    said = room / "said"
    child = os.fork()
    if child == 0:
        code = 70
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (2 * SECONDS, 3 * SECONDS))
            where = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(where, 1)
            os.dup2(where, 2)
            sys.stdout, sys.stderr = (io.TextIOWrapper(os.fdopen(n, "wb", 0), "utf-8", "replace", write_through=True) for n in (1, 2))
            os.environ["ZHENGXIAN_PASSWORD"] = PASSWORD
            from desktop import cli

            code = cli.main(["--data", str(folder), "--user", "admin", *arguments])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        finally:
            os._exit(code)
    until = time.monotonic() + WAIT
    while True:
        done, status, used = os.wait4(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            until += WAIT
        time.sleep(0.01)
    code = os.waitstatus_to_exitcode(status)
    return Ended(code, said.read_text("utf-8", "replace"), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


# -- spoiling ------------------------------------------------------------------------------------------------------------------------


def spoiled(data: bytes, chance: random.Random) -> bytes:
    """Some of the bytes otherwise; of an archive mostly one of its members, packed again as it should be."""
    if data[:2] == b"PK" and chance.random() < 0.75:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        for name in chance.sample(sorted(members), min(len(members), chance.choice((1, 1, 2)))):
            members[name] = spoiled(members[name], chance)
        if chance.random() < 0.1:
            members[chance.choice(sorted(members))] = b""
        if chance.random() < 0.1:
            members.pop(chance.choice(sorted(members)))
        if chance.random() < 0.1:
            members[chance.choice(("../../evil", "/etc/evil", "xl/vbaProject.bin", "a" * 5000))] = b"x" * 100
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if chance.random() < 0.9 else zipfile.ZIP_STORED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return out.getvalue()
    changes: list[Callable[[bytearray, random.Random], bytearray]] = [_flip, _cut, _double, _insert]
    if data[:1] in b"<{[\n" or b'"' in data[:200] or b"," in data[:40]:
        changes += [_word] * 6
    found = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        found = chance.choice(changes)(found, chance)
    return bytes(found)


def _flip(data: bytearray, chance: random.Random) -> bytearray:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return data


def _part(data: bytearray, chance: random.Random) -> tuple[int, int]:
    at = chance.randrange(len(data) + 1)
    return at, min(len(data), at + int(chance.paretovariate(0.7)))


def _cut(data: bytearray, chance: random.Random) -> bytearray:
    at, end = _part(data, chance)
    return data[:at] + data[end:]


def _double(data: bytearray, chance: random.Random) -> bytearray:
    at, end = _part(data, chance)
    return data[:end] + data[at:end] * chance.choice((1, 2, 200)) + data[end:] if end - at < 50_000 else data


def _insert(data: bytearray, chance: random.Random) -> bytearray:
    at, _ = _part(data, chance)
    return data[:at] + bytearray(chance.randbytes(chance.choice((1, 4, 40)))) + data[at:]


def _word(data: bytearray, chance: random.Random) -> bytearray:
    """A quoted text, or a text between tags, or a number, becomes something nasty."""
    found = list(re.finditer(rb'(?<=")[^"]*(?=")|(?<=>)[^<]+(?=<)|\b\d+\b', data))
    if not found:
        return data
    hit = chance.choice(found)
    return data[: hit.start()] + bytearray(chance.choice(NASTY).encode()) + data[hit.end() :]


def spoil_folder(folder: Path, chance: random.Random) -> None:
    """One file of a folder is otherwise, or gone, or there is one more; mostly the list of the files says that it should be so."""
    names = sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file())
    name = chance.choice([*names, *(["manifest.json"] * (len(names) // 4))])
    file, way = folder / name, chance.random()
    if way < 0.05:
        file.unlink()
    elif way < 0.1:
        (folder / chance.choice(("noch.csv", "kinds.csv", "evil.sh"))).write_bytes(file.read_bytes())
    else:
        file.write_bytes(spoiled(file.read_bytes(), chance))
    manifest = folder / "manifest.json"
    if name == "manifest.json" or not file.exists() or chance.random() < 0.2:
        return
    told = json.loads(manifest.read_bytes())
    for table in told["tables"]:
        if table.get("file", f"{table['name']}.csv") == name or Path(name).stem == table["name"]:
            table["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(told, ensure_ascii=False), "utf-8")


# -- playing -------------------------------------------------------------------------------------------------------------------------


def heads(folder: Path, keys: dict[str, bytes]) -> dict[str, object]:
    """How far the log of each book has come."""
    found: dict[str, object] = {}
    for name, key in keys.items():
        connection = connect_raw(folder / f"{name}.db", key)
        found[name] = connection.execute("SELECT max(seq), hex(mac) FROM journal").fetchone()
        connection.close()
    return found


def arguments_of(ending: str, file: Path, target: Path, chance: random.Random) -> list[str]:
    """The command that takes such a file in."""
    if ending in (".xlsx", ".lrmx"):
        return ["import", str(file), *(["--preview"] if chance.random() < 0.5 else [])]
    if ending in (".csv", ".xls", ".et", ".ods"):
        asked = ["--as", "rectification"] if chance.random() < 0.8 else []
        return ["import", str(file), *asked, *(["--preview"] if chance.random() < 0.5 else [])]
    return {
        ".zxb": ["restore", str(file), str(target)], ".toml": ["define", str(file)], ".json": ["list", "unit"],
        FOLDER: ["take-in", str(file)],
    }[ending]  # fmt: skip


def play(made: Prepared, seed: int, room: Path) -> tuple[str, str, Ended]:
    """The kind of file, what was wrong ("" when nothing was), and how it ended."""
    chance = random.Random(seed)
    ending = sorted(made.files)[seed % len(made.files)]
    is_folder = ending == FOLDER
    folder, target = room / ("taking" if is_folder else "office"), room / "restored"
    keys = made.new_keys if is_folder else made.keys
    shutil.rmtree(target, ignore_errors=True)
    if not folder.exists():
        shutil.copytree(made.new if is_folder else made.start, folder)
    before = heads(folder, keys)
    data, file = spoiled(made.files[ending], chance), room / f"given{ending}"
    if is_folder:
        shutil.rmtree(file, ignore_errors=True)
        shutil.copytree(made.handed, file)
        spoil_folder(file, chance)
    else:
        file.write_bytes(data)
    if ending == ".json":
        (folder / "keys.json").write_bytes(data)
    ended = ask(folder, arguments_of(ending, file, target, chance), room)
    wrong = []
    if ended.code not in (0, 1, 2, 3, 4) or "程序内部出错" in ended.said or "Traceback" in ended.said:
        wrong.append(f"ended with {ended.code}: {ended.said[-1500:]}")
    if ended.seconds > SECONDS:
        wrong.append(f"{ended.seconds:.0f} s")
    if ended.megabytes > MEGABYTES:
        wrong.append(f"{ended.megabytes:.0f} MB")
    refused = ended.code not in (0, 3)
    if ending == ".json":
        shutil.copyfile(made.start / "keys.json", folder / "keys.json")
    if refused and ending == ".zxb" and ((target / "keys.json").exists() or (target / "office.db").exists()):
        wrong.append("a refused backup left something")
    if refused and heads(folder, keys) != before:
        wrong.append("refused, and yet something changed")
    if not refused:
        shutil.rmtree(folder)
    return ending, "; ".join(wrong), ended


def run(runs: int, first: int) -> int:
    """So many files from a seed on; how many failed."""
    tuned, sealing.tuned = sealing.tuned, lambda: sealing.OPS_FLOOR
    ends: Counter[str] = Counter()
    failed, slowest, largest, began = 0, 0.0, 0.0, time.perf_counter()
    try:
        with tempfile.TemporaryDirectory() as home:
            os.environ["ZHENGXIAN_CONFIG"] = f"{home}/config"
            room = Path(home)
            made = prepare(room)
            for seed in range(first, first + runs):
                if seed > first and (seed - first) % 50 == 0:
                    print(f"{seed - first} of {runs}, {failed} failed", flush=True)
                ending, wrong, ended = play(made, seed, room)
                ends[f"{ending} {ended.code}"] += 1
                slowest, largest = max(slowest, ended.seconds), max(largest, ended.megabytes)
                if wrong:
                    failed += 1
                    print(f"{ending}, seed {seed}: {wrong}", flush=True)
    finally:
        sealing.tuned = tuned
    print(f"{runs} files in {time.perf_counter() - began:.0f} s, slowest {slowest:.1f} s of processor, largest {largest:.0f} MB; by exit code:")
    print("   ".join(f"{name}: {count}" for name, count in sorted(ends.items())))
    return failed
