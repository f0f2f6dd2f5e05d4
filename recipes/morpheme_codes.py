"""Make `tagger/tokenizer/morpheme_codes.npy`, what Kiwi's language model knows of its morphemes,
and `tagger/tokenizer/known_words.npz`, the words among them:

    python recipes/morpheme_codes.py

Kiwi gives the cosine of any two morphemes. Those of all morphemes to some anchors give their
vectors up to a rotation (the Nyström method; Williams & Seeger 2001), exactly if there are as
many anchors as the vectors have dimensions. What varies most of them is quantized.
"""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy
from sklearn.cluster import KMeans

from tagger.system.files import whole_file
from tagger.tokenizer import known_words
from tagger.tokenizer.kiwi import load_kiwi
from tagger.tokenizer.morpheme_codes import PARTS, TABLE

ANCHORS = 640
DIMENSIONS = 256  # of Kiwi's vectors; the eigenvalues after them are 0
KEPT = 96
CENTROIDS = 256
SAMPLE = 25_000
SEED = 0


def similarities(kiwi: Any) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The cosines of all morphemes to the anchors, `[morphemes, ANCHORS]`, and of the anchors
    to one another, `[ANCHORS, ANCHORS]`."""
    # a morpheme that the language model does not list is like nothing, not even itself
    count = next(one for one in itertools.count() if not kiwi.morpheme_similarity(one, one) > 0.5)
    anchors = random.Random(SEED).sample(range(count), ANCHORS)
    to_anchors = numpy.array(
        [[kiwi.morpheme_similarity(one, anchor) for anchor in anchors] for one in range(count)]
    )
    return to_anchors, to_anchors[anchors]


def vectors(to_anchors: numpy.ndarray, among_anchors: numpy.ndarray) -> numpy.ndarray:
    """The vectors `[morphemes, KEPT]`: their principal components, the mean taken out."""
    values, axes = numpy.linalg.eigh(among_anchors)
    found = to_anchors @ axes[:, -DIMENSIONS:] / numpy.sqrt(values[-DIMENSIONS:])
    found -= found.mean(axis=0)
    _, _, components = numpy.linalg.svd(found, full_matrices=False)
    kept: numpy.ndarray = (found @ components[:KEPT].T).astype(numpy.float32)
    return kept


def quantized(found: numpy.ndarray) -> numpy.ndarray:
    """The nearest centroid of each part of each vector, `[morphemes, PARTS]`. Every part has
    every eighth component, so that all know about as much."""
    sample = numpy.random.default_rng(SEED).permutation(len(found))[:SAMPLE]
    parts = [found[:, part::PARTS] for part in range(PARTS)]
    return numpy.stack(
        [
            KMeans(CENTROIDS, n_init=1, max_iter=25, random_state=SEED)
            .fit(part[sample])
            .predict(part)
            .astype(numpy.uint8)
            for part in parts
        ],
        axis=1,
    )


def main() -> None:
    kiwi = load_kiwi()
    with whole_file(TABLE) as stream:
        numpy.save(stream, quantized(vectors(*similarities(kiwi))))
    with whole_file(known_words.TABLE) as stream:
        known_words.save(*known_words.ask(kiwi), stream)


if __name__ == "__main__":
    main()
