"""The catalogue: one TOML file a source, no Python needed to add one."""
