"""Text to sentences: the road that every user's text walks, in training's dev scores too.

text -> segment -> tokenizer's hints -> example -> network -> labels -> morphemes
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, overload

import numpy

from tagger.errors import TaggerError
from tagger.labeling.decoding import UNDECIDED, Choice, Decided, Decoder, Spelled, probability
from tagger.labeling.examples import Example, analysed_examples, hints_by_token
from tagger.labeling.step import Step
from tagger.model import bundle as bundles
from tagger.model import folder as model_folder
from tagger.model.batches import Indices, index_example
from tagger.model.bundle import Bundle
from tagger.model.engine import make_engine
from tagger.system import memory
from tagger.system.concurrency import Turns, native_code
from tagger.system.devices import choose_device
from tagger.system.inputs import Endured, check_number, check_text
from tagger.text.segmentation import LONGEST_PART, Part, cut_sentence, join_sentences, segment
from tagger.text.sentence import Analysis, Morpheme, Sentence, Token
from tagger.text.tagsets import upos_of
from tagger.tokenizer.base import Tokenizer, View
from tagger.tokenizer.make import make_tokenizer
from tagger.tokenizer.user_dictionary import UserDictionary
from tagger.vocabulary import Symbols

BUNDLED = Path(__file__).parent / "pretrained"
DEFAULT_MODEL = "sejong"

WINDOW = 512
"""Sentences that are sorted by length together and answered in order."""

WINDOW_CHARACTERS = 1 << 14
"""Characters of a window beyond which no further sentence joins it."""

GIVE_BACK_AFTER = 1 << 14
"""Characters of text after which memory that is free is given back."""

FORGET_AFTER = 16
"""Times that memory was given back after which objects that are free are forgotten too."""

BATCH_STEPS = 1024
"""Steps, padding included, that go through the network at once."""

LARGEST_PADDING = 0.75
"""Padding of a batch, in lengths of its longest sentence, beyond which a run of its own costs the
processor less."""


class Prediction(NamedTuple):
    """What the network says of one example: the likeliest labels of each step, `[steps,
    candidates]`, the best first, which may be open, and UPOS of each token, `[tokens,
    candidates]`, with their probabilities. Without a UPOS head there are no candidates."""

    labels: numpy.ndarray
    label_scores: numpy.ndarray
    upos: numpy.ndarray
    upos_scores: numpy.ndarray


class Tagger:
    """Tags Korean text with a trained model.

    One tagger may be called from several threads at once, used in forked processes, and
    pickled: the copy has the model with it and needs no folder.

    >>> print(Tagger.load().tag("나 밥 먹었다"))
    나/NP 밥/NNG 먹/VV+었/EP+다/EF
    """

    def __init__(
        self,
        bundle: Bundle,
        tokenizer: Tokenizer,
        *,
        engine: str = "auto",
        device: str = "cpu",
        threads: int = 1,
        conventions: str | None = None,
        user_dictionary: UserDictionary | None = None,
    ) -> None:
        """`engine` and `device` say what runs the network (`tagger/model/engine.py`), `threads` how
        many windows of text are analysed, and how many batches of the network run, at once.
        `conventions` names the training corpus whose conventions the answers follow, instead of
        the bundle's own. Entries of `user_dictionary` override the model; the tokenizer must
        know its words, as `load` ensures. Raises TaggerError if the model was not trained on
        that corpus or does not have a tag of the dictionary, or the engine cannot run."""
        check_number("threads", threads, 1)
        if conventions is not None:
            check_conventions(bundle, conventions)
            bundle = bundles.specialized(bundle, conventions)
        if user_dictionary is not None:
            check_user_dictionary(bundle, user_dictionary)
        self.bundle = bundle
        self.tokenizer = tokenizer
        self.engine = engine
        self.device = device
        self.threads = threads
        self.user_dictionary = user_dictionary
        self._engine = make_engine(engine, bundle, device)
        # each run of the network needs memory of its own
        self._turns = Turns(threads)
        self._characters = 0  # since memory was given back
        self._given_back = 0  # times
        self._decoder = Decoder(bundle)
        self._corpus = bundle.vocabulary.corpora.index(self.bundle.corpus)
        self._settled_upos = bundle.vocabulary.settled_upos.get(self.bundle.corpus)
        memory.give_back()

    def __getstate__(self) -> dict[str, Any]:
        """The arguments of the constructor: engines cannot be pickled."""
        names = ("bundle", "tokenizer", "engine", "device", "threads", "user_dictionary")
        return {name: getattr(self, name) for name in names}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    @classmethod
    def load(
        cls,
        model: str | Path = DEFAULT_MODEL,
        *,
        device: str = "auto",
        threads: int = 1,
        conventions: str | None = None,
        engine: str = "auto",
        user_dictionary: str | Path | UserDictionary | None = None,
    ) -> Tagger:
        """A bundled model by its name, or the model in a folder.

        `device` is `cpu`, `cuda` or `auto`; `user_dictionary` may be a file; the others are
        those of the constructor. Raises TaggerError if the model, the device or the dictionary
        is not there or not usable.
        """
        if isinstance(user_dictionary, (str, Path)):
            user_dictionary = UserDictionary.read(user_dictionary)
        bundle = model_folder.load(find_model(model))
        words = user_dictionary.words if user_dictionary else ()
        return cls(
            bundle,
            make_tokenizer(bundle.tokenizer.name, threads, words),
            engine=engine,
            device=choose_device(device),
            threads=threads,
            conventions=conventions,
            user_dictionary=user_dictionary,
        )

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
        number of analyses that each token keeps beside its morphemes. Raises TypeError if they
        are not integers or a text is not a `str`, ValueError if they are less than 1 and 0. An
        error that the iterable raises comes after the analyses of the texts before it.
        """
        if isinstance(text, str):
            return next(self.tag_sentences([segment(text)], batch_size=batch_size, nbest=nbest))
        if isinstance(text, (bytes, bytearray)):  # an iterable, of numbers
            check_text(text)
        return self.tag_sentences(map(_segmented, text), batch_size=batch_size, nbest=nbest)

    def tag_sentences(
        self, sentences: Iterable[Sentence], *, batch_size: int = BATCH_STEPS, nbest: int = 0
    ) -> Iterator[Sentence]:
        """The sentences with their tokens kept and analysed anew, lazily and in order; errors
        as those of `tag`."""
        check_number("batch_size", batch_size, 1)
        check_number("nbest", nbest, 0)
        return self._tag_sentences(sentences, batch_size, nbest)

    def _tag_sentences(
        self, sentences: Iterable[Sentence], batch_size: int, nbest: int
    ) -> Iterator[Sentence]:
        given = Endured(sentences)
        lasts: deque[bool] = deque()  # of each part at work, whether its sentence ends with it

        def parts() -> Iterator[Part]:
            for sentence in given:
                for part in cut_sentence(sentence, LONGEST_PART):
                    lasts.append(part.is_last)
                    yield part

        windows = _in_order(
            lambda window: self._tag(window, batch_size, nbest), _windows(parts()), self.threads
        )
        analysed = chain.from_iterable(windows)

        def with_rest(part: Sentence) -> Iterator[Sentence]:
            yield part
            while not lasts.popleft():
                yield next(analysed)

        for first in analysed:
            yield join_sentences(with_rest(first))
        given.raise_error()

    def _tag(self, sentences: Sequence[Sentence], batch_size: int, nbest: int) -> list[Sentence]:
        bare = [_without_analysis(sentence) for sentence in sentences]
        examples, decided = [], []
        for sentence, (example, views) in zip(bare, self._analysed(bare), strict=True):
            examples.append(example)
            decided.append(self._decided(sentence, example, views))
        predictions = self.predict(examples, batch_size)
        annotated = self.annotate(bare, examples, predictions, nbest, decided)
        self._give_back_after(sum(len(sentence.text) for sentence in sentences))
        return annotated

    def _give_back_after(self, characters: int) -> None:
        """Give memory back if these and those before are enough of them."""
        self._characters += characters
        if self._characters > GIVE_BACK_AFTER:
            self._characters = 0
            self._given_back += 1
            if self._given_back % FORGET_AFTER == 0:
                memory.forget_free_objects()
            memory.give_back()

    def _decided(
        self, sentence: Sentence, example: Example, views: Sequence[View]
    ) -> Sequence[Decided]:
        """What the user has decided of each token."""
        if self.user_dictionary is None:
            return [UNDECIDED] * len(example.steps)
        tags = self.bundle.vocabulary.tags[self.bundle.corpus]
        tokens = hints_by_token(sentence, example.text, views[0])
        return [
            {
                step: label
                for decision in self.user_dictionary.decisions(
                    example.text.text[start:end], start, hints
                )
                if all(tag in tags for _, tag in decision.analysis)
                for step, label in self.bundle.unit.decided(steps, *decision).items()
            }
            for steps, (start, end, hints) in zip(example.steps, tokens, strict=True)
        ]

    def examples(self, sentences: Sequence[Sentence]) -> list[Example]:
        """The sentences as the network reads them."""
        return [example for example, _ in self._analysed(sentences)]

    def _analysed(
        self, sentences: Sequence[Sentence]
    ) -> Iterator[tuple[Example, tuple[View, ...]]]:
        """The sentences as the network reads them, each with the tokenizer's analyses."""
        lexicon = self.bundle.vocabulary.lexicon
        return analysed_examples(sentences, self.tokenizer, self.bundle.unit, lexicon)

    def predict(
        self, examples: Sequence[Example], batch_size: int = BATCH_STEPS
    ) -> list[Prediction]:
        """The network's labels for each example, in order; batches are of similar length."""
        indexed = [
            index_example(example, self.bundle.vocabulary, self._corpus) for example in examples
        ]
        predictions = [_NOTHING] * len(examples)
        order = sorted((i for i, e in enumerate(indexed) if len(e)), key=lambda i: len(indexed[i]))
        padding = LARGEST_PADDING if self.device == "cpu" else math.inf
        for batch in _batches(order, indexed, batch_size, padding):
            with self._turns, native_code:
                best = self._engine.best([indexed[i] for i in batch])
            step = token = 0
            for index in batch:
                last_step = step + len(indexed[index])
                last_token = token + len(indexed[index].first)
                predictions[index] = Prediction(
                    best.labels[step:last_step],
                    best.label_scores[step:last_step],
                    best.upos[token:last_token],
                    best.upos_scores[token:last_token],
                )
                step, token = last_step, last_token
        return predictions

    def annotate(
        self,
        sentences: Sequence[Sentence],
        examples: Sequence[Example],
        predictions: Sequence[Prediction],
        nbest: int = 0,
        decided: Sequence[Sequence[Decided]] | None = None,
    ) -> list[Sentence]:
        """The sentences with the morphemes and UPOS that the predictions spell, and the
        `nbest` best analyses of each token. `decided` has what the
        user dictionary says of the tokens of each sentence, and overrides the predictions."""
        if decided is None:
            decided = [[UNDECIDED] * len(example.steps) for example in examples]
        labels = self.bundle.vocabulary.labels
        scores = numpy.concatenate([[1.0], *(p.label_scores[:, 0] for p in predictions)])
        spelled: list[tuple[Spelled, ...]] = []  # of each token
        spans: list[int] = []  # of each morpheme, first step and the one after the last
        step = 1
        for example, prediction, by_user in zip(examples, predictions, decided, strict=True):
            first = 0
            likeliest = prediction.labels[:, 0].tolist()
            for steps, labels_by_user in zip(example.steps, by_user, strict=True):
                last = first + len(steps)
                morphemes = None
                if not labels_by_user:
                    morphemes = self._decoder.likeliest(steps, tuple(likeliest[first:last]))
                if morphemes is None:
                    candidates = choices(
                        labels, prediction.labels[first:last], prediction.label_scores[first:last]
                    )
                    chosen = self._decoder.choose(steps, candidates, labels_by_user)
                    morphemes = self._decoder.spell(steps, [label for label, _ in chosen])
                    scores[step : step + len(steps)] = [score for _, score in chosen]
                spelled.append(morphemes)
                for morpheme in morphemes:
                    spans += (step + morpheme.first, step + morpheme.last + 1)
                first = last
                step += len(steps)
        certain = iter(self._certainties(scores, spans))
        answers = iter(spelled)
        return [
            self._annotated(sentence, example, prediction, answers, certain, nbest, by_user)
            for sentence, example, prediction, by_user in zip(
                sentences, examples, predictions, decided, strict=True
            )
        ]

    def _certainties(self, scores: numpy.ndarray, spans: Sequence[int]) -> list[float]:
        """The calibrated score of each morpheme: the product of its steps' scores."""
        products = numpy.multiply.reduceat(numpy.append(scores, 1.0), spans or [0])[::2]
        scores_of_morphemes: list[float] = self.bundle.calibration(products).tolist()
        return scores_of_morphemes

    def _annotated(
        self,
        sentence: Sentence,
        example: Example,
        prediction: Prediction,
        spelled: Iterator[tuple[Spelled, ...]],
        certain: Iterator[float],
        nbest: int,
        decided: Sequence[Decided],
    ) -> Sentence:
        symbols = self.bundle.vocabulary.upos
        upos = prediction.upos[:, 0].tolist() if prediction.upos.shape[1] else None
        starts, ends = example.text.starts, example.text.ends
        tokens = []
        for index, (token, place) in enumerate(zip(sentence.tokens, example.starts, strict=True)):
            morphemes = tuple(
                [
                    Morpheme(form, tag, starts[place + start], ends[place + end - 1], next(certain))
                    for form, tag, _, _, start, end in next(spelled)
                ]
            )
            tokens.append(
                Token(
                    token.surface,
                    token.start,
                    token.end,
                    morphemes,
                    self._upos(symbols.symbol(upos[index]) if upos else None, morphemes),
                )
            )
        if nbest:
            tokens = self._with_analyses(tokens, example, prediction, nbest, decided)
        return Sentence(sentence.text, tuple(tokens), sentence.name)

    def _upos(self, predicted: str | None, morphemes: Sequence[Morpheme]) -> str:
        """The UPOS that these tags always have, else the one that the network predicts."""
        if predicted is None:
            return upos_of([(morpheme.form, morpheme.tag) for morpheme in morphemes])
        if not self._settled_upos:
            return predicted
        xpos = "+".join([morpheme.tag for morpheme in morphemes])
        return self._settled_upos.get(xpos, predicted)

    def _with_analyses(
        self,
        tokens: Sequence[Token],
        example: Example,
        prediction: Prediction,
        nbest: int,
        decided: Sequence[Decided],
    ) -> list[Token]:
        """The tokens with their `nbest` best analyses."""
        labels = self.bundle.vocabulary.labels
        starts, ends = example.text.starts, example.text.ends
        result = []
        for token, place, (steps, candidates), by_user in zip(
            tokens, example.starts, by_token(example, prediction, labels), decided, strict=True
        ):
            analyses = []
            for spelled, sequence in self._decoder.analyses(steps, candidates, nbest, by_user):
                scores = numpy.array([1.0, *(score for _, score in sequence)])
                spans = [x for m in spelled for x in (1 + m.first, 2 + m.last)]
                morphemes = tuple(
                    Morpheme(m.form, m.tag, starts[place + m.start], ends[place + m.end - 1], score)
                    for m, score in zip(spelled, self._certainties(scores, spans), strict=True)
                )
                analyses.append(Analysis(morphemes, probability(sequence)))
            result.append(replace(token, nbest=tuple(analyses)))
        return result


_NOTHING = Prediction(*[numpy.zeros((0, 1), dtype=numpy.int64)] * 4)


def choices(symbols: Symbols, indices: numpy.ndarray, scores: numpy.ndarray) -> list[list[Choice]]:
    """The symbols of each place with their probabilities, those that have one.

    Shape: indices and scores `[places, candidates]`.
    """
    return [
        [(symbols.symbol(index), score) for index, score in zip(*row, strict=True) if score]
        for row in zip(indices.tolist(), scores.tolist(), strict=True)
    ]


def by_token(
    example: Example, prediction: Prediction, labels: Symbols
) -> Iterator[tuple[Sequence[Step], Sequence[Sequence[Choice]]]]:
    """The steps of each token with the labels that the network finds likely."""
    by_step = choices(labels, prediction.labels, prediction.label_scores)
    first = 0
    for steps in example.steps:
        yield steps, by_step[first : first + len(steps)]
        first += len(steps)


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


def check_user_dictionary(bundle: Bundle, dictionary: UserDictionary) -> None:
    """Raises TaggerError if the model cannot do what the dictionary decides."""
    if "kiwi" not in bundle.tokenizer.name.split("+"):
        raise TaggerError(
            f"the model's tokenizer, {bundle.tokenizer.name!r}, cannot learn a user dictionary",
            remedy="use a model with the tokenizer kiwi",
        )
    dictionary.check(bundle.vocabulary.tags[bundle.corpus])


def bundled_models() -> list[str]:
    """The names of the models that come with the program."""
    return sorted(path.parent.name for path in BUNDLED.glob(f"*/{model_folder.CONFIG}"))


Window = TypeVar("Window")


def _in_order(
    work: Callable[[Window], list[Sentence]], windows: Iterator[Window], threads: int
) -> Iterator[list[Sentence]]:
    """The results in the order of the windows, as many at work at once as there are threads.

    One window alone, such as one sentence, does not wait for a thread.
    """
    first = list(islice(windows, 2 if threads > 1 else 1))
    if len(first) < 2:
        for window in chain(first, windows):
            yield work(window)
        return
    with ThreadPoolExecutor(threads) as pool:
        pending: deque[Future[list[Sentence]]] = deque()
        try:
            for window in chain(first, windows):
                if len(pending) > threads:
                    yield pending.popleft().result()
                pending.append(pool.submit(work, window))
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


def _segmented(text: str) -> Sentence:
    check_text(text)
    return segment(text)


def _windows(parts: Iterable[Part]) -> Iterator[list[Sentence]]:
    """The sentences in groups that are analysed together. Each part of one that was cut is alone:
    it fills a batch, and beside a very long text the work of a window counts."""
    window: list[Sentence] = []
    characters = 0
    for sentence, is_first, is_last in parts:
        is_whole = is_first and is_last
        if window and not is_whole:
            yield window
            window, characters = [], 0
        window.append(sentence)
        characters += len(sentence.text)
        if not is_whole or len(window) == WINDOW or characters > WINDOW_CHARACTERS:
            yield window
            window, characters = [], 0
    if window:
        yield window


def _without_analysis(sentence: Sentence) -> Sentence:
    if not any(token.morphemes or token.upos for token in sentence.tokens):
        return sentence
    bare = tuple(Token(token.surface, token.start, token.end) for token in sentence.tokens)
    return Sentence(sentence.text, bare, sentence.name)


def _batches(
    order: Sequence[int], examples: Sequence[Indices], batch_size: int, largest_padding: float
) -> Iterator[list[int]]:
    """The indices, which come shortest first, in batches of at most so many padded steps, of
    which the padding is at most so many times the longest example."""
    batch: list[int] = []
    steps = 0
    for index in order:
        longest = len(examples[index])
        padding = len(batch) * longest - steps
        if batch and (
            steps + padding + longest > batch_size or padding > largest_padding * longest
        ):
            yield batch
            batch, steps = [], 0
        batch.append(index)
        steps += longest
    if batch:
        yield batch
