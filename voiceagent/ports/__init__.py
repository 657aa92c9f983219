"""Ports: what the engine needs from the outside, in its own words. A file an aggregate.

Adapters (store, telephony, pipelines, connectors) implement these Protocols; nothing here knows a
vendor, a table or a socket. All of them raise `Unavailable` when the other side is down and
`CallerFixable` when the person on the line can mend it. Import from the file, not from here.
"""
