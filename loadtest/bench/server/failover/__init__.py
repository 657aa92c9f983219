"""R5: what a caller notices when a provider fails, cell by cell of kind, fault and moment.

A call is served by the engine's session, pipeline and chains of providers; the first of a chain is
our client on an emulator behind a real socket, which fails by script. `python -m` runs it in real
time with the offline parts as backups; the tests run the same calls in virtual time.
"""
