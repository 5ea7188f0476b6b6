"""The styles, settings and font table of a .docx: what GB/T 9704 asks, under the names that people
know."""

from __future__ import annotations

import msgspec

from desktop.bulletin.document import Role
from desktop.bulletin.typeset.page import ERHAO, SANHAO, SIHAO, WUHAO
from desktop.bulletin.word.markup import FACES, INSTEAD, fonts, twips

MAIN = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
#: 22 lines of 28.95 pt fill the type area of 225 mm; characters of 16 pt less this stand 28 in a
#: line of 156 mm.
LINE, SPACING = 28.95, -0.25
#: Twips of a character.
CHARACTER = twips(SANHAO)


class Style(msgspec.Struct, frozen=True):
    """A paragraph style. ``indent``: of its first line, in characters."""

    name: str
    face: Role = "fang"
    size: float = SANHAO
    align: str = "both"
    indent: int = 0
    line: float = LINE
    level: int = 0  # in the outline, from 1
    then: str = "body"
    extra: str = ""  # further paragraph properties, before its spacing
    colour: str = ""


#: By the ids that the markup uses.
STYLES: dict[str, Style] = {
    "body": Style("公文正文", indent=2),
    "title": Style("公文标题", "biaosong", ERHAO, "center", extra="<w:keepNext/>"),
    "h1": Style("一级标题", "hei", indent=2, level=1, extra="<w:keepNext/>"),
    "h2": Style("二级标题", "kai", indent=2, level=2, extra="<w:keepNext/>"),
    "h3": Style("三级标题", indent=2, level=3, extra="<w:keepNext/>"),
    "h4": Style("四级标题", indent=2, level=4, extra="<w:keepNext/>"),
    "article": Style(
        "文章标题", "biaosong", ERHAO, "center", level=1, extra="<w:keepNext/>"
    ),
    "byline": Style("文章署名", "kai", align="center", extra="<w:keepNext/>"),
    "addressee": Style("主送机关"),
    "attachments": Style("附件说明"),
    "attachment": Style("附件", "hei", extra="<w:keepNext/>"),
    "signature": Style("署名", align="right", then="date", extra="<w:keepNext/>"),
    "date": Style("成文日期", align="right"),
    "note": Style("附注", indent=2),
    "blank": Style("空行"),
    "editor": Style("编者按", "kai", indent=2),
    "contents": Style("目录标题", "hei", align="center"),
    "entry": Style("目录", align="left"),
    "mark": Style("发文机关标志", "biaosong", 62.0, "center", colour="FF0000"),
    "number": Style("发文字号", align="center"),
    "corner": Style("份号密级紧急程度", "hei", align="left"),
    "imprint": Style("版记", size=SIHAO, line=21.5),
    "caption": Style("表格标题", "hei", SIHAO, "center", extra="<w:keepNext/>"),
    "measure": Style("表格单位", size=WUHAO, align="right", line=16.0, extra="<w:keepNext/>"),
    "cell": Style("表格文字", size=12.0, align="left", line=16.0, then="cell"),
    "source": Style("数据来源", size=WUHAO, align="left", line=15.0),
    "picture": Style("图", align="center", line=0.0),
    "legend": Style("图题", "kai", SIHAO, "center"),
    "folio": Style("页码", "song", SIHAO, line=18.0),
    "head": Style("页眉", "hei", SIHAO, "right", line=18.0),
    "cover": Style("封面标题", "biaosong", 40.0, "center", line=60.0),
    "small": Style("表单文字", size=WUHAO, align="left", line=14.5, then="small"),
}


def styles_xml() -> bytes:
    """The part that holds the styles."""
    defaults = (
        f"<w:docDefaults><w:rPrDefault><w:rPr>{fonts('fang')}<w:sz w:val=\"32\"/>"
        '<w:szCs w:val="32"/><w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr>'
        '</w:rPrDefault><w:pPrDefault><w:pPr><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>'
        "</w:pPr></w:pPrDefault></w:docDefaults>"
    )
    normal = (
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
        '<w:qFormat/><w:pPr><w:widowControl w:val="0"/><w:autoSpaceDE w:val="0"/>'
        '<w:autoSpaceDN w:val="0"/></w:pPr></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal">'
        '<w:name w:val="Normal Table"/><w:uiPriority w:val="99"/><w:semiHidden/>'
        '<w:tblPr><w:tblInd w:w="0" w:type="dxa"/></w:tblPr></w:style>'
    )
    made = "".join(_style(key, style) for key, style in STYLES.items())
    return f"<w:styles {MAIN}>{defaults}{normal}{made}</w:styles>".encode()


def _style(key: str, style: Style) -> str:
    line = (
        f'<w:spacing w:line="{twips(style.line)}" w:lineRule="exact"/>'
        if style.line
        else '<w:spacing w:line="240" w:lineRule="auto"/>'
    )
    first = (
        f'<w:ind w:firstLineChars="{100 * style.indent}"'
        f' w:firstLine="{CHARACTER * style.indent}"/>'
        if style.indent
        else ""
    )
    outline = f'<w:outlineLvl w:val="{style.level - 1}"/>' if style.level else ""
    dense = f'<w:spacing w:val="{twips(SPACING)}"/>' if style.size == SANHAO else ""
    colour = f'<w:color w:val="{style.colour}"/>' if style.colour else ""
    return (
        f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{key}">'
        f'<w:name w:val="{style.name}"/><w:basedOn w:val="Normal"/><w:next w:val="{style.then}"/>'
        f"<w:qFormat/><w:pPr>{style.extra}<w:snapToGrid w:val=\"0\"/>{line}{first}"
        f'<w:jc w:val="{style.align}"/>{outline}</w:pPr><w:rPr>{fonts(style.face)}{colour}{dense}'
        f'<w:sz w:val="{round(style.size * 2)}"/><w:szCs w:val="{round(style.size * 2)}"/></w:rPr>'
        "</w:style>"
    )


def settings_xml() -> bytes:
    """Mirrored folios, marks squeezed as Chinese lines ask, the compatibility of today's Word."""
    return (
        f'<w:settings {MAIN}><w:zoom w:percent="100"/><w:evenAndOddHeaders/>'
        '<w:characterSpacingControl w:val="compressPunctuation"/><w:compat>'
        "<w:balanceSingleByteDoubleByteWidth/><w:useFELayout/>"
        '<w:compatSetting w:name="compatibilityMode"'
        ' w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
        '<w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>'
    ).encode()


def fonts_xml() -> bytes:
    """The faces that are used, with what stands in for them."""
    made = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{INSTEAD[name]}"/><w:charset w:val="86"/>'
        '<w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        for name in FACES.values()
    )
    return f"<w:fonts {MAIN}>{made}</w:fonts>".encode()
