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
from torch import Tensor

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
    neighbours,
)
from tagger.labels import BETWEEN_SLOTS, NOTHING, structure
from tagger.morphology import Analysis, Morpheme, Sentence, Token
from tagger.restoration import Restorer
from tagger.segmentation import cut_sentence, join_sentences, segment
from tagger.tagsets import upos_of
from tagger.tokenizer import Tokenizer, make_tokenizer
from tagger.vocabulary import Symbols

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


Choice = tuple[str, float]
"""A symbol that a head of the network may choose, with its probability."""


@dataclass(frozen=True)
class Prediction:
    """What the network says of one example.

    `labels` holds each step's best labels with their probabilities, the best first; they
    may be open. `upos` holds each token's likewise, and nothing without a UPOS head.
    """

    labels: Sequence[Sequence[Choice]]
    upos: Sequence[Sequence[Choice]]


class Tagger:
    """Tags Korean text with a trained model.

    >>> print(Tagger.load().tag("나 밥 먹었다"))
    나/NP 밥/NNG 먹/VV+었/EP+다/EF
    """

    def __init__(
        self,
        bundle: Bundle,
        tokenizer: Tokenizer,
        device: torch.device | None = None,
        conventions: str | None = None,
    ) -> None:
        """`conventions` names the training corpus whose habits the answers follow, in place
        of the bundle's own. Raises TaggerError if the model was not trained on it."""
        if conventions is not None:
            check_conventions(bundle, conventions)
            bundle = bundles.specialized(bundle, conventions)
        self.bundle = bundle
        self.tokenizer = tokenizer
        self.device = device or torch.device("cpu")
        self.network = bundle.network.to(self.device).eval()
        self._corpus = bundle.vocabulary.corpora.index(self.bundle.corpus)
        self._others = torch.tensor(
            [not self.bundle.writes(label) for label in bundle.vocabulary.labels.symbols]
        ).to(self.device)

    @classmethod
    def load(
        cls,
        model: str | Path = DEFAULT_MODEL,
        *,
        device: str = "auto",
        threads: int = 1,
        conventions: str | None = None,
    ) -> Tagger:
        """A bundled model by its name, or the model in a folder.

        `threads` is for the tokenizer, `conventions` as in the constructor. Raises
        TaggerError if the model or the device is not there or not usable.
        """
        bundle = bundles.load(find_model(model))
        tokenizer = make_tokenizer(bundle.tokenizer.name, threads)
        return cls(bundle, tokenizer, choose_device(device), conventions)

    @overload
    def tag(  # type: ignore[overload-overlap]
        self, text: str, *, batch_size: int = BATCH_STEPS, nbest: int = 0
    ) -> Sentence: ...

    @overload
    def tag(
        self, text: Iterable[str], *, batch_size: int = BATCH_STEPS, nbest: int = 0
    ) -> Iterator[Sentence]: ...

    def tag(
        self, text: str | Iterable[str], *, batch_size: int = BATCH_STEPS, nbest: int = 0
    ) -> Sentence | Iterator[Sentence]:
        """The analysis of a text, or of each of many texts, lazily and in order.

        `batch_size` is the number of syllables that the network reads at once; `nbest` the
        number of analyses that each token keeps beside its morphemes.
        """
        if isinstance(text, str):
            return next(self.tag_sentences([segment(text)], nbest=nbest))
        return self.tag_sentences(map(segment, text), batch_size=batch_size, nbest=nbest)

    def tag_sentences(
        self, sentences: Iterable[Sentence], *, batch_size: int = BATCH_STEPS, nbest: int = 0
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
            analysed += self._tag(window, batch_size, nbest)
            while counts and counts[0] <= len(analysed):
                count = counts.popleft()
                yield join_sentences(analysed[:count])
                del analysed[:count]

    def _tag(self, sentences: Sequence[Sentence], batch_size: int, nbest: int) -> list[Sentence]:
        bare = [_without_analysis(sentence) for sentence in sentences]
        examples = make_examples(bare, self.tokenizer, self.bundle.unit)
        predictions = self.predict(examples, batch_size)
        return [
            annotate(sentence, example, prediction, self.bundle, nbest)
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
        label_scores = scores.labels.masked_fill(self._others, -torch.inf)
        labels = _best(label_scores, vocabulary.labels)
        upos = _best(scores.upos, vocabulary.upos)
        for index, example in enumerate(examples):
            yield Prediction(labels[index][: len(example)], upos[index][: len(example.first)])


def _best(scores: Tensor, symbols: Symbols) -> list[list[list[Choice]]]:
    """The most probable symbols of each place; nothing if there are no symbols.

    Shape: scores `[batch, places, symbols]`.
    """
    if not len(symbols):
        return [[] for _ in scores]
    best = scores.softmax(-1).topk(min(CANDIDATES, len(symbols)))
    return [
        [
            [(symbols.symbol(i), p) for i, p in zip(indices, probabilities, strict=True) if p]
            for indices, probabilities in zip(*rows, strict=True)
        ]
        for rows in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]


def annotate(
    sentence: Sentence, example: Example, prediction: Prediction, bundle: Bundle, nbest: int = 0
) -> Sentence:
    """The sentence with the morphemes and UPOS that the prediction spells, and the `nbest`
    best analyses of each token."""
    tokens = []
    for index, (token, (steps, candidates)) in enumerate(
        zip(sentence.tokens, by_token(example, prediction), strict=True)
    ):
        chosen = choose(steps, candidates, bundle)
        morphemes = _spell(chosen, steps, example, bundle)
        if prediction.upos:
            upos = prediction.upos[index][0][0]
        else:
            upos = upos_of([(morpheme.form, morpheme.tag) for morpheme in morphemes])
        analyses: dict[str, Analysis] = {}
        if nbest:
            for sequence in (chosen, *likeliest(steps, candidates, bundle, BEAM + 4 * nbest)):
                analysis = Analysis(
                    _spell(sequence, steps, example, bundle),
                    math.prod(score for _, score in sequence),
                )
                analyses.setdefault(str(analysis), analysis)
        tokens.append(
            replace(
                token,
                morphemes=morphemes,
                upos=upos,
                nbest=tuple(analyses.values())[:nbest],
            )
        )
    return replace(sentence, tokens=tuple(tokens))


def by_token(
    example: Example, prediction: Prediction
) -> Iterator[tuple[Sequence[Step], Sequence[Sequence[Choice]]]]:
    """The steps of each token with what the network says of them."""
    first = 0
    for steps in example.steps:
        yield steps, prediction.labels[first : first + len(steps)]
        first += len(steps)


def _spell(
    chosen: Sequence[Choice], steps: Sequence[Step], example: Example, bundle: Bundle
) -> tuple[Morpheme, ...]:
    """The morphemes of a token's labels; each one's score is the product of its labels',
    calibrated."""
    return tuple(
        Morpheme(
            piece.form,
            piece.tag,
            example.text.starts[steps[piece.first].start],
            example.text.ends[steps[piece.last].end - 1],
            bundle.calibration(
                math.prod(score for _, score in chosen[piece.first : piece.last + 1])
            ),
        )
        for piece in bundle.unit.decode(steps, [label for label, _ in chosen])
    )


BEAM = 16
"""Sequences of labels that are followed at once."""


def choose(
    steps: Sequence[Step], candidates: Sequence[Sequence[Choice]], bundle: Bundle
) -> list[Choice]:
    """The likeliest closed labels of a token's steps that can follow one another and stand
    for something; if there are none, the best of each step that stands for something."""
    restorer = bundle.vocabulary.restorer
    chosen = [next(choices) for choices in closed(steps, candidates, restorer)]
    if _spells_something(chosen, bundle):
        return chosen
    for sequence in likeliest(steps, candidates, bundle, BEAM):
        return sequence
    something = [
        [choice for choice in choices if choice[0] != NOTHING] or choices for choices in candidates
    ]
    return [next(choices) for choices in closed(steps, something, restorer)]


def _spells_something(chosen: Sequence[Choice], bundle: Bundle) -> bool:
    previous = None
    for label, _ in chosen:
        if not bundle.unit.follows(previous, label):
            return False
        if label != NOTHING:
            previous = label
    return previous is not None


def likeliest(
    steps: Sequence[Step],
    candidates: Sequence[Sequence[Choice]],
    bundle: Bundle,
    count: int,
) -> list[list[Choice]]:
    """The likeliest sequences of closed labels that can follow one another and stand for
    something, the best first (a beam search); none if there are none."""
    best: list[tuple[float, list[Choice], str | None]] = [(1.0, [], None)]
    for choices in map(list, closed(steps, candidates, bundle.vocabulary.restorer)):
        longer = [
            (
                score * choice[1],
                [*sequence, choice],
                previous if choice[0] == NOTHING else choice[0],
            )
            for score, sequence, previous in best
            for choice in choices
            if bundle.unit.follows(previous, choice[0])
        ]
        longer.sort(key=lambda item: -item[0])
        best = longer[:count]
    return [sequence for _, sequence, last in best if last is not None]


def closed(
    steps: Sequence[Step], candidates: Sequence[Sequence[Choice]], restorer: Restorer
) -> Iterator[Iterator[Choice]]:
    """For each step of a token the labels that can stand for it, closed, the best first.

    If none can, the step as it is written takes the tag of the best.
    """
    for step, around, choices in zip(steps, neighbours(steps), candidates, strict=True):
        yield _closed_choices(step, around, choices, restorer)


def _closed_choices(
    step: Step, around: tuple[str, str], choices: Sequence[Choice], restorer: Restorer
) -> Iterator[Choice]:
    found = False
    for label, probability in choices:
        closed = restorer.close(label, step.form, step.analyses, around)
        if closed is not None:
            found = True
            yield closed, probability
    if not found:
        label, probability = choices[0]
        yield structure(label).partition(BETWEEN_SLOTS)[0], probability


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


def check_conventions(bundle: Bundle, corpus: str) -> None:
    """Raises TaggerError if the model does not write the conventions of this corpus."""
    if corpus not in bundle.vocabulary.tags:
        raise TaggerError(
            f"the model does not know the conventions of {corpus!r}",
            remedy=f"choose from {', '.join(bundle.vocabulary.tags)}",
        )


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
