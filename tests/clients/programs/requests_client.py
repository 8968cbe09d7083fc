import requests
from scenario import UPLOAD, run

with requests.Session() as session:
    run(get=lambda url: session.get(url).content, gzip=lambda url: session.get(url).content,
        head=lambda url: session.head(url).headers["Content-Length"], post=lambda url: session.post(url, data=UPLOAD).content)
