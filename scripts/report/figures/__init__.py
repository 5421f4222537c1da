"""Pictures of histories, of surveys, of maps and of single trials.

To add one: a module with what it draws and how, a line in `gallery.py`, and a line in the page's
template. What a picture draws is a typed value, which the picture's file carries along: a check
compares that, so that another release of the drawing library makes no picture stale.
"""
