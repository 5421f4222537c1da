"""What runs inside other environments: standard library only, in old syntax."""
