"""`pumsa serve`: a REST interface and a page to try the tagger."""

from __future__ import annotations

from collections.abc import Sequence

from tagger.cli.common import available_threads, guarded, positive
from tagger.cli.parser import Parser, called_by
from tagger.errors import DONE
from tagger.extras import require
from tagger.memory import one_heap

EXAMPLES = """\
examples:
  %(prog)s                                  # http://127.0.0.1:8000/
  %(prog)s -m my-model -m sejong --port 9000
  curl -s localhost:8000/v1/tag -H 'Content-Type: application/json' -d '{"text": "나 밥 먹었다"}'

It listens on this machine only, unless --host says otherwise; it has no passwords and no
encryption: put a server that has them before it if others are to reach it.
"""


def make_parser() -> Parser:
    parser = Parser(
        prog=called_by("serve"),
        description="Serve the tagger: a page, and a REST interface that /openapi.json describes.",
        epilog=EXAMPLES,
    )
    parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    parser.add_argument("--port", type=int, default=8000, help="default: %(default)s")
    parser.add_argument(
        "-m",
        "--model",
        action="append",
        help="a bundled model or a model folder, once or several times; the first is the default "
        "(default: all that are bundled)",
    )
    parser.add_argument(
        "--threads",
        type=positive,
        default=available_threads(),
        help="processor threads of a request (default: %(default)s)",
    )
    parser.add_argument(
        "--max-characters",
        type=positive,
        default=100_000,
        metavar="N",
        help="of one request (default: %(default)s)",
    )
    parser.add_argument(
        "--timeout",
        type=positive,
        default=30,
        metavar="SECONDS",
        help="in which a request is answered or refused (default: %(default)s)",
    )
    return parser


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    args = make_parser().parse(argv)
    require("server")
    one_heap()
    import uvicorn

    from tagger.analyzer import DEFAULT_MODEL, bundled_models, find_model
    from tagger.server.app import Limits, make_app

    models = args.model or sorted(bundled_models(), key=lambda name: name != DEFAULT_MODEL)
    for model in models:
        find_model(model)
    limits = Limits(characters=args.max_characters, seconds=args.timeout)
    app = make_app(models, threads=args.threads, limits=limits)
    level = getattr(args, "log_level", "info")
    uvicorn.run(app, host=args.host, port=args.port, log_level=level, server_header=False)
    return DONE


if __name__ == "__main__":
    raise SystemExit(main(None))
