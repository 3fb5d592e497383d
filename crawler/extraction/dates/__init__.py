"""When a report was published: machine stamps, words in forty languages, and whom to believe."""
