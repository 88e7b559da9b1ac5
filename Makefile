help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20
check: ## format and lints, warnings as errors
	cargo fmt --all -- --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
test: ## every test; needs a Rust toolchain only
	cargo test --locked --workspace
bench: ## what goodall costs here, beside its budgets and its peers: docs/budgets.md (twelve minutes)
	benches/budgets
static: ## a static binary for Linux, under target/static/
	.ci/static-build
check-fuzz: ## types and lints of the fuzz targets, with neither nightly nor libFuzzer's C++
	CUSTOM_LIBFUZZER_PATH=$(CURDIR)/target/none cargo clippy --locked --manifest-path tests/fuzz/Cargo.toml --target-dir target/fuzz-check --bins -- -D warnings
check-macos: ## types and lints for both Apple targets, without a Mac
	.ci/macos check
macos: ## a universal binary for macOS, under target/macos/
	.ci/macos build
dist: ## the static binary, its documents and the licence as an archive under target/dist/
	.ci/dist
.PHONY: help check test bench static check-fuzz check-macos macos dist
