"""``python -m voiceagent``: the commands."""

from voiceagent.app.cli.main import main

if __name__ == "__main__":
    main()
