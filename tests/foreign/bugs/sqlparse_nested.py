"""Parse what somebody sent."""

import sqlparse

print(len(sqlparse.parse("[" * 300 + "]" * 300)))
