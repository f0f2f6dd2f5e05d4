"""From corpora to the indexed examples and the vocabulary of a training run."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, repeat

from tagger.errors import TaggerError
from tagger.labeling.examples import Example, make_examples, open_labels, sightings, with_lexicon
from tagger.labeling.grammar import Grammar
from tagger.labeling.knowledge import Knowledge
from tagger.labeling.labels import RESTORED
from tagger.labeling.lexicon import COLUMNS as LEXICON_COLUMNS
from tagger.labeling.lexicon import NO_LEXICON, Lexicon
from tagger.labeling.restoration import Restorer
from tagger.labeling.step import neighbours
from tagger.labeling.units import UNITS
from tagger.model.batches import (
    Indices,
    SoftTargets,
    index_examples,
    soft_targets,
    with_targets,
)
from tagger.model.bundle import Bundle
from tagger.model.seq2seq import Restoration
from tagger.text.segmentation import LONGEST_PART, cut_sentence
from tagger.text.sentence import Sentence, count_tags
from tagger.text.tagsets import settled_upos
from tagger.tokenizer.base import Tokenizer
from tagger.training.augmentation.inflection import Inflection
from tagger.training.augmentation.noise import NOISES, noisy
from tagger.training.distillation import Opinion, Teachers
from tagger.training.finetuning import recalled
from tagger.training.settings import Settings
from tagger.vocabulary import Vocabulary, build_inputs, build_outputs


@dataclass(frozen=True)
class TrainingData:
    """Indexed examples of all corpora, the vocabulary and the knowledge made from them, the
    index of the corpus whose conventions the model is to write, the restorations of all, and
    the indices of the corpora that are not gold."""

    vocabulary: Vocabulary
    knowledge: Knowledge
    examples: tuple[Indices, ...]
    target_corpus: int
    restorations: tuple[Restoration, ...]
    silver: frozenset[int] = frozenset()


def prepare(
    corpora: Mapping[str, Sequence[Sentence]],
    tokenizer: Tokenizer,
    settings: Settings,
    teachers: Teachers | None = None,
    unlabelled: Sequence[Sentence] = (),
    silver: Collection[str] = (),
    init: Bundle | None = None,
) -> TrainingData:
    """The sentences of each named corpus, analysed for hints, as examples with indices.

    The first corpus is the one whose conventions the model is to write. Sentences without
    any gold label are left out. `unlabelled` ones are learned from `teachers` alone, in
    the conventions of the first corpus; they also have a say in the others. `silver` names
    the corpora that are not gold: what restores texts knows those of gold first. Vocabulary
    and knowledge are those of `init`, the model to go on from, grown by what is new; if the
    target has other conventions than it writes, all examples are also in its own, as it labels
    them. Raises TaggerError if no sentence is left.
    """
    unit = UNITS[settings.unit]
    target = next(iter(corpora))
    gathered = _gather(corpora, tokenizer, settings, teachers, silver)
    columns = settings.column_settings()
    lexicon = init.knowledge.lexicon if init else NO_LEXICON
    if init is None and columns.keys() & set(LEXICON_COLUMNS):
        seen = chain.from_iterable(map(sightings, gathered.lexicon_examples))
        lexicon = Lexicon.learn(token for token in seen if token)
    if lexicon:
        gathered.examples = [
            with_lexicon(example, lexicon, learnt_from=init is None and origin == target)
            for example, origin in zip(gathered.examples, gathered.origins, strict=True)
        ]
    restorer = _learn_restorer(gathered, silver)
    labels = build_outputs(
        (open_labels(example, restorer) for example in gathered.examples),
        settings.label_minimum_count,
    )
    if not len(labels):
        raise TaggerError(
            f"no label is seen {settings.label_minimum_count} times",
            remedy="lower label_minimum_count in --config, or give more text",
        )
    upos = build_outputs(example.upos for example in gathered.examples)
    if teachers and unlabelled:
        gathered.examples += make_examples(unlabelled, tokenizer, unit, lexicon)
        gathered.opinions += teachers.ask(unlabelled, target, is_target=True)
        gathered.origins += [target] * len(unlabelled)
    inputs = _columns_of(gathered.examples, init.vocabulary.inputs if init else columns)
    if init is None:
        inputs = _that_say_something(inputs)
    vocabulary = Vocabulary(
        build_inputs(inputs, {name: column.minimum_count for name, column in columns.items()}),
        labels,
        upos,
        build_outputs([[name] for name in corpora]),
    )
    knowledge = Knowledge(
        restorer,
        {name: tuple(sorted(count_tags(sentences))) for name, sentences in corpora.items()},
        lexicon.kept() if inputs.keys() & set(LEXICON_COLUMNS) else NO_LEXICON,
        {name: found for name, whole in corpora.items() if (found := settled_upos(_tags(whole)))},
        Grammar.learn(
            {name: found for name, found in corpora.items() if name not in silver},
            [sentence for name, found in corpora.items() if name in silver for sentence in found],
        ),
    )
    if init:
        vocabulary = init.vocabulary.grown(vocabulary)
        knowledge = init.knowledge.grown(knowledge)
    indexed = list(_indexed(gathered, vocabulary, knowledge.restorer))
    if init and init.corpus != target:
        indexed += recalled(init, gathered.examples, vocabulary)
    return TrainingData(
        vocabulary,
        knowledge,
        tuple(indexed),
        vocabulary.corpora.index(target),
        tuple(
            restoration
            for example, origin in zip(gathered.examples, gathered.origins, strict=True)
            for restoration in restorations(example, origin)
        ),
        frozenset(vocabulary.corpora.index(name) for name in corpora if name in silver),
    )


@dataclass
class _Gathered:
    """Examples side by side with what teachers say of each and the corpus that it is from.
    `lexicon_examples` are those of the first corpus, none of them made from another."""

    examples: list[Example] = field(default_factory=list)
    opinions: list[Opinion | None] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    lexicon_examples: list[Example] = field(default_factory=list)


def _gather(
    corpora: Mapping[str, Sequence[Sentence]],
    tokenizer: Tokenizer,
    settings: Settings,
    teachers: Teachers | None,
    silver: Collection[str],
) -> _Gathered:
    """The examples of the corpora and of what settings make of them (final stops left out,
    noise, other forms). Raises TaggerError if none has a label."""
    unit = UNITS[settings.unit]
    target = next(iter(corpora))
    generator = random.Random(settings.seed)
    gathered = _Gathered()
    for name, whole in corpora.items():
        gold = [p.sentence for sentence in whole for p in cut_sentence(sentence, LONGEST_PART)]
        rewritten: list[Sentence] = []
        if count := round(settings.inflected * len(gold)):
            inflection = Inflection(gold)
            rewritten = inflection.rewritten(gold, count, generator)
            if name in silver:
                gold = inflection.trusted(gold)
        stopless = [sentence for sentence in map(without_stop, gold) if sentence]
        count = round(settings.without_stop * len(stopless))
        sentences = [*gold, *generator.sample(stopless, count)]
        shares = {noise: getattr(settings, noise) for noise in NOISES}
        sentences += noisy(gold, shares, generator)
        sentences += rewritten
        asked: Iterable[Opinion | None] = repeat(None, len(sentences))
        if teachers:
            asked = teachers.ask(sentences, name, is_target=name == target)
        made = make_examples(sentences, tokenizer, unit)
        for place, (example, opinion) in enumerate(zip(made, asked, strict=True)):
            if any(label is not None for label in example.labels):
                gathered.examples.append(example)
                gathered.opinions.append(opinion)
                gathered.origins.append(name)
                if name == target and place < len(gold):
                    gathered.lexicon_examples.append(example)
    if not gathered.examples:
        raise TaggerError(
            f"no sentence gives a {unit.name} a label",
            remedy="check the corpora, or train with another --unit or --tokenizer",
        )
    return gathered


def _learn_restorer(gathered: _Gathered, silver: Collection[str]) -> Restorer:
    """From the labels of gold first, then from those of silver."""
    pairs = list(zip(gathered.examples, gathered.origins, strict=True))
    return Restorer.learn(
        _restored(pairs, lambda origin: origin not in silver),
        _restored(pairs, lambda origin: origin in silver),
    )


def _columns_of(
    examples: Sequence[Example], names: Iterable[str]
) -> dict[str, list[Sequence[str]]]:
    """The symbols of all examples in each of these columns, those that they have."""
    return {
        name: [example.symbols(name) for example in examples]
        for name in names
        if name in examples[0].window.columns
    }


def _that_say_something(
    inputs: Mapping[str, list[Sequence[str]]],
) -> dict[str, list[Sequence[str]]]:
    """Without the columns that always say the same; but there must be one."""
    return {
        name: said
        for name, said in inputs.items()
        if name == next(iter(inputs)) or len(set(chain(*said))) > 1
    }


def _indexed(gathered: _Gathered, vocabulary: Vocabulary, restorer: Restorer) -> Iterator[Indices]:
    indexed = index_examples(gathered.examples, vocabulary)
    for indices, example, opinion, origin in zip(
        indexed, gathered.examples, gathered.opinions, gathered.origins, strict=True
    ):
        yield with_targets(
            replace(indices, corpus=vocabulary.corpora.index(origin)),
            example,
            vocabulary,
            open_labels(example, restorer),
            *(_as_targets(opinion, example, vocabulary, restorer) if opinion else ()),
        )


def _restored(
    examples: Iterable[tuple[Example, str]], is_wanted: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    """Syllable and label of each step of the examples whose corpus is wanted."""
    for example, origin in examples:
        if is_wanted(origin):
            steps = chain.from_iterable(example.steps)
            for step, label in zip(steps, example.labels, strict=True):
                if label is not None:
                    yield step.form, label


def _tags(sentences: Iterable[Sentence]) -> Iterator[tuple[str, str | None]]:
    """XPOS and UPOS of each token that has an analysis."""
    for sentence in sentences:
        for token in sentence.tokens:
            if token.morphemes:
                yield token.xpos, token.upos


def restorations(example: Example, corpus: str) -> Iterator[Restoration]:
    """What the gold labels of an example of that corpus restore."""
    given = iter(example.labels)
    for steps in example.steps:
        for step, (before, after), label in zip(steps, neighbours(steps), given, strict=False):
            structure, arrow, text = (label or "").partition(RESTORED)
            if arrow:
                yield Restoration(corpus, before, step.form, after, structure, text)


def _as_targets(
    opinion: Opinion, example: Example, vocabulary: Vocabulary, restorer: Restorer
) -> tuple[SoftTargets, SoftTargets]:
    """The opinion on labels and UPOS in the vocabulary's indices, its labels opened."""
    opened: list[dict[str, float]] = []
    steps = (step for token_steps in example.steps for step in token_steps)
    for step, choices in zip(steps, opinion.labels, strict=True):
        by_label: dict[str, float] = {}
        for label, probability in choices.items():
            name = restorer.open(label, step.form, step.analyses)
            by_label[name] = by_label.get(name, 0.0) + probability
        opened.append(by_label)
    upos = opinion.upos or [{} for _ in example.upos]
    return soft_targets(opened, vocabulary.labels), soft_targets(upos, vocabulary.upos)


def without_stop(sentence: Sentence) -> Sentence | None:
    """The sentence without its final stop, None if it has none or nothing else."""
    *tokens, last = sentence.tokens
    if not tokens or last.surface not in (".", "?", "!") or last.end != len(sentence.text):
        return None
    return replace(sentence, text=sentence.text[: last.start].rstrip(), tokens=tuple(tokens))
