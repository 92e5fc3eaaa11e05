"""One outside protocol each. A door turns an HTTP request into steps, and the steps into what its client expects."""
