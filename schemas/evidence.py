"""A quote, and where it stands in the article."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticOmit
from pydantic_core.core_schema import CoreSchema


class FilledByCode:
    """Marks a field that the model is not asked for: it stands in the record's JSON schema, not in the model's."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Leave the field out of what is sent; keep it in what is written."""
        if handler.mode == "validation":
            raise PydanticOmit
        return handler(schema)


Offset = Annotated[int, FilledByCode()]


class Strict(BaseModel):
    """The base of the built-in schemas: frozen, and nothing beside the declared fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(Strict):
    """A verbatim quote. Code finds it in the article, or the item does not count."""

    quote: str = Field(
        max_length=5000,
        description="Copied character by character from the article, in its language: the shortest clause that "
        "carries actor, act and content. Never shortened inside, never corrected.",
    )
    # Code points of the article's text, end excluded; -1 until code has found the quote.
    start: Offset = -1
    end: Offset = -1
