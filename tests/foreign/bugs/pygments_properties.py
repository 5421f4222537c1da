"""Highlight a file of settings in which a column was lined up."""

from pygments.lexers import get_lexer_by_name

settings = "name" + " " * 900 + "value\n"
print(len(list(get_lexer_by_name("properties").get_tokens(settings))))
