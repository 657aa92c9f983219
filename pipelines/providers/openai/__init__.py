"""OpenAI's chat completions, and any address that speaks them: Azure, Ollama, vLLM, llama.cpp."""
