"""`python -m tests.bench damaged`: a workbook of ours, damaged from a seed in one to three ways (bytes, parts of the archive,
its XML, its hidden sheet). Whatever it is, it is refused with a sentence or looked at; the book is never changed by looking,
accepting changes nothing that `verify` would tell, and nothing else is ever raised."""

from __future__ import annotations

import io
import random
import re
import tempfile
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

RUNS = 1000
#: After so many files that were taken in, the office is verified.
VERIFY = 50
Damage = Callable[[random.Random, bytes], bytes]
_TEXT = re.compile(rb"<t(?: [^>]*)?>([^<]*)</t>")
_NASTY = (b"", b"=1+1", b"\xf0\xac\xb1\x9f", b"A" * 40_000, b"&lt;!ENTITY&gt;", b"9" * 400, b"_x0000_", b"'; DROP TABLE", b"-1e309", b"\xe2\x80\xae")


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def flipped(rng: random.Random, data: bytes) -> bytes:
    """Some bytes of the file as it lies on the stick."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 30)):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


def cut(rng: random.Random, data: bytes) -> bytes:
    """The stick was pulled out."""
    return data[: rng.randrange(len(data))]


def zeroed(rng: random.Random, data: bytes) -> bytes:
    """A block of zeros, as a worn stick gives it."""
    at = rng.randrange(len(data))
    many = min(rng.choice((512, 4096)), len(data) - at)
    return data[:at] + bytes(many) + data[at + many :]


def part_lost(rng: random.Random, data: bytes) -> bytes:
    parts = _parts(data)
    parts.pop(rng.choice(sorted(parts)))
    return _packed(parts)


def parts_swapped(rng: random.Random, data: bytes) -> bytes:
    parts = _parts(data)
    one, other = rng.sample(sorted(parts), 2)
    parts[one], parts[other] = parts[other], parts[one]
    return _packed(parts)


def _sheet(rng: random.Random, parts: dict[str, bytes]) -> str:
    return rng.choice([name for name in sorted(parts) if name.startswith("xl/worksheets/sheet")])


def texts_changed(rng: random.Random, data: bytes) -> bytes:
    """Texts of cells, of the hidden sheet too, that nobody would type."""
    parts = _parts(data)
    name = _sheet(rng, parts)
    sheet = parts[name]
    found = list(_TEXT.finditer(sheet))
    for match in sorted(rng.sample(found, min(len(found), rng.randint(1, 6))), key=lambda m: -m.start()):
        sheet = sheet[: match.start(1)] + rng.choice(_NASTY) + sheet[match.end(1) :]
    parts[name] = sheet
    return _packed(parts)


def json_changed(rng: random.Random, data: bytes) -> bytes:
    """Figures and words inside what the hidden sheet says."""
    parts = _parts(data)
    name = _sheet(rng, parts)
    sheet = bytearray(parts[name])
    digits = [at for at, byte in enumerate(sheet) if 48 <= byte <= 57]
    for at in rng.sample(digits, min(len(digits), rng.randint(1, 40))):
        sheet[at] = rng.choice(b"0123456789")
    parts[name] = bytes(sheet)
    return _packed(parts)


def markup_changed(rng: random.Random, data: bytes) -> bytes:
    """Tags and attributes taken out, doubled or shuffled."""
    parts = _parts(data)
    name = rng.choice([each for each in sorted(parts) if each.endswith((".xml", ".rels"))])
    tags = list(re.finditer(rb"<[^<>]+>", parts[name]))
    xml = parts[name]
    for match in sorted(rng.sample(tags, min(len(tags), rng.randint(1, 4))), key=lambda m: -m.start()):
        tag = match.group()
        xml = xml[: match.start()] + rng.choice((b"", tag * 2, tag.replace(b'"', b"'", 1), tag.swapcase())) + xml[match.end() :]
    parts[name] = xml
    return _packed(parts)


def addresses_changed(rng: random.Random, data: bytes) -> bytes:
    """Cells that say they stand elsewhere."""
    parts = _parts(data)
    name = _sheet(rng, parts)
    cells = list(re.finditer(rb' r="([A-Z]+\d+)"', parts[name]))
    xml = parts[name]
    for match in sorted(rng.sample(cells, min(len(cells), 3)), key=lambda m: -m.start()):
        wrong = rng.choice((b"XFD1048576", b"A0", b"ZZZZ9", b"A99999", b"B4", b"1A"))
        xml = xml[: match.start(1)] + wrong + xml[match.end(1) :]
    parts[name] = xml
    return _packed(parts)


DAMAGES: tuple[Damage, ...] = (
    flipped, cut, zeroed, part_lost, parts_swapped, texts_changed, json_changed, markup_changed, addresses_changed,
)  # fmt: skip


def damaged(seed: int, data: bytes) -> bytes:
    """The workbook, damaged; where a second damage finds no archive any more, by the first alone."""
    rng = random.Random(seed)
    for damage in rng.choices(DAMAGES, k=rng.randint(1, 3)):
        try:
            data = damage(rng, data) or data
        except (zipfile.BadZipFile, ValueError, IndexError, NotImplementedError, EOFError, OSError, RuntimeError, KeyError):
            break
        except Exception as error:  # zlib.error is none of the above
            if type(error).__name__ != "error":
                raise
            break
    return data


def run(runs: int, first: int) -> int:
    """How many files raised anything but a refusal, or changed what they may not."""
    from db.errors import ZhengxianError
    from desktop.exchange.apply import accept
    from tests.unit.exchange import honest
    from tests.unit.exchange.conftest import Office

    failed, became = 0, Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        office = Office(Path(name), "云川市作风办")
        office.add_units()
        honest.prepare(office)
        sent = [office.export().file, office.export("unit.xlsx", unit="安坪县人民政府").file]
        originals = [file.read_bytes() for file in sent]
        for seed in range(first, first + runs):
            file = Path(name) / f"hostile{seed}.xlsx"
            file.write_bytes(damaged(seed, originals[seed % 2]))
            before = office.session.office.audit_head
            try:
                plan = accept.plan(office.session, file)
                if office.session.office.audit_head != before:
                    raise AssertionError("looking changed the book")
                accept.accept(office.session, plan)
                became["taken"] += 1
                if became["taken"] % VERIFY == 0 and (told := office.session.verify()):
                    raise AssertionError(told[0])
            except ZhengxianError as error:
                became[type(error).__name__] += 1
                if not error.message:
                    failed += 1
                    print(f"seed {seed}: no sentence")
            except Exception:
                failed += 1
                print(f"seed {seed}: {traceback.format_exc(limit=-4)}")
            file.unlink()
        if told := office.session.verify():
            failed += 1
            print(f"verify: {told[0]}")
        office.session.close()
    print(f"{runs} damaged workbooks from seed {first}: {dict(became)}")
    return failed
