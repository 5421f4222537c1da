"""Refuse a booking without an end."""

from datetime import date

from pydantic import BaseModel, ValidationError


class Booking(BaseModel):
    day: date


try:
    print(Booking(day=float("inf")))
except ValidationError as error:
    print("refused:", error)
