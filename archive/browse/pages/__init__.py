"""The plugin's pages, one module each: what is read for it, and the template that shows it."""
