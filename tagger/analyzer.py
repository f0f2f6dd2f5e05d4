"""Text to sentences: the road that every user's text walks, in training's dev scores too.

text -> segment -> tokenizer's hints -> example -> network -> labels -> morphemes
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import overload

import torch

from tagger import bundle as bundles
from tagger.bundle import Bundle
from tagger.errors import TaggerError
from tagger.features import (
    Example,
    Indices,
    Step,
    index_example,
    make_batch,
    make_examples,
)
from tagger.labels import BETWEEN_SLOTS, NOTHING, structure
from tagger.morphology import Morpheme, Sentence, Token
from tagger.restoration import Restorer
from tagger.segmentation import cut_sentence, join_sentences, segment
from tagger.tagsets import upos_of
from tagger.tokenizer import Tokenizer, make_tokenizer

BUNDLED = Path(__file__).parent / "models"
DEFAULT_MODEL = "sejong"

WINDOW = 512
"""Sentences, or parts of long ones, that are sorted by length together and answered in order."""

BATCH_STEPS = 4096
"""Steps, padding included, that go through the network at once."""

CANDIDATES = 4
"""Labels of a step that are looked at until one can stand for it."""

LONGEST_PART = 1000
"""Characters beyond which a text is analysed in parts."""


@dataclass(frozen=True)
class Prediction:
    """What the network says of one example.

    `labels` holds each step's best labels with their probabilities, the best first; they
    may be open. `upos` `[tokens]` is empty without a UPOS head.
    """

    labels: Sequence[Sequence[tuple[str, float]]]
    upos: Sequence[str]


class Tagger:
    """Tags Korean text with a trained model.

    >>> print(Tagger.load().tag("나 밥 먹었다"))
    나/NP 밥/NNG 먹/VV+었/EP+다/EF
    """

    def __init__(
        self, bundle: Bundle, tokenizer: Tokenizer, device: torch.device | None = None
    ) -> None:
        self.bundle = bundle
        self.tokenizer = tokenizer
        self.device = device or torch.device("cpu")
        self.network = bundle.network.to(self.device).eval()
        self._corpus = bundle.vocabulary.corpora.index(bundle.corpus)

    @classmethod
    def load(
        cls, model: str | Path = DEFAULT_MODEL, *, device: str = "auto", threads: int = 1
    ) -> Tagger:
        """A bundled model by its name, or the model in a folder.

        `threads` is for the tokenizer. Raises TaggerError if the model or the device is
        not there or not usable.
        """
        bundle = bundles.load(find_model(model))
        return cls(bundle, make_tokenizer(bundle.tokenizer.name, threads), choose_device(device))

    @overload
    def tag(self, text: str) -> Sentence: ...  # type: ignore[overload-overlap]

    @overload
    def tag(self, text: Iterable[str], *, batch_size: int = BATCH_STEPS) -> Iterator[Sentence]: ...

    def tag(
        self, text: str | Iterable[str], *, batch_size: int = BATCH_STEPS
    ) -> Sentence | Iterator[Sentence]:
        """The analysis of a text, or of each of many texts, lazily and in order.

        `batch_size` is the number of syllables that the network reads at once.
        """
        if isinstance(text, str):
            return next(self.tag_sentences([segment(text)]))
        return self.tag_sentences(map(segment, text), batch_size=batch_size)

    def tag_sentences(
        self, sentences: Iterable[Sentence], *, batch_size: int = BATCH_STEPS
    ) -> Iterator[Sentence]:
        """The sentences with their tokens kept and analysed anew, lazily and in order."""
        counts: deque[int] = deque()

        def parts() -> Iterator[Sentence]:
            for sentence in sentences:
                cut = cut_sentence(sentence, LONGEST_PART)
                counts.append(len(cut))
                yield from cut

        analysed: list[Sentence] = []
        remaining = parts()
        while window := list(islice(remaining, WINDOW)):
            analysed += self._tag(window, batch_size)
            while counts and counts[0] <= len(analysed):
                count = counts.popleft()
                yield join_sentences(analysed[:count])
                del analysed[:count]

    def _tag(self, sentences: Sequence[Sentence], batch_size: int) -> list[Sentence]:
        bare = [_without_analysis(sentence) for sentence in sentences]
        examples = make_examples(bare, self.tokenizer, self.bundle.unit)
        predictions = self.predict(examples, batch_size)
        return [
            annotate(sentence, example, prediction, self.bundle)
            for sentence, example, prediction in zip(bare, examples, predictions, strict=True)
        ]

    def predict(
        self, examples: Sequence[Example], batch_size: int = BATCH_STEPS
    ) -> list[Prediction]:
        """The network's labels for each example, in order; batches are of similar length."""
        indexed = [
            index_example(example, self.bundle.vocabulary, self._corpus) for example in examples
        ]
        predictions = [Prediction((), ())] * len(examples)
        order = sorted((i for i, e in enumerate(indexed) if len(e)), key=lambda i: len(indexed[i]))
        for batch in _batches(order, indexed, batch_size):
            for index, prediction in zip(
                batch, self._predict_batch([indexed[i] for i in batch]), strict=True
            ):
                predictions[index] = prediction
        return predictions

    @torch.inference_mode()
    def _predict_batch(self, examples: Sequence[Indices]) -> Iterator[Prediction]:
        vocabulary = self.bundle.vocabulary
        batch = make_batch(examples, vocabulary.inputs).to(self.device)
        scores = self.network(batch)
        best = scores.labels.softmax(-1).topk(min(CANDIDATES, len(vocabulary.labels)))
        upos = scores.upos.argmax(-1) if len(vocabulary.upos) else None  # [batch, tokens]
        for index, example in enumerate(examples):
            steps, tokens = len(example), len(example.first)
            yield Prediction(
                [
                    [(vocabulary.labels.symbol(i), p) for i, p in zip(indices, values, strict=True)]
                    for indices, values in zip(
                        best.indices[index, :steps].tolist(),
                        best.values[index, :steps].tolist(),
                        strict=True,
                    )
                ],
                []
                if upos is None
                else [vocabulary.upos.symbol(i) for i in upos[index, :tokens].tolist()],
            )


def annotate(
    sentence: Sentence, example: Example, prediction: Prediction, bundle: Bundle
) -> Sentence:
    """The sentence with the morphemes and UPOS that the prediction spells."""
    restorer = bundle.vocabulary.restorer
    tokens = []
    first = 0
    for index, (token, steps) in enumerate(zip(sentence.tokens, example.steps, strict=True)):
        candidates = prediction.labels[first : first + len(steps)]
        first += len(steps)
        chosen = [choose(*pair, restorer) for pair in zip(steps, candidates, strict=True)]
        if all(label == NOTHING for label, _ in chosen):
            something = [[c for c in step if c[0] != NOTHING] for step in candidates]
            chosen = [choose(*pair, restorer) for pair in zip(steps, something, strict=True)]
        morphemes = tuple(
            Morpheme(
                piece.form,
                piece.tag,
                example.text.starts[steps[piece.first].start],
                example.text.ends[steps[piece.last].end - 1],
                math.prod(score for _, score in chosen[piece.first : piece.last + 1]),
            )
            for piece in bundle.unit.decode(steps, [label for label, _ in chosen])
        )
        if prediction.upos:
            upos = prediction.upos[index]
        else:
            upos = upos_of([(morpheme.form, morpheme.tag) for morpheme in morphemes])
        tokens.append(replace(token, morphemes=morphemes, upos=upos))
    return replace(sentence, tokens=tuple(tokens))


def choose(
    step: Step, candidates: Sequence[tuple[str, float]], restorer: Restorer
) -> tuple[str, float]:
    """The first label that can stand for the step, closed, with its probability.

    If none can, the step as it is written takes the tag of the best.
    """
    for label, probability in candidates:
        closed = restorer.close(label, step.form, step.analysis)
        if closed is not None:
            return closed, probability
    label, probability = candidates[0]
    return structure(label).partition(BETWEEN_SLOTS)[0], probability


def find_model(model: str | Path) -> Path:
    """The folder of a bundled model by its name, or the folder itself.

    Raises TaggerError if there is neither.
    """
    if str(model) in bundled_models():
        return BUNDLED / model
    folder = Path(model)
    if not folder.is_dir():
        raise TaggerError(
            f"there is no model {str(model)!r}",
            remedy=f"give a model folder or one of {', '.join(bundled_models())}",
        )
    return folder


def bundled_models() -> list[str]:
    """The names of the models that come with the program."""
    return sorted(path.parent.name for path in BUNDLED.glob(f"*/{bundles.CONFIG}"))


def choose_device(name: str) -> torch.device:
    """`auto` takes a GPU if there is one. Raises TaggerError if the device is not there."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise TaggerError("there is no CUDA device on this machine", remedy="use --device cpu")
    return torch.device(name)


def _without_analysis(sentence: Sentence) -> Sentence:
    bare = tuple(Token(token.surface, token.start, token.end) for token in sentence.tokens)
    return Sentence(sentence.text, bare, sentence.name)


def _batches(
    order: Sequence[int], examples: Sequence[Indices], batch_size: int
) -> Iterator[list[int]]:
    """The indices, which come shortest first, in batches of at most so many padded steps."""
    batch: list[int] = []
    for index in order:
        if batch and (len(batch) + 1) * len(examples[index]) > batch_size:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
