"""Shared plumbing: configuration, logging, tracing, measuring."""
