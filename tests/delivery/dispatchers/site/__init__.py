"""A site in processes of its own: requests are served in one, a queue's tasks run in another."""
