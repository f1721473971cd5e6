"""Calls to upstreams: deadlines, retries, circuit breakers, and queues that networks share fairly."""
