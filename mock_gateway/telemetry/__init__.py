"""What applications say about themselves: spans in, traces and rows out, and whether they agree with what happened."""
