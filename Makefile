# personatwin: build, install, test.
#
#   make                    build the library and the installer (in build/release)
#   make install            install them into the PostgreSQL that PG_CONFIG names
#   make test               everything: packages, build, unit, regression, isolation and TAP tests, checks
#   make unit               unit tests of the pure core under ASan and UBSan
#   make installcheck       the in-server suites against a private, throwaway server
#   make asan               the in-server suites with ASan and UBSan inside the server
#   make coverage           coverage of all suites: build/coverage/html/index.html
#   make bench | fuzz       timed runs of test/bench, fuzz targets of test/fuzz
#   make format | lint      rewrite the layout | check layout, exports, comments, documents
#   make doc                regenerate doc/reference.md from the SQL comments
#   make soak               50 crashes at random moments (CRASHES, SEED), 100 starts and stops of the worker of advice (CYCLES)
#   make demo DATA=...      the five-minute tour on a private server
#
# Everything is built below build/VARIANT, never in the source tree. EXTRA adds compile and link flags to a variant,
# V=1 shows the commands.

here := $(patsubst %/,%,$(dir $(realpath $(firstword $(MAKEFILE_LIST)))))
VARIANT ?= release
PG_CONFIG ?= pg_config
export PG_CONFIG

ifeq ($(here),$(CURDIR))
# ---------------------------------------------------------------- in the source tree: hand over to build/VARIANT
dir = build/$(VARIANT)
inner = +@mkdir -p $(dir) && $(MAKE) $(if $(V),,-s) --no-print-directory -C $(dir) -f $(here)/Makefile VARIANT=$(VARIANT)

.PHONY: all install uninstall module test unit installcheck asan coverage bench fuzz soak format lint doc demo clean
all install uninstall module:
	$(inner) $@
unit:
	$(inner) unit

test:
	@test/tools/run-tests.sh all
installcheck:
	@VARIANT=$(VARIANT) test/tools/run-tests.sh regress isolation tap
asan:
	@VARIANT=asan test/tools/run-tests.sh regress isolation tap
coverage:
	@test/tools/coverage.sh
bench:
	@test/tools/bench.sh $(BENCH)
fuzz:
	@test/tools/fuzz.sh $(FUZZ)
soak:
	@CRASHES=$(or $(CRASHES),50) PT_CYCLES=$(or $(CYCLES),100) TESTS='crash advice_worker' test/tools/run-tests.sh tap
format:
	@git ls-files -co --exclude-standard '*.cpp' '*.hpp' '*.h' | xargs clang-format-14 -i
lint:
	@test/tools/run-tests.sh checks
doc:
	@test/tools/reference.sh > build/reference.md && cp build/reference.md doc/reference.md
demo:
	@test/tools/demo.sh "$$DATA"
clean:
	rm -rf build

else
# ---------------------------------------------------------------- in a build folder: PGXS
files = $(sort $(patsubst $(here)/%,%,$(wildcard $(addprefix $(here)/,$(1)))))

ifeq ($(VARIANT),asan)
EXTRA ?= -O0 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -DUSE_ASSERT_CHECKING
else ifeq ($(VARIANT),coverage)
EXTRA ?= -O0 --coverage -fprofile-update=atomic
endif

# The worker of advice is a library of its own, built where libcurl's headers are (CURL= leaves it out).
CURL ?= $(shell echo '\#include <curl/curl.h>' | $(CXX) -E -x c++ - > /dev/null 2>&1 && echo yes)
EXTENSION  = personatwin
MODULE_big = personatwin
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(here)/personatwin.control)
PARTS := $(call files,sql/[0-9]*.sql)
# The installer's parts in version 1.0; later ones are new and belong to the upgrade as they are.
PARTS_1_0 := $(addprefix sql/,00-begin.sql 10-domains.sql 15-describe.sql 20-catalog.sql 30-personas.sql 35-build.sql \
               40-look.sql 50-release.sql 60-anonymize.sql 70-sample.sql 99-end.sql)
UPGRADE_PARTS := sql/upgrade/1.0--1.1.sql $(filter-out $(PARTS_1_0),$(PARTS)) sql/99-end.sql
DATA_built = personatwin--$(EXTVERSION).sql personatwin--1.0--1.1.sql
WORKER_SRCS := $(if $(CURL),$(call files,src/advisor/worker/*.cpp))
SRCS := $(filter-out src/advisor/worker/%,$(call files,src/*/*.cpp src/*/*/*.cpp))
OBJS := $(SRCS:.cpp=.o)
WORKER_OBJS := $(WORKER_SRCS:.cpp=.o)
MODULE_OBJS := $(patsubst %.cpp,%.o,$(call files,test/module/*.cpp))

WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast \
           -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wduplicated-cond -Wduplicated-branches -Wlogical-op \
           -Wformat=2 -Werror
PG_CPPFLAGS  = -I$(here)/src -isystem $(shell $(PG_CONFIG) --includedir-server) -isystem /usr/include/eigen3 \
               -isystem /usr/include/jsoncpp -MMD -MP
# Functions are exported by SHLIB_EXPORTS alone, so nothing can be put in the place of ours and the compiler may inline them.
PG_CXXFLAGS  = -std=c++20 -fno-semantic-interposition $(WARNINGS) -DPT_VERSION='"$(EXTVERSION)"' $(EXTRA)
SHLIB_EXPORTS = src/exports.txt
SHLIB_LINK    = -lstdc++ -ljsoncpp $(EXTRA)

override with_llvm = no
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# The core's loops are where the time goes.
$(filter src/core/%,$(OBJS)): override CXXFLAGS += $(if $(EXTRA),,-O3)

# A change of flags rebuilds everything.
flags := $(CXX) $(CXXFLAGS) $(PG_CPPFLAGS) $(PG_CXXFLAGS) $(shell $(PG_CONFIG) --version)
$(shell mkdir -p $(sort $(dir $(OBJS) $(WORKER_OBJS) $(MODULE_OBJS))))
$(file >flags.new,$(flags))
$(shell cmp -s flags.new flags || cp flags.new flags)
$(OBJS) $(WORKER_OBJS) $(MODULE_OBJS): flags

# With ccache in place, checkouts of the same sources share their objects.
ifneq ($(shell command -v ccache),)
unit_cxx := $(CXX)
CXX := ccache $(CXX)
export CCACHE_BASEDIR := $(here)
export CCACHE_NOHASHDIR := 1
endif
-include $(OBJS:.o=.d) $(WORKER_OBJS:.o=.d) $(MODULE_OBJS:.o=.d)

personatwin--$(EXTVERSION).sql: $(addprefix $(here)/,$(PARTS) personatwin.control)
	cat $(addprefix $(here)/,$(PARTS)) > $@
personatwin--1.0--1.1.sql: $(addprefix $(here)/,$(UPGRADE_PARTS))
	cat $^ > $@

ifneq ($(WORKER_OBJS),)
all: personatwin_advice.so
personatwin_advice.so: $(WORKER_OBJS) $(filter-out src/pg/module.o,$(OBJS)) $(here)/src/advisor/worker/exports.map
	rm -f advice.a && ar rcs advice.a $(filter-out src/pg/module.o,$(OBJS))
	$(CXX) -shared -o $@ $(WORKER_OBJS) advice.a -ljsoncpp -lcurl $(EXTRA) \
	  -Wl,--version-script=$(here)/src/advisor/worker/exports.map
install: install-advice
uninstall: uninstall-advice
install-advice: personatwin_advice.so installdirs-advice
	$(INSTALL_SHLIB) $< '$(DESTDIR)$(pkglibdir)/'
installdirs-advice:
	$(MKDIR_P) '$(DESTDIR)$(pkglibdir)'
uninstall-advice:
	rm -f '$(DESTDIR)$(pkglibdir)/personatwin_advice.so'
endif

# The test-only library: test/module on the extension's own objects. Never installed by `make install`.
MODULE_PARTS = $(filter-out src/pg/module.o,$(OBJS))
.PHONY: module install-module
module: personatwin_test.so
personatwin_test.so: $(MODULE_OBJS) $(MODULE_PARTS)
	$(CXX) -shared -o $@ $^ -ljsoncpp $(EXTRA)
install-module: personatwin_test.so
	$(INSTALL_SHLIB) $< '$(DESTDIR)$(pkglibdir)/'

# Unit tests: the pure code alone; no PostgreSQL include path, so a stray server header cannot compile.
PURE      := $(call files,src/core/*.cpp src/core/*/*.cpp src/advisor/*.cpp)
UNIT_OBJS := $(patsubst %.cpp,unit/%.o,$(PURE) $(call files,test/unit/*.cpp test/unit/*/*.cpp))
UNIT_SANITIZE ?= $(if $(filter coverage,$(VARIANT)),$(EXTRA),-O0 -fsanitize=address,undefined -fno-sanitize-recover=undefined)
UNIT_FLAGS = -std=c++20 -g1 $(UNIT_SANITIZE) $(WARNINGS) -I$(here)/src -isystem /usr/include/eigen3 \
             -isystem /usr/include/jsoncpp -MMD -MP
$(shell mkdir -p $(sort $(dir $(UNIT_OBJS)) unit))
$(file >unit/flags.new,$(or $(unit_cxx),$(CXX)) $(UNIT_FLAGS))
$(shell cmp -s unit/flags.new unit/flags || cp unit/flags.new unit/flags)
$(UNIT_OBJS): unit/%.o: $(here)/%.cpp unit/flags
	$(CXX) $(UNIT_FLAGS) -c -o $@ $<
# Each of SHARDS processes runs its part of the tests; more than processors, so that long tests spread.
SHARDS ?= $(if $(FILTER),1,4)
# Real data and oracles, beside the source tree where they are; tests that need them skip without.
PT_SHARED ?= $(wildcard $(here)/../shared)
unit/run: $(UNIT_OBJS)
	$(CXX) $(UNIT_SANITIZE) $^ -lgtest_main -lgtest -ljsoncpp -o $@
.PHONY: unit
unit: unit/run
	@PT_SHARED='$(PT_SHARED)' ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1 \
	  $(here)/test/tools/shards.sh '$(SHARDS)' unit/run --gtest_brief=1 --gtest_filter='$(or $(FILTER),*)'
-include $(UNIT_OBJS:.o=.d)
endif
