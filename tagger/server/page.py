"""The page to try the tagger: one answer, with nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

from tagger.text.chips import STYLE, legend_html
from tagger.text.escaping import html_text

EXAMPLES = (
    "나 밥 먹었다",
    "한국어 자연어 처리를 공부했어요. 어렵지만 재미있네요!",
    "아버지가방에들어가신다",
    "나는 나는 새를 보았다",
)
"""Texts to click: fused eojeols, two sentences, no spaces, one word in two senses."""

MOST_SHOWN = 5
"""Analyses of an eojeol that the page can show."""

_STYLE = """\
:root{color-scheme:light dark}
body{max-width:60em;margin:1.5em auto;padding:0 1em;font-family:system-ui,sans-serif}
h1{margin:.3em 0}
textarea{width:100%;box-sizing:border-box;font:inherit;font-size:1.1em;padding:.5em}
.tools{display:flex;flex-wrap:wrap;gap:.4em .8em;margin:.6em 0;align-items:center}
.tools label{display:flex;gap:.3em;align-items:center;max-width:100%}
.tools label>*{min-width:0}
button,select,input{font:inherit;padding:.25em .6em;max-width:100%}
summary{cursor:pointer}
.example{text-align:start}
.scroll{overflow-x:auto}
table{border-collapse:collapse;word-break:keep-all}
#others td:last-child{white-space:nowrap}
th,td{padding:.15em .8em .15em 0;text-align:start;vertical-align:top;font-weight:normal}
.numbered{counter-reset:sentence}
.numbered .sentence{counter-increment:sentence;position:relative;padding-inline-start:2em}
.numbered .sentence::before{content:counter(sentence) ".";position:absolute;inset-inline-start:0;\
opacity:.75}
h2{font-size:1em;margin:1.2em 0 .3em}
#problem{color:#b3261e}
@media (prefers-color-scheme:dark){#problem{color:#ffb4ab}}
"""

_SCRIPT = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")
_DIGEST = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()

CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; script-src 'sha256-{_DIGEST}'; style-src 'unsafe-inline'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""No script runs in the page but its own."""


def page(models: Sequence[str], *, wants_token: bool = False) -> str:
    """The page, with a choice of these models, and a field for the token if requests must have
    one."""
    options = "".join(f"<option>{html_text(name)}</option>" for name in models)
    examples = "\n".join(
        f'<button type="button" class="example">{html_text(text)}</button>' for text in EXAMPLES
    )
    counts = "".join(f"<option>{count}</option>" for count in range(1, MOST_SHOWN + 1))
    return f"""\
<!DOCTYPE html>
<html lang="ko">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>품사 pumsa</title>
<style>
{STYLE}{_STYLE}</style>
</head>
<body class="pumsa">
<h1>품사 <span lang="en">pumsa</span></h1>
<p>한국어 글을 형태소로 나누고 품사를 붙입니다.
<span lang="en">Splits Korean text into morphemes and gives each its part of speech.</span></p>
{_TOKEN if wants_token else ""}<label for="text">글 (text)</label>
<textarea id="text" rows="3" spellcheck="false">{html_text(EXAMPLES[0])}</textarea>
<div class="tools">
보기 (examples):
{examples}
</div>
<div class="tools">
<label>모델 (model) <select id="model">{options}</select></label>
<label><input type="checkbox" id="split"> 문장 나누기 (split sentences)</label>
<label>분석 수 (analyses) <select id="nbest">{counts}</select></label>
</div>
<details>
<summary>내 단어 (my words)</summary>
<label for="words">한 줄에 하나: 단어, 빈칸, 품사나 분석
<span lang="en">(one a line: word, space, tag or analysis)</span></label>
<textarea id="words" rows="3" spellcheck="false" placeholder="쿠버네티스 NNP"></textarea>
</details>
<p id="problem" role="alert"></p>
<main id="result" aria-live="polite"></main>
<section id="others" hidden>
<h2>다른 분석 <span lang="en">(other analyses)</span></h2>
<div class="scroll"><table></table></div>
</section>
<section id="names" hidden>
<h2>여기에 나온 품사 <span lang="en">(the tags above)</span></h2>
<div class="scroll"><table></table></div>
</section>
<div class="tools">
복사 (copy):
<button type="button" data-format="sejong">Sejong</button>
<button type="button" data-format="conllu">CoNLL-U</button>
<button type="button" data-format="jsonl">JSON</button>
<button type="button" id="share">주소 (URL)</button>
<span id="said" role="status"></span>
</div>
{legend_html()}
<script>{_SCRIPT}</script>
</body>
</html>
"""


_TOKEN = """\
<p><label>토큰 (token) <input type="password" id="token" autocomplete="off"></label></p>
"""
