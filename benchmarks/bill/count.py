"""Tokens of texts: a JSON list of texts comes in, a list of their token lists goes out. Needs bpe-openai, no network."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version

import bpe_openai

encoding = bpe_openai.get_encoding("o200k_base")
assert encoding.encode("hello world") == [24912, 2375], "this is not o200k_base"
tokens = [encoding.encode_ordinary(text) for text in json.load(sys.stdin)]
print(json.dumps({"version": version("bpe-openai"), "tokens": tokens}))
