"""Reading one kind of thing out of a caller's turn, beyond the plain spoken forms."""
