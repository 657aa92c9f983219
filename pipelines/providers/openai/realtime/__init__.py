"""OpenAI's Realtime: a model that hears and speaks by itself, over a cascade that stands by."""
