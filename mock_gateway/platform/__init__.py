"""Respan's own resources over REST: logs, traces, prompts, users, the cache, models, providers, files and batches."""
