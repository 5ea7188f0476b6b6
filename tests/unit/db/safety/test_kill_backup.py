"""kill -9 at any moment of a change of password, a change of keys, a backup, a restore: old or new, never neither.

``ZHENGXIAN_KILLS=300`` makes it the long run; ``ZHENGXIAN_SEED`` repeats one.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = int(os.environ.get("ZHENGXIAN_KILLS", "12"))
SEED = int(os.environ.get("ZHENGXIAN_SEED", "0")) or random.randrange(1, 10**9)
DRIVER = Path(__file__).parents[1] / "kill_driver.py"


@pytest.mark.slow
@pytest.mark.timeout(300 + 6 * KILLS)
@pytest.mark.skipif(sys.platform == "win32", reason="no fork, no kill -9")
@pytest.mark.parametrize("work", ["password", "rekey", "backup", "restore"])
def test_killed_at_any_moment(work: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(DRIVER), work, str(KILLS), str(SEED), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["steps"] >= 4 and told["killed"] >= told["steps"]
    assert {"old", "new"} <= set(told["states"])
