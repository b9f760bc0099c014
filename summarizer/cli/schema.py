"""`summarizer schema`: a schema as JSON Schema."""

from __future__ import annotations

import json

import click


@click.command("schema")
@click.argument("name", default="meeting")
@click.option("--sent", is_flag=True, help="What the model is sent, rather than what a record's summary holds.")
def command(name: str, sent: bool) -> int:
    """Print the JSON Schema of a record's summary. NAME is a built-in schema, FILE.py:Class or module:Class."""
    from summarizer import schema

    model = schema.load(name)
    shown = schema.sent(model) if sent else model.model_json_schema(mode="serialization")
    click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    return 0
