# Everything a contributor runs. Each target installs what it lacks first; see .ci/install.

export CARGO_TARGET_DIR := $(CURDIR)/target
export CARGO_TERM_PROGRESS_WHEN ?= never
PEERS := $(CARGO_TARGET_DIR)/peers/python

.PHONY: demo test check site soak bench sbom

# A private ZooKeeper, real clients at work on it, and the console. Ctrl-C stops all of it.
demo:
	.ci/install demo
	cargo bundle --release
	cargo build --locked --release --package zooscope
	PYTHONPATH=$(PEERS) target/release/zooscope demo

# Every test: unit, live against a real ZooKeeper, browser against a real Chromium.
test:
	.ci/install test
	cargo run --locked --package bundle
	cargo build --locked --package zooscope
	cargo test --locked --workspace --exclude zooscope-tests
	ZOOSCOPE_PEERS_PYTHONPATH=$(PEERS) PYTHONPATH=$(PEERS) cargo test --locked --package zooscope-tests

# Formatting and lints, of the site's half for the browser too.
check:
	.ci/install site
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	cargo clippy --locked --package zooscope-frontend --target wasm32-unknown-unknown -- --deny warnings

# The site alone, into target/site.
site:
	.ci/install site
	cargo bundle --release

# The campaigns that `make test` runs in a short form: ten minutes of churn, twenty crashes of ZooKeeper under load, a thousand
# releases that race with hand-overs, 500 crashes of the console or of ZooKeeper in the middle of moving items. The last needs the
# points at which a build for release does not stop.
soak:
	.ci/install test
	cargo build --locked --release --package zooscope
	ZOOSCOPE_BIN=$(CARGO_TARGET_DIR)/release/zooscope ZOOSCOPE_CHURN_SECONDS=600 ZOOSCOPE_KILLS=20 ZOOSCOPE_RACES=1000 \
		ZOOSCOPE_PEERS_PYTHONPATH=$(PEERS) PYTHONPATH=$(PEERS) \
		cargo test --locked --package zooscope-tests --test live -- churn killed_server race:: --nocapture
	cargo build --locked --package zooscope
	ZOOSCOPE_CRASHES=500 ZOOSCOPE_PEERS_PYTHONPATH=$(PEERS) PYTHONPATH=$(PEERS) \
		cargo test --locked --package zooscope-tests --test live -- crashes --nocapture

# What the console can carry, each figure against its reference of the same run: one table, also in target/bench.md. BENCH=scan
# measures one row, BENCH='--write server/README.md' puts the table there.
bench:
	.ci/install test
	cargo bundle --release
	cargo build --locked --release --package zooscope
	cargo bench --locked --package zooscope-model
	ZOOSCOPE_BIN=$(CARGO_TARGET_DIR)/release/zooscope ZOOSCOPE_PEERS_PYTHONPATH=$(PEERS) \
		cargo bench --locked --package zooscope-tests --bench scale -- $(BENCH)

# What the console is made of, for whoever looks for known faults in it: target/sbom/server.json and site.json, CycloneDX 1.5.
SBOM := $(CARGO_TARGET_DIR)/tools/bin/cargo-cyclonedx cyclonedx --format json --spec-version 1.5 --override-filename part.sbom
sbom:
	.ci/install site
	cargo install --locked --quiet --root $(CARGO_TARGET_DIR)/tools cargo-cyclonedx@0.5.9
	mkdir -p $(CARGO_TARGET_DIR)/sbom
	$(SBOM) --manifest-path server/Cargo.toml
	sed 's|file://$(CURDIR)|file://.|g' server/part.sbom.json > $(CARGO_TARGET_DIR)/sbom/server.json
	$(SBOM) --manifest-path frontend/Cargo.toml --target wasm32-unknown-unknown
	sed 's|file://$(CURDIR)|file://.|g' frontend/part.sbom.json > $(CARGO_TARGET_DIR)/sbom/site.json
	rm -f server/part.sbom.json server/*/part.sbom.json frontend/part.sbom.json frontend/*/part.sbom.json tests/part.sbom.json
