"""A copy of an archive that may be shown to everybody: what is not allowed by name is not in it.

`tables` says of every column of every table what becomes of it; what it does not name stops the whole. `rules` reads what
an operator wants left out besides, `redacting` takes words and expressions out of texts, `reports` makes a report and its
revisions anew, `making` writes the copy, and `checking` reads it back before anybody gets it.
"""
