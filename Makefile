# On a fresh machine `make demo` and `make test` do all set-up themselves.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO := $(VENV)/.demo
# Tests run in five processes, about equal in length. Those of the whole product have one of their own: a process in which dozens of models have
# been compiled and left open was seen to block inside OpenVINO when compiling one more. Those of faults mostly wait for
# servers that are away on purpose; examples run beside them.
WHOLE := tests/cli tests/site tests/scenarios
FAULTS := tests/scenarios/faults tests/examples
MODELS := tests/ask tests/behaviour tests/brain tests/certify tests/learn tests/measure tests/sim
SERVED := tests/serve
PARTS := test-rooms test-served test-models test-whole test-faults
# Tests come in a random order; `make test SEED=...` repeats one.
SEED := $(shell date +%s)
CITY_CLIP := secondsight/brain/embedded/city-clip
CLIP := build/clip

.PHONY: demo demo-learn test test-all $(PARTS) mutate lint format docs bench audit wheel sbom train-sim train-sentinel train-brain system-packages clean

demo: $(DEMO)  ## the main job on a simulated platform: an annotated video, a page of events, a table; needs no torch
	$(BIN)/secondsight demo --no-serve --out demo-out

demo-learn: $(READY)  ## days of a simulated site whose model learns, from samples to a promotion, with a page of them; needs torch
	$(BIN)/python -m bench learn_days --out demo-learn-out

test: $(READY) system-packages  ## the whole suite but the slow ones
	@echo "random order of tests: make $@ SEED=$(SEED)"
	@$(MAKE) --no-print-directory -j5 $(PARTS) SEED=$(SEED) WHICH='-m "not slow"'

test-all: $(READY) system-packages
	@echo "random order of tests: make $@ SEED=$(SEED)"
	@$(MAKE) --no-print-directory -j5 $(PARTS) SEED=$(SEED) WHICH='--hypothesis-profile=many'

test-rooms: TESTS = tests $(patsubst %,--ignore=%,$(MODELS) $(SERVED) $(WHOLE) $(FAULTS))
test-served: TESTS = $(SERVED)
test-models: TESTS = $(MODELS)
test-whole: TESTS = $(WHOLE) $(patsubst %,--ignore=%,$(FAULTS))
test-faults: TESTS = $(FAULTS)
$(PARTS):
	$(BIN)/python -m pytest $(WHICH) --randomly-seed=$(SEED) --hypothesis-seed=$(SEED) --cpu 15 $(TESTS)

mutate: $(READY)  ## which small breakages no test notices; ROOMS="store cascade" COUNT=20 MUTANTS=1
	$(BIN)/python -m pip install --quiet --editable ".[mutate]"
	$(BIN)/python scripts/mutate.py $(ROOMS) $(if $(COUNT),--count $(COUNT)) --seed $(or $(MUTANTS),1)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY)  ## the documentation into build/docs, to be read without a network
	$(BIN)/python -m pip install --quiet --editable ".[docs]"
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

audit: $(READY)  ## known weaknesses of what is installed; fails where no source of advisories answers, but with AUDIT=--if-reachable
	$(BIN)/python -m pip install --quiet --editable ".[release]"
	$(BIN)/python -m scripts.audit $(AUDIT)

wheel: $(READY)  ## the same commit gives the same bytes
	$(BIN)/python -m pip install --quiet --editable ".[release]"
	rm -rf dist
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m build --wheel --outdir dist

sbom: wheel  ## the wheel's bill of materials (CycloneDX), checked against its schema
	$(BIN)/python -m scripts.sbom dist/*.whl --out dist/sbom.cdx.json

bench: $(READY)  ## ratios of one run, with the machine's facts
	$(BIN)/python -m bench

train-sim: $(READY)  ## train the models of the simulated city; about four hours on two cores
	@$(MAKE) --no-print-directory -j2 train-sentinel train-brain

train-sentinel: $(READY)
	$(BIN)/python -m training detector
	$(BIN)/python -m training detector --start secondsight/sentinel/embedded/city-nano.onnx --seed 3000 --work build/detector-2
	$(BIN)/python -m training measure_detector --card
	$(BIN)/python -m training attributes

# The brain learns in three stages, each going on from the last with what the earlier ones had not shown; what ships lies
# between the first and the last.
train-brain: $(READY)
	$(BIN)/python -m training clip draw --out $(CLIP)/samples --seeds 0:79
	$(BIN)/python -m training clip train --samples $(CLIP)/samples --out $(CLIP)/first
	$(BIN)/python -m training clip draw --out $(CLIP)/more --seeds 80:150 --further
	$(BIN)/python -m training clip train --samples $(CLIP)/more --start $(CLIP)/first --out $(CLIP)/second \
		--steps 1100 --seed 2
	$(BIN)/python -m training clip draw --out $(CLIP)/long --seeds 150:185 --packs retail metro --seconds 150 --density 5
	cp $(CLIP)/more/*.npz $(CLIP)/long/
	$(BIN)/python -m training clip train --samples $(CLIP)/long --start $(CLIP)/second --out $(CLIP)/third \
		--steps 300 --seed 3
	$(BIN)/python -m training clip blend --before $(CLIP)/first --after $(CLIP)/third --samples $(CLIP)/long \
		--out $(CITY_CLIP)
	$(BIN)/python -m training clip draw --out $(CLIP)/held-out --seeds 1000000:1000010
	$(BIN)/python -m training clip draw --out $(CLIP)/held-out --seeds 1000010:1000020 --further
	$(BIN)/python -m training clip card --held-out $(CLIP)/held-out --model $(CITY_CLIP)

# Everything the tests start: an RTSP server and PostgreSQL. Skipped without apt or root; tests then say what is missing.
system-packages:
	@scripts/system-packages

$(READY): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@ $(DEMO)

# What the demo needs of a virtual environment, about 1 GB; `.[dev]`, with torch, more than twice that.
$(DEMO): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[clip,console]"
	touch $@

clean:
	rm -rf $(VENV) demo-out demo-learn-out bench-out dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
