from __future__ import annotations

from tagger.training.augmentation.silver import silver_sentences


def test_kiwi_labels_a_text_in_the_tags_of_sejong() -> None:
    (sentence,) = silver_sentences(["돌담길(옛길)을 걸었다."])
    assert str(sentence).count("(/SS") == 1
    assert sentence.morphemes[-1].tag == "SF"
    assert [token.surface for token in sentence.tokens][-2:] == ["걸었다", "."]
    assert all(token.upos is None for token in sentence.tokens)


def test_texts_without_words_are_left_out() -> None:
    assert silver_sentences(["", " "]) == []
    assert silver_sentences([]) == []


def test_the_sentence_decides_between_homographs() -> None:
    walked, hung = silver_sentences(["공원을 걸었다", "벽에 달력을 걸었다"])
    assert ("걷", "VV") in [(m.form, m.tag) for m in walked.morphemes]
    assert ("걸", "VV") in [(m.form, m.tag) for m in hung.morphemes]


def test_numerals_are_in_one_piece() -> None:
    (sentence,) = silver_sentences(["이천오년에 서른두 명이 살았다."])
    forms = [morpheme.form for morpheme in sentence.morphemes]
    assert "이천오" in forms
    assert "서른두" in forms


def test_an_ending_at_the_end_of_a_text_is_final_where_a_stop_shows_it() -> None:
    stopped = ["오늘은 집에서 쉬자.", "우리 같이 걷자."]
    *_, bare, open_ended = silver_sentences([*stopped, "그걸 먹자", "손을 씻고"])
    assert (bare.morphemes[-1].form, bare.morphemes[-1].tag) == ("자", "EF")
    assert (open_ended.morphemes[-1].form, open_ended.morphemes[-1].tag) == ("고", "EC")
