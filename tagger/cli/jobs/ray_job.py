"""`tag.py --ray`: the same job on a Ray cluster, with Ray Data.

Text or Parquet in, JSON Lines or Parquet out, in as many parts as Ray makes. Every record
names the input and the line that it answers, so nothing hangs on the order of the parts. A
part is written by a task that Ray runs again under the same name if its node is lost, so
nothing is lost or stands twice.

Without an address a cluster of this machine alone is started, which listens on the loopback
interface only and asks for a token.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpora.lines import Encoding, file_lines
from tagger.cli.console.messages import shows_progress
from tagger.cli.console.resources import available_threads
from tagger.cli.jobs.tagging_job import Job
from tagger.cli.jobs.workers import check_model
from tagger.errors import TaggerError
from tagger.system.extras import require
from tagger.text.formats import as_data
from tagger.text.sentence import Sentence

LINES = 256
"""Lines that an actor tags at once."""

PARQUET = ".parquet"
LOCAL = "local"


class TagTexts:
    """An actor of Ray Data: holds a model and adds the analysis of each text of a batch."""

    def __init__(self, job: Job, column: str) -> None:
        from tagger.cli.console.common import tagger_for

        self._job = job
        self._column = column
        self._tagger = tagger_for(job)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        import numpy

        job, tagger = self._job, self._tagger
        given = ("" if text is None else str(text) for text in batch[self._column])
        texts = list(job.preparation.texts(tagger, given))
        options = {"batch_size": job.batch_size, "nbest": job.nbest or 0}
        found = numpy.empty(len(texts), dtype=object)
        if job.split_sentences:
            for place, sentences in enumerate(tagger.split_paragraphs(texts, **options)):
                found[place] = [
                    {"start": one.start, "end": one.end, **self._data(one)} for one in sentences
                ]
        else:
            for place, sentence in enumerate(tagger.tag(texts, **options)):
                found[place] = self._data(sentence)["eojeols"]
        return {
            **batch,
            **({self._column: texts} if job.preparation else {}),
            "sentences" if job.split_sentences else "eojeols": found,
        }

    def _data(self, sentence: Sentence) -> dict[str, Any]:
        return as_data(sentence, self._job.min_score, self._job.dictionary_form)


def run(
    inputs: Sequence[str],
    output: str,
    job: Job,
    *,
    address: str,
    encoding: Encoding,
    column: str,
    workers: int | None,
) -> None:
    """Tag the inputs, all text or all Parquet, into the folder `output`.

    Raises TaggerError if Ray is not installed, cannot be reached, or an input cannot be read.
    """
    paths = [str(Path(path).resolve()) for path in inputs]
    tables = [path.endswith(PARQUET) for path in paths]
    if any(tables) != all(tables):
        raise TaggerError("text and Parquet cannot be tagged in one job", remedy="give one kind")
    for path in paths:
        if not Path(path).exists():
            raise TaggerError("no such file", where=path, remedy="check the path")
        if Path(path).is_fifo():
            raise TaggerError(
                "a Ray job cannot read a pipe, for it may read an input twice",
                where=path,
                remedy="save its text to a file",
            )
    folder = Path(output).resolve()
    if folder.is_dir() and any(folder.iterdir()):
        raise TaggerError("this folder is not empty", where=folder, remedy="choose another -o")
    if ":" in job.device:
        raise TaggerError("Ray chooses the GPUs itself", remedy="use --device cuda")
    check_model(job)
    ray = _connect(address)
    from ray.data import ActorPoolStrategy, DataContext
    from ray.exceptions import RayError

    logging.disable(logging.CRITICAL)  # what goes wrong is said below, in one sentence
    DataContext.get_current().enable_progress_bars = shows_progress()
    try:
        processors = int(ray.cluster_resources().get("CPU", 0))
        if processors < 2:
            raise TaggerError(
                "this Ray cluster has one processor, but reading and tagging need one each",
                remedy="add a node",
            )
        if tables[0]:
            data = ray.data.read_parquet(paths, include_paths=True)
            if column not in data.columns():
                raise TaggerError(
                    f"there is no column {column!r}",
                    where=paths[0],
                    remedy=f"name one of {', '.join(data.columns())} with --column",
                )
        else:
            data = ray.data.from_items(
                [{"path": path} for path in paths], override_num_blocks=len(paths)
            ).flat_map(_lines, fn_kwargs={"encoding": encoding})
            column = "text"
        tagged = data.map_batches(
            TagTexts,
            fn_constructor_args=(replace(job, threads=1), column),
            batch_size=LINES,
            compute=ActorPoolStrategy(size=workers or processors - 1),
            num_cpus=1,
            num_gpus=1 if job.device == "cuda" else 0,
        )
        if job.format == "parquet":
            tagged.write_parquet(str(folder))
        else:
            tagged.write_json(
                str(folder), pandas_json_args_fn=lambda: {"force_ascii": False, "lines": True}
            )
    except (RayError, TaggerError) as error:
        raise _reason(error) from None
    finally:
        ray.shutdown()


def _reason(error: BaseException | None) -> TaggerError:
    """What stopped the job, in one sentence."""
    found = error
    while found is not None:
        if type(found) is TaggerError:
            return found
        found = getattr(found, "cause", None) or found.__cause__
    lines = str(error).strip().splitlines()
    return TaggerError(
        f"the Ray job failed ({lines[-1] if lines else type(error).__name__})",
        remedy="see the logs of the cluster, and start again with an empty -o",
    )


def _lines(row: Mapping[str, str], encoding: Encoding) -> Iterator[dict[str, Any]]:
    number = 0
    for group in file_lines(row["path"], encoding):
        for line in group:
            number += 1
            yield {"path": row["path"], "line": number, "text": line}


def _connect(address: str) -> Any:
    """Ray, connected to the cluster at the address or to one of this machine."""
    require("ray")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing is reported to anybody
    if address == LOCAL:
        # it would still ask the network which cloud it runs in: nobody answers at this proxy
        os.environ.update(http_proxy="http://127.0.0.1:9", no_proxy="127.0.0.1,localhost")
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    import ray
    import ray.data

    try:
        if address == LOCAL:
            ray.init(
                num_cpus=max(2, available_threads()),
                include_dashboard=False,
                _node_ip_address="127.0.0.1",
                logging_level=logging.ERROR,
                log_to_driver=False,
            )
        else:
            ray.init(address=address, logging_level=logging.ERROR, log_to_driver=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise TaggerError(
            f"no Ray cluster answers ({str(error).strip().splitlines()[0]})",
            where=address,
            remedy="check the address, and RAY_AUTH_TOKEN if the cluster asks for it",
        ) from None
    return ray
