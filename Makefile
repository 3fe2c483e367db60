# Makefile: the commands that people type; each one says what it does in `make help`.

SHELL := /bin/sh
WORKLOAD ?= quick
BUDGET ?=
DB ?= tuning-db
PREFIX ?= /usr/local
DESTDIR ?=

# The Swift runtime goes into the executable, so that an installed or packed `hone` needs no Swift; its shared
# libraries are looked for beside it first (lib/), which is how the archive of `make dist` carries its own.
RELEASE_FLAGS := -c release --static-swift-stdlib \
  -Xlinker -rpath -Xlinker '$$ORIGIN/../lib' -Xlinker --disable-new-dtags
BUILD = $(shell swift build -c release --show-bin-path)
SWIFT_FILES := Package.swift Sources Kernels Tests
SHELL_FILES := .ci/run .ci/setup.sh .ci/dist.sh .ci/dist-check.sh

.DEFAULT_GOAL := help
.PHONY: help setup build tune test bench lint format install install-files dist clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  WORKLOAD=$(WORKLOAD) BUDGET=$(BUDGET) DB=$(DB) are passed to the tuner; PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) to install."

setup: ## install the Debian packages that are missing, check Swift
	@.ci/setup.sh

build: setup ## build the command and the kernel libraries, optimised
	swift build $(RELEASE_FLAGS)

tune: build ## tune this machine: WORKLOAD, BUDGET (seconds) and DB choose what, how long and where
	$(BUILD)/hone tune $(WORKLOAD) --db $(DB) $(if $(BUDGET),--budget $(BUDGET))

test: setup ## build and run all tests
	swift build --build-tests
	swift test --skip-build

bench: build ## measure WORKLOAD afresh into a database that is thrown away, and report it
	rm -rf .build/bench-db
	$(BUILD)/hone tune $(WORKLOAD) --db .build/bench-db $(if $(BUDGET),--budget $(BUDGET))
	$(BUILD)/hone report --db .build/bench-db

lint: setup ## check the format of Swift files and the syntax of shell files
	swift format lint --strict --recursive --parallel $(SWIFT_FILES)
	@for file in $(SHELL_FILES); do sh -n $$file || exit 1; done

format: setup ## format all Swift files in place
	swift format --in-place --recursive --parallel $(SWIFT_FILES)

install: build ## install to PREFIX (under DESTDIR): command, kernel libraries, header, schema, pkg-config file
	@$(MAKE) --no-print-directory install-files BUILD="$(BUILD)"

# Copies what is built; `make install` and `make dist` both end here.
install-files:
	@install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/lib/hone/kernels" \
	  "$(DESTDIR)$(PREFIX)/lib/pkgconfig" "$(DESTDIR)$(PREFIX)/include" \
	  "$(DESTDIR)$(PREFIX)/share/hone/tuning-db"
	@install -m 755 "$(BUILD)/hone" "$(DESTDIR)$(PREFIX)/bin/hone"
	@install -m 644 "$(BUILD)"/libhone-kernels-*.so "$(DESTDIR)$(PREFIX)/lib/hone/kernels/"
	@install -m 644 CShims/CHoneKernel/include/hone_kernel.h "$(DESTDIR)$(PREFIX)/include/"
	@if [ -d tuning-db/schema ]; then \
	  cp -R tuning-db/schema "$(DESTDIR)$(PREFIX)/share/hone/tuning-db/"; fi
	@printf '%s\n' 'prefix=$${pcfiledir}/../..' 'includedir=$${prefix}/include' \
	  'kerneldir=$${prefix}/lib/hone/kernels' '' 'Name: hone-kernels' \
	  'Description: Kernel libraries of Hone, one an instruction set, loaded with dlopen' \
	  "Version: $$("$(BUILD)/hone" --version)" 'Cflags: -I$${includedir}' \
	  > "$(DESTDIR)$(PREFIX)/lib/pkgconfig/hone-kernels.pc"

dist: build ## pack a relocatable archive into dist/: runs on a bare Linux host of this architecture
	.ci/dist.sh "$(BUILD)" dist

clean: ## remove everything that was built (the tuning database stays)
	rm -rf .build dist
