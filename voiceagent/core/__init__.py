"""Sans-I/O cores: no sockets, no clocks of their own, no vendor."""
