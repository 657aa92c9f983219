"""The interface for other systems: routes from one table, and the document that describes them."""
