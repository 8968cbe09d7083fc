import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;

/** "Client new" is java.net.http, "Client old" HttpURLConnection. */
class Client {
    record Answer(byte[] body, String length) {}

    interface Fetcher {
        Answer fetch(String method, String url, byte[] upload) throws Exception;
    }

    static final HttpClient CLIENT = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();

    static Answer modern(String method, String url, byte[] upload) throws Exception {
        var publisher = upload == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofByteArray(upload);
        var request = HttpRequest.newBuilder(URI.create(url)).method(method, publisher).header("Accept-Encoding", "gzip").build();
        var answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofInputStream());
        return finish(answer.body(), answer.headers().firstValue("Content-Encoding").orElse(""), answer.headers().firstValue("Content-Length").orElse(""));
    }

    static Answer old(String method, String url, byte[] upload) throws Exception {
        var connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
        connection.setRequestMethod(method);
        connection.setRequestProperty("Accept-Encoding", "gzip");
        if (upload != null) {
            connection.setDoOutput(true);
            connection.getOutputStream().write(upload);
        }
        return finish(connection.getInputStream(), connection.getContentEncoding(), connection.getHeaderField("Content-Length"));
    }

    static Answer finish(InputStream body, String coding, String length) throws Exception {
        try (var plain = "gzip".equals(coding) ? new GZIPInputStream(body) : body) {
            return new Answer(plain.readAllBytes(), length);
        }
    }

    static void report(String label, byte[] body) throws Exception {
        System.out.println(label + " " + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body)));
    }

    public static void main(String[] arguments) throws Exception {
        Fetcher fetcher = arguments[0].equals("new") ? Client::modern : Client::old;
        byte[] upload = Files.readAllBytes(Path.of(System.getenv("UPLOAD")));
        for (String scheme : new String[] {"https", "http"}) {
            String url = System.getenv("ORIGIN_" + scheme);
            report(scheme + ".get", fetcher.fetch("GET", url + "/body", null).body());
            report(scheme + ".chunked", fetcher.fetch("GET", url + "/chunked", null).body());
            report(scheme + ".gzip", fetcher.fetch("GET", url + "/gzip", null).body());
            report(scheme + ".redirect", fetcher.fetch("GET", url + "/redirect", null).body());
            System.out.println(scheme + ".head " + fetcher.fetch("HEAD", url + "/body", null).length());
            report(scheme + ".post", fetcher.fetch("POST", url + "/echo", upload).body());
        }
    }
}
