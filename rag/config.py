"""Settings: ``hikitsugi.toml`` in the working or data folder, overridden by ``HIKITSUGI_*``. An unknown key is an error."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
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
    """``[publish]``: ``approval = "required"`` lets every edition wait until a second person publishes it.

    ``gate`` is a set of questions (from the project's folder): an edition that answers them worse is not published.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    approval: Literal["none", "required"] = "none"
    gate: Path | None = None


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
    prompt: str = "answer"
    """The prompt of the library by which it answers."""

    @field_validator("base_url")
    @classmethod
    def _has_no_password(cls, url: str) -> str:
        """A password in an address would stand in messages, records and logs."""
        if "@" in url.split("://")[1].split("/")[0]:
            raise ValueError(
                "利用者名やパスワードは base_url に書けません。鍵は api_key_env の環境変数に入れてください"
            )
        return url

    @property
    def answer_tokens(self) -> int:
        """How much of the context is kept for the answer."""
        return min(512, self.context_window // 4)


class EmbedderSettings(BaseModel):
    """``[embedder]``: another embedding model than the built-in one, on this machine or behind an endpoint.

    ``embedder = "x"`` is short for a table with ``model = "x"`` alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(BUILT_IN, min_length=1)
    """``built-in``, the folder or name of a sentence-transformers model, or what the endpoint calls its model."""
    query_prompt: str | None = None
    """What is put before a question; None: what the model's own files say, or what is known of its family."""
    passage_prompt: str | None = None
    batch_size: int = Field(64, ge=1, le=2048)
    """Texts at once."""
    dimensions: int | None = Field(None, ge=8)
    """Fewer dimensions than the model's own, where it was trained for that."""
    timeout: float = Field(30, gt=0)
    """Seconds for the embedding of a question, and for one request to an endpoint."""
    max_length: int | None = Field(None, ge=16)
    """Tokens of a text that are read; None: as many as the model can. Not for an endpoint."""
    base_url: str | None = Field(None, pattern=r"^https?://")
    """An OpenAI-compatible endpoint, up to and with ``/v1``. Without it, the model is on this machine."""
    api_key_env: str | None = None
    """The environment variable that holds the key of the endpoint."""
    max_sensitivity: Sensitivity = Sensitivity.PUBLIC
    """Documents of a higher 機密性 are not sent to an endpoint on another machine, and so not taken in."""

    @model_validator(mode="after")
    def _nothing_is_ignored(self) -> Self:
        """A key that would have no effect is a mistake that must be seen."""
        local, remote = {"max_length"}, {"base_url", "api_key_env", "max_sensitivity"}
        if self.model == BUILT_IN:
            idle = self.model_fields_set - {"model"}
        else:
            idle = self.model_fields_set & (local if self.base_url else remote - {"base_url"})
        if idle:
            raise ValueError(f"{'、'.join(sorted(idle))} は、この model では使われません")
        return self


class RerankerSettings(BaseModel):
    """``[reranker]``: a cross-encoder on this machine that reads the best passages against the question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(min_length=1)
    """The folder or name of a sentence-transformers cross-encoder."""
    candidates: int = Field(20, ge=2, le=100)
    """How many passages are read."""
    seconds: float = Field(3, gt=0)
    """After this time the order of retrieval stands."""
    batch_size: int = Field(4, ge=1, le=100)
    """Passages at once; between two batches the clock is looked at."""
    max_length: int | None = Field(512, ge=16)
    """Tokens of question and passage together that are read; None: as many as the model can."""


def _whole_form(value: object) -> object:
    return {"model": value} if isinstance(value, str) else value


def _short_form(settings: EmbedderSettings) -> object:
    """As people write it, so that the records of a run say no more than was set."""
    return settings.model if settings.model_fields_set <= {"model"} else settings.model_dump(mode="json")


class Settings(BaseSettings):
    """Everything that can be configured. Paths are absolute after loading."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True)

    data: Path = PROJECT / "var"
    """Where editions and originals are kept."""
    corpus: Path = PROJECT / "corpora"
    """Where librarians put documents."""
    embedder: Annotated[
        EmbedderSettings, NoDecode, BeforeValidator(_whole_form), PlainSerializer(_short_form, when_used="json")
    ] = EmbedderSettings()
    reranker: RerankerSettings | None = None
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
