use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use LWP::UserAgent;

my $agent = LWP::UserAgent->new(env_proxy => 1);
open(my $file, '<:raw', $ENV{UPLOAD}) or die $!;
my $upload = do { local $/; <$file> };

sub check { my $answer = shift; die $answer->status_line unless $answer->is_success; return $answer }

for my $scheme ('https', 'http') {
    my $url = $ENV{"ORIGIN_$scheme"};
    my @gzip = ('Accept-Encoding' => 'gzip');
    print "$scheme.get ", sha256_hex(check($agent->get("$url/body"))->content), "\n";
    print "$scheme.chunked ", sha256_hex(check($agent->get("$url/chunked"))->content), "\n";
    print "$scheme.gzip ", sha256_hex(check($agent->get("$url/gzip", @gzip))->decoded_content(charset => 'none')), "\n";
    print "$scheme.redirect ", sha256_hex(check($agent->get("$url/redirect"))->content), "\n";
    print "$scheme.head ", check($agent->head("$url/body"))->header('Content-Length'), "\n";
    print "$scheme.post ", sha256_hex(check($agent->post("$url/echo", Content => $upload))->content), "\n";
}
