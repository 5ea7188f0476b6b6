"""Identity numbers: their digit, what is refused, and that nothing but the entry shows one whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db import office
from db.errors import BadInput
from db.model import fieldtypes
from db.model.declarations import Field
from db.model.fieldtypes.base import NoNames
from db.session import Session
from desktop import cli
from desktop.ui.bulletin.preview import list_document

FIELD = Field(name="identity_number", label="身份证号", type="identity")
GOOD, WITH_X = "990101197506150018", "99010119750615043X"
PASSWORD = "zhengxian-demo"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made, _ = office.create_office(tmp_path / "office", "云川市活动办", "city", "admin", PASSWORD)
    yield made
    made.close()


def parsed(text: str) -> Any:
    return fieldtypes.type_of(FIELD).parse(text, FIELD, NoNames())


@pytest.mark.parametrize(("text", "kept"), [
    (GOOD, GOOD), (WITH_X, WITH_X), (WITH_X.lower(), WITH_X), ("９９０１０１197506150018", GOOD), (" 990101 19750615 0018 ", GOOD),
    ("　", None),
])  # fmt: skip
def test_a_number_is_kept_as_it_stands_on_the_card(text: str, kept: str | None) -> None:
    assert parsed(text) == kept


@pytest.mark.parametrize(("text", "says"), [
    (GOOD[:-1] + "7", "校验位不对"), ("990101750615123", "旧的 15 位号码.*18 位"), (GOOD[:-1], "应为 18 位"), (GOOD + "0", "应为 18 位"),
    ("990101197502300016", "出生日期不对"), ("99010120990615123X", "出生日期不对"), ("99010118990615123X", "出生日期不对"),
    ("٩٩٠١٠١١٩٧٥٠٦١٥٠٠١٨", "应为 18 位"),
])  # fmt: skip
def test_what_is_no_number_is_refused_without_showing_it(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        parsed(text)
    assert text not in caught.value.message


def test_one_that_is_there_already_is_not_shown_by_the_refusal(session: Session) -> None:
    session.add("cadre", {"name": "赵燚", "identity_number": GOOD})
    with pytest.raises(BadInput, match="已有一条") as caught:
        session.add("cadre", {"name": "钱堃", "identity_number": GOOD})
    assert GOOD not in caught.value.message and "990*************18" in caught.value.message


def test_no_text_of_a_record_shows_it(session: Session, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    uid = session.add("cadre", {"name": "赵燚", "identity_number": GOOD})
    record = session.must_get("cadre", uid)
    assert session.text(record, "identity_number") == "990*************18"
    assert GOOD not in str(list_document.record_document(session, session.kinds.get("cadre"), record))
    assert [hit.snippet for hit in session.search(GOOD)] == [""]
    folder = session.folder
    session.close()
    monkeypatch.setenv("ZHENGXIAN_PASSWORD", PASSWORD)
    assert cli.main(["--data", str(folder), "--user", "admin", "show", "cadre", uid]) == 0
    assert GOOD not in capsys.readouterr().out
