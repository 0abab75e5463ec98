"""The base class of a group of settings: frozen, and checked field by field."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator

from core.experiment.settings import InvalidExperiment, Problem, check_all


class Section(BaseModel):
    """A frozen group of settings. Raises InvalidExperiment for unknown names and values out of bounds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    section: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _check_each(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            raise InvalidExperiment([Problem(cls.section, values, "an object of settings")])
        fields = {f"{cls.section}.{name}": field for name, field in cls.model_fields.items()}
        checked = check_all({f"{cls.section}.{name}": value for name, value in values.items()}, fields)
        return {path.removeprefix(f"{cls.section}."): value for path, value in checked.items()}
