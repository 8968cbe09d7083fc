import asyncio

import aiohttp
from scenario import UPLOAD, run


async def fetch(method, url, data=None):
    # It looks at variables only when told to.
    async with aiohttp.ClientSession(trust_env=True) as session, session.request(method, url, data=data) as answer:
        return await answer.read(), answer.headers


def get(url):
    return asyncio.run(fetch("GET", url))[0]


run(get=get, gzip=get, head=lambda url: asyncio.run(fetch("HEAD", url))[1]["Content-Length"],
    post=lambda url: asyncio.run(fetch("POST", url, UPLOAD))[0])
