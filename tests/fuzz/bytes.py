"""Any bytes through decoders, readers and labels: text or a sentence for the user, and nothing
that is read gets lost.

Guided by coverage if atheris is installed (`pip install atheris`), else by chance.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import time
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import corpora
from corpora.formats import conllu
from corpora.lines import AUTO, Encoding, arriving_lines
from corpora.reading import recognise
from corpora.rows import Report, blocks
from tagger.errors import TaggerError
from tagger.labeling.labels import decode, encode, is_label
from tagger.text.escaping import json_text, printable
from tagger.text.formats import FORMATS as WRITERS
from tagger.text.hangul import compose
from tagger.text.segmentation import cut_sentence, join_sentences, segment
from tests.support.promises import lost_text

ENCODINGS = ("utf-8", "cp949", "euc-kr", "utf-16", "utf-16-be", "utf-32", "utf-8-sig", AUTO)
SEEDS = [
    "나\t나/NP\n했다.\t하/VV + 았/EP + 다/EF + ./SF\n\n",
    "나/NP 하/VV+았/EP+다/EF+./SF\n",
    "# sent_id = s1\n1\t나\t나\tPRON\tNP\t_\t2\tnsubj\t_\t_\n"
    "2-3\t했다.\t_\t_\t_\t_\t_\t_\t_\t_\n2\t했다\t하+았+다\tVERB\tVV+EP+EF\t_\t0\troot\t_\t"
    "SpaceAfter=No\n3\t.\t.\tPUNCT\tSF\t_\t2\tpunct\t_\t_\n\n",
    "## k1\t나 했다.\n1\t나\t나\tNP\t2\tNP\n2\t했다.\t하 았 다 .\tVV+EP+EF+SF\t0\tVP\n\n",
    "나\t나\tNP\tPRON\n했다.\t하+았+다+.\tVV+EP+EF+SF\tVERB\n\n",
]


class Pipe(io.BytesIO):
    """A stream that gives at most `size` bytes at once."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def read1(self, size: int | None = -1) -> bytes:
        return super().read1(self._size)


def check(data: bytes) -> None:
    """Raises an error if a promise is broken for these bytes; the first says which check."""
    if data:
        CHECKS[data[0] % len(CHECKS)](data[1:])


def check_lines(data: bytes) -> None:
    """However bytes arrive, the lines and the error are the same."""
    encoding = ENCODINGS[len(data) % (len(ENCODINGS) - 1)]
    results = []
    for size in (1 << 16, 1, 3):
        lines: list[str] = []
        try:
            for group in arriving_lines(Pipe(data, size), "x", Encoding(encoding)):
                lines += group
        except TaggerError as error:
            results.append((lines, str(error)))
        else:
            results.append((lines, ""))
    assert results[0] == results[1] == results[2], encoding
    replaced = [
        line
        for group in arriving_lines(Pipe(data, 7), "x", Encoding(AUTO, "replace"))
        for line in group
    ]
    assert all("\n" not in line for line in replaced)


def check_readers(data: bytes) -> None:
    """Every reader gives sentences or names the row, whatever it reads."""
    lines = data.decode("utf-8", "replace").split("\n")
    recognised = recognise(lines)
    assert recognised in {None, *corpora.FORMATS}
    for name, reader in corpora.FORMATS.items():
        report = Report("x")
        for sentence in reader(lines, report):
            assert sentence.tokens, name
            for token in sentence.tokens:
                assert sentence.text[token.start : token.end] == token.surface != "", name
                assert all(m.form and m.tag for m in token.morphemes), name
            for write in WRITERS.values():
                assert write(sentence, 1).endswith("\n"), name
        for problem in report.problems:
            assert 1 <= int(problem.where.rpartition(":")[2]) <= len(lines), name


def check_blocks(data: bytes) -> None:
    """CoNLL-U that is tagged anew keeps its lines and all columns but three."""
    lines = data.decode("utf-8", "replace").split("\n")
    for block in blocks(lines):
        report = Report("x")
        sentence = conllu.read_block(block, report, gold=False)
        if sentence is None or report.problems:
            continue
        rows = conllu.rewrite_block(block, sentence).split("\n")
        assert len(rows) == len(block) + 2
        for (_, before), after in zip(block, rows):
            old, new = before.split("\t"), after.split("\t")
            assert old == new or old[:2] + old[5:] == new[:2] + new[5:]


def check_labels(data: bytes) -> None:
    """Labels give back what they were made of, and whatever is one can be decoded."""
    surface, *parts = data.decode("utf-8", "replace").split("\t")
    analysis = [(form, tag) for form, tag in zip(parts[::2], parts[1::2]) if form and tag]
    if surface and analysis and not any(set("|→") & set(tag) for _, tag in analysis):
        labels = encode(surface, analysis)
        assert [(piece.form, piece.tag) for piece in decode(surface, labels)] == analysis
        assert all(map(is_label, labels))
    given = [part for part in parts if is_label(part)][: len(surface)]
    for piece in decode(surface[: len(given)], given):
        assert piece.form and piece.tag


def check_segmentation(data: bytes) -> None:
    """Tokens and gaps rebuild the text, also cut and joined again."""
    text = data.decode("utf-16-le", "surrogatepass" if len(data) % 2 == 0 else "replace")
    sentence = segment(text)
    parts = cut_sentence(sentence, 1 + len(data) % 50)
    assert join_sentences(part.sentence for part in parts) == sentence
    assert lost_text(text, sentence) is None
    composed = compose(text)
    assert len(composed.text) == len(composed.starts) == len(composed.ends)
    assert list(composed.starts) == sorted(composed.starts)


def check_shown(data: bytes) -> None:
    """What people are shown is one line without commands, in UTF-8, and JSON loses nothing."""
    text = data.decode("utf-16-le", "surrogatepass" if len(data) % 2 == 0 else "replace")
    for given in (text, data.decode("utf-8", "surrogateescape"), data.decode("latin-1")):
        shown = printable(given)
        assert printable(shown) == shown and shown.encode().decode().splitlines() in ([], [shown])
        error = TaggerError(given, where=given, remedy=given)
        assert str(error) == printable(str(error))
        assert json.loads(json_text({given: [given]}).encode()) == {given: [given]}


CHECKS: list[Callable[[bytes], None]] = [
    check_lines,
    check_readers,
    check_blocks,
    check_labels,
    check_segmentation,
    check_shown,
]


def by_chance(seconds: float, seed: int) -> int:
    """Check spoilt seeds for that time; how many."""
    some = random.Random(seed)
    seeds = [seed.encode(e) for seed in SEEDS for e in ("utf-8", "cp949", "utf-16")]
    signs = [b"\t", b"\n", b"\r\n", b"+", b"/", b"_", b" ", b"\0", b"\xff", "→|".encode()]
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        data = bytearray(some.choice(seeds))
        for _ in range(some.randint(0, 6)):
            place = some.randrange(len(data) + 1)
            new = some.choice([some.randbytes(some.randint(1, 4)), some.choice(signs), b""])
            data[place : place + some.randint(0, 3)] = new
        for kind in range(len(CHECKS)):
            check(bytes([kind]) + bytes(data))
            count += 1
    return count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--found", metavar="DIR", help="where guided inputs are kept")
    args = parser.parse_args()
    try:
        import atheris
    except ImportError:
        print(f"{by_chance(args.seconds, args.seed)} inputs tried by chance, none broke anything")
        return 0
    # the modules are here already: instrument their functions
    for module in [m for name, m in sys.modules.items() if name.startswith(("corpora", "tagger"))]:
        for value in list(vars(module).values()):
            if getattr(value, "__module__", None) == module.__name__ and hasattr(value, "__code__"):
                atheris.instrument_func(value)
    folder = Path(args.found) if args.found else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        for (index, seed), kind in chain.from_iterable(
            ((item, kind) for kind in range(len(CHECKS))) for item in enumerate(SEEDS)
        ):
            (folder / f"seed-{index}-{kind}").write_bytes(bytes([kind]) + seed.encode())
    options = [f"-max_total_time={args.seconds}", f"-seed={args.seed}", "-max_len=600"]
    atheris.Setup([sys.argv[0], *options, *([str(folder)] if folder else [])], check)
    atheris.Fuzz()  # ends the process, with what libFuzzer found on stderr
    return 0


if __name__ == "__main__":
    sys.exit(main())
