// Go's net/http with its defaults.
package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
)

func read(answer *http.Response, err error) []byte {
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		panic(err)
	}
	return body
}

func main() {
	upload, err := os.ReadFile(os.Getenv("UPLOAD"))
	if err != nil {
		panic(err)
	}
	for _, scheme := range []string{"https", "http"} {
		url := os.Getenv("ORIGIN_" + scheme)
		report := func(label string, body []byte) { fmt.Printf("%s.%s %x\n", scheme, label, sha256.Sum256(body)) }
		report("get", read(http.Get(url+"/body")))
		report("chunked", read(http.Get(url+"/chunked")))
		report("gzip", read(http.Get(url+"/gzip")))
		report("redirect", read(http.Get(url+"/redirect")))
		head, err := http.Head(url + "/body")
		read(head, err)
		fmt.Printf("%s.head %d\n", scheme, head.ContentLength)
		report("post", read(http.Post(url+"/echo", "application/octet-stream", bytes.NewReader(upload))))
	}
}
