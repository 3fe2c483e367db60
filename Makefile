# Makefile: the commands that people type; each one says what it does in `make help`.

SHELL := /bin/sh
WORKLOAD ?= quick
BUDGET ?=
DB ?= tuning-db
SPACES ?= $(wildcard ../shared/data/spaces/*.csv)
PREFIX ?= /usr/local
DESTDIR ?=

# The Swift runtime goes into the executable, so that an installed or packed `hone` needs no Swift; its shared
# libraries are looked for beside it first (lib/), which is how the archive of `make dist` carries its own.
RELEASE_FLAGS := -c release --static-swift-stdlib \
  -Xlinker -rpath -Xlinker '$$ORIGIN/../lib' -Xlinker --disable-new-dtags
BUILD = $(shell swift build -c release --show-bin-path)

# libhone.so is plain C11 and needs the C library only; its engine is the Swift library that it loads for plans.
CC ?= cc
HONE_VERSION = $(shell sed -n 's/^\#define HONE_VERSION "\(.*\)"/\1/p' CShims/CHone/internal.h)
HONE_SONAME := libhone.so.0
HONE_CFLAGS := -std=c11 -O2 -g -fPIC -fvisibility=hidden -Wall -Wextra -pedantic
HONE_LDFLAGS := -shared -Wl,-soname,$(HONE_SONAME) -Wl,--version-script=CShims/CHone/libhone.map -Wl,-z,nodelete -Wl,-z,defs
HONE_INCLUDES := -ICShims/CHone/include -ICShims/CHoneKernel/include

# libhone_blas.so stands before a BLAS, to preload or to link with; the alternative is a whole libblas.so.3. The same sources, plain
# C11 and the C library only; libhone.so is opened when sgemm is first called.
BLAS_BUILD = $(CC) -std=c11 -O2 -g -fPIC -Wall -Wextra $(CFLAGS) -ICShims/CHone/include -ICShims/CHoneBLAS/include -ICShims/CHoneBLAS \
  CShims/CHoneBLAS/*.c -shared -Wl,-z,nodelete -Wl,-z,defs $(LDFLAGS)
BLAS_SONAME := libhone_blas.so.0
SWIFT_FILES := Package.swift Sources Kernels Tests
SHELL_FILES := .ci/run .ci/setup.sh .ci/dist.sh .ci/dist-check.sh .ci/fuzz.sh .ci/fuzz-libhone.sh .ci/conditions.sh .ci/asan.sh .ci/asan-gemm.sh

.DEFAULT_GOAL := help
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*##.*/\1/p' $(firstword $(MAKEFILE_LIST))) install-files

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  WORKLOAD=$(WORKLOAD) BUDGET=$(BUDGET) DB=$(DB) are passed to the tuner; PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) to install."

setup: ## install the Debian packages that are missing, check Swift
	@.ci/setup.sh

build: setup ## build the command, libhone and the kernel libraries, optimised
	swift build $(RELEASE_FLAGS)
	@$(MAKE) --no-print-directory libhone libhone-blas BUILD="$(BUILD)"

libhone: ## build libhone.so alone, beside the other libraries
	@mkdir -p "$(BUILD)"
	$(CC) $(HONE_CFLAGS) $(CFLAGS) $(HONE_INCLUDES) CShims/CHone/*.c $(HONE_LDFLAGS) $(LDFLAGS) \
	  -o "$(BUILD)/$(HONE_SONAME)" -lm -lpthread -ldl
	@ln -sf $(HONE_SONAME) "$(BUILD)/libhone.so"

libhone-blas: ## build the drop-in BLAS alone, beside the other libraries
	@mkdir -p "$(BUILD)"
	$(BLAS_BUILD) CShims/CHoneBLAS/Preload/preload.c -Wl,-soname,$(BLAS_SONAME) \
	  -Wl,--version-script=CShims/CHoneBLAS/Preload/exports.map -o "$(BUILD)/$(BLAS_SONAME)" -lpthread -ldl
	@ln -sf $(BLAS_SONAME) "$(BUILD)/libhone_blas.so"
	$(BLAS_BUILD) CShims/CHoneBLAS/Alternative/alternative.c -Wl,-soname,libblas.so.3 \
	  -Wl,--version-script=CShims/CHoneBLAS/Alternative/exports.map -o "$(BUILD)/libhone_blas_alternative.so" -lpthread -ldl

tune: build ## tune this machine: WORKLOAD, BUDGET (seconds) and DB choose what, how long and where
	$(BUILD)/hone tune $(WORKLOAD) --db $(DB) $(if $(BUDGET),--budget $(BUDGET))

CONDITIONS ?= tuning-db/conditions
tune-conditions: build ## tune this machine under several conditions (cores, instruction sets, pages), each a database below CONDITIONS
	.ci/conditions.sh $(BUILD)/hone $(CONDITIONS) $(WORKLOAD) $(or $(BUDGET),60)

test: setup ## build and run all tests
	swift build --build-tests
	swift test --skip-build

bench: build ## measure WORKLOAD afresh into a database that is thrown away, and report it
	rm -rf .build/bench-db
	$(BUILD)/hone tune $(WORKLOAD) --db .build/bench-db $(if $(BUDGET),--budget $(BUDGET))
	$(BUILD)/hone report --db .build/bench-db

bench-libhone: build ## measure libhone: opening 100,000 records, look-ups, what a plan adds to a kernel
	@mkdir -p .build/bench-libhone
	$(CC) -std=gnu11 -O2 $(HONE_INCLUDES) Tests/HoneABITests/Fixtures/plan_bench.c -o .build/bench-libhone/plan_bench \
	  -L"$(BUILD)" -lhone -Wl,-rpath,"$(BUILD)" -lm -ldl
	.build/bench-libhone/plan_bench "$(BUILD)"/libhone-kernels-*.so
	$(CC) $(HONE_CFLAGS) $(HONE_INCLUDES) CShims/CHone/*.c Tests/HoneABITests/Fixtures/lookup_bench.c \
	  -o .build/bench-libhone/lookup_bench -lm -lpthread -ldl
	.build/bench-libhone/lookup_bench .build/bench-libhone/db
	rm -rf .build/bench-libhone/db

SEARCH_PAGE := Sources/Hone/Hone.docc/SearchBenchmarks.md

bench-verdicts: build ## count on a simulated noisy machine how often the tuner's verdicts are right, 200 runs each (minutes)
	$(BUILD)/hone-bench verdicts --runs 200

bench-search: build ## score all strategies on the recorded SPACES, 200 repeats each, into the page on search (minutes)
	sed '/^<!-- tables/q' $(SEARCH_PAGE) > .build/search.md
	$(BUILD)/hone-bench search --repeats 200 $(SPACES) >> .build/search.md
	mv .build/search.md $(SEARCH_PAGE)

PYTHON ?= /usr/bin/python3
bench-numpy: build ## pair numpy's a @ b with and without libhone_blas, for what DB has tuned: PYTHON's numpy needs a shared BLAS
	$(PYTHON) Bindings/Python/bench/numpy_gemm.py --python $(PYTHON) --library "$(BUILD)/$(BLAS_SONAME)" --db $(DB) $(if $(CORES),--cores $(CORES))

GEMM_BENCH := .build/bench-gemm
GEMM_PYTHON ?= $(firstword $(wildcard $(GEMM_BENCH)/venv/bin/python) $(PYTHON))
bench-gemm-peers: ## install the peers of bench-gemm into a folder of its own: PyTorch, ONNX Runtime, OpenVINO, MKL (a few hundred MB)
	python3 -m venv $(GEMM_BENCH)/venv
	$(GEMM_BENCH)/venv/bin/pip install --quiet numpy torch==2.13.0+cpu onnxruntime onnx openvino mkl onednn-cpu-gomp

bench-gemm: build ## Hone's GEMM beside OpenBLAS, BLIS, oneDNN, MKL, PyTorch, ONNX Runtime and OpenVINO, in turns: CORES, ARGS (--quick, --class PART)
	@mkdir -p $(GEMM_BENCH)
	$(CC) -std=gnu11 -O2 -Wall -Wextra -fPIC -shared -ICShims/CHoneKernel/include -ICShims/CPlatform/include \
	  CShims/CHoneBench/repeat.c CShims/CPlatform/dnnl.c -o $(GEMM_BENCH)/libhone-repeat.so -lpthread -ldl -lm
	$(GEMM_PYTHON) Bindings/Python/bench/gemm --kernels "$(BUILD)" --helper $(GEMM_BENCH)/libhone-repeat.so \
	  $(if $(CORES),--cores $(CORES)) $(ARGS)

EMBEDDING_PEERS := .build/bench-embedding
TORCH ?= torch==2.13.0+cpu
# The FBGEMM that is built against that torch; its wheel names no requirement.
FBGEMM ?= fbgemm-gpu-cpu==1.8.0
bench-embedding: build ## pair embedding-bag with PyTorch's, 1 core and all; FULL=1 for the whole grid, ARGS for the script's own options
	@test -x $(EMBEDDING_PEERS)/bin/python || python3 -m venv $(EMBEDDING_PEERS)
	@$(EMBEDDING_PEERS)/bin/python -c "import torch, numpy" 2>/dev/null || $(EMBEDDING_PEERS)/bin/pip install -q "$(TORCH)" numpy
	@$(EMBEDDING_PEERS)/bin/python -c "import torch, fbgemm_gpu" 2>/dev/null || $(EMBEDDING_PEERS)/bin/pip install -q --no-deps "$(FBGEMM)" \
	  || echo "bench-embedding: no FBGEMM here, it will be left out"
	$(EMBEDDING_PEERS)/bin/python Bindings/Python/bench/embedding_bag.py --library "$(BUILD)/libhone.so" --kernels "$(BUILD)" \
	  --cores 1 --cores $$(nproc) --pages thp --pages 4k $(if $(FULL),--full) $(ARGS)

bench-embedding-data: build ## what the choice of rows does to embedding-bag and to its best setting; ARGS for the script's own options
	@test -x $(EMBEDDING_PEERS)/bin/python || python3 -m venv $(EMBEDDING_PEERS)
	@$(EMBEDDING_PEERS)/bin/python -c "import torch, numpy" 2>/dev/null || $(EMBEDDING_PEERS)/bin/pip install -q "$(TORCH)" numpy
	$(EMBEDDING_PEERS)/bin/python Bindings/Python/bench/embedding_bag_data.py --kernels "$(BUILD)" $(ARGS)

gemm-accuracy: build ## error growth of Hone's GEMM by precision and depth: a table, and the plot of the page on GEMM
	@mkdir -p $(GEMM_BENCH)
	$(CC) -std=gnu11 -O2 -Wall -Wextra -fPIC -shared -ICShims/CHoneKernel/include -ICShims/CPlatform/include \
	  CShims/CHoneBench/repeat.c CShims/CPlatform/dnnl.c -o $(GEMM_BENCH)/libhone-repeat.so -lpthread -ldl -lm
	$(GEMM_PYTHON) Bindings/Python/bench/gemm/accuracy.py --kernels "$(BUILD)" --helper $(GEMM_BENCH)/libhone-repeat.so \
	  --svg Sources/Hone/Hone.docc/gemm-accuracy.svg

# The peers' Python and what they are: a folder of its own, because no system has them all.
ATTENTION_PYTHON ?= .build/bench-attention/venv/bin/python
bench-attention: build ## pair attention with PyTorch, ONNX Runtime, OpenVINO and numpy's BLAS, as ATTENTION_ARGS say (minutes)
	@mkdir -p .build/bench-attention
	@test -x "$(ATTENTION_PYTHON)" || { python3 -m venv .build/bench-attention/venv && \
	  for package in numpy threadpoolctl onnx onnxruntime openvino "torch==2.13.0+cpu"; do \
	    $(ATTENTION_PYTHON) -m pip install -q "$$package" || echo "bench-attention: no $$package here, it will be left out"; done; }
	$(CC) -std=gnu11 -O2 -shared -fPIC $(HONE_INCLUDES) CShims/CHoneBench/attention.c \
	  -o .build/bench-attention/runner.so -lpthread -ldl
	$(ATTENTION_PYTHON) Bindings/Python/bench/attention --kernels "$(BUILD)" --runner .build/bench-attention/runner.so $(ATTENTION_ARGS)

test-attention: setup ## prove attention on CASES (20000) random problems of all types and options, every variant each (minutes)
	swift build --build-tests
	HONE_ATTENTION_CASES=$(or $(CASES),20000) swift test --skip-build --filter AttentionKernelTests

asan-attention: ## prove attention's rows, built with AddressSanitizer for each level of this CPU, RUNS (400) random problems each
	.ci/asan.sh attention .build/asan-attention $(or $(RUNS),400) -D HONE_WITHOUT_GEMM -D HONE_WITHOUT_EmbeddingBag

asan-bag: ## the same for the rows of embedding-bag
	.ci/asan.sh bag .build/asan-bag $(or $(RUNS),400) -D HONE_WITHOUT_GEMM -D HONE_WITHOUT_Attention

GEMM_ASAN := .build/asan-gemm
asan-gemm: build ## prove GEMM built with AddressSanitizer for each level of this CPU, and count the memory of CALLS (1000000) calls (minutes)
	@mkdir -p $(GEMM_ASAN)
	HONE_KERNELS="$(BUILD)" .ci/asan-gemm.sh $(GEMM_ASAN) $(or $(CALLS),1000000)

leak-gemm: build ## count what CALLS (1000000) calls of each GEMM row leave in memory
	@mkdir -p $(GEMM_ASAN)
	clang -O2 -g $(HONE_INCLUDES) Tests/KernelTests/Fixtures/gemm-leak.c -o $(GEMM_ASAN)/leak -ldl
	for library in "$(BUILD)"/libhone-kernels-x86v*.so; do $(GEMM_ASAN)/leak "$$library" $(or $(CALLS),1000000) || exit 1; done

lint: setup ## check the format of Swift files and the syntax of shell files
	swift format lint --strict --recursive --parallel $(SWIFT_FILES)
	@for file in $(SHELL_FILES); do sh -n $$file || exit 1; done

format: setup ## format all Swift files in place
	swift format --in-place --recursive --parallel $(SWIFT_FILES)

install: build ## install to PREFIX (under DESTDIR): command, libraries, headers, schema, pkg-config files
	@$(MAKE) --no-print-directory install-files BUILD="$(BUILD)"

# Copies what is built; `make install` and `make dist` both end here.
install-files:
	@install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/lib/hone/kernels" \
	  "$(DESTDIR)$(PREFIX)/lib/pkgconfig" "$(DESTDIR)$(PREFIX)/include" \
	  "$(DESTDIR)$(PREFIX)/share/hone/tuning-db"
	@install -m 755 "$(BUILD)/hone" "$(DESTDIR)$(PREFIX)/bin/hone"
	@install -m 644 "$(BUILD)"/libhone-kernels-*.so "$(DESTDIR)$(PREFIX)/lib/hone/kernels/"
	@install -m 644 CShims/CHoneKernel/include/hone_kernel.h CShims/CHone/include/hone.h "$(DESTDIR)$(PREFIX)/include/"
	@install -m 755 "$(BUILD)/$(HONE_SONAME)" "$(DESTDIR)$(PREFIX)/lib/libhone.so.$(HONE_VERSION)"
	@ln -sf libhone.so.$(HONE_VERSION) "$(DESTDIR)$(PREFIX)/lib/$(HONE_SONAME)"
	@ln -sf $(HONE_SONAME) "$(DESTDIR)$(PREFIX)/lib/libhone.so"
	@install -m 755 "$(BUILD)/libhone-engine.so" "$(DESTDIR)$(PREFIX)/lib/libhone-engine.so"
	@printf '%s\n' 'prefix=$${pcfiledir}/../..' 'includedir=$${prefix}/include' 'libdir=$${prefix}/lib' '' 'Name: hone' \
	  'Description: Look up and run tuned CPU kernels (GEMM, embedding-bag, attention)' \
	  "Version: $(HONE_VERSION)" 'Cflags: -I$${includedir}' 'Libs: -L$${libdir} -lhone' \
	  > "$(DESTDIR)$(PREFIX)/lib/pkgconfig/hone.pc"
	@install -d "$(DESTDIR)$(PREFIX)/lib/hone/blas"
	@install -m 755 "$(BUILD)/$(BLAS_SONAME)" "$(DESTDIR)$(PREFIX)/lib/$(BLAS_SONAME)"
	@ln -sf $(BLAS_SONAME) "$(DESTDIR)$(PREFIX)/lib/libhone_blas.so"
	@install -m 755 "$(BUILD)/libhone_blas_alternative.so" "$(DESTDIR)$(PREFIX)/lib/hone/blas/libblas.so.3"
	@install -m 644 CShims/CHoneBLAS/include/hone_blas.h "$(DESTDIR)$(PREFIX)/include/"
	@if [ -d tuning-db/schema ]; then \
	  cp -R tuning-db/schema "$(DESTDIR)$(PREFIX)/share/hone/tuning-db/"; fi
	@printf '%s\n' 'prefix=$${pcfiledir}/../..' 'includedir=$${prefix}/include' \
	  'kerneldir=$${prefix}/lib/hone/kernels' '' 'Name: hone-kernels' \
	  'Description: Kernel libraries of Hone, one an instruction set, loaded with dlopen' \
	  "Version: $$("$(BUILD)/hone" --version)" 'Cflags: -I$${includedir}' \
	  > "$(DESTDIR)$(PREFIX)/lib/pkgconfig/hone-kernels.pc"

dist: build ## pack a relocatable archive into dist/: runs on a bare Linux host of this architecture
	.ci/dist.sh "$(BUILD)" dist

fuzz: ## fuzz a reader with libFuzzer: TARGET (journal, record, best, host or a format) and EXECUTIONS choose
	.ci/fuzz.sh $(or $(TARGET),journal) $(or $(EXECUTIONS),1000000)

clean: ## remove everything that was built (the tuning database stays)
	rm -rf .build dist
