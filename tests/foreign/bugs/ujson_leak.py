import ujson

text = "[" + ",".join(["1" * 50] * 1000) + "]"
for _ in range(2000):
    ujson.loads(text)
print("done")
