"""kill -9 while records are saved: whatever was acknowledged is there, nothing is half done, the book verifies.

ZHENGXIAN_KILLS sets the number of kills (the suite does a few, a soak run hundreds).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from db import office
from db.model.query import Query

PASSWORD = "zhengxian-demo"
KILLS = int(os.environ.get("ZHENGXIAN_KILLS", "8"))

WRITER = """
import sys
from pathlib import Path
from db import office
session = office.open_office(Path(sys.argv[1]), "admin", "zhengxian-demo")
print("ready", flush=True)
number = int(sys.argv[2])
while True:
    number += 1
    # Two records in one change: never one without the other.
    with session.atomic("form", "pair"):
        first = session.add("rectification", {"title": f"甲{number}", "problem": "问题" * 200})
        session.add("rectification", {"title": f"乙{number}", "note": first})
    session.set("rectification", first, {"note": "改过"})
    print(number, first, flush=True)
"""


def test_nothing_acknowledged_is_lost(tmp_path: Path, checkout: Path) -> None:
    folder = tmp_path / "office"
    session, _ = office.create_office(folder, "云川市委督查室", "city", "admin", PASSWORD)
    session.close()
    chance = random.Random(7)
    acknowledged: dict[int, str] = {}
    for _ in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), str(max(acknowledged, default=0) + 1)],
            stdout=subprocess.PIPE, text=True, cwd=checkout,
        )  # fmt: skip
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.1, 0.7))
        writer.kill()
        for line in writer.stdout.read().splitlines():
            parts = line.split()
            if len(parts) == 2 and len(parts[1]) == 20:
                acknowledged[int(parts[0])] = parts[1]
        writer.wait()
        writer.stdout.close()
        session = office.open_office(folder, "admin", PASSWORD)
        try:
            for uid in acknowledged.values():
                record = session.get("rectification", uid)
                assert record is not None and record.values["note"] == "改过"
            titles = [r.values["title"] for r in session.find(Query(kind="rectification"))]
            assert sorted(t[1:] for t in titles if t[0] == "甲") == sorted(t[1:] for t in titles if t[0] == "乙")
            assert session.verify() == []
        finally:
            session.close()
    assert acknowledged
