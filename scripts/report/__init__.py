"""What people read: pages, issue bodies, pictures and screens, made from facts."""
