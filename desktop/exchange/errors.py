"""Why a file was not taken in: every reason has one Chinese sentence that says what to do next."""

from __future__ import annotations

from db.errors import BadInput

#: code → sentence; ``{what}`` is filled in where the code says more.
SENTENCES = {
    "missing": "找不到这个文件，请确认它还在原来的位置。",
    "unreadable": "这个文件打不开（{what}），请确认没有被别的程序占用后再试。",
    "empty": "这个文件是空的（0 字节），请向对方另要一份。",
    "zeroed": "这个文件里全是空字节，多半是拷贝时U盘被提前拔出，请向对方另要一份。",
    "too-big": "这个文件有 {what}，超过能接收的大小，请请对方分成几份。",
    "not-workbook": "这不是 Excel 工作簿（{what}），请选择 .xlsx 文件。",
    "xls": "这是旧格式的工作簿（.xls 或 .et），请用 WPS 或 Excel 打开后另存为 .xlsx 再导入。",
    "xlsb": "这是二进制格式的工作簿（.xlsb），请另存为 .xlsx 再导入。",
    "ods": "这是 {what} 格式的文件，请用 WPS、Excel 或 LibreOffice 另存为 .xlsx 再导入。",
    "web": (
        "这是{what}存成的表（文件名也许写着 .xls），请用 WPS 或 Excel 打开后另存为 .xlsx 再导入。"
    ),
    "encrypted": "这个工作簿设有打开密码，请输入密码后再导入。",
    "wrong-password": "密码不对，打不开这个工作簿，请核对后重输。",
    "encrypted-member": "这个工作簿用压缩软件加过密，请用 WPS 或 Excel 另存为普通的 .xlsx。",
    "truncated": "这个文件不完整（{what}），多半是拷贝没有完成，请向对方另要一份。",
    "duplicate-member": "这个文件里有重名的部分（{what}），不是表格程序正常保存的，没有导入。",
    "bad-name": "这个文件里有指向外面的路径（{what}），可能是恶意文件，没有导入。",
    "bomb": "这个文件解开后有 {what}，远超正常的工作簿，没有导入。",
    "too-many-members": "这个文件里有 {what} 个部分，远超正常的工作簿，没有导入。",
    "macro": "这个工作簿带有宏（{what}）。为安全起见不导入，请另存为不带宏的 .xlsx。",
    "dtd": "这个文件里有 XML 实体定义（{what}），可能是恶意文件，没有导入。",
    "encoding": "这个文件里有不是 UTF-8 编码的部分（{what}），请用 WPS 或 Excel 重新保存后再导入。",
    "strict": (
        "这个工作簿存成了“Strict Open XML”，各程序读法不一。请另存为普通的 Excel 工作簿（.xlsx）。"
    ),
    "broken-xml": "这个文件的内部结构已损坏（{what}），请用 WPS 或 Excel 打开、另存后再导入。",
    "address": "工作表「{what}」里有超出正常范围的单元格，请删去数据以外的行和列，另存后再导入。",
    "rows-differ": (
        "工作表「{what}」的行数两种读法不一致，为防漏读没有导入。请用 WPS 或 Excel 另存后再试。"
    ),
    "time": "读这个文件超过了 {what} 秒，已经停止，没有改动任何数据。请对方重新保存后再试。",
    "memory": (
        "读这个文件需要的内存超过限度，已经停止，没有改动任何数据。请对方删去多余的行和列后再试。"
    ),
    "crashed": (
        "读这个文件时读取程序出错退出，没有改动任何数据。请用 WPS 或 Excel 打开、另存后再试。"
    ),
    "unknown-compression": "这个文件用了少见的压缩方式（{what}），请用 WPS 或 Excel 另存后再导入。",
    "not-ours": (
        "这个工作簿不是本程序发出的（找不到导出编号）。要导入别处的表格，请选择“导入到哪个台账”。"
    ),
    "no-headings": "没有找到{what}。请核对台账是否选对，或在窗口里指出表头在哪一行、各列是什么。",
    "not-kept": (
        "收到的原文件没有留存在本机（也许是从备份恢复的），无法标注。请用“查看报告”"
        "里的文字告诉对方。"
    ),
    "no-rows": "这个文件里没有内容，请核对是不是选错了文件。",
    "no-sheets": "这个工作簿里没有工作表。",
    "not-its-site": (
        "隐藏页里写的单位和台账编号对不上（{what}），可能被人动过，没有导入。请向发出单位核实，"
        "另要一份新导出的。"
    ),
    "not-sent": (
        "这份工作簿署着本单位的名，本单位的导出记录里却没有它，校验也对不上，没有导入。"
        "请另导出一份，把填好的内容抄过去再导入。"
    ),
    "altered": (
        "隐藏页被改动过，本单位也没有留存的副本可以对照，没有导入。请另导出一份，"
        "把填好的内容抄过去再导入。"
    ),
    "two-of-one": (
        "同一编号的工作簿 {what} 收到过，隐藏页却不一样，至少有一份被人动过，没有导入。"
        "请向发出单位另要一份新导出的。"
    ),
    "newer": "这个工作簿由更新版本的程序生成，本版本读不了，请先更新程序。",
}


class Refused(BadInput):
    """A file that was not taken in; ``code`` names the reason. Nothing was changed."""

    def __init__(self, code: str, what: str = "") -> None:
        super().__init__(SENTENCES[code].replace("{what}", what))
        self.code, self.what = code, what
