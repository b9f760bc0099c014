"""Where each provider's key is read from. A key's value goes to the provider's client and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping

from summarizer.errors import SetupError

_VARIABLES = {
    "openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "anyscale": "ANYSCALE_API_KEY",
    "azure_openai": "AZURE_OPENAI_API_KEY", "cerebras": "CEREBRAS_API_KEY", "cohere": "CO_API_KEY",
    "databricks": "DATABRICKS_TOKEN", "deepseek": "DEEPSEEK_API_KEY", "fireworks": "FIREWORKS_API_KEY",
    "gemini": "GOOGLE_API_KEY", "generative-ai": "GOOGLE_API_KEY", "google": "GOOGLE_API_KEY", "groq": "GROQ_API_KEY",
    "mistral": "MISTRAL_API_KEY", "openrouter": "OPENROUTER_API_KEY", "perplexity": "PERPLEXITY_API_KEY",
    "together": "TOGETHER_API_KEY", "writer": "WRITER_API_KEY", "xai": "XAI_API_KEY",
}  # fmt: skip
"""As instructor and the providers' SDKs read them; whoever is not here has accounts instead of keys, or several of them."""

UNSENT: Mapping[str, str] = dict.fromkeys(_VARIABLES.values(), "none")
"""An environment for a client that will send nothing: clients insist on a key all the same."""


def variable(engine: str, base_url: str | None = None) -> str | None:
    """The variable that holds the key; every endpoint that speaks chat completions gets OpenAI's."""
    return _VARIABLES.get("openai" if base_url else engine)


def read(name: str | None, environ: Mapping[str, str]) -> str | None:
    """The key in a variable, if it is set. Raises SetupError where it cannot be a key."""
    key = environ.get(name) if name else None
    if key and not (key.isascii() and key.isprintable()):
        raise SetupError(
            f"{name} holds characters that no key has; was it pasted with typographic quotes or a line's end?"
        )
    return key or None


def missing(engine: str, model: str, name: str) -> SetupError:
    """The error of a model whose key nobody has set."""
    return SetupError(f"the model {engine}/{model} needs a key: set {name}, or run --model builtin")
