# The front door: `make help` says what it opens. The work is done by CMake and the scripts it names.

PREFIX = /usr/local
DESTDIR =
JOBS = $(shell nproc)
# Many tests spend their time waiting.
TEST_JOBS = $(shell expr $(JOBS) + 2)
FUZZ_SECONDS = 60
FUZZ_TARGETS = archive client_hello socks

# Debian 12 has all of them.
BUILD_PACKAGES = g++ cmake ninja-build pkg-config libevent-dev libssl-dev node-llhttp capnproto \
	libcapnp-dev libzstd-dev libcxxopts-dev libfmt-dev rapidjson-dev libxxhash-dev zlib1g-dev \
	libbrotli-dev libre2-dev libroaring-dev libcap-ng-dev
DEMO_PACKAGES = curl nginx-light openssl
# node and npm may come from elsewhere, and then do not go together with Debian's.
CLIENT_PACKAGES = python3 iproute2 openssl git curl wget wget2 aria2 gnutls-bin ca-certificates \
	python3-pip python3-requests python3-httpx python3-aiohttp golang-go default-jdk-headless \
	libwww-perl liblwp-protocol-https-perl chromium firefox-esr libnss3-tools \
	debootstrap $(if $(shell command -v npm),,nodejs npm)
TEST_PACKAGES = catch2 python3 python3-h11 curl wget openssl zstd jq mandoc valgrind strace tshark \
	libnss3-tools gnutls-bin nftables iptables iproute2 procps tinyproxy dante-server \
	openssh-server nginx-light
BENCH_PACKAGES = nginx-light sslsplit mitmproxy tcpdump openssl zstd util-linux python3 nftables \
	iproute2 procps
SOAK_PACKAGES = curl openssl nginx-light apache2-utils python3 zstd
FUZZ_PACKAGES = clang-19 libclang-rt-19-dev catch2
LINT_PACKAGES = clang-19 clang-tidy-19 clang-format-19 shellcheck mandoc python3

RELEASE = build/release
DEV = build/dev
# Used when it is there. Always given, so that CMake forgets it when it goes away.
LAUNCHER = -D CMAKE_CXX_COMPILER_LAUNCHER=$(shell command -v ccache)
SUDO = $(if $(filter 0,$(shell id -u)),,sudo)

# $(call ensure,PACKAGES): installs those that are missing; says so, and does nothing when none is.
# Packages that bring a service (nginx) must not start it: while apt runs, policy-rc.d(8) forbids that.
define ensure
@command -v dpkg-query >/dev/null || { echo "not a Debian system, please see to: $(1)"; exit 0; }; \
missing=; for package in $(1); do \
  dpkg-query -W -f '$${db:Status-Status}\n' "$$package" 2>/dev/null | grep -qx installed || \
    missing="$$missing $$package"; \
done; \
[ -z "$$missing" ] || { echo "installing:$$missing" && $(SUDO) sh -ec '\
  policy=/usr/sbin/policy-rc.d; \
  [ -e $$policy ] || { trap "rm -f $$policy" EXIT; \
    printf "#!/bin/sh\nexit 101\n" >$$policy; chmod 755 $$policy; }; \
  export DEBIAN_FRONTEND=noninteractive; \
  apt-get -qq update; apt-get -qq install -y --no-install-recommends "$$@"' sh $$missing; }
endef

.PHONY: build demo test test-clients tsan soak bench bench-quick fuzz lint docs install clean help \
	deps-build deps-demo deps-test deps-clients deps-soak deps-bench deps-fuzz deps-lint
.DEFAULT_GOAL = build

build: deps-build ## build the programs into build/release/bin
	cmake --preset release $(LAUNCHER) --log-level=WARNING
	cmake --build --preset release

demo: deps-demo build ## record, print and replay something, to see it work
	tests/demo/demo.sh $(RELEASE)/bin

test: deps-test ## build with sanitizers and run all tests
	cmake --preset dev $(LAUNCHER) --log-level=WARNING
	cmake --build --preset dev
	ctest --preset dev -j $(TEST_JOBS)

tsan: deps-test ## run all tests in a build that looks for data races
	cmake --preset tsan $(LAUNCHER) --log-level=WARNING
	cmake --build --preset tsan
	ctest --preset tsan -j $(TEST_JOBS)

soak: deps-soak build ## run what takes minutes: huge bodies, crowds, slow peers, 100,000 connections
	tests/soak/soak.sh $(RELEASE)/bin

bench: deps-bench build ## compare with nginx, sslsplit and mitmdump: a quarter of an hour, best with nothing else running
	cmake --build --preset release --target bench_load bench_archive bench_tls
	tests/bench/bench.py $(BENCH_OPTIONS) $(RELEASE)/bin $(RELEASE)/tests/bench/bench_load build/bench

bench-quick: ## the same in two minutes, with figures to match
	@$(MAKE) --no-print-directory bench BENCH_OPTIONS=--quick

test-clients: deps-clients build ## record two dozen real clients, browsers among them, which it installs, and have them verify our certificates
	status=0; for part in clients matrix; do tests/clients/$$part.py $(RELEASE)/bin || status=1; done; \
	  tests/clients/fresh_debian.sh $(RELEASE)/bin || status=1; exit $$status

fuzz: deps-fuzz ## feed the readers of archives, ClientHellos and SOCKS damaged ones, FUZZ_SECONDS=60 long each
	cmake --preset fuzz $(LAUNCHER) --log-level=WARNING
	cmake --build --preset fuzz
	set -e; for target in $(FUZZ_TARGETS); do mkdir -p build/fuzz/found/$$target; \
	  build/fuzz/tests/fuzz/fuzz_$$target -max_total_time=$(FUZZ_SECONDS) -max_len=65536 -rss_limit_mb=512 -timeout=20 \
	    -artifact_prefix=build/fuzz/$$target- build/fuzz/found/$$target tests/fuzz/$$target; \
	done

lint: deps-lint ## check format, style and structure; ALL=1 also runs clang-tidy over unchanged files
	cmake --preset dev $(LAUNCHER) --log-level=WARNING
	tests/lint/lint.sh $(DEV)

docs: build ## write man/ and completions/ anew from the programs
	tests/docs/docs.sh write $(RELEASE)/bin/mitm-*

install: build ## install below PREFIX (/usr/local), staged in DESTDIR
	DESTDIR=$(DESTDIR) cmake --install $(RELEASE) --prefix $(PREFIX)

clean: ## remove everything that was built
	rm -rf build

help: ## print this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

deps-build:
	$(call ensure,$(BUILD_PACKAGES))

deps-demo:
	$(call ensure,$(BUILD_PACKAGES) $(DEMO_PACKAGES))

deps-test:
	$(call ensure,$(BUILD_PACKAGES) $(TEST_PACKAGES))

deps-soak:
	$(call ensure,$(BUILD_PACKAGES) $(SOAK_PACKAGES))

deps-bench:
	$(call ensure,$(BUILD_PACKAGES) $(BENCH_PACKAGES))

deps-clients:
	$(call ensure,$(BUILD_PACKAGES) $(CLIENT_PACKAGES))

deps-fuzz:
	$(call ensure,$(BUILD_PACKAGES) $(FUZZ_PACKAGES))

deps-lint:
	$(call ensure,$(BUILD_PACKAGES) $(TEST_PACKAGES) $(LINT_PACKAGES))
