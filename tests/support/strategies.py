"""What hypothesis draws from."""

from __future__ import annotations

from hypothesis import strategies as st

HANGUL = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
JAMO = st.one_of(
    st.characters(min_codepoint=0x1100, max_codepoint=0x11FF),
    st.characters(min_codepoint=0x3131, max_codepoint=0x318E),
)
ODD = st.sampled_from(
    list("\u00a0\u3000\u200d\ufe0f\u2028\u0301\u0000\u202e\ufeff\t👨👩😀🇰🇷.,?!\"'()[]/+|→_·…%")
)
ANY = st.characters()  # surrogates included

texts = st.one_of(
    st.text(st.one_of(HANGUL, JAMO, ODD, st.just(" "))),
    st.text(st.one_of(HANGUL, st.just(" "), st.just("."))),
    st.text(ANY),
)

tags = st.sampled_from(["NNG", "VV", "EP", "EF", "JKS", "ncn", "SW"])
forms = st.text(st.one_of(HANGUL, JAMO, ODD, ANY), min_size=1, max_size=4)
analyses = st.lists(st.tuples(forms, tags), min_size=1, max_size=4)
surfaces = st.text(st.one_of(HANGUL, JAMO, ANY), min_size=1, max_size=5)
