"""A made-up appointment form as its own program writes it, and its older form."""

from __future__ import annotations

import base64
import struct
import zlib

IDENTITY = "990101197506150018"


def png(shade: int = 120) -> bytes:
    """A small grey picture of a face's shape: 101 × 134."""
    width, height = 101, 134
    rows = b"".join(b"\0" + bytes((shade + (x * y) % 40) & 0xFF for x in range(width)) for y in range(height))

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


RESUME = """1993.09--1997.07  云川工业大学建筑系城市规划专业学习
1997.08--2003.05  安坪县住房城乡建设局科员（其间：1999.03--1999.12在清沅镇挂职锻炼，
                  任镇长助理）
2003.05--2013.06  安坪县住房城乡建设局副局长
2013.06--         安坪县住房城乡建设局党组书记、局长"""


def lrmx(**changes: str) -> str:
    """The XML text; ``changes`` replace element texts."""
    texts = {
        "XingMing": "赵燚", "XingBie": "男", "ChuShengNianYue": "197506", "MinZu": "汉", "JiGuan": "云川安坪",
        "ChuShengDi": "云川霖川", "RuDangShiJian": "199807", "CanJiaGongZuoShiJian": "199708", "JianKangZhuangKuang": "健康",
        "ZhuanYeJiShuZhiWu": "高级工程师", "ShuXiZhuanYeYouHeZhuanChang": "城市规划与管理", "QuanRiZhiJiaoYu_XueLi": "大学",
        "QuanRiZhiJiaoYu_XueWei": "工学学士", "QuanRiZhiJiaoYu_XueLi_BiYeYuanXiaoXi": "云川工业大学建筑系城市规划专业",
        "QuanRiZhiJiaoYu_XueWei_BiYeYuanXiaoXi": "", "ZaiZhiJiaoYu_XueLi": "省委党校研究生", "ZaiZhiJiaoYu_XueWei": "公共管理硕士",
        "ZaiZhiJiaoYu_XueLi_BiYeYuanXiaoXi": "省委党校经济管理专业", "ZaiZhiJiaoYu_XueWei_BiYeYuanXiaoXi": "云川大学公共管理学院",
        "XianRenZhiWu": "安坪县住房城乡建设局党组书记、局长", "NiRenZhiWu": "安坪县人民政府副县长人选", "NiMianZhiWu": "",
        "JianLi": RESUME, "JiangChengQingKuang": "2021年记三等功。", "NianDuKaoHeJieGuo": "2019年度优秀，2020年度称职，2021年度优秀。",
        "RenMianLiYou": "熟悉城建工作，拟提名为副县长人选。", "ChengBaoDanWei": "中共安坪县委", "JiSuanNianLingShiJian": "202209",
        "TianBiaoShiJian": "20220905", "TianBiaoRen": "李某", "ShenFenZheng": IDENTITY, "Version": "3.2.1.16",
    }  # fmt: skip
    texts.update(changes)
    family = [("妻子", "王赟", "197703", "中共党员", "安坪县第一中学教师"), ("儿子", "赵喆", "200409", "共青团员", "云川大学学生"),
              ("父亲", "", "", "", "已去世")] + [("",) * 5] * 7  # fmt: skip
    tags = ("ChengWei", "XingMing", "ChuShengRiQi", "ZhengZhiMianMao", "GongZuoDanWeiJiZhiWu")
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<Person>"]
    for tag, text in texts.items():
        plain = text.replace("&", "&amp;").replace("<", "&lt;")
        lines.append(f"  <{tag}>{plain}</{tag}>")
        if tag == "RenMianLiYou":
            lines.append("  <JiaTingChengYuan>")
            for row in family:
                lines.append("    <Item>" + "".join(f"<{t}>{v}</{t}>" for t, v in zip(tags, row, strict=True)) + "</Item>")
            lines.append("  </JiaTingChengYuan>")
        if tag == "ShenFenZheng":
            lines.append(f"  <ZhaoPian>{base64.b64encode(png()).decode()}</ZhaoPian>")
            lines.append('  <DaoLingNianYue source="gai">203506</DaoLingNianYue>')
            lines.append("  <BeiZhu>未知<Mo>甲&lt;乙</Mo>栏目</BeiZhu>")
    lines.append("</Person>")
    return "\n".join(lines)


def lrm() -> bytes:
    """The older form, GBK."""
    values = [
        "钱堃", "女", "198003", "回族", "云川青石", "200511", "健康", "云川青石", "200207", "大学#文学学士@研究生#法学硕士",
        "云川大学中文系#@云川大学法学院#", "", "", "", "", "甲", "公文写作",
        "1998.09--2002.07  云川大学中文系学习\r\n2002.07--  青石县委办公室干事",
        "无", "2021年度称职。", "丈夫@女儿", "孙某@孙小某", "197901@200808", "群众@", "青石县医院医生@学生", "青石县委办公室副主任", "", "",
        "", "中共青石县委", "202209", "周某", "20220906",
    ]  # fmt: skip
    return ('"' + '","'.join(values) + '"').encode("gb18030")
