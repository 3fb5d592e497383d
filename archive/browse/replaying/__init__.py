"""A captured page made fit to be shown: read from its record, decoded, and rebuilt of nothing but what is allowed."""
