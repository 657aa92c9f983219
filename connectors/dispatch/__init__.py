"""An outside dispatcher, over HTTP (docs/scheduling.md has the protocol)."""
