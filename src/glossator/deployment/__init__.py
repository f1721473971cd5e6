"""Where Glossator runs and who may call it from a browser."""
