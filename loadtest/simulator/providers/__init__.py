"""The other end of the wire of every provider: emulators of their services on loopback."""
