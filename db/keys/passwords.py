"""Whether a password may be set: how soon it is guessed by who tries words, names and dates first.

Guesses are counted by zxcvbn (Wheeler, USENIX Security 2016), with the words that an office here
tries first, and the names that stand around: the office's, the user's.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Iterator
from contextvars import ContextVar

from db.errors import BadInput
from db.model.pinyin import readings

LEAST_PASSWORD = 8
_LONGEST_PASSWORD = 256
#: Powers of ten of guesses: at 0.3 seconds each, a year of one core.
LEAST_GUESSES = 8.0
#: More is not looked at: what is that long is long enough.
_LOOKED_AT = 72
#: Typed in offices, by letters: what people here begin with.
_WORDS = """
    woaini woaiwojia wode mima wodemima nihao nihaoma zhongguo beijing henan zhengzhou shiwei
    xianwei quwei shizhengfu xianzhengfu zhengfu renmin fuwu weirenminfuwu dangwei dangzheng
    dangyuan gongchandang zuzhibu xuanchuanbu tongzhanbu zhengfawei jiwei jijianwei xunchaban
    ducha duchaban duban dubancha zuofeng zuofengban zuofengjianshe nengli huodong huodongban
    bangongshi bangong bangongting mishu mishuke zonghe zongheke caiwu renshi ganbu ganbuke
    shuji shizhang xianzhang quzhang juzhang chuzhang kezhang zhuren lingdao tongzhi
    guanliyuan guanli yonghu ceshi taizhang qingdan jiancha shenhe luru xiaohao tongbao
    gongzuo xuexi qiangguo xuexiqiangguo jiayou zhengxian admin administrator password welcome
    office user test root iloveyou huawei xiaomi tencent
"""
_HANZI = """
    我爱你 密码 我的密码 中国 北京 河南 人民 为人民服务 市委 县委 区委 市政府 县政府 政府 党委
    党政 党员 组织部 宣传部 纪委 督查 督办 督查办 作风 作风办 作风建设 能力 活动 活动办 办公室
    秘书 综合科 财务 人事 干部 书记 市长 县长 区长 局长 科长 主任 领导 管理员 管理 用户 测试
    台账 清单 检查 审核 录入 销号 通报 工作 学习 学习强国 加油 争先
"""
#: Said in the manual, so that everybody knows it; a made-up office alone has it.
DEMO_PASSWORD = "zhengxian-demo"
_made_up: ContextVar[bool] = ContextVar("made_up", default=False)


@contextlib.contextmanager
def made_up_office() -> Iterator[None]:
    """While a made-up office is being made, its users may have the password that all know."""
    token = _made_up.set(True)
    try:
        yield
    finally:
        _made_up.reset(token)


def check_password(password: str, *names: str) -> None:
    """Refuse a password that is too short or soon guessed; ``BadInput`` says why. ``names``: of
    the user and the office."""
    if len(password) < LEAST_PASSWORD:
        raise BadInput(f"密码至少 {LEAST_PASSWORD} 个字符，请重新输入。", field="password")
    if len(password) > _LONGEST_PASSWORD:
        raise BadInput(f"密码最多 {_LONGEST_PASSWORD} 个字符，请重新输入。", field="password")
    if password == DEMO_PASSWORD and _made_up.get():
        return
    if guesses(password, *names) < LEAST_GUESSES:
        raise BadInput(
            "这个密码太容易猜到（常见的词、拼音、姓名、单位名、日期、连续的键，加几个数字也一样），"
            "请换一个，例如几个不相干的词连起来。",
            field="password",
        )


def guesses(password: str, *names: str) -> float:
    """The power of ten of the guesses after which it is found."""
    from zxcvbn import zxcvbn  # 30 ms, wanted only where a password is set

    plain = unicodedata.normalize("NFKC", password)[:_LOOKED_AT]
    known = [*_WORDS.split(), *_HANZI.split()]
    for name in names:
        known += _ways(unicodedata.normalize("NFKC", name).casefold())
    return float(zxcvbn(plain, user_inputs=list(dict.fromkeys(known)))["guesses_log10"])


def _ways(name: str) -> Iterator[str]:
    """A name as people type it: whole, its first characters, by letters and by their first."""
    for part in (name, *name.replace("-", " ").replace("_", " ").split(), name[:2], name[:3]):
        if part:
            letters = [readings(each)[0] for each in part]
            yield part
            yield "".join(letters)
            yield "".join(each[:1] for each in letters)


__all__ = ["LEAST_PASSWORD", "check_password", "guesses", "made_up_office"]
