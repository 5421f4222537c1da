import orjson

try:
    print(orjson.loads("[" * 1_000_000 + "]" * 1_000_000) is None)
except orjson.JSONDecodeError as error:
    print("refused:", error)
