"""When a report was published: machine stamps, words in thirty languages, and whom to believe."""
