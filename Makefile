# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# `make demo` and `make test` work on a fresh Debian or Ubuntu machine with the Swift toolchain and Python 3.
# Both use one build configuration, so that the second builds only what the first didn't.

SWIFT    ?= swift
PYTHON   ?= python3
PREFIX   ?= /usr/local
SCRATCH  ?= .build
BUILD    := $(SWIFT) build -c release --scratch-path $(SCRATCH)
GALLEY   := $(SCRATCH)/release/galley

AGENT    := .build/agent$(if $(PLATFORM),-$(PLATFORM))

.PHONY: all agent demo test soak bench volume format check setup packages native peers build install clean help

all: build

help:
	@echo "make demo              run the digits recipe, from data set to report"
	@echo "make agent             build galley-agent for devices into .build/agent/galley-agent;"
	@echo "                       for other platforms: PLATFORM=linux-aarch64 SDK=… (Documentation/agent.md)"
	@echo "make test              run all tests"
	@echo "make soak              keep an agent under hosts, cuts and kills for SOAK_SECONDS (600)"
	@echo "make bench             measure Galley beside its peers"
	@echo "make volume            measure Volumes/first.golden anew, about an hour on two idle cores"
	@echo "make install PREFIX=…  install galley with its native libraries (default $(PREFIX))"
	@echo "make format check      format the sources; check them without changing anything"

packages:
	@sh Native/system-packages.sh

native: packages
	@$(PYTHON) Native/bootstrap.py

setup: native

build: setup
	$(BUILD) --product galley
	$(BUILD) --product galley-agent

# The agent for devices: Swift's runtime lies within it, so that it needs nothing but the C library. PLATFORM and SDK
# build it for another platform than this machine's (Documentation/agent.md); the linker then strips it, because this
# machine's strip need not know that platform.
agent:
	$(SWIFT) build -c release --static-swift-stdlib --product galley-agent --scratch-path $(AGENT) \
	  -Xlinker --no-export-dynamic $(if $(SDK),--swift-sdk $(SDK) -Xlinker -s)
	cp $(AGENT)/release/galley-agent $(AGENT)/galley-agent
	$(if $(SDK),,strip $(AGENT)/galley-agent)
	@ls -l $(AGENT)/galley-agent

# The recipe's results are kept beside its output, so that a fresh clone begins with an empty pantry.
demo: build
	GALLEY_HOME="$${GALLEY_HOME:-$(CURDIR)/output/pantry}" $(GALLEY) run Examples/digits/recipe.yaml --output output/digits

peers: packages
	@sh Native/system-packages.sh --tests
	@sh Native/peers.sh

test: setup peers
	$(PYTHON) -m unittest discover -s Tests/NativeTests
	.peers/bin/python -m unittest discover -s Tests/WorkersTests/Python
	$(BUILD) --build-tests
	@sh Tests/run.sh "$(SCRATCH)"

# Hosts that measure, send, cancel and misbehave, over a network that delays and cuts, at an agent that is killed now and
# then. It says one line, and fails if anything hung, leaked or was wrong.
SOAK_SECONDS ?= 600
SOAK_SEED    ?= 1

soak: build
	$(PYTHON) -B Tests/Soak/soak.py $(SCRATCH)/release --seconds $(SOAK_SECONDS) --seed $(SOAK_SEED)

bench: build
	$(MAKE) -C Benchmarks

# The rows that Galley ships. The machine must do nothing else; what was stopped goes on, and `rm -rf output/volume`
# begins anew.
VOLUME   := output/volume
MEASURE   = $(GALLEY) sweep Examples/volume/space-$(1).yaml --pantry $(VOLUME)/pantry --folder $(VOLUME)/$(1) \
  --golden $(VOLUME)/first.golden

volume: build
	@mkdir -p $(VOLUME) Volumes
	$(call MEASURE,digits)
	$(call MEASURE,shapes)
	rm -f Volumes/first.golden
	$(GALLEY) golden merge $(VOLUME)/first.golden --into Volumes/first.golden
	$(GALLEY) golden verify --volume Volumes/first.golden
	$(GALLEY) golden zoo index Volumes

format:
	$(SWIFT) format -i -r -p Package.swift Sources Tests Benchmarks/Sources Benchmarks/Package.swift

check:
	$(SWIFT) format lint --strict -r -p Package.swift Sources Tests Benchmarks/Sources Benchmarks/Package.swift

install: build
	sh Native/install.sh "$(GALLEY)" "$(PREFIX)"

clean:
	rm -rf $(SCRATCH) output
