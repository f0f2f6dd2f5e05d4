"""One measurement in a process of its own: `python -m benchmarks.measures REQUEST`.

The request and the answer are JSON. The process keeps to the cores that it is told.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.subjects import MissingError, load, our_tagger

WARM_UP = 100
"""Lines that are tagged before the clock runs."""


def ask(measure: str, **request: Any) -> dict[str, Any]:
    """The answer of a fresh process; `missing` says why there is none."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    # our modules are compiled once, as pip compiles those of a package that it installs
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.measures", json.dumps({"measure": measure, **request})],
        stdout=subprocess.PIPE,
        env=environment,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def keep_to(cores: Sequence[int]) -> None:
    """Run on these processors only, where the system can be told so."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


def throughput(subject: str, text: str, threads: int) -> dict[str, Any]:
    """Wall and processor seconds for the text behind its warm-up, and the peak of memory."""
    lines = Path(text).read_text(encoding="utf-8").splitlines()
    tag = load(subject, threads)
    list(tag(lines[:WARM_UP]))
    wall, cpu = time.perf_counter(), time.process_time()
    count = sum(1 for _ in tag(lines[WARM_UP:]))
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "lines": count,
        "memory": _peak_memory(),
    }


def stages(subject: str, text: str) -> dict[str, Any]:
    """Processor seconds of each stage of our tagger, on one thread."""
    from tagger.model.batches import index_example
    from tagger.text.segmentation import segment

    tagger = our_tagger(subject)
    lines = Path(text).read_text(encoding="utf-8").splitlines()
    list(tagger.tag(lines[:WARM_UP]))
    sentences = [segment(line) for line in lines[WARM_UP:]]
    examples = tagger.examples(sentences)
    steps = sum(len(index_example(example, tagger.bundle.vocabulary)) for example in examples)
    spent = dict.fromkeys(("tokenizer", "network", "all"), 0.0)

    def timed(name: str, work: Any) -> Any:
        def call(*arguments: Any) -> Any:
            begin = time.process_time()
            result = work(*arguments)
            spent[name] += time.process_time() - begin
            return result

        return call

    tagger.tokenizer.analyze = timed("tokenizer", tagger.tokenizer.analyze)  # type: ignore[method-assign]
    engine = tagger._predictor._engine
    engine.best = timed("network", engine.best)  # type: ignore[method-assign]
    timed("all", lambda: [str(sentence) for sentence in tagger.tag(lines[WARM_UP:])])()
    spent["python"] = spent["all"] - spent["tokenizer"] - spent["network"]
    eojeols = sum(len(line.split()) for line in lines[WARM_UP:])
    return {**spent, "steps": steps, "eojeols": eojeols}


def bytecode(subject: str, text: str) -> dict[str, Any]:
    """How many instructions of Python's own our tagger runs for the text behind its warm-up:
    the same on every machine, busy or not, for one version of Python."""
    lines = Path(text).read_text(encoding="utf-8").splitlines()
    tag = load(subject, 1)
    list(tag(lines[:WARM_UP]))
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    sys.settrace(trace)
    list(tag(lines[WARM_UP:]))
    sys.settrace(None)
    return {
        "instructions": count,
        "eojeols": sum(len(line.split()) for line in lines[WARM_UP:]),
        "python": "{}.{}".format(*sys.version_info),
    }


def agreement(subject: str, text: str, reference: str) -> dict[str, Any]:
    """The share of eojeols that two of our engines analyse alike."""
    lines = Path(text).read_text(encoding="utf-8").splitlines()
    same = total = 0
    for one, other in zip(load(subject, 1)(lines), load(reference, 1)(lines), strict=True):
        pairs = list(zip(one.split(" "), other.split(" "), strict=True))
        same += sum(left == right for left, right in pairs)
        total += len(pairs)
    return {"same": same, "total": total}


def accuracy(subject: str, corpus: str) -> dict[str, Any]:
    """Eojeol exact match and morpheme F1 of one of our engines on a gold corpus."""
    import corpora
    from tagger.evaluation.scores import score_eojeols
    from tagger.text.sentence import count_tags

    tagger = our_tagger(subject)
    gold = corpora.read(corpus).sentences
    tags = count_tags(gold)
    known = set(tagger.bundle.knowledge.tags[tagger.bundle.corpus])
    if sum(count for tag, count in tags.items() if tag in known) < 0.5 * tags.total():
        raise MissingError("the corpus has another tag set")
    scores = score_eojeols(gold, tagger.tag(sentence.text for sentence in gold))
    return {"eojeol": scores.eojeol.percent, "morpheme_f1": scores.morphemes.f1_percent}


_COLD = {
    "kiwi": (
        "import sys; from kiwipiepy import Kiwi; "
        "kiwi = Kiwi(num_workers=1, integrate_allomorph=False, load_default_dict=False, "
        "load_multi_dict=False); "
        "print(*(f'{t.form}/{t.tag}' for t in kiwi.tokenize(sys.stdin.readline())), flush=True)"
    ),
    "kiwi-default": (
        "import sys; from kiwipiepy import Kiwi; kiwi = Kiwi(num_workers=1); "
        "print(*(f'{t.form}/{t.tag}' for t in kiwi.tokenize(sys.stdin.readline())), flush=True)"
    ),
    "mecab": (
        "import sys; from mecab import MeCab; print(MeCab().pos(sys.stdin.readline()), flush=True)"
    ),
}


def first_line(subject: str, line: str) -> dict[str, Any]:
    """Seconds from the start of a process to its first tagged line, and its peak memory."""
    if ":" in subject:
        model, engine = subject.rsplit(":", 1)
        tag = str(Path(__file__).parent.parent / "tag.py")
        command = [sys.executable, tag, "-m", model, "--engine", engine, "--device", "cpu"]
        command += ["--threads", "1"]
    elif subject in _COLD:
        command = [sys.executable, "-c", _COLD[subject]]
    else:
        raise MissingError("not measured")
    begin = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        process.stdin.write(f"{line}\n".encode())
        process.stdin.close()
        answered = process.stdout.readline()
        seconds = time.perf_counter() - begin
    if not answered:
        raise MissingError("it gave no answer")
    return {
        "seconds": seconds,
        "cpu": sum(os.times()[2:4]),  # of the process that has ended
        "memory": _peak_memory(children=True),
    }


def _peak_memory(*, children: bool = False) -> float | None:
    """The peak of resident memory in MiB, of this process or its children."""
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    usage = resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF)
    return usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


MEASURES = {
    work.__name__: work for work in (throughput, stages, bytecode, agreement, accuracy, first_line)
}


def main() -> None:
    request = json.loads(sys.argv[1])
    keep_to(request.pop("cores"))
    try:
        answer = MEASURES[request.pop("measure")](**request)
    except MissingError as error:
        answer = {"missing": str(error)}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
