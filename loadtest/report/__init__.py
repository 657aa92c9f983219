"""The page of a load test: one HTML file that needs nothing else, and the record beside it.

`markup` builds elements and escapes whatever is put into them, `charts` draws, `sections` writes,
`page` puts it together. There is no script in the page, and its policy allows none.
"""
