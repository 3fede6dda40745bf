"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Data = Annotated[Path | None, typer.Option("--data", help="版と原本を置くフォルダ（省略時は HIKITSUGI_DATA か var/）")]
Json = Annotated[bool, typer.Option("--json", help="機械が読む形式で出力する")]
Config = Annotated[
    Path | None, typer.Option("--config", exists=True, dir_okay=False, help="設定ファイル（hikitsugi.toml）")
]
Day = Annotated[
    str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="時点の書かれていない問いの時点（省略時は今日）")
]
RunFolder = Annotated[
    Path, typer.Argument(metavar="RUN", exists=True, file_okay=False, help="測定の記録（var/runs/…）")
]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="一つの HTML ファイルに書き出す")]
Half = Literal["dev", "test"]
