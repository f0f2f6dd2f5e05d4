"""spaCy's parts (the extra `spacy`), which it finds by itself once both are installed:

    nlp = tagger.spacy.blank()                      # `spacy.blank("ko")`, our tokens
    nlp.add_pipe("pumsa", config={"model": "sejong"})

The tokenizer `pumsa.Tokenizer.v1` makes the tokens of UD Korean: eojeols, with punctuation split
off. The component marks the sentences (`doc.sents`), unless they are marked already or `sentences`
is false in its config. It fills `tag_` (XPOS, tags joined by `+`), `lemma_` (forms joined by `+`),
`pos_` (UPOS), `morph` and `token._.morphemes`, and takes the tokens of other tokenizers as they
are. `token._.dictionary_form` is the word as a dictionary has it. What it fills is plain data, so
that documents can be written to bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import tee
from pathlib import Path
from typing import Any

from tagger.system.extras import require

require("spacy")

import spacy
from spacy.attrs import LIKE_NUM
from spacy.language import Language
from spacy.tokens import Doc, Token
from spacy.util import registry
from spacy.vocab import Vocab

from tagger.analyzer import Tagger
from tagger.model import folder as model_folder
from tagger.text.dictionary_forms import word_of
from tagger.text.formats import morpheme_data
from tagger.text.segmentation import segment
from tagger.text.sentence import Morpheme, Sentence, gold_token
from tagger.text.tagsets import role_of

TOKENIZER = "pumsa.Tokenizer.v1"


def _dictionary_form(token: Token) -> str:
    return word_of([Morpheme(**data) for data in token._.morphemes])


if not Token.has_extension("morphemes"):
    Token.set_extension("morphemes", default=())
    Token.set_extension("dictionary_form", getter=_dictionary_form)

# with the suffix of a unit, as eojeols have it (2026년, 3개를)
_DIGITS = re.compile(r"[+\-±~]?\d[\d,./:~-]*[가-힣]*")
_NATIVE = re.compile(
    "(?:열|스물|서른|마흔|쉰|예순|일흔|여든|아흔)?"
    "(?:하나|둘|셋|넷|다섯|여섯|일곱|여덟|아홉|한|두|세|네)?|스무|첫"
)
_CHINESE = re.compile("(?:[일이삼사오육칠팔구]?[십백천만억조])+[일이삼사오육칠팔구]?")
_OTHER_WORDS = re.compile("한|두|세|네|만|조|[백천만억조][일이삼사오육칠팔구]")


def like_num(text: str) -> bool:
    """Whether a word looks like a number: digits, also with a unit, or numerals alone.

    spaCy's own rule for Korean takes each word for one that has a syllable such as 이 or 사.

    >>> [like_num(word) for word in ("1,000", "2026년", "스물둘째", "이천삼백", "사람", "만일")]
    [True, True, True, True, False, False]
    """
    if _DIGITS.fullmatch(text):
        return True
    word = text.removesuffix("째")
    if word == text and _OTHER_WORDS.fullmatch(text):
        return False
    return bool(word and (_NATIVE.fullmatch(word) or _CHINESE.fullmatch(word)))


class Tokenizer:
    """Eojeols, with punctuation split off; the text can be rebuilt from the tokens."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        vocab.lex_attr_getters[LIKE_NUM] = like_num  # type: ignore[attr-defined]

    def __call__(self, text: str) -> Doc:
        words: list[str] = []
        spaces: list[bool] = []
        end = 0
        for token in segment(text).tokens:
            _add_space(text[end : token.start], words, spaces)
            words.append(token.surface)
            spaces.append(False)
            end = token.end
        _add_space(text[end:], words, spaces)
        return Doc(self.vocab, words=words, spaces=spaces)

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """It has nothing to save."""

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Tokenizer:
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        return b""

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Tokenizer:
        return self


def _add_space(gap: str, words: list[str], spaces: list[bool]) -> None:
    """One space belongs to the token before; what is more is a token, as spaCy has it."""
    if gap.startswith(" ") and words:
        spaces[-1] = True
        gap = gap[1:]
    if gap:
        words.append(gap)
        spaces.append(False)


@registry.tokenizers(TOKENIZER)  # type: ignore[untyped-decorator]
def make_tokenizer() -> Any:
    """The factory of the tokenizer."""
    return lambda nlp: Tokenizer(nlp.vocab)


def blank() -> Language:
    """`spacy.blank("ko")` with our tokenizer in place of its own, which needs MeCab-ko."""
    return spacy.blank("ko", config={"nlp": {"tokenizer": {"@tokenizers": TOKENIZER}}})


@Language.factory(
    "pumsa",
    assigns=["token.tag", "token.pos", "token.lemma", "token.morph", "token._.morphemes"],
    default_config={"model": "sejong", "sentences": True},
)
def make_component(nlp: Language, name: str, model: str, sentences: bool) -> Component:
    """The factory of the component."""
    return Component(name, model, sentences)


class Component:
    """Tags docs. The model is loaded when the first one comes, or from disk with the pipeline."""

    def __init__(self, name: str, model: str, sentences: bool = True) -> None:
        self.name = name
        self.model = model
        self.sentences = sentences
        self._loaded: Tagger | None = None

    @property
    def tagger(self) -> Tagger:
        if self._loaded is None:
            self._loaded = Tagger.load(self.model)
        return self._loaded

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Many docs, which are tagged together."""
        docs, sources = tee(stream)
        analysed = self.tagger.tag_sentences(map(_sentence_of, sources), ends=self.sentences)
        for doc, sentence in zip(docs, analysed, strict=True):
            if self.sentences and not doc.has_annotation("SENT_START"):
                _start_sentences(doc, sentence.ends or ())
            words = (token for token in doc if not token.is_space)
            for word, token in zip(words, sentence.tokens, strict=True):
                word.tag_ = token.xpos
                word.lemma_ = token.lemma
                word.pos_ = token.upos or ""
                word.set_morph(features(token.morphemes))  # type: ignore[attr-defined]
                word._.morphemes = [morpheme_data(morpheme) for morpheme in token.morphemes]
            for space in doc:
                if space.is_space:
                    space.pos_ = "SPACE"
            yield doc

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Save the model with the pipeline."""
        bundle = self.tagger.bundle
        model_folder.save(bundle, Path(path), f"# {self.model}\n\nSaved with a spaCy pipeline.\n")

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Component:
        """Load the model of the pipeline. Raises TaggerError if it is not usable."""
        self._loaded = Tagger.load(Path(path))
        return self


def _start_sentences(doc: Doc, ends: Iterable[int]) -> None:
    """Mark the first word of each sentence, as `doc.sents` needs it; spaces belong to the
    sentence before."""
    remaining = [*reversed([*ends])]
    for token in doc:
        token.is_sent_start = token.i == 0
        if remaining and token.idx >= remaining[-1] and not token.is_space:
            token.is_sent_start = True
            while remaining and remaining[-1] <= token.idx:
                remaining.pop()


_CASES = {"JKS": "Nom", "JKC": "Nom", "JKO": "Acc", "JKG": "Gen", "JKV": "Voc"}
_VERB_FORMS = {"EF": "Fin", "EC": "Conv", "ETM": "Part", "ETN": "Vnoun"}
_TENSES = {"았": "Past", "었": "Past", "였": "Past", "ㅆ": "Past", "겠": "Fut"}
_FORMAL = ("요", "니다", "니까", "시오")


def features(morphemes: Sequence[Morpheme]) -> Mapping[str, str]:
    """The universal features (https://universaldependencies.org/u/feat/) that the tags say: Case
    of particles; VerbForm, Tense and Polite of endings, the last of each."""
    found: dict[str, str] = {}
    polite = set()
    for morpheme in morphemes:
        form, role = morpheme.form, role_of(morpheme.tag)
        if role in _CASES:
            found["Case"] = _CASES[role]
        elif role in _VERB_FORMS:
            found["VerbForm"] = _VERB_FORMS[role]
        elif role == "EP" and form in _TENSES:
            found["Tense"] = _TENSES[form]
        if role == "EP" and form in ("시", "으시"):
            polite.add("Elev")
        elif role == "EF" and form.endswith(_FORMAL):
            polite.add("Form")
    return {**found, "Polite": ",".join(sorted(polite))} if polite else found


def _sentence_of(doc: Doc) -> Sentence:
    tokens = tuple(gold_token(token.text, token.idx) for token in doc if not token.is_space)
    return Sentence(doc.text, tokens)
