.PHONY: packages build test
packages:
	bash scripts/packages.sh
build: packages
	swift build
test: packages
	swift build --build-tests
	swift test --skip-build
