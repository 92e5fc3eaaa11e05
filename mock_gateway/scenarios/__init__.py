"""What a gateway is to do, as data: scenarios, written by hand in JSON, TOML or YAML."""
