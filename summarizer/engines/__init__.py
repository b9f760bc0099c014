"""What can answer a request: a model behind an API (`llm`), or rules (`builtin`)."""
