from pygments import highlight
from pygments.formatters import NullFormatter
from pygments.lexers import get_lexer_by_name

print(highlight("exception", get_lexer_by_name("sml"), NullFormatter()))
