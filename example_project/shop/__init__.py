"""Fern & Kettle, a small tea shop that sends its receipts with ``joinchat_django``."""
