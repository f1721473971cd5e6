"""The only file that joins things."""
