"""Python's ssl, as strict as it can be made."""

import http.client
import os
import ssl

context = ssl.create_default_context(cafile=os.environ["CA"])
context.verify_flags |= ssl.VERIFY_X509_STRICT
if os.environ["RSA"]:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
proxy, _, port = os.environ["PROXY"].rpartition(":")
connection = http.client.HTTPSConnection(proxy, int(port), context=context)
connection.set_tunnel(os.environ["ADDRESS"] + ":" + os.environ["PORT"])
connection.request("GET", os.environ["TARGET"])
print(connection.getresponse().read().decode())
