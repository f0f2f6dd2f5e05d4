"""The page to try the tagger: one answer, with nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

from tagger.text.chips import STYLE, legend_html
from tagger.text.escaping import html_text

_STYLE = """\
:root{color-scheme:light dark}
body{max-width:60em;margin:1.5em auto;padding:0 1em;font-family:system-ui,sans-serif}
textarea{width:100%;box-sizing:border-box;font:inherit;font-size:1.1em;padding:.5em}
.tools{display:flex;flex-wrap:wrap;gap:.6em;margin:.6em 0;align-items:center}
button,select{font:inherit;padding:.25em .7em}
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


def page(models: Sequence[str]) -> str:
    """The page, with a choice of these models."""
    options = "".join(f"<option>{html_text(name)}</option>" for name in models)
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
<label for="text">글 (text)</label>
<textarea id="text" rows="3" spellcheck="false">나 밥 먹었다</textarea>
<div class="tools">
<label>모델 (model) <select id="model">{options}</select></label>
복사 (copy):
<button type="button" data-format="sejong">Sejong</button>
<button type="button" data-format="conllu">CoNLL-U</button>
<button type="button" data-format="jsonl">JSON</button>
<button type="button" id="share">주소 (URL)</button>
<span id="said" role="status"></span>
</div>
<p id="problem" role="alert"></p>
{legend_html()}
<main id="result" aria-live="polite"></main>
<script>{_SCRIPT}</script>
</body>
</html>
"""
