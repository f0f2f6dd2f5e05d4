"""Text to sentences: the road that every user's text walks, in training's dev scores too.

text -> segment -> tokenizer's hints -> example -> network -> labels -> morphemes
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from types import NoneType
from typing import Any, overload

from tagger.annotation import Annotator, decided_labels
from tagger.boundaries.numbers import with_whole_numbers
from tagger.boundaries.sentence_ends import ends_of
from tagger.boundaries.spaces import space
from tagger.errors import TaggerError
from tagger.labeling.examples import Example, examples_of
from tagger.model import folder as model_folder
from tagger.model.bundle import Bundle, check_conventions, check_tags, specialized
from tagger.model.predictor import BATCH_STEPS, Prediction, Predictor
from tagger.pretrained import DEFAULT_MODEL, find_model
from tagger.system.concurrency import in_order
from tagger.system.devices import choose_device
from tagger.system.inputs import Endured, check_number, check_text
from tagger.text.dictionary_forms import words_of
from tagger.text.document import Document, document_of, placed_paragraphs, sentences_of
from tagger.text.hangul import compose
from tagger.text.segmentation import (
    LONGEST_PART,
    Part,
    cut_sentence,
    join_parts,
    segment,
    windows,
)
from tagger.text.sentence import Sentence, TokenColumns, spans
from tagger.tokenizer.base import Tokenizer, has_kiwi
from tagger.tokenizer.kiwi import KiwiTokenizer
from tagger.tokenizer.make import kiwi_of, make_tokenizer
from tagger.tokenizer.user_dictionary import UserDictionary


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
        whole_numbers: bool = False,
    ) -> None:
        """`engine` and `device` say what runs the network (`tagger/model/engine.py`), `threads` how
        many windows of text are analysed, and how many batches of the network run, at once.
        `conventions` names the training corpus whose conventions the answers follow, instead of
        the bundle's own. Entries of `user_dictionary` override the model; the tokenizer must
        know its words, as `load` ensures. With `whole_numbers` 12.5 is one morpheme. Raises
        TaggerError if the model was not trained on that corpus or does not have a tag of the
        dictionary, or the engine cannot run."""
        check_number("threads", threads, 1)
        if conventions is not None:
            check_conventions(bundle, conventions)
            bundle = specialized(bundle, conventions)
        if user_dictionary is not None:
            check_user_dictionary(bundle, user_dictionary)
        self.bundle = bundle
        self.tokenizer = tokenizer
        self.engine = engine
        self.device = device
        self.threads = threads
        self.user_dictionary = user_dictionary
        self.whole_numbers = whole_numbers
        self._predictor = Predictor(bundle, engine, device, threads)
        self._annotator = Annotator(bundle, tokenizer.words)

    def __getstate__(self) -> dict[str, Any]:
        """The arguments of the constructor: engines cannot be pickled."""
        names = "bundle tokenizer engine device threads user_dictionary whole_numbers"
        return {name: getattr(self, name) for name in names.split()}

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
        whole_numbers: bool = False,
    ) -> Tagger:
        """A bundled model by its name, or the model in a folder.

        `device` is `cpu`, `cuda` or `auto`; `user_dictionary` may be a file; the others are
        those of the constructor. Raises TaggerError if the model, the device or the dictionary
        is not there or not usable.
        """
        if isinstance(user_dictionary, (str, Path)):
            user_dictionary = UserDictionary.read(user_dictionary)
        elif not isinstance(user_dictionary, (UserDictionary, NoneType)):
            kind = type(user_dictionary).__name__
            raise TypeError(f"a user dictionary must be a UserDictionary or a path, not {kind}")
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
            whole_numbers=whole_numbers,
        )

    def with_user_dictionary(self, dictionary: UserDictionary) -> Tagger:
        """This tagger with these entries in place of its own; the two share the network. It
        takes a moment, for the tokenizer learns the words. Raises TaggerError if the dictionary
        is not usable."""
        check_user_dictionary(self.bundle, dictionary)
        tagger = Tagger.__new__(Tagger)
        vars(tagger).update(vars(self))
        tagger.tokenizer = make_tokenizer(
            self.bundle.tokenizer.name, self.threads, dictionary.words
        )
        tagger.user_dictionary = dictionary
        return tagger

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
            return next(self.tag_sentences([_segmented(text)], batch_size=batch_size, nbest=nbest))
        if isinstance(text, (bytes, bytearray)):  # an iterable, of numbers
            check_text(text)
        return self.tag_sentences(map(_segmented, text), batch_size=batch_size, nbest=nbest)

    @overload
    def words(  # type: ignore[overload-overlap]
        self,
        text: str,
        *,
        pos: Collection[str] | None = None,
        dictionary_form: bool = True,
        stopwords: Collection[str] = (),
    ) -> list[str]: ...

    @overload
    def words(
        self,
        text: Iterable[str],
        *,
        pos: Collection[str] | None = None,
        dictionary_form: bool = True,
        stopwords: Collection[str] = (),
    ) -> Iterator[list[str]]: ...

    def words(
        self,
        text: str | Iterable[str],
        *,
        pos: Collection[str] | None = None,
        dictionary_form: bool = True,
        stopwords: Collection[str] = (),
    ) -> list[str] | Iterator[list[str]]:
        """The words of a text, or of each of many texts, lazily and in order.

        `pos` names their tags, such as `["NNG", "VV"]`; by default they are all morphemes that
        are no particle, ending, copula or mark. The tag of an affix stands for the word that it
        makes: with XSV, 공부/NNG and 하/XSV are the word 공부하다, without it 공부. Verbs and
        adjectives are in their dictionary form (먹다), or else as morphemes are (먹).
        `stopwords` are left out. Raises TaggerError for a tag that the model does not have, and
        the errors of `tag`.
        """
        if isinstance(pos, str):
            raise TypeError("pos must be several tags, not a str")
        if pos is not None:
            check_tags(self.bundle, pos)

        def words_in(sentence: Sentence) -> list[str]:
            return list(words_of(sentence, pos, dictionary_form, stopwords))

        if isinstance(text, str):
            return words_in(self.tag(text))
        return map(words_in, self.tag(text))

    def tag_document(
        self,
        text: str,
        *,
        blank_lines: bool = False,
        batch_size: int = BATCH_STEPS,
        nbest: int = 0,
    ) -> Document:
        """The sentences of a text, each analysed. A paragraph is a line; with `blank_lines` it is
        what stands between blank lines.

        A paragraph is analysed as a whole and then split, so that no sentence loses its context.

        >>> document = Tagger.load().tag_document("밥 먹었어요 이제 자야지")
        >>> [(sentence.start, sentence.text) for sentence in document.sentences]
        [(0, '밥 먹었어요'), (7, '이제 자야지')]
        """
        check_text(text)
        placed = list(placed_paragraphs(text, by_blank_lines=blank_lines))
        paragraphs = self.split_paragraphs(
            (paragraph for _, paragraph in placed), batch_size=batch_size, nbest=nbest
        )
        return document_of(text, [start for start, _ in placed], paragraphs)

    def split_paragraphs(
        self, texts: Iterable[str], *, batch_size: int = BATCH_STEPS, nbest: int = 0
    ) -> Iterator[tuple[Sentence, ...]]:
        """The analysed sentences of each paragraph, lazily and in order; a text without tokens
        is one sentence. Errors as those of `tag`."""
        analysed = self.tag_sentences(
            map(_segmented, texts), batch_size=batch_size, nbest=nbest, ends=True
        )
        return map(sentences_of, analysed)

    def space(self, text: str) -> str:
        """The text in normal form C with its spaces as an editor would set them; line breaks and
        all other characters stay. Raises TypeError if the text is not a `str`, and TaggerError if
        the model has no tokenizer.

        >>> Tagger.load().space("아버지가방에들어가신다")
        '아버지가 방에 들어가신다'
        """
        return next(self.space_texts([text]))

    def space_texts(self, texts: Iterable[str]) -> Iterator[str]:
        """`space` of each text, lazily and in order."""
        if self.bundle.tokenizer.name == "none":
            raise TaggerError(
                "spaces need an analyser's hints, and this model has none",
                remedy="use a model with the tokenizer kiwi",
            )
        return in_order(self._space, iter(texts), self.threads)

    def _space(self, text: str) -> str:
        check_text(text)
        return space(compose(text).text, self.tokenizer)

    def correct(self, text: str) -> str:
        """The text in normal form C without the typing errors that Kiwi finds. Errors as `space`.

        >>> Tagger.load().correct("이야기를 드렀는데")
        '이야기를 들었는데'
        """
        return next(self.correct_texts([text]))

    def correct_texts(self, texts: Iterable[str]) -> Iterator[str]:
        """`correct` of each text, lazily and in order."""
        return in_order(partial(_corrected, kiwi_of(self.tokenizer)), iter(texts), self.threads)

    def tag_sentences(
        self,
        sentences: Iterable[Sentence],
        *,
        batch_size: int = BATCH_STEPS,
        nbest: int = 0,
        ends: bool = False,
    ) -> Iterator[Sentence]:
        """The sentences with their tokens kept and analysed anew, lazily and in order; with
        `ends` each tells where the sentences in it end. Errors as those of `tag`."""
        check_number("batch_size", batch_size, 1)
        check_number("nbest", nbest, 0)
        return self._tag_sentences(sentences, batch_size, nbest, ends)

    def _tag_sentences(
        self, sentences: Iterable[Sentence], batch_size: int, nbest: int, ends: bool
    ) -> Iterator[Sentence]:
        given = Endured(map(_checked, sentences))
        parts = (part for sentence in given for part in cut_sentence(sentence, LONGEST_PART))
        analysed = in_order(
            lambda window: self._tag(window, batch_size, nbest, ends), windows(parts), self.threads
        )
        yield from join_parts(chain.from_iterable(analysed))
        given.raise_error()

    def _tag(self, window: Sequence[Part], batch_size: int, nbest: int, ends: bool) -> list[Part]:
        bare = [_without_analysis(part.sentence) for part in window]
        examples = self.examples(bare)
        decided = [
            decided_labels(self.user_dictionary, self.bundle, sentence, example)
            for sentence, example in zip(bare, examples, strict=True)
        ]
        predictions = self._predictor.predict(examples, batch_size)
        annotated = self._annotator.annotate(bare, examples, predictions, nbest, decided)
        if self.whole_numbers:
            annotated = list(map(with_whole_numbers, annotated))
        if ends:
            annotated = [
                replace(
                    sentence,
                    ends=ends_of(sentence, example.text, example.starts, example.views[0]),
                )
                for sentence, example in zip(annotated, examples, strict=True)
            ]
        return [
            Part(sentence, part.is_first, part.is_last)
            for sentence, part in zip(annotated, window, strict=True)
        ]

    def examples(self, sentences: Sequence[Sentence]) -> list[Example]:
        """The sentences as the network reads them."""
        lexicon = self.bundle.knowledge.lexicon
        return examples_of(sentences, self.tokenizer, self.bundle.unit, lexicon)

    def predict(
        self, examples: Sequence[Example], batch_size: int = BATCH_STEPS
    ) -> list[Prediction]:
        """The network's labels for each example, in order; batches are of similar length."""
        return self._predictor.predict(examples, batch_size)

    def annotate(
        self,
        sentences: Sequence[Sentence],
        examples: Sequence[Example],
        predictions: Sequence[Prediction],
        nbest: int = 0,
    ) -> list[Sentence]:
        """The sentences with the morphemes and UPOS that the predictions spell, and the
        `nbest` best analyses of each token."""
        return self._annotator.annotate(sentences, examples, predictions, nbest)


def check_user_dictionary(bundle: Bundle, dictionary: UserDictionary) -> None:
    """Raises TaggerError if the model cannot do what the dictionary decides."""
    if not has_kiwi(bundle.tokenizer.name):
        raise TaggerError(
            f"the model's tokenizer, {bundle.tokenizer.name!r}, cannot learn a user dictionary",
            remedy="use a model with the tokenizer kiwi",
        )
    dictionary.check(bundle.knowledge.tags[bundle.corpus])


def _corrected(kiwi: KiwiTokenizer, text: str) -> str:
    check_text(text)
    return kiwi.correct(compose(text).text)


def _segmented(text: str) -> Sentence:
    check_text(text)
    return segment(str.__str__(text))  # a subclass may have methods of its own


def _checked(sentence: Sentence) -> Sentence:
    if not isinstance(sentence, Sentence):
        kind = type(sentence).__name__
        raise TypeError(f"a sentence must be a Sentence, not {kind}; tag takes texts")
    return sentence


def _without_analysis(sentence: Sentence) -> Sentence:
    if isinstance(sentence.tokens, TokenColumns) and sentence.tokens.are_bare:
        return sentence
    return Sentence(
        sentence.text, TokenColumns(sentence.text, *spans(sentence.tokens)), sentence.name
    )
