"""Settings: ``hikitsugi.toml`` in the working or data folder, overridden by ``HIKITSUGI_*``. An unknown key is an error."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rag.domain import Sensitivity, Viewer
from rag.errors import InvalidSettings

PROJECT = Path(__file__).resolve().parent.parent
FILE_NAME = "hikitsugi.toml"
BUILT_IN = "built-in"
_PREFIX = "HIKITSUGI_"
_CONFIG = "HIKITSUGI_CONFIG"
_NOT_SETTINGS = frozenset({_CONFIG, "HIKITSUGI_LOG", "HIKITSUGI_OCR"})


class PublishSettings(BaseModel):
    """``[publish]``: ``approval = "required"`` lets every edition wait until a second person publishes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    approval: Literal["none", "required"] = "none"


class LlmSettings(BaseModel):
    """``[llm]``: an OpenAI-compatible endpoint that words the answers. Without it, the documents are quoted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field(pattern=r"^https?://")
    """Up to and with ``/v1``."""
    model: str
    api_key_env: str | None = None
    """The environment variable that holds the key: the key itself never stands in a file of settings."""
    timeout: float = Field(60, gt=0)
    """Seconds for a whole answer."""
    context_window: int = Field(8192, ge=1024)
    """Tokens of question, passages and answer together."""
    max_sensitivity: Sensitivity = Sensitivity.PUBLIC
    """Passages of a higher 機密性 are not sent."""

    @property
    def answer_tokens(self) -> int:
        """How much of the context is kept for the answer."""
        return min(512, self.context_window // 4)


class Settings(BaseSettings):
    """Everything that can be configured. Paths are absolute after loading."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True)

    data: Path = PROJECT / "var"
    """Where editions and originals are kept."""
    corpus: Path = PROJECT / "corpora"
    """Where librarians put documents."""
    embedder: str = BUILT_IN
    """``built-in``, or the name or folder of a sentence-transformers model."""
    keep_editions: int = Field(5, ge=2)
    max_question_chars: int = Field(1000, ge=50)
    publish: PublishSettings = PublishSettings()
    llm: LlmSettings | None = None
    viewer: Viewer = Viewer()
    """Who sits at this PC: ``user``, ``department``, ``clearance`` (1 to 3), ``librarian``. The browser cannot change it."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is passed wins over the environment, which wins over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, _settings_file())


def _settings_file() -> Path:
    """``HIKITSUGI_CONFIG``, else ``hikitsugi.toml`` where the command runs, else in the project."""
    named = os.environ.get(_CONFIG)
    here = Path.cwd() / FILE_NAME
    return Path(named) if named else here if here.is_file() else PROJECT / FILE_NAME


def load_settings(data: Path | None = None, corpus: Path | None = None) -> Settings:
    """Settings with what the command line gave on top. Raises InvalidSettings with the key at fault."""
    _reject_unknown_variables()
    given: dict[str, Any] = {key: path.absolute() for key, path in (("data", data), ("corpus", corpus)) if path}
    try:
        return Settings(**given)
    except (ValidationError, ValueError) as error:
        raise InvalidSettings(
            f"設定に誤りがあります: {_explain(error)}",
            f"{FILE_NAME} と HIKITSUGI_ で始まる環境変数を確かめてください。",
        ) from error


def _reject_unknown_variables() -> None:
    """A misspelt variable must not be ignored in silence."""
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields} | _NOT_SETTINGS
    unknown = [n for n in os.environ if n.startswith(_PREFIX) and n.split("__")[0] not in known]
    if unknown:
        raise InvalidSettings(
            f"環境変数 {'、'.join(sorted(unknown))} は使われていません。",
            f"綴りを確かめてください。使えるのは {'、'.join(sorted(known))} です。",
        )


def _explain(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    return "、".join(f"{'.'.join(map(str, e['loc']))}（{e['msg']}）" for e in error.errors())
