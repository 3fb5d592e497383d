"""The words by which a change is told, in seven languages: tables, and which of them a text is read with.

Words stand as they are spelt; they are compared as `tokens.plain` has them.
"""
