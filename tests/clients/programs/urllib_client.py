import urllib.request
from scenario import UPLOAD, run


def fetch(url, method="GET", data=None, fields=None):
    request = urllib.request.Request(url, data=data, method=method, headers=fields or {})
    with urllib.request.urlopen(request) as answer:
        return answer.read(), answer.headers


def fetch_gzip(url):
    import gzip
    body, fields = fetch(url, fields={"Accept-Encoding": "gzip"})
    return gzip.decompress(body) if fields["Content-Encoding"] == "gzip" else body


run(get=lambda url: fetch(url)[0], gzip=fetch_gzip, head=lambda url: fetch(url, "HEAD")[1]["Content-Length"],
    post=lambda url: fetch(url, "POST", UPLOAD)[0])
