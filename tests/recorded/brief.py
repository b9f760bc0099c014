from pydantic import BaseModel

from summarizer import Evidence


class Promise(BaseModel):
    by: str
    what: str
    proof: Evidence


class Brief(BaseModel):
    headline: str
    promises: list[Promise]
