# SPDX-License-Identifier: GPL-3.0-or-later
#
# epsim's build. `make help` lists the targets.
#
#   VARIANT=release|debug|asan|tsan|cover|clang|o0|clang-o0|fuzz   each in its own build/<variant>/
#   V=1        shows the commands, and the full output of tests
#   WERROR=1   warnings are errors (as with CI=true)

VERSION := 0.1.0
VARIANT ?= release
PREFIX ?= /usr/local
CLANG ?= clang
V ?= 0

ifeq ($(origin CC),default)
CC := gcc
endif

.DEFAULT_GOAL := all
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(MAKELEVEL),0) # a -j on the command line wins
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif
ifneq ($(and $(filter clean,$(MAKECMDGOALS)),$(filter-out clean,$(MAKECMDGOALS))),)
.NOTPARALLEL:
endif

# ---- variants ----------------------------------------------------------------------------------

VARIANTS := release debug asan tsan cover clang o0 clang-o0 fuzz
ifeq ($(filter $(VARIANT),$(VARIANTS)),)
$(error VARIANT must be one of: $(VARIANTS), got "$(VARIANT)")
endif

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
variant_release := -O2
variant_clang := -O2
variant_o0 := -O0
variant_clang-o0 := -O0
variant_debug := -O0 -g3 -DEPSIM_CHECKS=1
variant_asan := -O1 $(SANITIZE) -fno-omit-frame-pointer -DEPSIM_CHECKS=1
variant_tsan := -O1 -fsanitize=thread -fno-omit-frame-pointer -DEPSIM_CHECKS=1
variant_cover := -O0 --coverage -fprofile-update=atomic
variant_fuzz := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
    -fno-omit-frame-pointer -DEPSIM_CHECKS=1

COMPILER := $(if $(filter clang clang-o0 fuzz,$(VARIANT)),$(CLANG),$(CC))
B := build/$(VARIANT)

# ---- flags -------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
    -Wmissing-prototypes -Wundef -Wvla -Wcast-qual -Wwrite-strings -Wformat=2
ifneq ($(filter 1 true yes,$(WERROR) $(CI)),)
WARNINGS += -Werror
endif

# pkg_libs: a pkg-config package, and what to link with if pkg-config does not know it
pkg_cflags = $(shell pkg-config --cflags $(1) 2>/dev/null)
pkg_libs = $(shell pkg-config --libs $(1) 2>/dev/null || echo $(2))

PKG_CFLAGS := $(strip $(call pkg_cflags,gsl yaml-0.1 jansson))
PKG_LIBS := $(call pkg_libs,gsl,-lgsl -lgslcblas -lm) $(call pkg_libs,yaml-0.1,-lyaml) \
    $(call pkg_libs,jansson,-ljansson)
CMOCKA_LIBS := $(call pkg_libs,cmocka,-lcmocka)

# The exactness of results rests on -ffp-contract=off and on no -ffast-math: docs say why.
LANGUAGE := -std=c11 -D_POSIX_C_SOURCE=200809L -ffp-contract=off -pthread
INCLUDES := -Isim -Iinclude
ALL_CFLAGS := $(LANGUAGE) -g $(variant_$(VARIANT)) $(WARNINGS) $(INCLUDES) $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS := $(filter -O% -g% -f% --coverage -pthread,$(ALL_CFLAGS)) -Wl,--as-needed $(LDFLAGS)
TEST_CFLAGS := -Itests

# ---- files: found, never listed by hand --------------------------------------------------------

LIB_SOURCES := $(sort $(shell find sim -name '*.c' ! -path sim/cli/main.c))
# what the test programs share: tests/support and what stands beside them without being one
SUPPORT_SOURCES := $(sort $(wildcard tests/support/*.c) $(foreach kind,unit property validation, \
    $(filter-out tests/$(kind)/test_%,$(wildcard tests/$(kind)/*.c))))
LIB := $(B)/libepsim.a
SUPPORT := $(if $(SUPPORT_SOURCES),$(B)/libsupport.a)
BIN := $(if $(filter release,$(VARIANT)),epsim,$(B)/epsim)

LIB_OBJECTS := $(LIB_SOURCES:%.c=$(B)/%.o)
SUPPORT_OBJECTS := $(SUPPORT_SOURCES:%.c=$(B)/%.o)
MAIN_OBJECT := $(B)/sim/cli/main.o

PROGRAMS_unit := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/unit/test_*.c)))
PROGRAMS_golden := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/golden/*.c)))
PROGRAMS_property := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/property/test_*.c)))
PROGRAMS_validation := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/validation/test_*.c)))
SCRIPTS := $(sort $(wildcard tests/cli/*.sh tests/golden/*.sh tests/validation/*.sh tests/repro/*.sh))
PROGRAMS_bench := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/bench/*.c)))
SCRIPTS_bench := $(sort $(wildcard tests/bench/*.sh))
PROGRAMS_fuzz := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

# the longest first
KINDS ?= repro validation property golden cli unit
TESTS := $(foreach kind,$(KINDS),$(PROGRAMS_$(kind)) $(filter tests/$(kind)/%,$(SCRIPTS)))

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-5s %s\n'
endif

# Test programs and scripts start their own makes: they must not inherit this one's job server.
CLEAN_ENV := env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u MAKEOVERRIDES
RUN_TESTS := $(CLEAN_ENV) EPSIM="$(abspath $(BIN))" V=$(V) tests/tools/run-tests \
    --variant $(VARIANT)

export CC CLANG WERROR

# ---- the everyday targets ----------------------------------------------------------------------

.PHONY: FORCE all lib run run-now test tests test-programs bench unit golden validation property cli repro fuzz
.PHONY: asan tsan debug cover docs lint lint-now format tidy install uninstall dist clean help deps

all: $(BIN) ## build ./epsim (the default)

lib: $(LIB) ## build build/<variant>/libepsim.a only

run: ## install what is missing, build, run scenarios/rolling-update.yaml
	@tests/tools/setup run
	@$(MAKE) run-now

run-now: $(BIN)
	@tests/tools/first-run "./$(BIN)" scenarios/rolling-update.yaml

test: ## install what is missing, build, run all tests; ends with "N passed, N failed"
	@tests/tools/setup run test
	@$(MAKE) tests

deps: ## install everything that running, testing and linting need
	@tests/tools/setup run test lint

bench: $(PROGRAMS_bench) $(if $(SCRIPTS_bench),$(BIN)) ## run the benchmarks one after the other (QUICK=1, BENCH_ARGS=...)
	@for program in $(PROGRAMS_bench) $(SCRIPTS_bench); do \
	    EPSIM="$(abspath $(BIN))" $$program $(if $(QUICK),--quick) $(BENCH_ARGS) || exit 1; \
	done

help: ## this list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile
	@echo "  VARIANT=$(VARIANT) of: $(VARIANTS); V=1 shows commands; WERROR=1"

# ---- tests -------------------------------------------------------------------------------------

# What does not build is a failed test: the others still run.
tests:
	@$(MAKE) -k test-programs KINDS="$(KINDS)" || [ -e $(LIB) ] || rm -f $(filter $(B)/%,$(TESTS))
	@$(RUN_TESTS) $(TESTS)

test-programs: $(filter $(B)/%,$(TESTS)) $(if $(filter %.sh,$(TESTS)),$(BIN))

unit: ## tests of one module each
	@$(MAKE) tests KINDS=unit
golden: ## known fingerprints and figures of the scenarios
	@$(MAKE) tests KINDS=golden
validation: ## results against closed forms and real systems
	@$(MAKE) tests KINDS=validation
property: ## invariants over random scenarios
	@$(MAKE) tests KINDS=property
cli: ## the program as a user meets it
	@$(MAKE) tests KINDS=cli
repro: ## same bytes from gcc, clang, -O0, -O2, ASan and any -j
	@$(MAKE) tests KINDS=repro

SECONDS ?= 60
fuzz: ## fuzz the loaders for SECONDS=60 each
	@if ! tests/tools/run-fuzz --check "$(CLANG)"; then exit 0; fi; \
	$(MAKE) VARIANT=fuzz fuzz-programs && \
	$(CLEAN_ENV) tests/tools/run-fuzz $(SECONDS) build/fuzz/tests/fuzz

.PHONY: fuzz-programs
fuzz-programs: $(PROGRAMS_fuzz)

asan: ## unit, property and cli tests under AddressSanitizer and UBSan
	@$(MAKE) VARIANT=asan tests KINDS="property cli unit"
tsan: ## unit and property tests under ThreadSanitizer
	@$(MAKE) VARIANT=tsan tests KINDS="property unit"
debug: ## build build/debug/epsim: -O0, costly checks on
	@$(MAKE) VARIANT=debug all
cover: ## line coverage of the tests, file by file
	@find build/cover -name '*.gcda' -delete 2>/dev/null || true
	@$(MAKE) VARIANT=cover tests KINDS="validation property golden cli unit"
	@tests/tools/coverage build/cover

# ---- style -------------------------------------------------------------------------------------

lint: $(LIB) $(MAIN_OBJECT) ## style, layers, headers, prefixes, sizes, clang-tidy
	@$(CLEAN_ENV) LINT_CFLAGS="$(LANGUAGE) $(INCLUDES) $(PKG_CFLAGS)" LINT_WARNINGS="$(WARNINGS)" \
	    BUILD=$(B) tests/tools/lint $(CHECKS)
tidy: ## clang-tidy alone
	@$(CLEAN_ENV) LINT_CFLAGS="$(LANGUAGE) $(INCLUDES) $(PKG_CFLAGS)" LINT_WARNINGS="$(WARNINGS)" \
	    BUILD=$(B) tests/tools/lint tidy
docs: $(BIN) ## rewrite the manual's pages that are made of the program's tables
	@mkdir -p docs/man
	./$(BIN) help --man > docs/man/epsim.1
	./$(BIN) explain --manual man > docs/man/epsim-scenario.5
	./$(BIN) explain --manual markdown > docs/fields.md

format: ## rewrite the sources in the house format
	@find sim $(wildcard include) tests -name '*.[ch]' -print0 | xargs -0 clang-format -i

# ---- how files are made ------------------------------------------------------------------------

FORCE:

# Rewritten only when it changes: other flags rebuild everything, another set of sources the library.
FLAGS_TEXT := $(COMPILER) $(ALL_CFLAGS) | $(ALL_LDFLAGS) | $(VERSION)
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(FLAGS_TEXT)' | cmp -s - $@ || printf '%s\n' '$(FLAGS_TEXT)' > $@
$(B)/sources: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(LIB_SOURCES) | cmp -s - $@ || printf '%s\n' $(LIB_SOURCES) > $@

$(B)/sim/base/version.o: VERSION_FLAG := -DEPSIM_VERSION='"$(VERSION)"'

# A source that does not compile takes what was made from it along: nothing stale is ever run or tested.
$(B)/sim/%.o: sim/%.c Makefile $(B)/flags
	$(say) cc $<
	@mkdir -p $(@D)
	$(Q)$(COMPILER) $(ALL_CFLAGS) $(VERSION_FLAG) -MMD -MP -c $< -o $@ || { rm -f $(LIB) $(BIN); exit 1; }

$(B)/tests/%.o: tests/%.c Makefile $(B)/flags
	$(say) cc $<
	@mkdir -p $(@D)
	$(Q)$(COMPILER) $(ALL_CFLAGS) $(TEST_CFLAGS) -MMD -MP -c $< -o $@ || { rm -f $(@:.o=); exit 1; }

# q appends: with r, two files of one name in different folders would replace each other.
$(LIB): $(LIB_OBJECTS) $(B)/sources
	$(say) ar $@
	@rm -f $@
	$(Q)ar qcs $@ $(LIB_OBJECTS)

$(B)/libsupport.a: $(SUPPORT_OBJECTS)
	@rm -f $@
	$(Q)ar qcs $@ $^

$(BIN): $(MAIN_OBJECT) $(LIB)
	$(say) link $@
	$(Q)$(COMPILER) $(ALL_LDFLAGS) $(MAIN_OBJECT) $(LIB) $(PKG_LIBS) -o $@

$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(SUPPORT) $(LIB)
	$(say) link $@
	$(Q)$(COMPILER) $(ALL_LDFLAGS) -fsanitize=fuzzer $< $(SUPPORT) $(LIB) $(PKG_LIBS) -o $@

$(B)/tests/bench/%: $(B)/tests/bench/%.o $(SUPPORT) $(LIB)
	$(say) link $@
	$(Q)$(COMPILER) $(ALL_LDFLAGS) $< $(SUPPORT) $(LIB) $(PKG_LIBS) -o $@

$(B)/tests/%: $(B)/tests/%.o $(SUPPORT) $(LIB)
	$(say) link $@
	$(Q)$(COMPILER) $(ALL_LDFLAGS) $< $(SUPPORT) $(LIB) $(CMOCKA_LIBS) $(PKG_LIBS) -o $@

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# ---- installing --------------------------------------------------------------------------------

DEST = $(DESTDIR)$(PREFIX)
MAN1 := $(wildcard docs/man/*.1)
MAN5 := $(wildcard docs/man/*.5)
HEADERS := $(wildcard include/epsim/*.h)
SCENARIOS := $(wildcard scenarios/*)
DOCUMENTS := $(wildcard README.md CHANGELOG.md LICENSE docs/*.md)
DIRECTORIES := bin lib/pkgconfig include/epsim share/epsim/scenarios share/doc/epsim \
    share/bash-completion/completions share/zsh/site-functions share/fish/vendor_completions.d
install_to = $(if $(1),install -m 644 $(1) "$(DEST)/$(2)/")

install: $(BIN) $(LIB) ## install below PREFIX=/usr/local (DESTDIR= for packagers)
	@for directory in $(DIRECTORIES) $(if $(MAN1),share/man/man1) $(if $(MAN5),share/man/man5); do \
	    install -d "$(DEST)/$$directory" || exit 1; \
	done
	install -m 755 $(BIN) "$(DEST)/bin/epsim"
	install -m 644 $(LIB) "$(DEST)/lib/libepsim.a"
	$(call install_to,$(HEADERS),include/epsim)
	cp -R $(SCENARIOS) "$(DEST)/share/epsim/scenarios/"
	$(call install_to,$(DOCUMENTS),share/doc/epsim)
	$(call install_to,$(MAN1),share/man/man1)
	$(call install_to,$(MAN5),share/man/man5)
	./$(BIN) completion bash > "$(DEST)/share/bash-completion/completions/epsim"
	./$(BIN) completion zsh > "$(DEST)/share/zsh/site-functions/_epsim"
	./$(BIN) completion fish > "$(DEST)/share/fish/vendor_completions.d/epsim.fish"
	@printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/lib' 'includedir=$${prefix}/include' '' \
	    'Name: epsim' 'Description: simulator of Kubernetes Endpoints and the traffic they carry' \
	    'Version: $(VERSION)' 'Requires.private: gsl yaml-0.1 jansson' \
	    'Libs: -L$${libdir} -lepsim' 'Libs.private: -pthread' 'Cflags: -I$${includedir}' \
	    > "$(DEST)/lib/pkgconfig/epsim.pc"

uninstall: ## remove what install put below PREFIX
	rm -f "$(DEST)/bin/epsim" "$(DEST)/lib/libepsim.a" "$(DEST)/lib/pkgconfig/epsim.pc"
	rm -rf "$(DEST)/include/epsim" "$(DEST)/share/epsim" "$(DEST)/share/doc/epsim"
	rm -f "$(DEST)/share/bash-completion/completions/epsim" "$(DEST)/share/zsh/site-functions/_epsim" \
	    "$(DEST)/share/fish/vendor_completions.d/epsim.fish"
	rm -f $(MAN1:docs/man/%="$(DEST)/share/man/man1/%") $(MAN5:docs/man/%="$(DEST)/share/man/man5/%")

dist: ## the committed sources as build/epsim-<version>.tar.gz
	@mkdir -p build
	git archive --format=tar.gz --prefix=epsim-$(VERSION)/ -o build/epsim-$(VERSION).tar.gz HEAD

clean: ## remove everything built (results stay)
	rm -rf build epsim
