"""What the command lines share: Japanese text or JSON, no traceback, exit status 0 to 3."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import typer

from rag.errors import HikitsugiError, InvalidQuestion, InvalidSettings
from rag.usage import explain

DONE, FAILED, USAGE, STOPPED = 0, 1, 2, 3
"""``STOPPED``: nothing failed, but a check stopped the publication."""

log = logging.getLogger("hikitsugi")


def command_line(help_text: str) -> typer.Typer:
    """A command line without decoration; ``run`` it."""
    return typer.Typer(
        help=help_text,
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )


def run(app: typer.Typer, *, default: str | None = None, commands: Collection[str] = ()) -> NoReturn:
    """Run a command line; every failure is a message in Japanese and an exit status, never a traceback.

    ``default`` is the command that is meant when the first word is none of ``commands``.
    """
    _log_to_stderr(os.environ.get("HIKITSUGI_LOG", "critical"))
    arguments = sys.argv[1:]
    if default and "--help" not in arguments and (not arguments or arguments[0] not in commands):
        arguments = [default, *arguments]
    try:
        status = app(arguments, standalone_mode=False)
    except typer.TyperException as error:
        asked_for_help = type(error).__name__ == "NoArgsIsHelpError"  # the class has no public name
        typer.echo(error.format_message() if asked_for_help else explain(error), err=True)
        sys.exit(USAGE)
    except typer.Abort:  # the input ended where an answer was awaited, or the answer was no
        typer.echo("中止しました。", err=True)
        sys.exit(FAILED)
    except HikitsugiError as error:
        log.debug("failed", exc_info=error)
        say_failure(error)
        sys.exit(USAGE if isinstance(error, InvalidSettings | InvalidQuestion) else FAILED)
    except Exception as error:  # the last boundary before the user: the detail is for the log
        log.debug("unexpected", exc_info=error)
        typer.echo(f"処理を続けられませんでした（{type(error).__name__}: {error}）。", err=True)
        typer.echo("HIKITSUGI_LOG=debug を付けて実行すると、詳しい記録が表示されます。", err=True)
        sys.exit(FAILED)
    sys.exit(status if isinstance(status, int) else DONE)


def _log_to_stderr(level: str) -> None:
    handler = logging.StreamHandler()
    handler.setLevel(level.upper())  # on the handler: some libraries set the level of their own loggers
    logging.basicConfig(handlers=[handler], level=level.upper())


def emit(content: dict[str, Any]) -> None:
    """Print JSON, one object, in UTF-8 whatever the terminal's encoding is."""
    sys.stdout.buffer.write(json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n")
    sys.stdout.buffer.flush()


def say_failure(error: HikitsugiError) -> None:
    """What failed, and what to do, on standard error."""
    typer.echo(error.reason, err=True)
    if error.remedy:
        typer.echo(error.remedy, err=True)


def parse_day(text: str | None) -> date | None:
    """A day as YYYY-MM-DD. Raises a usage error."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"「{text}」は日付として読めません。2026-04-01 のように書いてください。") from error


def today() -> date:
    """Today in Japan, wherever the computer's clock thinks it is."""
    return now().date()


def now() -> datetime:
    """The time in Japan, to the second."""
    return datetime.now(ZoneInfo("Asia/Tokyo")).replace(microsecond=0)
