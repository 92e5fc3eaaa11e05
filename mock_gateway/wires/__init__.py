"""One file a format: read its request, render its answer, stream it, shape its errors."""
