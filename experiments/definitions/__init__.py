"""Bundled experiments: one TOML file each, found by name."""
