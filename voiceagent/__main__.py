"""``python -m voiceagent``: the commands."""

from voiceagent.app.cli.main import app

if __name__ == "__main__":
    app(prog_name="voiceagent")
