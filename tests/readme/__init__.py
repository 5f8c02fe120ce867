"""What the README shows works as it stands there."""
