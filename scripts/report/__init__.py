"""What people read: pure functions of stored trials."""
