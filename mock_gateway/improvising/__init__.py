"""Making up an answer that fits the question: its length and language, the schema it asks for, the tools it offers."""
