"""A 200-page document of over 100,000 characters, set and written, beside reportlab's own platypus on the same text and face.

Platypus breaks Chinese against its rules and leaves lines ragged; the limit asks for the rules at no more than its time.
typst comes with the extra ``bench`` and has a limit of its own; where it is missing, that is a failure.
"""

from __future__ import annotations

import io
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import resources
from desktop.bulletin.document import Document, Paragraph
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.writers import Printed, render

CHARACTERS = 111_204
PREVIEW = 0.15
"""Seconds of the processor from a keystroke to three pages anew."""
SENTENCES = (
    "各县区、各部门要提高政治站位，压实工作责任，对照清单逐条逐项抓好落实",
    "截至目前，累计交办重点事项1286件，按期办结1173件，办结率91.2%",
    "坚持“台账推动、动态销号”，对进展缓慢的事项实行挂牌督办",
    "市能力作风建设年活动办公室会同有关单位（含市直部门）开展现场督导",
    "认真落实《重点事项督查督办办法》，做到事事有回音、件件有着落",
    "组织擂台比武、应急演练和岗位练兵等活动，干部本领得到锤炼",
    "围绕项目建设、招商引资、企业服务、城建交通和安全稳定，逐周研判、逐项销号",
    "个别单位存在“等一等、看一看”的思想，整改措施不具体、不实在——必须坚决纠正",
    "要以问题为导向，建立清单、明确时限，确保2022年12月底前全部整改到位",
    "通过专题培训、经验交流、以会代训，推动广大党员干部提能力、转作风、促发展",
)


def sample(characters: int = CHARACTERS, seed: int = 9704) -> list[str]:
    """Paragraphs of made-up text, the same in every run."""
    chance = random.Random(seed)
    paragraphs, size = [], 0
    while size < characters:
        sentences = [chance.choice(SENTENCES) for _ in range(chance.randint(2, 9))]
        text = "；".join(sentences[:2]) + "。" + "。".join(sentences[2:]) + ("。" if len(sentences) > 2 else "")
        paragraphs.append(text)
        size += len(text)
    return paragraphs


def ours(paragraphs: list[str]) -> Printed:
    """Set by this program."""
    document = Document("长文本排版测试", tuple(Paragraph(text) for text in paragraphs))
    return render(document, io.BytesIO(), fonts=bundled_fonts())


def platypus(paragraphs: list[str]) -> None:
    """Set by reportlab's platypus with its CJK wrapping."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import Paragraph as Flowing
    from reportlab.platypus import SimpleDocTemplate

    pdfmetrics.registerFont(TTFont("Fang", str(resources.path("fonts", "ZhengxianFang.ttf"))))
    style = ParagraphStyle("body", fontName="Fang", fontSize=16, leading=29.6, wordWrap="CJK", firstLineIndent=32)
    template = SimpleDocTemplate(
        io.BytesIO(), pagesize=A4, leftMargin=28 * mm, rightMargin=26 * mm, topMargin=37 * mm, bottomMargin=35 * mm,
        initialFontName="Fang",
    )
    template.build([Flowing(text, style) for text in paragraphs])


def typst(paragraphs: list[str]) -> bytes:
    """Set by typst, in the same face, measure and pitch."""
    import typst as engine

    head = (
        '#set page(paper: "a4", margin: (left: 28mm, right: 26mm, top: 37mm, bottom: 35mm))\n'
        '#set text(font: "Zhengxian Fang", size: 16pt, lang: "zh", region: "cn", fallback: false, '
        'top-edge: 0.88em, bottom-edge: -0.12em)\n'
        "#set par(justify: true, leading: 13.6pt, spacing: 13.6pt, first-line-indent: (amount: 2em, all: true))\n"
    )
    body = "\n\n".join(re.sub(r"([\\#$*_`<>@~\[\]\"'])", r"\\\1", text) for text in paragraphs)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "text.typ")
        source.write_text(head + body, encoding="utf-8")
        compiler = engine.Compiler(
            str(source), font_paths=[str(resources.path("fonts"))], ignore_system_fonts=True
        )
        made: bytes = compiler.compile()
    return made


def peak_memory_mb() -> float:
    """Most memory a process of its own held while setting the text."""
    code = (
        "from tests.bench.bench_typeset import ours, sample\nours(sample())\n"
        "try:\n    import resource\n    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)\n"
        "except ImportError:\n    import psutil\n    print(psutil.Process().memory_info().peak_wset)"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1_048_576


def best(work: Any, *arguments: Any, times: int = 4) -> float:
    """Shortest of some runs, in seconds of this process: both engines compute in one thread, beside whatever else runs."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        work(*arguments)
        taken.append(time.process_time() - start)
    return min(taken)


def run() -> list[dict[str, Any]]:
    """Rows for the table of ratios."""
    paragraphs = sample()
    ours(paragraphs[:3])  # fonts and libraries loaded, as for platypus below
    platypus(paragraphs[:3])
    seconds = best(ours, paragraphs)
    peer = best(platypus, paragraphs)
    three = paragraphs[: len(paragraphs) * 3 // 200]
    shown = best(lambda: ours([*three[:-1], f"{three[-1]}又{time.perf_counter()}"]))
    memory = peak_memory_mb()
    rows: list[dict[str, Any]] = [
        {"name": "200 页、11 万字排版成 PDF", "ratio": seconds / peer, "peer": "reportlab platypus", "seconds": seconds,
         "limit": 0.5, "memory_mb": memory},
        {"name": "3 页排版成 PDF（改一个字后的预览）", "ratio": shown / PREVIEW, "peer": f"{PREVIEW} s", "seconds": shown,
         "limit": 1.0, "memory_mb": None},
        {"name": "同上，内存峰值（÷ 300 MB）", "ratio": memory / 300, "peer": "300 MB", "seconds": seconds,
         "limit": 1.0, "memory_mb": memory},
    ]
    try:
        typst(paragraphs[:3])
    except ImportError:
        missing = "typst is not installed: .venv/bin/python -m pip install -e '.[test,bench]'"
        return [*rows, {"name": "同上，÷ typst（其各线程合计）", "peer": missing, "failed": True}]
    # typst remembers what it has set before, so each of its runs is given a text of the same size that it has not seen
    other = min(best(typst, sample(seed=seed), times=1) for seed in range(4))
    rows.append({"name": "同上，÷ typst（其各线程合计）", "ratio": seconds / other, "peer": "typst", "seconds": seconds,
                 "limit": 0.8, "memory_mb": None})
    rows.append({"name": "typst ÷ reportlab platypus", "ratio": other / peer, "peer": "reportlab platypus",
                 "seconds": other, "limit": None, "memory_mb": None})
    return rows
