"""The subcommands of `archive`, one module each."""
