"""The controller's privacy statement as data: TOML in, typed values out."""
