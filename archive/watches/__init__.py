"""Saved searches: asked of each new revision once, and delivered to a feed, a command or a webhook.

`model` what a watch is; `rows` its tables; `matching` which new revisions it wants; `feed`, `command`, `webhook` where
matches go; `engine` the whole, at the end of a crawl.
"""
