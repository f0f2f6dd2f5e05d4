"""The server as its users meet it: through HTTP, through its description, and in a browser."""

from __future__ import annotations

import json
import logging
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.commands import is_one_sentence
from tests.support.pages import Page
from tests.support.places import ROOT

pytest.importorskip("fastapi")
pytest.importorskip("prometheus_client")

from fastapi.responses import PlainTextResponse
from fastapi.testclient import TestClient

from tagger import Tagger
from tagger import __version__ as version
from tagger.cli import serve
from tagger.server.access import AllowedHosts
from tagger.server.app import make_app
from tagger.server.limits import Limits
from tagger.server.running import quote_record

LIMITS = Limits(characters=200, texts=5, seconds=20, waiting=4)
HERE = "http://localhost"
WORD = {"surface": "쿠버네티스", "analysis": "NNP"}


@pytest.fixture(scope="module")
def client(tiny_model: Path) -> Iterator[TestClient]:
    app = make_app(["sejong", str(tiny_model)], limits=LIMITS)
    with TestClient(app, base_url=HERE) as client:
        yield client


def test_a_text_and_a_batch(client: TestClient) -> None:
    answer = client.post("/v1/tag", json={"text": "나 밥 먹었다\n\n학교"})
    assert answer.status_code == 200
    data = answer.json()
    assert data["model"] == "sejong" and [s["text"] for s in data["sentences"]] == [
        "나 밥 먹었다",
        "",
        "학교",
    ]
    first = data["sentences"][0]["eojeols"][2]
    assert first["surface"] == "먹었다" and first["upos"] == "VERB"
    assert [f"{m['form']}/{m['tag']}" for m in first["morphemes"]] == ["먹/VV", "었/EP", "다/EF"]
    batch = client.post("/v1/tag/batch", json={"texts": ["학교", "나 밥 먹었다"]}).json()
    assert batch["sentences"] == [data["sentences"][2], data["sentences"][0]]
    assert client.post("/v1/tag/batch", json={"texts": []}).json()["sentences"] == []


@pytest.mark.parametrize(
    ("option", "text", "prepared"),
    [
        ("normalize", "ㅋㅋㅋㅋㅋ 너무우우", "ㅋㅋ 너무"),
        ("correct_typos", "이야기를 드렀는데", "이야기를 들었는데"),
        ("respace", "나는밥을먹었다", "나는 밥을 먹었다"),
    ],
)
def test_a_text_is_prepared_first(
    client: TestClient, option: str, text: str, prepared: str
) -> None:
    plain = client.post("/v1/tag", json={"text": prepared}).json()
    assert client.post("/v1/tag", json={"text": text, option: True}).json() == plain
    assert client.post("/v1/tag", json={"text": text}).json() != plain


def test_a_model_without_an_analyser_cannot_prepare() -> None:
    with TestClient(make_app(["fast"]), base_url=HERE) as client:
        for option in ("correct_typos", "respace"):
            answer = client.post("/v1/tag", json={"text": "가", option: True})
            assert answer.status_code == 422
            assert answer.json()["detail"].endswith("use a model with the tokenizer kiwi")
        assert client.post("/v1/tag", json={"text": "가", "normalize": True}).status_code == 200


def test_formats_models_and_doubt(client: TestClient, tiny_model: Path) -> None:
    request = {"text": "나 밥 <b>", "formats": ["sejong", "conllu", "html"], "nbest": 2}
    data = client.post("/v1/tag", json={**request, "min_score": 1}).json()
    assert data["written"]["sejong"].startswith("나/NP 밥/NNG ")
    assert data["written"]["conllu"].startswith("# sent_id = 1\n")
    assert "<b>" not in data["written"]["html"] and "doubtful" in data["written"]["html"]
    eojeol = data["sentences"][0]["eojeols"][0]
    assert len(eojeol["nbest"]) == 2 and eojeol["morphemes"][0]["doubtful"] is True
    other = client.post("/v1/tag", json={"text": "밥", "model": str(tiny_model)}).json()
    assert other["model"] == str(tiny_model)
    listed = client.get("/v1/models").json()
    assert [model["name"] for model in listed] == ["sejong", str(tiny_model)]
    assert "NNG" in listed[0]["tags"] and listed[0]["version"] == version
    assert listed[0]["licence"] == "cc-by-sa-4.0" and "licence" not in listed[1]
    assert listed[0]["conventions"][0] == "sejong" and len(listed[1]["conventions"]) == 1
    [noun, *_] = client.get("/v1/tags/sejong").json()
    assert (noun["tag"], noun["korean"]) == ("NNG", "일반 명사")


@pytest.mark.parametrize(
    ("path", "body", "status", "what"),
    [
        ("/v1/tag", {"text": "가" * 201}, 413, "201 characters are more than 200"),
        ("/v1/tag/batch", {"texts": ["가"] * 6}, 413, "6 texts are more than 5"),
        ("/v1/tag", {"text": "가", "model": "../etc"}, 404, "is not served; choose from sejong"),
        ("/v1/tag", {"text": "가", "formats": ["pdf"]}, 422, ""),
        ("/v1/tag", {"text": "가", "nbest": 99}, 422, ""),
        ("/v1/tag", {"text": 3}, 422, "body.text: "),
        ("/v1/tag", {}, 422, "body.text: "),
        ("/v1/tag", {"text": "가", "min_score": 2}, 422, "body.min_score: "),
        ("/v1/tag", {"text": "가" * 200_000}, 413, "bytes"),
        ("/v1/tag", {"text": "가", "colour": 1}, 422, "body.colour: there is no such field"),
        ("/v1/tag", {"text": "가", "model": None}, 422, "'model' is null; leave it out"),
        ("/v1/tag", {"text": "가", "conventions": "x"}, 404, "conventions of 'x'; choose from"),
        ("/v1/tag", {"text": "가", "user_dictionary": [{"surface": "가"}]}, 422, "analysis: "),
        ("/v1/tag", {"text": "가", "user_dictionary": [WORD] * 101}, 422, "at most 100 items"),
        ("/v1/tag", {"text": "가", "user_dictionary": [{**WORD, "x": 1}]}, 422, "no such field"),
        (
            "/v1/tag",
            {"text": "가", "user_dictionary": [{**WORD, "analysis": "NOPE"}]},
            422,
            "'NOPE' is not a tag of this model",
        ),
        (
            "/v1/tag",
            {"text": "가", "user_dictionary": [{**WORD, "surface": "(가)"}]},
            422,
            "user dictionary: '(가)' is not one token",
        ),
    ],
)
def test_what_is_refused(
    client: TestClient, path: str, body: dict[str, object], status: int, what: str
) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == status
    assert what in answer.json()["detail"] and "\n" not in answer.json()["detail"]


def test_dictionary_forms(client: TestClient) -> None:
    request = {"text": "밥을 먹었다", "formats": ["tsv", "words"]}
    plain = client.post("/v1/tag", json=request).json()
    data = client.post("/v1/tag", json={**request, "dictionary_forms": True}).json()
    eojeols = data["sentences"][0]["eojeols"]
    assert [eojeol["dictionary_form"] for eojeol in eojeols] == ["밥", "먹다"]
    assert eojeols[1]["morphemes"][0]["dictionary_form"] == "먹다"
    assert data["written"]["tsv"].splitlines()[1].endswith("\tVERB\t먹다")
    assert data["written"]["words"] == "밥 먹다\n" == plain["written"]["words"]
    assert "dictionary_form" not in str(plain)


def test_conventions(client: TestClient) -> None:
    gsd = Tagger.load("sejong", device="cpu", conventions="ud-korean-gsd")
    text = "한 사람이 국수 한 그릇을 먹었다"
    request = {"text": text, "conventions": "ud-korean-gsd", "formats": ["sejong"]}
    data = client.post("/v1/tag", json=request).json()
    assert data["written"]["sejong"] == f"{gsd.tag(text)}\n"
    default = client.post("/v1/tag", json={**request, "conventions": "sejong"}).json()
    assert default == client.post("/v1/tag", json={"text": text, "formats": ["sejong"]}).json()


def test_the_words_of_a_request_are_its_own(client: TestClient) -> None:
    steak = {"surface": "함박 스테이크", "analysis": "NNP"}
    request = {"text": "쿠버네티스와 함박 스테이크를 좋아한다", "formats": ["sejong"]}
    with_words = {**request, "user_dictionary": [{**WORD, "score": 1}, steak]}
    written = [
        client.post("/v1/tag", json=body).json()["written"]["sejong"].split()
        for body in (request, with_words, request, {**request, "user_dictionary": [steak]})
    ]
    assert written[1][0] == "쿠버네티스/NNP+와/JKB" or written[1][0] == "쿠버네티스/NNP+와/JC"
    assert written[1][1:3] == ["함박/NNP", "스테이크/NNP+를/JKO"] == written[3][1:3]
    assert written[0] == written[2] != written[1]


def test_many_with_words_of_their_own_take_turns(client: TestClient) -> None:
    """However many ask, few analysers are there at once."""
    from concurrent.futures import ThreadPoolExecutor

    def ask(number: int) -> str:
        word = {"surface": f"가나{'다' * number}", "analysis": "NNP"}
        body = {"text": word["surface"], "user_dictionary": [word], "formats": ["sejong"]}
        answer: str = client.post("/v1/tag", json=body).json()["written"]["sejong"]
        return answer

    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(ask, range(4))] == [f"가나{'다' * n}/NNP\n" for n in range(4)]


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}])
def test_a_body_that_is_not_said_to_be_json(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/v1/tag", content=b'{"text": "\xea\xb0\x80"}', headers=headers)
    assert answer.status_code == 415
    detail = answer.json()["detail"]
    assert detail == "send JSON, with the header Content-Type: application/json"


def test_the_description_has_no_nulls(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    for name in ("TextRequest", "MorphemeData", "EojeolData", "ModelData"):
        assert '"null"' not in json.dumps(description["components"]["schemas"][name])
        assert "default" not in description["components"]["schemas"][name]["properties"].get(
            "model", {}
        )


def test_pages_of_other_origins_and_a_token(tiny_model: Path) -> None:
    app = make_app([str(tiny_model)], cors=["https://ours.example"], token="s3cret")
    with TestClient(app, base_url=HERE) as client:
        for given in ({}, {"Authorization": "Bearer s3cre"}, {"Authorization": "s3cret"}):
            answer = client.post("/v1/tag", json={"text": "가"}, headers=given)
            assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
            assert "Authorization: Bearer" in answer.json()["detail"]
        assert client.get("/v1/models").status_code == 401 == client.get("/metrics").status_code
        assert client.get("/health").status_code == 200
        assert 'id="token"' in client.get("/").text  # the page asks for it
        headers = {"Authorization": "Bearer s3cret", "Origin": "https://ours.example"}
        answer = client.post("/v1/tag", json={"text": "가"}, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "https://ours.example"
        asking = {
            "Origin": "https://ours.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type",
        }
        assert client.options("/v1/tag", headers=asking).status_code == 200
        asking["Origin"] = headers["Origin"] = "https://theirs.example"
        assert client.options("/v1/tag", headers=asking).status_code == 400
        answer = client.post("/v1/tag", json={"text": "가"}, headers=headers)
        assert "access-control-allow-origin" not in answer.headers


def test_no_other_page_may_read_without_cors(client: TestClient) -> None:
    headers = {"Origin": "https://ours.example"}
    answer = client.post("/v1/tag", json={"text": "가"}, headers=headers)
    assert "access-control-allow-origin" not in answer.headers


def test_odd_bytes_are_refused(client: TestClient) -> None:
    for data in (b"", b"{", b"\xff\xfe", b'{"text": "\\ud800"}', b"[" * 50_000):
        answer = client.post("/v1/tag", content=data, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500, data[:20]
    assert client.get("/v1/tags/none").status_code == 404
    assert client.get("/nothing").status_code == 404


def test_a_request_that_takes_too_long_and_one_too_many(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up = threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr(Tagger, "tag_sentences", lambda *_, **__: given_up.wait(60))
        app = make_app([str(tiny_model)], limits=Limits(seconds=0.01))
        with TestClient(app, base_url=HERE) as client:
            answer = client.post("/v1/tag", json={"text": "나 밥 먹었다"})
            given_up.set()
    assert answer.status_code == 504 and "more than 0.01 s" in answer.json()["detail"]
    app = make_app([str(tiny_model)], limits=Limits(waiting=0))
    with TestClient(app, base_url=HERE) as client:
        assert client.post("/v1/tag", json={"text": "나"}).status_code == 503


@pytest.mark.parametrize(
    ("host", "given", "allowed"),
    [
        ("localhost:8000", [], True),
        ("LOCALHOST.", [], True),
        ("127.0.0.1", [], True),
        ("127.8.9.10:80", [], True),
        ("[::1]:8000", [], True),
        ("attacker.example", [], False),
        ("localhost.attacker.example", [], False),
        ("127.0.0.1.attacker.example:8000", [], False),
        ("192.168.1.5:8000", [], False),
        ("192.168.1.5:8000", ["192.168.1.5"], True),
        ("192.168.1.5:8000", ["0.0.0.0"], True),
        ("[fd00::5]:8000", ["::"], True),
        ("attacker.example", ["0.0.0.0"], False),
        ("tagger.example", ["127.0.0.1", "Tagger.example"], True),
        ("anything.example", ["*"], True),
        ("", [], False),
        ("\xff", [], False),
        ("[::1]evil.example", [], False),
        ("[::1]:80@evil.example", [], False),
        ("localhost:80@evil.example", [], False),
        ("localhost:80.evil.example", [], False),
        ("localhost, evil.example", [], False),
        ("localhost/.evil.example", [], False),
        ("[localhost]", [], False),
    ],
)
def test_the_host_is_checked(host: str, given: list[str], allowed: bool) -> None:
    client = TestClient(AllowedHosts(PlainTextResponse("in"), given), base_url=HERE)
    answer = client.get("/", headers={"Host": host.encode("latin-1")})
    assert answer.status_code == (200 if allowed else 400)
    if not allowed:
        detail = answer.json()["detail"]
        assert "host" in detail and detail.isascii() and "\n" not in detail


def test_health_and_metrics(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    client.post("/v1/tag", json={"text": "학교"})
    metrics = client.get("/metrics").text
    assert 'pumsa_requests_total{path="/v1/tag",status="200"}' in metrics
    assert 'pumsa_characters_total{model="sejong"}' in metrics
    assert "pumsa_request_seconds_bucket" in metrics


@pytest.mark.parametrize("path", ["/", "/health", "/v1/tags/sejong", "/v1/tag", "/nothing"])
def test_a_head_is_that_of_the_answer(client: TestClient, path: str) -> None:
    head, answer = client.head(path), client.get(path)
    assert head.status_code == answer.status_code
    assert head.headers == answer.headers
    assert head.content == b""


def test_the_log_commands_no_terminal() -> None:
    sent = ("\x1b[2J:0", "GET", "/", "1.1", 200)
    record = logging.LogRecord("uvicorn.access", 20, "", 0, '%s - "%s %s HTTP/%s" %d', sent, None)
    assert quote_record(record)
    assert record.getMessage() == '\\x1b[2J:0 - "GET / HTTP/1.1" 200'


def test_refusals_count_under_their_path(client: TestClient) -> None:
    def lines() -> set[str]:
        rows = client.get("/metrics").text.splitlines()
        return {row.rpartition(" ")[0] for row in rows if row.startswith("pumsa_requests_total")}

    client.post("/v1/tag", json={"text": "가" * 200_000})
    client.post("/v1/tag/batch", content=b"x" * 200_000)
    client.get("/v1/tags/upos", headers={"Host": "attacker.example"})
    before = lines()
    for path, status in (("/v1/tag", 413), ("/v1/tag/batch", 413), ("/v1/tags/{tag_set}", 400)):
        assert f'pumsa_requests_total{{path="{path}",status="{status}"}}' in before
    for number in range(20):
        client.request(f"ODD{number}", f"/nowhere/{number}")
        client.request(f"ODD{number}", "/v1/tag")
        client.get(f"/v1/tags/none{number}")
    added = lines() - before
    assert added <= {
        'pumsa_requests_total{path="other",status="404"}',
        'pumsa_requests_total{path="/v1/tag",status="405"}',
        'pumsa_requests_total{path="/v1/tags/{tag_set}",status="404"}',
        'pumsa_requests_total{path="/metrics",status="200"}',
    }


def test_the_page_has_everything_with_it(client: TestClient) -> None:
    answer = client.get("/")
    Page(answer.text.replace("<script>", "<style>").replace("</script>", "</style>"))
    assert "http" not in answer.text and "src=" not in answer.text and "<link" not in answer.text
    assert "<option>sejong</option>" in answer.text
    assert "script-src 'sha256-" in answer.headers["content-security-policy"]
    assert client.get("/docs").status_code == 404  # which would load scripts from elsewhere


@pytest.mark.slow
def test_its_description_is_kept(tiny_model: Path) -> None:
    """Fuzzed from its own OpenAPI document."""
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, given, settings
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    schema = schemathesis.openapi.from_asgi(
        "/openapi.json", make_app([str(tiny_model)], allowed_hosts=["testserver"])
    )
    operations = [result.ok() for result in schema.get_all_operations()]
    assert {"/v1/tag", "/v1/tag/batch", "/v1/models", "/health", "/metrics"} <= {
        operation.path for operation in operations
    }
    for operation in operations:

        @settings(max_examples=50, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def keeps_it(case: Any) -> None:
            # which words a model can take, no schema can say
            has_words = isinstance(case.body, dict) and case.body.get("user_dictionary")
            case.validate_response(
                case.call(), excluded_checks=[positive_data_acceptance] if has_words else []
            )

        keeps_it()


@contextmanager
def served(*options: str) -> Iterator[str]:
    """A server as `pumsa serve` starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tagger", "serve", "--port", str(port), *options]
    with subprocess.Popen([*command, "-q"], cwd=ROOT, stderr=subprocess.PIPE) as process:
        url = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{url}/health", timeout=1).close()
                break
            except OSError:
                assert process.poll() is None
                time.sleep(0.2)
        yield url
        process.terminate()


@pytest.fixture(scope="module")
def address(tiny_model: Path) -> Iterator[str]:
    with served("-m", "sejong", "-m", str(tiny_model)) as url:
        yield url


@pytest.mark.slow
def test_it_listens_on_this_machine_only(address: str) -> None:
    port = int(address.rpartition(":")[2])
    table = Path("/proc/net/tcp").read_text(encoding="ascii") if sys.platform == "linux" else ""
    listening = [row.split()[1] for row in table.splitlines()[1:] if row.split()[3] == "0A"]
    assert [place for place in listening if place.endswith(f":{port:04X}")] == [
        f"0100007F:{port:04X}"
    ]
    body = json.dumps({"text": "나 밥 먹었다"}).encode()
    request = urllib.request.Request(
        f"{address}/v1/tag", body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.load(answer)["sentences"][0]["text"] == "나 밥 먹었다"


@pytest.fixture
def tab(address: str) -> Iterator[Any]:
    """A tab of the machine's Chromium that may use the clipboard."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not (chromium := shutil.which("chromium")):
        pytest.skip("needs Chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        context.set_default_timeout(30_000)
        yield context.new_page()
        browser.close()


def shown(tab: Any, count: int) -> None:
    """Wait until so many eojeols are there."""
    tab.wait_for_function(
        "n => document.querySelectorAll('#result .eojeol').length === n", arg=count
    )


@pytest.mark.slow
def test_a_browser_shows_the_chips_of_a_shared_text(address: str, tab: Any) -> None:
    tab.goto(f"{address}/#{urlencode({'text': '학교에 <b>간다</b>'})}")
    shown(tab, 2)
    result = tab.inner_html("#result")
    assert '<span class="chip' in result and "&lt;b&gt;간다" in result and "<b>" not in result


@pytest.mark.slow
def test_a_browser_shows_the_chips_while_one_types(address: str, tab: Any) -> None:
    problems: list[str] = []
    tab.on("console", lambda message: problems.append(message.text))  # such as a refused script
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.goto(address)
    shown(tab, 3)
    tab.locator("#text").press("End")
    tab.locator("#text").press_sequentially(" 학교에", delay=20)
    shown(tab, 4)
    assert "학교" in tab.inner_text("#result")
    tab.fill("#text", "")
    shown(tab, 0)
    assert not problems


@pytest.mark.slow
def test_a_browser_switches_models_copies_and_shares(
    address: str, tab: Any, tiny_model: Path
) -> None:
    tab.goto(address)
    shown(tab, 3)
    with tab.expect_response("**/v1/tag") as answer:
        tab.select_option("#model", str(tiny_model))
    assert answer.value.json()["model"] == str(tiny_model)
    shown(tab, 3)

    def copied(button: str) -> str:
        tab.click(f"button:text-is('{button}')")
        said = f"() => document.getElementById('said').textContent.startsWith('{button}')"
        tab.wait_for_function(said.replace("주소 (URL)", "URL"))
        content: str = tab.evaluate("navigator.clipboard.readText()")
        return content

    assert copied("Sejong").startswith("나/NP 밥/NNG ")
    assert copied("CoNLL-U").startswith("# sent_id = 1\n# text = 나 밥 먹었다\n")
    assert json.loads(copied("JSON"))["text"] == "나 밥 먹었다"
    shared = copied("주소 (URL)")
    tab.goto("about:blank")
    tab.goto(shared)
    shown(tab, 3)
    assert tab.input_value("#text") == "나 밥 먹었다"
    assert tab.input_value("#model") == str(tiny_model)


@pytest.mark.slow
def test_a_browser_shows_sentences_analyses_words_and_names(address: str, tab: Any) -> None:
    tab.goto(address)
    shown(tab, 3)
    names = tab.inner_text("#names")
    assert "일반 명사" in names and "common noun" in names and "PRON" in names
    tab.click("button.example:nth-of-type(2)")
    shown(tab, 6)
    assert tab.locator("#result .sentence").count() == 1 and not tab.is_visible("#others")
    tab.check("#split")
    tab.wait_for_selector("#result.numbered .sentence:nth-child(2)")
    tab.select_option("#nbest", "3")
    tab.wait_for_selector("#others tr:nth-child(12)")
    tab.fill("#text", "무한도전을 보았다")
    tab.click("summary")
    tab.fill("#words", "무한도전 NNP")
    tab.wait_for_selector("#result .chip:has-text('무한도전')")
    tab.fill("#words", "무한도전")
    tab.wait_for_selector("#problem:has-text('a word without a tag): 무한도전')")
    tab.fill("#words", "무한도전, 무한/NNG+도전/NNG")
    tab.wait_for_selector("#result .eojeol:first-child .chip:nth-child(3)")
    assert not tab.inner_text("#problem")
    width = "() => document.documentElement.scrollWidth"
    tab.set_viewport_size({"width": 390, "height": 800})
    assert tab.evaluate(width) == 390  # nothing to scroll sideways


@pytest.mark.slow
def test_a_browser_asks_for_the_token(tiny_model: Path, tab: Any, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("s3cret\n", encoding="ascii")
    with served("-m", str(tiny_model), "--token-file", str(token)) as guarded:
        tab.goto(guarded)
        tab.wait_for_selector("#problem:has-text('Authorization: Bearer')")
        tab.fill("#token", "s3cret")
        shown(tab, 3)
        assert not tab.inner_text("#problem") and "s3cret" not in tab.url


@pytest.mark.slow
def test_a_browser_says_what_is_wrong(address: str, tab: Any) -> None:
    tab.goto(address)
    shown(tab, 3)
    tab.fill("#text", "가" * 200_000)
    tab.wait_for_function("() => document.getElementById('problem').textContent")
    assert "characters" in tab.inner_text("#problem")
    tab.fill("#text", "학교")
    shown(tab, 1)
    assert tab.inner_text("#problem") == ""


@pytest.fixture(scope="module")
def busy_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["-m", "missing"], "there is no model 'missing'"),
        (["--port", "BUSY"], "address already in use; choose another --port or --host"),
        (["--port", "65536"], "65536 is not between 0 and 65535"),
        (["--port", "http"], "invalid port value: 'http'"),
        (["--host", "no-such-host.invalid"], "no such host is known"),
        (["--host", "a..b"], "no such host is known"),
        (["--host", "http://localhost"], "no such host is known"),
        (["--host", ""], "no such host is known"),
        (["--host", "192.0.2.1"], "the server cannot listen there"),
        (["--allowed-host", "http://x/"], "'http://x/' is not the name of a host"),
        (["--allowed-host", "x:80"], "'x:80' is not the name of a host"),
        (["--timeout", "0"], "0 is less than 1"),
        (["--idle-timeout", "9" * 400], "is more than a day"),
        (["--cors", "example.org"], "'example.org' is not an origin, such as https://"),
        (["--token-file", "MISSING"], "no such file"),
        (["--token-file", "/dev/null"], "there is no token in this file"),
    ],
)
def test_what_serve_says_of_wrong_use(
    options: list[str], what: str, busy_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [option.replace("BUSY", str(busy_port)) for option in options]
    try:
        status = serve.main(options)
    except SystemExit as ended:
        status = ended.code
    shown = capsys.readouterr()
    *usage, message = shown.err.splitlines()
    assert status == 2 and what in message and not shown.out
    assert not usage or usage[0].startswith("usage:")
    assert usage or is_one_sentence(shown.err)


def test_a_broken_model_is_told_before_the_server_starts(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(tiny_model, broken)
    (broken / "model.safetensors").write_bytes(b"no weights")
    assert serve.main(["-m", str(broken), "--port", "0"]) == 2
    assert is_one_sentence(capsys.readouterr().err)


def test_a_broken_model_does_not_hurt_the_others(tiny_model: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(tiny_model, broken)
    (broken / "model.safetensors").write_bytes(b"no weights")
    with TestClient(make_app([str(tiny_model), str(broken)]), base_url=HERE) as client:
        answer = client.post("/v1/tag", json={"text": "나", "model": str(broken)})
        assert answer.status_code == 500 and "\n" not in answer.json()["detail"]
        assert client.post("/v1/tag", json={"text": "나"}).status_code == 200
