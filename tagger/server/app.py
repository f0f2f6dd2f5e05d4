"""The endpoints. Their description is at `/openapi.json`; errors are one sentence, `detail`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Annotated

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from pydantic import Field

import tagger
from tagger.errors import TaggerError
from tagger.preparation import Preparation
from tagger.server.access import AllowedHosts, RequiredToken
from tagger.server.answers import PROBLEMS, Answer, ModelData, TagData, write_answer
from tagger.server.bodies import AnsweredHead, WholeRequest
from tagger.server.limits import DEFAULTS, Limits
from tagger.server.metrics import CountedRequests, Metrics
from tagger.server.page import CONTENT_SECURITY_POLICY, page
from tagger.server.requests import BatchRequest, Options, TextRequest
from tagger.server.scheduling import Job, Scheduler, TooManyError
from tagger.server.taggers import Taggers, licence_of
from tagger.text.tag_names import TAG_SETS
from tagger.tokenizer.user_dictionary import UserDictionary


def make_app(
    models: Sequence[str],
    *,
    threads: int = 1,
    limits: Limits = DEFAULTS,
    allowed_hosts: Collection[str] = (),
    cors: Sequence[str] = (),
    token: str | None = None,
) -> FastAPI:
    """The application that serves these models, the first by default, to requests for these
    hosts and for the loopback interface. Pages of the origins `cors` may read the answers (`*`:
    any page); with a `token`, requests must have it.

    Raises TaggerError if the first model cannot be loaded.
    """
    taggers = Taggers(models, threads)
    scheduler = Scheduler(threads, limits.waiting, limits.large)
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        scheduler.close()
        taggers.close()

    app = FastAPI(
        title="pumsa",
        summary="A Korean part-of-speech tagger",
        version=tagger.__version__,
        lifespan=lifespan,
        docs_url=None,  # these would load scripts from elsewhere
        redoc_url=None,
        responses={status: PROBLEMS[status] for status in (400, 401, 408, 413, 503)},
    )
    # the last one is the first that a request meets
    app.add_middleware(AnsweredHead)
    if token is not None:
        app.add_middleware(RequiredToken, token=token)
    app.add_middleware(AllowedHosts, names=allowed_hosts)
    app.add_middleware(WholeRequest, limits=limits)
    if cors:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=cors,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
        )
    app.add_middleware(CountedRequests, metrics=metrics, routes=app.routes)

    @app.exception_handler(RequestValidationError)
    async def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        if first["loc"] == ("body",) and isinstance(first.get("input"), bytes):
            wanted = "send JSON, with the header Content-Type: application/json"
            return JSONResponse({"detail": wanted}, 415)
        what = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            what = "there is no such field; /openapi.json lists them"
        place = ".".join(map(str, first["loc"]))
        return JSONResponse({"detail": ascii(f"{place}: {what}")[1:-1]}, 422)

    @app.exception_handler(TaggerError)
    async def excuse(request: Request, error: TaggerError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 500)

    async def answer(texts: Sequence[str], options: Options) -> Response:
        characters = sum(map(len, texts))
        check(texts, characters)
        name = taggers.names[0] if options.model is None else options.model

        async def analysed() -> bytes:
            write = partial(write_answer, name, options=options)
            await taggers.get(name)  # whether it can be loaded is not for the client to mend
            async with AsyncExitStack() as stack:
                try:
                    asked = await taggers.get(name, options.conventions)
                except TaggerError as error:  # it does not know these conventions
                    raise HTTPException(404, str(error)) from None
                preparation = Preparation(options.normalize, options.correct_typos, options.respace)
                try:
                    preparation.texts(asked, [])  # whether the model can do so
                    if options.user_dictionary:
                        given = [(e.surface, e.analysis, e.score) for e in options.user_dictionary]
                        learning = taggers.with_words(asked, UserDictionary(given))
                        asked = await stack.enter_async_context(learning)
                except TaggerError as error:
                    raise HTTPException(422, str(error)) from None
                job = Job(texts, asked, options.nbest, write, options.split_sentences, preparation)
                return await scheduler.answer(job)

        try:
            body = await asyncio.wait_for(analysed(), limits.seconds)
        except KeyError:
            served = ", ".join(taggers.names)
            raise HTTPException(
                404, f"the model {name!r} is not served; choose from {served}"
            ) from None
        except TooManyError:
            raise HTTPException(503, "too many requests at once; try again later") from None
        except asyncio.TimeoutError:  # another one until Python 3.11
            raise HTTPException(504, f"it takes more than {limits.seconds:g} s") from None
        metrics.characters.labels(name).inc(characters)
        return Response(body, media_type="application/json")

    def check(texts: Sequence[str], characters: int) -> None:
        if len(texts) > limits.texts:
            raise HTTPException(413, f"{len(texts)} texts are more than {limits.texts}")
        if characters > limits.characters:
            raise HTTPException(413, f"{characters} characters are more than {limits.characters}")
        try:
            "".join(texts).encode()
        except UnicodeEncodeError:
            raise HTTPException(
                422, "a text has half of a surrogate pair, which is no character"
            ) from None

    @app.post("/v1/tag", response_model=Answer, responses=PROBLEMS)
    async def tag(request: TextRequest) -> Response:
        """Analyse a text, line by line."""
        return await answer(request.text.split("\n"), request)

    @app.post("/v1/tag/batch", response_model=Answer, responses=PROBLEMS)
    async def tag_batch(request: BatchRequest) -> Response:
        """Analyse many texts at once."""
        return await answer(request.texts, request)

    @app.get("/v1/models", responses={500: PROBLEMS[500]}, response_model_exclude_none=True)
    async def list_models() -> list[ModelData]:
        """The models that are served, the default first, with their tags."""
        found = []
        for name in taggers.names:
            bundle = (await taggers.get(name)).bundle
            others = [corpus for corpus in bundle.knowledge.tags if corpus != bundle.corpus]
            found.append(
                ModelData(
                    name=name,
                    tags=sorted(bundle.knowledge.tags[bundle.corpus]),
                    conventions=[bundle.corpus, *others],
                    version=tagger.__version__,
                    licence=licence_of(name),
                )
            )
        return found

    @app.get("/v1/tags/{tag_set}", responses={404: PROBLEMS[404], 422: PROBLEMS[422]})
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
        return PlainTextResponse(metrics.text())

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def show_page() -> HTMLResponse:
        return HTMLResponse(
            page(taggers.names, wants_token=token is not None),
            headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY},
        )

    return app
