"""What each client sends and gets for the same articles, counted in tokens."""
