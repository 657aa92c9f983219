# voiceagent in a container: python-slim, a non-root user, a health check.
FROM python:3.12-slim

RUN useradd --create-home --uid 10001 voiceagent
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY --chown=voiceagent:voiceagent . .

ENV PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8080 \
    VOICEAGENT_STATE=/home/voiceagent/state
USER voiceagent
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/live', timeout=2)"]
CMD ["python", "-m", "voiceagent", "serve"]
