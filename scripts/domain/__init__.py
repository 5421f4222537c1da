"""What is measured: targets, loads, trials, the client libraries and what is known of them."""
