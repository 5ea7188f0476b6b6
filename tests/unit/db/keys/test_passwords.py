"""A password that is soon guessed is refused; one of unlike words is not; and trying one costs time."""

from __future__ import annotations

import importlib.util
from contextvars import ContextVar

import pytest

from db.errors import BadInput
from db.keys import passwords, sealing
from db.keys.passwords import check_password

NAMES = ("lihua", "李华", "云川市作风办")
TYPED = """12345678 87654321 11111111 aaaaaaaa 00000000 1234567890 88888888 66666666 abcd1234 abc12345 password passw0rd
    P@ssw0rd Password1 P@ssw0rd2023 admin123 admin@123 admin2023 Admin123! administrator root1234 qwerty123 qwertyuiop
    1qaz2wsx 1qaz@WSX 1q2w3e4r qazwsxedc zxcvbnm123 asdfghjkl iloveyou woaini1314 woaini520 5201314520 Aa123456 Aa123456!
    a1234567 Abc123456 abc@1234 Qwer1234 qwer1234!@#$ asdf1234 test1234 welcome1 letmein123 monkey123 football1 master123
    19900101 1990-01-01 20230101 2023-01-01 wang1985.3.12 lihua123 lihua1990 lihua@1990 LiHua2023 lh123456 李华123456
    yunchuan2023 yunchuan-2022 ycszfb2023 yunchuanshi zuofengban zuofengban@2023 作风办2023 云川市作风办 duban2023
    duchaban123 bangongshi001 zhengfu2023 zuzhibu123 taizhang2023 qingdan123 ganbu2023 shuji666 zhengxian123 zhongguo1949
    weirenminfuwu xuexiqiangguo2022 guanliyuan1 mima123456 wodemima123 nihao123 beijing2008 henan123456 woaizhongguo 管理员12345
    密码123456 １２３４５６７８ Huawei@123 Zz123456."""


@pytest.mark.parametrize("password", TYPED.split())
def test_a_usual_password_is_refused(password: str) -> None:
    with pytest.raises(BadInput, match=r"太容易猜到|至少"):
        check_password(password, *NAMES)


@pytest.mark.parametrize("password", ["lvshui-qingshan-9", "云川-秋雨-石桥-台账", "qinghe-huayuan-77", "kT7#vRz9pQ", "三只白鹭飞上青天"])
def test_a_password_of_unlike_words_is_taken(password: str) -> None:
    check_password(password, *NAMES)


def test_the_length_is_bounded() -> None:
    with pytest.raises(BadInput, match="最多"):
        check_password("ab三" * 100)


def test_a_lock_takes_the_time_it_should_within_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    taken = iter((0.0, 0.05, 0.0, 10.0, 0.0, 0.001))
    monkeypatch.setattr(sealing.time, "thread_time", lambda: next(taken))
    monkeypatch.setattr(sealing, "stretch", lambda *_: b"")
    measured = sealing.measured_passes
    assert [measured(), measured(), measured()] == [12, sealing.OPS_FLOOR, sealing.OPS_CEILING]


def test_no_two_locks_share_a_salt() -> None:
    spec = importlib.util.find_spec(sealing.__name__)
    assert spec is not None and spec.loader is not None
    fresh = importlib.util.module_from_spec(spec)  # as the program has it: the suite uses one salt for all
    spec.loader.exec_module(fresh)
    fresh.tuned = lambda: fresh.OPS_FLOOR
    locks = [fresh.lock(b"secret", "lvshui-qingshan-9", b"about") for _ in range(2)]
    assert locks[0].salt != locks[1].salt
    assert [fresh.unlock(lock, "lvshui-qingshan-9", b"about") for lock in locks] == [b"secret"] * 2


def test_the_password_that_all_know_is_for_made_up_offices_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_made_up", ContextVar("made_up", default=False))
    with pytest.raises(BadInput, match="太容易猜到"):
        check_password(passwords.DEMO_PASSWORD, *NAMES)
    with passwords.made_up_office():
        check_password(passwords.DEMO_PASSWORD, *NAMES)
