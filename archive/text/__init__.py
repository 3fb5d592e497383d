"""Words as people write them: what is typed into a search, and what is fit to be shown."""
