"""The endpoints. Their description is at `/openapi.json`; errors are one sentence, `detail`."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from pydantic import BaseModel, Field

import tagger
from tagger.analyzer import Tagger
from tagger.formats import FORMATS, SHOW_DOUBT, as_data
from tagger.morphology import Sentence
from tagger.server.page import CONTENT_SECURITY_POLICY, page
from tagger.tags import TAG_SETS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Receive, Scope, Send
    from starlette.types import Message as AsgiMessage

WORKERS = 8  # requests that are tagged at once; others wait

Format = Literal["sejong", "conllu", "tsv", "jsonl", "mecab", "html", "pretty"]


@dataclass(frozen=True)
class Limits:
    """What a request may ask for: characters of all its texts, texts, seconds to answer in,
    and how many requests are answered or wait at once."""

    characters: int = 100_000
    texts: int = 1_000
    seconds: float = 30.0
    waiting: int = 64


class Options(BaseModel):
    """What all requests may say."""

    model: str | None = Field(None, description="one of /v1/models; by default the first")
    nbest: int = Field(0, ge=0, le=10, description="the N best analyses of each eojeol")
    min_score: float | None = Field(
        None, ge=0, le=1, description="morphemes of a lower score are `doubtful`"
    )
    formats: list[Format] = Field(
        [], max_length=len(FORMATS), description="also write the answer in these formats"
    )


class TextRequest(Options):
    """One text; each of its lines is analysed on its own."""

    text: str


class BatchRequest(Options):
    """Many texts, each analysed as one line."""

    texts: list[str]


class MorphemeData(BaseModel):
    form: str
    tag: str
    start: int
    end: int
    score: float | None
    doubtful: bool | None = None


class AnalysisData(BaseModel):
    score: float
    morphemes: list[MorphemeData]


class EojeolData(BaseModel):
    surface: str
    start: int
    end: int
    upos: str | None
    morphemes: list[MorphemeData]
    nbest: list[AnalysisData] | None = None


class SentenceData(BaseModel):
    """As a line of `tag.py -f jsonl`; offsets count characters of `text`."""

    text: str
    eojeols: list[EojeolData]


class Answer(BaseModel):
    model: str
    sentences: list[SentenceData]
    written: dict[str, str] = Field({}, description="the answer in the formats asked for")


class ModelData(BaseModel):
    name: str
    tags: list[str]


class TagData(BaseModel):
    tag: str
    family: str
    korean: str
    english: str
    examples: str


class Problem(BaseModel):
    detail: str


_PROBLEMS: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "No such thing"},
    413: {"model": Problem, "description": "Larger than the limits"},
    422: {"model": Problem, "description": "Not what is described here"},
    503: {"model": Problem, "description": "Too many requests at once"},
    504: {"model": Problem, "description": "It would take too long"},
}


class Models:
    """The models by name, each loaded when it is first asked for."""

    def __init__(self, names: Sequence[str], threads: int) -> None:
        self.names = list(names)
        self._threads = threads
        self._loaded: dict[str, Tagger] = {}
        self._lock = threading.Lock()

    def get(self, name: str | None) -> tuple[str, Tagger]:
        """Raises HTTPException if the model is not served, TaggerError if it is not usable."""
        name = self.names[0] if name is None else name
        if name not in self.names:
            served = ", ".join(self.names)
            raise HTTPException(404, f"the model {name!r} is not served; choose from {served}")
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = Tagger.load(name, threads=self._threads)
            return name, self._loaded[name]


class Metrics:
    """What `/metrics` counts, in a registry of this app."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "pumsa_requests", "Requests", ["path", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "pumsa_request_seconds", "Seconds to answer", ["path"], registry=self.registry
        )
        self.characters = Counter(
            "pumsa_characters", "Characters analysed", ["model"], registry=self.registry
        )


def make_app(models: Sequence[str], *, threads: int = 1, limits: Limits = Limits()) -> FastAPI:
    """The application that serves these models, the first by default."""
    served = Models(models, threads)
    metrics = Metrics()
    waiting = asyncio.Semaphore(limits.waiting)
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="pumsa")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(served.get, None)  # so that the first request does not wait
        yield
        pool.shutdown(wait=False, cancel_futures=True)

    app = FastAPI(
        title="pumsa",
        summary="A Korean part-of-speech tagger",
        version=tagger.__version__,
        lifespan=lifespan,
        docs_url=None,  # these would load scripts from elsewhere
        redoc_url=None,
    )
    # a character is at most 12 bytes of JSON (a surrogate pair, escaped)
    app.add_middleware(LimitedBody, largest=12 * limits.characters + 10_000)

    @app.exception_handler(RequestValidationError)
    async def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        return JSONResponse({"detail": ascii(f"{place}: {first['msg']}")[1:-1]}, 422)

    @app.middleware("http")
    async def count(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        started = time.monotonic()
        response = await call_next(request)
        route = request.scope.get("route")
        path = getattr(route, "path", "other")
        metrics.requests.labels(path, response.status_code).inc()
        metrics.seconds.labels(path).observe(time.monotonic() - started)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    async def answer(texts: Sequence[str], options: Options) -> Answer:
        if len(texts) > limits.texts:
            raise HTTPException(413, f"{len(texts)} texts are more than {limits.texts}")
        characters = sum(map(len, texts))
        if characters > limits.characters:
            raise HTTPException(413, f"{characters} characters are more than {limits.characters}")
        if any("\ud800" <= character <= "\udfff" for text in texts for character in text):
            raise HTTPException(422, "a text has half of a surrogate pair, which is no character")
        if waiting.locked():
            raise HTTPException(503, "too many requests at once; try again later")
        async with waiting:
            try:
                # not the pool of the framework, which would wait for what is given up
                work = asyncio.get_running_loop().run_in_executor(
                    pool, _tagged, served, texts, options
                )
                name, found = await asyncio.wait_for(work, limits.seconds)
            except asyncio.TimeoutError:  # another one until Python 3.11
                raise HTTPException(504, f"it takes more than {limits.seconds:g} s") from None
        metrics.characters.labels(name).inc(characters)
        return found

    @app.post("/v1/tag", responses=_PROBLEMS)
    async def tag(request: TextRequest) -> Answer:
        """Analyse a text, line by line."""
        return await answer(request.text.split("\n"), request)

    @app.post("/v1/tag/batch", responses=_PROBLEMS)
    async def tag_batch(request: BatchRequest) -> Answer:
        """Analyse many texts at once."""
        return await answer(request.texts, request)

    @app.get("/v1/models")
    async def list_models() -> list[ModelData]:
        """The models that are served, the default first, with their tags."""

        def listed() -> list[ModelData]:
            taggers = [served.get(name) for name in served.names]
            return [
                ModelData(name=name, tags=sorted(t.bundle.vocabulary.tags[t.bundle.corpus]))
                for name, t in taggers
            ]

        return await run_in_threadpool(listed)

    @app.get("/v1/tags/{tag_set}", responses={404: _PROBLEMS[404], 422: _PROBLEMS[422]})
    async def list_tags(tag_set: Annotated[str, Field(examples=["sejong"])]) -> list[TagData]:
        """The tags of a tag set (sejong, kaist, upos) and what they mean."""
        if tag_set not in TAG_SETS:
            raise HTTPException(404, f"there is no tag set {tag_set!r}")
        return [TagData(**vars(tag)) for tag in TAG_SETS[tag_set].values()]

    @app.get("/health")
    async def health() -> dict[str, str]:
        """That the server is up and its first model is loaded."""
        return {"status": "ok"}

    @app.get("/metrics", response_class=PlainTextResponse)
    async def show_metrics() -> PlainTextResponse:
        """Counts for Prometheus."""
        return PlainTextResponse(generate_latest(metrics.registry))

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def show_page() -> HTMLResponse:
        return HTMLResponse(
            page(served.names), headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY}
        )

    return app


def _tagged(models: Models, texts: Sequence[str], options: Options) -> tuple[str, Answer]:
    name, found = models.get(options.model)
    sentences = list(found.tag(texts, nbest=options.nbest))
    answer = Answer(
        model=name,
        sentences=[
            SentenceData.model_validate(as_data(sentence, options.min_score))
            for sentence in sentences
        ],
        written={format: _written(sentences, format, options) for format in options.formats},
    )
    return name, answer


def _written(sentences: Sequence[Sentence], format: Format, options: Options) -> str:
    write = FORMATS[format]
    if options.min_score is not None and format in SHOW_DOUBT:
        write = partial(FORMATS[format], **{"minimum_score": options.min_score})
    return "".join(write(sentence, number) for number, sentence in enumerate(sentences, start=1))


class LimitedBody:
    """Refuses requests whose body is larger than so many bytes, while it still comes."""

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        messages: list[AsgiMessage] = []
        size = 0
        while True:
            message = await receive()
            messages.append(message)
            size += len(message.get("body", b""))
            if size > self._largest:
                refusal = JSONResponse({"detail": f"more than {self._largest} bytes"}, 413)
                await refusal(scope, receive, send)
                return
            if message["type"] != "http.request" or not message.get("more_body", False):
                break
        waiting = iter(messages)

        async def replay() -> AsgiMessage:
            for message in waiting:
                return message
            return await receive()

        await self._app(scope, replay, send)
