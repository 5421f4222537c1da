"""What trials say: causes, signals, rates, and targets beside each other."""
