#!/usr/bin/env python3
"""Make `resources/typeset/dictionary.txt` out of the source package of jieba 0.42.1 (MIT licence).

    python installers/make_dictionary.py jieba-0.42.1.tar.gz

The made file is committed; this script exists so that anybody can make it again. Costs are −8 ln of
a probability, rounded; words that jieba's corpus had fewer than ten times are left out.
"""

from __future__ import annotations

import ast
import math
import re
import sys
import tarfile
from collections import defaultdict
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "resources" / "typeset" / "dictionary.txt"
LEAST, LONGEST = 10, 6
WORD = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
HEAD = """\
# Chinese words by what they cost (−8 ln of their share of a corpus); then, by first letters B, M,
# E and S, what a character costs at the beginning, in the middle, at the end of a word, or as one.
# Made by installers/make_dictionary.py from jieba 0.42.1, Copyright (c) 2013 Sun Junyi, MIT.
"""


def main(package: str) -> None:
    """Write the file."""
    with tarfile.open(package) as tar:
        def text(name: str) -> str:
            file = tar.extractfile(f"jieba-0.42.1/jieba/{name}")
            assert file is not None
            return file.read().decode("utf-8")

        rows = [line.split() for line in text("dict.txt").splitlines()]
        emitted: dict[str, dict[str, float]] = ast.literal_eval(
            text("finalseg/prob_emit.py").partition("=")[2].strip()
        )
    total = sum(int(often) for _, often, _ in rows)
    words: dict[int, list[str]] = defaultdict(list)
    for word, often, _ in rows:
        enough = (int(often) >= LEAST and len(word) <= LONGEST) or len(word) == 1
        if enough and WORD.fullmatch(word):
            words[round(8 * math.log(total / max(int(often), 1)))].append(word)
    lines = [f"{cost} {' '.join(sorted(found))}" for cost, found in sorted(words.items())]
    for state, probabilities in emitted.items():
        places: dict[int, list[str]] = defaultdict(list)
        for sign, probability in probabilities.items():
            if WORD.fullmatch(sign) and probability > -1e100:
                places[round(-8 * probability)].append(sign)
        lines += [
            f"{state}{cost} {''.join(sorted(found))}" for cost, found in sorted(places.items())
        ]
    OUT.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
