"""Tag sets: Sejong, Kiwi's extension of it, and the universal tags (UPOS).

Sejong: 21st Century Sejong Project, morphologically annotated corpus guidelines. UPOS:
https://universaldependencies.org/u/pos/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

# Kiwi's symbols and regularity marks that Sejong does not have
_TO_SEJONG = {
    "SSO": "SS",
    "SSC": "SS",
    "SB": "SN",
    "W_URL": "SL",
    "W_EMAIL": "SL",
    "W_HASHTAG": "SL",
    "W_MENTION": "SL",
    "W_SERIAL": "SN",
    "W_EMOJI": "SW",
    "Z_CODA": "EF",
    "Z_SIOT": "NNG",
    "UN": "NNG",
    "XSM": "XSA",
    "MMD": "MM",
    "MMN": "MM",
    "MMA": "MM",
}


def sejong_tag(kiwi_tag: str) -> str:
    """Kiwi's tag in the Sejong tag set.

    >>> sejong_tag("VA-I"), sejong_tag("SSO")
    ('VA', 'SS')
    """
    tag = kiwi_tag.partition("-")[0]
    return _TO_SEJONG.get(tag, tag)


_KAIST_AND_KIWI = """
    ncpa:NNG ncps:NNG ncn:NNG nq:NNP nbu:NNB nbn:NNB npp:NP npd:NP nnc:NR nno:NR pvd:VV pvg:VV
    pad:VA paa:VA px:VX mmd:MM mma:MM mad:MAG maj:MAJ mag:MAG ii:IC jcs:JKS jcc:JKC jcm:JKG
    jco:JKO jca:JKB jcv:JKV jcr:JKQ jct:JKB jcj:JC jxc:JX jxf:JX jxt:JX jp:VCP ep:EP ecc:EC
    ecs:EC ecx:EC etn:ETN etm:ETM ef:EF xp:XPN xsn:XSN xsv:XSV xsm:XSA xsa:XSM sf:SF sp:SP
    sl:SSO sr:SSC sd:SO se:SE su:SW sy:SW f:SL
"""
_FROM_KAIST = dict(pair.split(":") for pair in _KAIST_AND_KIWI.split())
_OF_KIWI = {
    *_FROM_KAIST.values(),
    *("VCN", "SS", "SH", "SN", "SW", "XR"),
}


def kiwi_tag(tag: str) -> str:
    """The tag of Kiwi's that is nearest to one of a corpus; NNP for one that nobody knows.

    >>> kiwi_tag("NNB"), kiwi_tag("jco"), kiwi_tag("MMD"), kiwi_tag("mine")
    ('NNB', 'JKO', 'MM', 'NNP')
    """
    tag = _FROM_KAIST.get(tag, "NNB" if tag == "NNC" else broad_tag(tag))
    return tag if tag in _OF_KIWI else "NNP"


def role_of(tag: str) -> str:
    """The tag in the terms of Kiwi's tag set, which is Sejong's with XSM for suffixes that make
    adverbs; without Kiwi's marks of regularity.

    >>> role_of("pvg"), role_of("xsa"), role_of("VA-I"), role_of("mine")
    ('VV', 'XSM', 'VA', 'mine')
    """
    return _FROM_KAIST.get(tag, tag.partition("-")[0])


def broad_tag(tag: str) -> str:
    """The tag with the kinds of determiner (MMA, MMD, MMN) not told apart."""
    return "MM" if tag in ("MMA", "MMD", "MMN") else tag


_PUNCTUATION = {"SF", "SP", "SS", "SE", "SO"}

_UPOS = {
    "NNG": "NOUN",
    "NNB": "NOUN",
    "NNC": "NOUN",
    "NNP": "PROPN",
    "NR": "NUM",
    "SN": "NUM",
    "NP": "PRON",
    "VV": "VERB",
    "VA": "ADJ",
    "VX": "AUX",
    "VCP": "VERB",
    "VCN": "ADJ",
    "MM": "DET",
    "MMA": "DET",
    "MMD": "DET",
    "MMN": "NUM",
    "MAG": "ADV",
    "MAJ": "CCONJ",
    "IC": "INTJ",
    "XR": "NOUN",
    "XPN": "NOUN",
    "XSV": "VERB",
    "XSA": "ADJ",
    "XSN": "NOUN",
    "NA": "X",
    "NF": "NOUN",
    "NV": "VERB",
    "SL": "X",
    "SH": "X",
    "SW": "SYM",
}

SETTLED = 100
"""How often tags must stand in a corpus, always with the same UPOS, to settle it."""


def settled_upos(tokens: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """The UPOS of the tags (XPOS) that settle it, by the XPOS and UPOS of a corpus's tokens.

    UD_Korean-Kaist made its UPOS of its tags: no XPOS of its training part has two. In
    UD_Korean-GSD few settle it, for there it says what the token is for.

    >>> settled_upos([("NNG", "NOUN"), ("MAG", "ADV")] * 100 + [("MAG", "CCONJ")])
    {'NNG': 'NOUN'}
    """
    by_xpos: dict[str, Counter[str]] = {}
    for xpos, upos in tokens:
        if upos is not None:
            by_xpos.setdefault(xpos, Counter())[upos] += 1
    return {
        xpos: next(iter(counts))
        for xpos, counts in sorted(by_xpos.items())
        if len(counts) == 1 and counts.total() >= SETTLED
    }


def upos_of(analysis: Sequence[tuple[str, str]]) -> str:
    """The UPOS that follows from a token's Sejong tags, for models trained without UPOS.

    A suffix that derives a verb or an adjective and the copula decide, else the first
    morpheme that has a counterpart. X stands for what has none, as in other tag sets.

    >>> upos_of([("공부", "NNG"), ("하", "XSV"), ("다", "EF")]), upos_of([("밥", "NNG")])
    ('VERB', 'NOUN')
    """
    tags = [tag for _, tag in analysis]
    if tags and all(tag in _PUNCTUATION for tag in tags):
        return "PUNCT"
    for tag in tags:
        if tag in ("XSV", "XSA", "VCP", "VCN"):
            return _UPOS[tag]
    for tag in tags:
        if tag in _UPOS:
            return _UPOS[tag]
    return "ADP" if tags and tags[0].startswith("J") else "X"
