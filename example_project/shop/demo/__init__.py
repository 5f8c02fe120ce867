"""What ``manage.py demo`` is made of: two servers, two users, and a walk through the shop."""
