"""`summarizer prompts`: list the built-in prompts, or print one."""

from __future__ import annotations

import click


@click.command("prompts")
@click.argument("name", required=False)
def command(name: str | None) -> int:
    """List the built-in prompts; with NAME, or a path, check one and print its parts. A start for a prompt of your own."""
    from summarizer import prompt

    if name is None:
        for known in (prompt.load(entry) for entry in prompt.names()):
            click.echo(f"{known.name:<10} version {known.version}  schema {known.schema_name:<10} {known.description}")
        return 0
    found = prompt.load(name)
    front = f"---\nschema: {found.schema_name}\nversion: {found.version}\ndescription: {found.description}\n---"
    click.echo(f"{front}\n\n# System\n\n{found.system.replace('$', '$$')}\n\n# Article\n\n{found.article}")
    return 0
