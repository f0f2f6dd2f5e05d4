"""Tagging in several processes: the inputs in pieces, the answers in order.

Each process loads a model and an analyser of its own. Pieces are read ahead, a few for each
process, across the ends of files, so that neither the memory grows nor anybody waits.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from corpora.lines import Encoding, file_lines
from tagger.cli.console.common import tagger_for, warn_of_entries, warn_of_version
from tagger.cli.console.resources import check_threads, shortage
from tagger.cli.jobs.tagging_job import Job, Parsed, paragraphs_in, read_blocks
from tagger.errors import TaggerError
from tagger.system.concurrency import serve_parent

if TYPE_CHECKING:
    from tagger.analyzer import Tagger

BLOCKS = 256
"""Sentences of CoNLL-U in a piece."""

AHEAD = 3
"""Pieces that are read for each process before the first is answered."""

THREADS = 5
"""That a process has, its main one among them."""

Answer = tuple[int, str | TaggerError]
"""A text that belongs to the input of that index, or why the input failed there."""


class Piece(NamedTuple):
    """A part of an input: lines of text or blocks of CoNLL-U, and the number of the first."""

    lines: list[str]
    parsed: list[Parsed]
    number: int


def tag_in_processes(
    inputs: Iterable[str],
    encoding: Encoding,
    job: Job,
    processes: int,
    progress: Callable[[int], object],
    failed: Container[int],
) -> Iterator[Answer]:
    """The answers of all inputs in order; each input has at least one. Of the inputs in
    `failed` no more is read.

    Raises TaggerError if the model cannot be used, or a process ends before its time.
    """
    check_model(job)
    check_threads(THREADS * (processes + 1))
    pool = ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(replace(job, threads=1),),
    )
    pending: deque[tuple[int, Future[str] | TaggerError]] = deque()
    pieces = _pieces_of(inputs, encoding, job, progress, failed)
    try:
        while True:
            for index, piece in islice(pieces, processes * AHEAD - len(pending)):
                if isinstance(piece, TaggerError):
                    pending.append((index, piece))
                else:
                    pending.append((index, pool.submit(_work, piece)))
            if not pending:
                return
            index, answer = pending.popleft()
            if index in failed:
                if isinstance(answer, Future):
                    answer.cancel()
                continue
            try:
                yield index, answer if isinstance(answer, TaggerError) else answer.result()
            except TaggerError as error:
                yield index, error
    except BrokenProcessPool:
        _stop_writing_to(pool)
        raise TaggerError(
            "a worker process ended unexpectedly",
            remedy="if memory ran out, give fewer --workers; continue with --resume",
        ) from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _stop_writing_to(pool: ProcessPoolExecutor) -> None:
    """Let the thread that writes to a broken pool end: else Pythons before 3.11.5 wait for it
    for ever if a piece is larger than a pipe (CPython issue 94777)."""
    queue = getattr(pool, "_call_queue", None)
    if sys.version_info < (3, 11, 5) and queue is not None:
        queue._reader.close()


def check_model(job: Job) -> None:
    """Raises TaggerError here, once, if the model cannot be used."""
    from tagger.analyzer import check_user_dictionary
    from tagger.model import bundle as bundles
    from tagger.model import folder as model_folder
    from tagger.model.bundle import check_conventions
    from tagger.pretrained import find_model
    from tagger.system.devices import choose_device

    choose_device(job.device)
    bundle = model_folder.load(find_model(job.model))
    if job.conventions is not None:
        check_conventions(bundle, job.conventions)
        bundle = bundles.specialized(bundle, job.conventions)
    if job.user_dictionary is not None:
        check_user_dictionary(bundle, job.user_dictionary)
    job.check(bundle)
    warn_of_version(bundle.tokenizer)
    warn_of_entries(job.user_dictionary, bundle)


def _pieces_of(
    inputs: Iterable[str],
    encoding: Encoding,
    job: Job,
    progress: Callable[[int], object],
    failed: Container[int],
) -> Iterator[tuple[int, Piece | TaggerError]]:
    for index, path in enumerate(inputs):
        yield index, Piece([], [], 1)  # so that an empty input is answered too
        try:
            for piece in _pieces(path, encoding, job, progress):
                if index in failed:
                    break
                yield index, piece
        except TaggerError as error:
            yield index, error


def _pieces(
    path: str, encoding: Encoding, job: Job, progress: Callable[[int], object]
) -> Iterator[Piece]:
    groups = file_lines(path, encoding, progress)
    number = 1
    if job.input_format == "conllu":
        parsed = read_blocks(path, groups)
        while some := list(islice(parsed, BLOCKS)):
            yield Piece([], some, number)
            number += len(some)
        return
    for lines in paragraphs_in(groups) if job.paragraphs else groups:
        yield Piece(lines, [], number)
        number += len(lines)


_here: tuple[Job, Tagger]  # in a worker process: what it was started with


def _start(job: Job) -> None:
    """Make this process a worker with a model of its own."""
    global _here
    serve_parent()
    try:
        _here = job, tagger_for(job)
    except Exception as error:
        if shortage(error) is None:
            raise
        os._exit(1)  # the parent says it; the pool would print a traceback


def _work(piece: Piece) -> str:
    job, tagger = _here
    if job.input_format == "conllu":
        return "".join(job.tag_blocks(tagger, piece.parsed, piece.number))
    return "".join(job.tag_lines(tagger, piece.lines, piece.number))
