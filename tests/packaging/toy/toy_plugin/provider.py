"""Where a provider of speech or language would be described."""

PROVIDER = "toy"
