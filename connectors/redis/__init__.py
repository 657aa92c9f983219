"""What workers share through Redis, where ``REDIS_URL`` is set."""
