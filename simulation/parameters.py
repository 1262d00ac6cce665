"""Typed parameters: unit, bounds, source and meaning declared in one place.

A parameter is declared once, in the class of the process or policy that reads it. Validation, the
documentation, sampling bounds and the page's sliders read that declaration.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field

QUARTERS_PER_YEAR = 4


class Label(NamedTuple):
    """A name as people read it, in English and in Chinese."""

    en: str
    zh: str


CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "probability": lambda yearly: 1.0 - (1.0 - yearly) ** (1.0 / QUARTERS_PER_YEAR),
    "growth": lambda yearly: (1.0 + yearly) ** (1.0 / QUARTERS_PER_YEAR) - 1.0,
    "flow": lambda yearly: yearly / QUARTERS_PER_YEAR,
}
"""How a yearly figure of each kind becomes a quarterly one."""


def param(
    default: Any = ...,
    *,
    unit: str,
    source: str,
    bounds: tuple[float, float] | None = None,
    per: str | None = None,
    kind: str | None = None,
    label: Label | None = None,
    extensive: bool = False,
    indexed: bool = False,
) -> Any:
    """Declare a parameter of a process or a policy.

    Parameters
    ----------
    default : value stated in `unit`; left out where a scenario must give one
    unit : "1" for shares and ratios, else a unit such as "million CNY", "km", "minute", "quarter"
    source : publication or programme that the value comes from, or "assumption"
    bounds : lowest and highest value allowed, both included
    per : "year" for a yearly figure, converted once to a quarterly one when the scenario is loaded
    kind : "probability", "growth" or "flow"; how a yearly figure is converted
    label : short bilingual name for tables and sliders
    extensive : stated for a 1:1 district and multiplied by the scenario's scale
    indexed : stated at incomes of the first quarter after burn-in; keeps pace with the district's income per head
    """
    if per is not None and (per != "year" or kind not in CONVERSIONS):
        raise ValueError('per must be "year", with kind "probability", "growth" or "flow"')
    low, high = bounds if bounds is not None else (None, None)
    extra: dict[str, Any] = {
        "unit": unit, "source": source, "per": per, "kind": kind, "label": label, "extensive": extensive,
        "indexed": indexed,
    }  # fmt: skip
    return Field(default, ge=low, le=high, json_schema_extra=extra, validate_default=True)


@dataclass(frozen=True)
class ParameterDoc:
    """What is declared about one parameter."""

    name: str
    default: Any
    unit: str
    low: float | None
    high: float | None
    source: str
    per: str | None
    label: Label | None
    owner: type[BaseModel]
    """The group or policy that was asked for it."""

    @cached_property
    def meaning(self) -> Label:
        """What the parameter means: the docstring below its declaration, read from the source when asked for."""
        return in_both_languages(attribute_docstrings(self.owner).get(self.name, ""))

    @property
    def doc(self) -> str:
        """Return the meaning in English."""
        return self.meaning.en

    @property
    def assumed(self) -> bool:
        """Whether the value is a choice of the authors, or comes from an exploratory sketch."""
        return self.source.startswith(("assumption", "prototype"))


def in_both_languages(docstring: str | None) -> Label:
    """Return the English and the Chinese of a docstring whose Chinese follows on lines of its own.

    Parameters
    ----------
    docstring : lines of Chinese begin with a Chinese character

    Returns
    -------
    Label, each language in one line; the English for both where there is no Chinese
    """
    lines = [line.strip() for line in (docstring or "").splitlines()]
    chinese = [line for line in lines if line[:1] >= "\u2e80"]
    english = " ".join(" ".join(line for line in lines if not line[:1] >= "\u2e80").split())
    return Label(english, "".join(chinese) or english)


@lru_cache(maxsize=256)
def attribute_docstrings(cls: type[BaseModel]) -> dict[str, str]:
    """Return the strings that follow the fields of a class and of its bases; a source that is not there gives none.

    Pydantic can read them too, but does so when a class is made, which is a third of a second at every start.
    """
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if not issubclass(base, BaseModel) or base is BaseModel:
            continue
        try:
            body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0].body  # type: ignore[attr-defined]
        except (OSError, TypeError, SyntaxError):
            continue
        for field, text in pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
                found[ast.unparse(field.target)] = str(text.value.value)
    return found


class Parameters(BaseModel):
    """Base of every group of parameters; subclasses register under their `name`."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, strict=False
    )
    group: ClassVar[str] = ""

    def __init_subclass__(cls, group: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.group = group
        if group:
            PARAMETERS[group] = cls

    def quarterly(self, scale: float = 1.0) -> Self:
        """Return a copy as rules see it: yearly figures per quarter, extensive ones at the scale of the run.

        Parameters
        ----------
        scale : size of the modelled district relative to 1:1; extensive values are multiplied by it

        Returns
        -------
        an unvalidated copy; converting it again would convert twice
        """
        values = {}
        for name, field in type(self).model_fields.items():
            extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
            value = getattr(self, name)
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                if extra.get("per"):
                    value = CONVERSIONS[str(extra["kind"])](value)
                if extra.get("extensive"):
                    value = value * scale
            elif extra.get("extensive") and isinstance(value, tuple):
                value = tuple(scale * part for part in value)
            values[name] = value
        return self.model_copy(update=values)

    def at_incomes(self, index: float) -> Self:
        """Return the parameters of a quarter: those declared as indexed multiplied by income per head.

        Parameters
        ----------
        index : income per head relative to the first quarter after burn-in
        """
        names = _indexed(type(self))
        if not names:
            return self
        values = {name: getattr(self, name) for name in names}
        return self.model_copy(update={name: tuple(index * v for v in value) if isinstance(value, tuple) else
                                       index * value for name, value in values.items()})


@lru_cache(maxsize=128)
def _indexed(cls: type[BaseModel]) -> tuple[str, ...]:
    return tuple(name for name, field in cls.model_fields.items()
                 if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("indexed"))


PARAMETERS: dict[str, type[Parameters]] = {}
"""Parameter groups of the processes by name, as written under `[parameters.<group>]` in a scenario."""


def describe(cls: type[BaseModel]) -> list[ParameterDoc]:
    """Return what is declared about each parameter of a group or a policy.

    Parameters
    ----------
    cls : a parameter group or a policy class
    """
    return list(_described(cls))


@lru_cache(maxsize=512)
def _described(cls: type[BaseModel]) -> tuple[ParameterDoc, ...]:
    docs = []
    for name, field in cls.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        low = next((m.ge for m in field.metadata if getattr(m, "ge", None) is not None), None)
        high = next((m.le for m in field.metadata if getattr(m, "le", None) is not None), None)
        docs.append(
            ParameterDoc(
                name=name,
                default=None if field.is_required() else field.get_default(call_default_factory=True),
                unit=str(extra.get("unit", "")),
                low=low,
                high=high,
                source=str(extra.get("source", "")),
                per=extra.get("per"),  # type: ignore[arg-type]
                label=extra.get("label"),  # type: ignore[arg-type]
                owner=cls,
            )
        )
    return tuple(docs)
