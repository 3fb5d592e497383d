# Every command a newcomer needs. `make crawl` and `make test` set up all they use.
PYTHON ?= python3
SOURCE ?= demo
ARCHIVE_DB ?= archive.db
# Words that any source of ours will have used, in the alphabets we know.
FIRST_SEARCH ?= airstrike OR shelling OR قصف OR обстрел
export ARCHIVE_DB

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev

.PHONY: help crawl browse test test-slow bench-crawl bench-replay bench-extract bench-quality bench-changes bench-fuzz bench-verify bench-wild bench-million bench-month bench-importwarc bench-crash bench-compact bench-powerloss bench-search bench-publish bench-browse pywb clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

crawl: $(READY)  ## crawl SOURCE=NAME (default: the embedded demo site), then a first search
	@$(BIN)/scrapy crawl $(SOURCE) $(ARGS)
	@echo
	@echo "A first search: archive search '$(FIRST_SEARCH)' --limit 3"
	@$(BIN)/archive search '$(FIRST_SEARCH)' --limit 3
	@echo
	@echo "Go on with:  make browse                          look at it in Datasette"
	@echo "             make crawl SOURCE=zamanalwasl-en     crawl a real outlet"

browse: $(READY)  ## open the archive in Datasette
	@test -f "$(ARCHIVE_DB)" || { echo "no archive at $(ARCHIVE_DB): run make crawl first" >&2; exit 1; }
	$(BIN)/datasette serve "$(ARCHIVE_DB)" --open \
	  --setting sql_time_limit_ms 5000 --setting facet_time_limit_ms 2000 --setting default_page_size 50 \
	  --setting suggest_facets off

test: $(READY_DEV)  ## lint, types, import rules and the test suite
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n 3 --dist loadfile -m 'not slow'

test-slow: $(READY_DEV)  ## the tests that take longest: a sitemap of 50,000, two days of a month, surveys
	$(BIN)/pytest -q -n 2 --dist loadfile -m slow

bench-crawl: $(READY_DEV)  ## crawl 1,000 generated pages three ways, and print the ratios
	@$(BIN)/python -m compileall -q archive crawler  # as Python does at a first run, unless told not to
	$(BIN)/python bench/crawl.py

bench-replay: $(READY_DEV)  ## crawl saved pages: make bench-replay PAGES=path/to/pages.jsonl
	$(BIN)/python bench/replay.py $(PAGES)

bench-extract: $(READY_DEV)  ## time the extraction against trafilatura's: make bench-extract PAGES=path/to/pages.jsonl
	$(BIN)/python bench/extract.py $(PAGES) $(ARGS)

bench-quality: $(READY_DEV)  ## score the extraction on pages with reference texts: make bench-quality PAGES=...
	$(BIN)/python bench/quality.py $(PAGES) $(ARGS)

bench-changes: $(READY_DEV)  ## score how changes between revisions are told, on edits made by machine: PAGES=..., ARGS=--hostile
	$(BIN)/python bench/changes.py $(PAGES) $(ARGS)

bench-fuzz: $(READY_DEV)  ## 200,000 broken and hostile pages (half an hour): make bench-fuzz PAGES=path/to/pages.jsonl
	$(BIN)/python bench/fuzz.py $(PAGES) $(ARGS)

bench-verify: $(READY_DEV)  ## time `archive verify` on 1,000 generated pages, and what the hash chain costs
	$(BIN)/python bench/verify.py $(ARGS)

bench-wild: $(READY_DEV)  ## read the feeds and sitemaps of other parsers' tests (downloads them)
	$(BIN)/python bench/wild.py $(ARGS)

bench-million: $(READY_DEV)  ## walk a sitemap of 1,000,000 addresses, and print the memory it takes
	$(BIN)/python bench/million.py $(ARGS)

bench-month: $(READY_DEV)  ## rehearse 30 days of 60 simulated sources (half an hour), and print what was missed
	$(BIN)/python bench/month.py $(ARGS)

N ?= 20000
bench-importwarc: $(READY_DEV)  ## import a WARC file of N generated pages, against the extraction alone: make bench-importwarc N=20000
	$(BIN)/python bench/importwarc.py --records $(N) $(ARGS)

bench-crash: $(READY_DEV)  ## kill crawls, workers and imports 200 times (an hour), and check what is left
	$(BIN)/python bench/crash.py $(ARGS)

bench-compact: $(READY_DEV)  ## measure `archive compact`: sizes, times, bodies packed again: PAGES=path/to/pages.jsonl
	$(BIN)/python bench/compact.py $(PAGES) $(ARGS)

bench-powerloss: $(READY_DEV)  ## cut the power 200 times, in a replay of what a crawl asked of the disk (needs gcc)
	$(BIN)/python bench/powerloss.py $(ARGS)

pywb:  ## install pywb, which a slow test replays our WARC files with, into build/pywb (GPL: run as a program only)
	@test -x build/pywb/bin/pywb || { $(PYTHON) -m venv build/pywb && \
	  build/pywb/bin/pip install -q --disable-pip-version-check 'pywb==2.10.*' 'setuptools<81'; }

bench-search: $(READY_DEV)  ## index and search N generated reports, next to a plain FTS5 table: make bench-search N=10000
	$(BIN)/python bench/search.py --reports $(N) $(ARGS)

bench-publish: $(READY_DEV)  ## publish N generated reports, and tell the speed and the memory: make bench-publish N=10000
	$(BIN)/python bench/publish.py --reports $(N) $(ARGS)

bench-browse: $(READY_DEV)  ## time each page over N generated reports, against 300 ms and 150 kB: make bench-browse N=10000
	$(BIN)/python bench/browse.py --reports $(N) $(ARGS)

clean:  ## remove the virtual environment (never the archive)
	rm -rf $(VENV)

$(READY): constraints.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) ..."
	@$(BIN)/pip install -qq --disable-pip-version-check -c constraints.txt -e .
	@$(BIN)/python -m compileall -q archive crawler
	@touch $@

$(READY_DEV): $(READY)
	@$(BIN)/pip install -qq --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
