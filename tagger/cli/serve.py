"""`pumsa serve`: a REST interface and a page to try the tagger."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

from tagger.cli.console.common import guarded, keep_loaded, positive
from tagger.cli.console.messages import note
from tagger.cli.console.parser import Parser, called_by
from tagger.cli.console.resources import available_threads, cap_processors
from tagger.errors import DONE, TaggerError
from tagger.system.extras import require
from tagger.system.files import read_text
from tagger.system.memory import one_heap

EXAMPLES = """\
examples:
  %(prog)s                                  # http://127.0.0.1:8000/
  %(prog)s -m my-model -m sejong --port 9000
  %(prog)s --host 0.0.0.0 --allowed-host tagger.example.org
  curl -s localhost:8000/v1/tag -H 'Content-Type: application/json' -d '{"text": "나 밥 먹었다"}'

It listens on this machine only, unless --host says otherwise; it has no encryption: put a server
that has it before it if others are to reach it. Without --token-file everybody is answered.

Ctrl-C or SIGTERM ends it: requests that are open have --shutdown-timeout seconds to finish, and
the process has ended 3 seconds later at the latest.
"""

LONGEST_TIME = 86_400
"""Seconds: a day."""


def make_parser() -> Parser:
    parser = Parser(
        prog=called_by("serve"),
        description="Serve the tagger: a page, and a REST interface that /openapi.json describes.",
        epilog=EXAMPLES,
    )
    parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    parser.add_argument(
        "--port", type=port, default=8000, help="0: any that is free (default: %(default)s)"
    )
    parser.add_argument(
        "--allowed-host",
        type=host_name,
        action="append",
        default=[],
        metavar="NAME",
        help="a name by which clients may call the server, once or several times, * for any "
        "(default: --host and the names of this machine's loopback interface; every IP address "
        "if --host is 0.0.0.0 or ::)",
    )
    parser.add_argument(
        "--cors",
        type=origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="pages of this origin, such as https://example.org, may ask and read the answers, "
        "once or several times, * for any (default: none)",
    )
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        help="file of a token that requests must have (Authorization: Bearer TOKEN), but for "
        "/health and the page (default: none is needed)",
    )
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
        help="processor threads (default: %(default)s)",
    )
    parser.add_argument(
        "--max-characters",
        type=positive,
        default=100_000,
        metavar="N",
        help="of one request (default: %(default)s)",
    )
    parser.add_argument(
        "--max-connections",
        type=positive,
        default=512,
        metavar="N",
        help="open at once; beyond, the one that waits longest for its client is closed "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=30,
        metavar="SECONDS",
        help="in which a request is answered or refused (default: %(default)s)",
    )
    parser.add_argument(
        "--client-timeout",
        type=seconds,
        default=20,
        metavar="SECONDS",
        help="in which a client must send a request, and take the answer (default: %(default)s)",
    )
    parser.add_argument(
        "--idle-timeout",
        type=seconds,
        default=10,
        metavar="SECONDS",
        help="after which a connection without a request is closed (default: %(default)s)",
    )
    parser.add_argument(
        "--shutdown-timeout",
        type=seconds,
        default=5,
        metavar="SECONDS",
        help="that open requests have after Ctrl-C or SIGTERM (default: %(default)s)",
    )
    return parser


def port(text: str) -> int:
    """An argparse type: a port, or 0."""
    number = int(text)
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 65535")
    return number


def seconds(text: str) -> int:
    """An argparse type: whole seconds, at least one and at most a day."""
    number = positive(text)
    if number > LONGEST_TIME:
        raise argparse.ArgumentTypeError(f"{text} is more than a day")
    return number


def host_name(text: str) -> str:
    """An argparse type: a host without scheme and port."""
    if not text or "/" in text or text.count(":") == 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a host")
    return text


def origin(text: str) -> str:
    """An argparse type: scheme and host of pages, or *."""
    if text != "*" and not re.fullmatch(r"https?://[^/\s]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an origin, such as https://example.org")
    return text


def read_token(path: str) -> str:
    """The token in a file. Raises TaggerError if it cannot be one."""
    token = read_text(path).strip()
    if not re.fullmatch(r"[!-~]+", token):
        raise TaggerError(
            "there is no token in this file", where=path, remedy="write one, in ASCII, into a line"
        )
    return token


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    args = make_parser().parse(argv)
    cap_processors(args, "threads")
    require("server")
    one_heap()
    from tagger.pretrained import DEFAULT_MODEL, bundled_models, find_model
    from tagger.server.app import make_app
    from tagger.server.limits import Limits
    from tagger.server.running import listen, run, url_of

    models = args.model or sorted(bundled_models(), key=lambda name: name != DEFAULT_MODEL)
    for model in models:
        find_model(model)
    limits = Limits(
        characters=args.max_characters,
        seconds=args.timeout,
        connections=args.max_connections,
        client_seconds=args.client_timeout,
        idle_seconds=args.idle_timeout,
        shutdown_seconds=args.shutdown_timeout,
    )
    token = None if args.token_file is None else read_token(args.token_file)
    listening = listen(args.host, args.port)
    app = make_app(
        models,
        threads=args.threads,
        limits=limits,
        allowed_hosts=[args.host, *args.allowed_host],
        cors=args.cors,
        token=token,
    )
    keep_loaded()
    note(f"serving at {url_of(args.host, listening[0])}")
    run(app, listening, limits, getattr(args, "log_level", "info"))
    return DONE


if __name__ == "__main__":
    raise SystemExit(main(None))
