"""The wires, one by one and all alike."""
