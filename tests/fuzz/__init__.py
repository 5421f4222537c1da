"""Whatever is read, from files, calls and programs, is read or refused in a sentence."""
