import httpx
from scenario import UPLOAD, run

with httpx.Client(follow_redirects=True) as client:
    run(get=lambda url: client.get(url).content, gzip=lambda url: client.get(url).content,
        head=lambda url: client.head(url).headers["Content-Length"], post=lambda url: client.post(url, content=UPLOAD).content)
