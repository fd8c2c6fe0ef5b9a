# Everything goes through these targets; see README.md.
.PHONY: packages broker build demo test bench fuzz chaos evaluate
packages:
	bash scripts/packages.sh
broker: packages
	bash scripts/broker.sh
build: packages
	swift build --product kapok
demo: broker build
	.build/debug/kapok demo
test: broker
	bash scripts/test.sh
bench: broker
	bash Benchmarks/bench.sh
fuzz: packages
	FUZZ_SECONDS=$(or $(SECONDS),60) bash scripts/fuzz.sh
evaluate: build
	.build/debug/kapok evaluate all
chaos: broker build
	.build/debug/kapok chaos $(CHAOS)
