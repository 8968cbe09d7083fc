"""What each Python client does: it says how it gets, and this what."""

import hashlib
import os

with open(os.environ["UPLOAD"], "rb") as file:
    UPLOAD = file.read()


def run(get, gzip, head, post):
    for scheme in ("https", "http"):
        url = os.environ[f"ORIGIN_{scheme}"]
        for label, body in (("get", get(url + "/body")), ("chunked", get(url + "/chunked")), ("gzip", gzip(url + "/gzip")),
                            ("redirect", get(url + "/redirect")), ("post", post(url + "/echo"))):
            print(f"{scheme}.{label}", hashlib.sha256(body).hexdigest())
        print(f"{scheme}.head", head(url + "/body"))
