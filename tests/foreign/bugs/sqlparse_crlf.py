"""Tidy a query that came from a Windows editor."""

import sqlparse

query = "select 1 /* report" + "\r\n" * 40 + "of sales */"
print(sqlparse.format(query, strip_comments=True))
