"""Damaged and forged model folders: each is refused in a sentence that names the file, or tags
as if nothing had happened."""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import struct
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tagger import Tagger
from tagger.errors import TaggerError
from tagger.model import folder as model_folder
from tagger.model.folder import CARD, CONFIG, VOCABULARY, WEIGHTS
from tagger.pretrained import find_model
from tagger.text.escaping import is_printable
from tests.support.promises import broken_promise, known_tags

FILES = (CONFIG, VOCABULARY, WEIGHTS, CARD)
LINES = ["나 밥 먹었다", "아버지가 방에 들어가신다.", "쑨 죽, 😀 3.5%!"]


def flip(data: bytes, some: random.Random) -> bytes:
    """One to eight bits are not what they were."""
    changed = bytearray(data)
    for _ in range(some.choice([1, 1, 1, 2, 8])):
        changed[some.randrange(len(data))] ^= 1 << some.randrange(8)
    return bytes(changed)


def cut(data: bytes, some: random.Random) -> bytes:
    return data[: some.randrange(len(data))]


def lengthen(data: bytes, some: random.Random) -> bytes:
    return data + some.randbytes(some.randint(1, 2000))


def zero(data: bytes, some: random.Random) -> bytes:
    """A block that was never written, as after a power failure."""
    start = some.randrange(len(data))
    end = min(len(data), start + some.choice([1, 512, 4096]))
    return data[:start] + bytes(end - start) + data[end:]


def scramble(data: bytes, some: random.Random) -> bytes:
    return some.randbytes(some.randint(0, 3000))


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flip,
    flip,
    flip,
    cut,
    lengthen,
    zero,
    scramble,
)

_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1, 2.0, 2**31, 2**64, 10**400, 1e308, float("inf"), "", "x",
    "../../etc/passwd", "\0", "\n", "N\tN", "\x1b[2J", "\u202e", "B-NNG→?", "B-NNG→\n", [], {},
    [[]], ["x"] * 3, {"x": {}}, "가" * 5000, json.loads("[" * 500 + "]" * 500),
)  # fmt: skip


_PIECES = ("|", "→", "B-", "가", "\ud800", "\n", "\t", "\x1b[2J", "\u2028", "")


def forge(value: Any, some: random.Random) -> Any:
    """The JSON value with one thing in it changed, anywhere."""
    if isinstance(value, dict) and value and some.random() < 0.9:
        key = some.choice(list(value))
        changed = dict(value)
        match some.randrange(8):
            case 0:
                del changed[key]
            case 1:
                changed[some.choice(["x", "", "../" + key])] = changed[key]
            case 2:
                other = some.choice(list(value))
                changed[key], changed[other] = changed[other], changed[key]
            case _:
                changed[key] = forge(value[key], some)
        return changed
    if isinstance(value, list) and value and some.random() < 0.9:
        place = some.randrange(len(value))
        match some.randrange(4):
            case 0:
                return value[:place] + value[place + 1 :]
            case 1:
                return [*value, value[place]]
            case _:
                return [*value[:place], forge(value[place], some), *value[place + 1 :]]
    if isinstance(value, str) and value and some.random() < 0.5:
        place = some.randrange(len(value))
        return value[:place] + some.choice(_PIECES) + value[place:]
    return some.choice(_VALUES)


def seal(folder: Path) -> None:
    """Make the digests right for what is there, as a forger would."""
    path = folder / CONFIG
    try:
        config = json.loads(path.read_bytes())
        digests = config["sha256"] = {
            file: hashlib.sha256((folder / file).read_bytes()).hexdigest()
            for file in (VOCABULARY, WEIGHTS)
        }
        digests[CONFIG] = model_folder._config_digest(config)
        path.write_text(json.dumps(config), encoding="utf-8")
    except (KeyError, TypeError, ValueError):
        return


def forge_weights(data: bytes, some: random.Random) -> bytes:
    """Weights whose header says something else, or whose numbers are others."""
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    if some.random() < 0.5:
        text = json.dumps(forge(header, some)).encode()
        return struct.pack("<Q", len(text)) + text + data[8 + length :]
    return data[: 8 + length] + flip(data[8 + length :], some)


def spoil(folder: Path, some: random.Random) -> str:
    """Do something to a folder that holds a model; what was done."""
    file = some.choice(FILES)
    path = folder / file
    if some.random() < 0.6:
        damage = some.choice(DAMAGES)
        path.write_bytes(damage(path.read_bytes(), some))
        return f"{damage.__name__} {file}"
    if some.random() < 0.1:
        other = some.choice(FILES)
        path.write_bytes((folder / other).read_bytes())
        seal(folder)
        return f"{other} in place of {file}"
    file = some.choice(FILES[:3])
    path = folder / file
    if file == WEIGHTS:
        path.write_bytes(forge_weights(path.read_bytes(), some))
    else:
        path.write_text(json.dumps(forge(json.loads(path.read_bytes()), some)), encoding="utf-8")
    seal(folder)
    return f"forge {file}"


def outcome(folder: Path, before: list[str], forged: bool) -> str:
    """`refused`, `harmless`, `other model` (a forged one that works), or what broke."""
    try:
        tagger = Tagger.load(folder, device="cpu")
        answers = list(tagger.tag(LINES))
    except TaggerError as error:
        if not is_printable(str(error)) or str(folder) not in str(error):
            return f"broken: a message without its file: {error}"
        return "refused"
    except Exception as error:
        return f"broken: {type(error).__name__}: {error}"
    tags = known_tags(tagger)
    names = [*tags, *tagger.bundle.vocabulary.upos.symbols, tagger.bundle.corpus]
    if not all(map(is_printable, names)):
        return "broken: a name that cannot be shown"
    for line, answer in zip(LINES, answers):
        how = broken_promise(line, answer, tags)
        if how:
            return f"broken: {how}"
    if [repr(answer) for answer in answers] == before:
        return "harmless"
    return "another model" if forged else "broken: it tags otherwise"


def run(model: Path, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How often each outcome came, and what broke."""
    some = random.Random(seed)
    before = [repr(answer) for answer in Tagger.load(model, device="cpu").tag(LINES)]
    outcomes: Counter[str] = Counter()
    broken = []
    with tempfile.TemporaryDirectory() as place:
        for _ in range(count):
            folder = Path(place) / "model"
            shutil.copytree(model, folder)
            done = spoil(folder, some)
            result = outcome(folder, before, "forge" in done or "in place of" in done)
            outcomes[f"{done.split()[0]}: {result.partition(':')[0]}"] += 1
            if result.startswith("broken"):
                broken.append(f"{done}: {result}")
            shutil.rmtree(folder)
    return outcomes, broken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-m", "--model", default="sejong")
    args = parser.parse_args()
    outcomes, broken = run(find_model(args.model), args.count, args.seed)
    for name, times in sorted(outcomes.items()):
        print(f"{name}: {times}")
    for what in broken:
        print(what[:500])
    print(f"{args.count} folders tried, {len(broken)} neither refused nor harmless")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
