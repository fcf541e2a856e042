# depthd: `make run` shows the demo, `make test` proves it.
SWIFT ?= swift
BUILD := .build/release
RUN_OPTIONS ?=

ARCH ?= $(shell dpkg --print-architecture)

# The program as it is shipped: what the tests that start it start.
SHIPPED := $(CURDIR)/.build-release/out/$(ARCH)/depthd

.PHONY: run test build-tests test-units test-program test-python vmtest vm-image build bench lint python setup clean release deb \
	test-deb check-service image check-image test-image

run: build
	$(BUILD)/depthd run $(RUN_OPTIONS)

# Everything is compiled once, with optimisation: the tests see what is public or package, so that their objects of the program
# are those it is linked of. The end-to-end tests, which start the daemon, have the machine to themselves, as has the Python
# package against the same program.
TEST := $(SWIFT) test -c release --disable-testable-imports --skip-build
test: build-tests release test-units test-program test-python

build-tests: setup
	$(SWIFT) build -c release --build-tests

# Some of them: make test-units ONLY=MailboxTests
test-units:
	$(TEST) --parallel --skip depthdTests $(if $(ONLY),--filter $(ONLY))

# Some of them, or all but some: make test-program ONLY=HubTests; make test-program EXCEPT='(Hub|Demo)'. Nothing is built, so
# that two of these may run at a time.
test-program:
	DEPTHD_PROGRAM=$(SHIPPED) $(TEST) --ignore-lock --no-parallel --filter '^depthdTests\.$(ONLY)' \
		$(if $(EXCEPT),--skip '^depthdTests\.$(EXCEPT)')

test-python:
	scripts/test-python.sh

# Cameras that come, go, freeze and lie, in a virtual machine, against what `make release` made; says what is missing.
vmtest:
	Tests/vm/run

vm-image:
	Tests/vm/run --image

build: setup
	$(SWIFT) build -c release --product depthd

# What is shipped (docs/packaging.md); ARCH=arm64 builds for the Raspberry Pi.
release: setup
	scripts/release.sh $(ARCH)

deb:
	scripts/deb.sh $(ARCH)

test-deb:
	scripts/test-deb.sh .build-release/out/depthd_*_$(ARCH).deb

# What systemd's own analysis says of the unit.
check-service:
	scripts/check-service.sh

# The Raspberry Pi's card and its update, of the arm64 package (image-build/README.md).
image:
	image-build/build

# What can be known of the image without starting it, from the package for this machine.
check-image:
	image-build/test-configure
	ARCH=$(ARCH) image-build/build --card
	ARCH=$(ARCH) image-build/test-file-system

# Boots it, cuts its power, updates it: an hour or more under emulation.
test-image:
	image-build/test-boot
	image-build/test-update

# One part: make bench PART=stereo
bench: build
	bench/run.sh $(PART)

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

# The wheel of the Python package, into clients/python/dist.
python:
	rm -rf clients/python/dist
	python3 -m pip wheel --quiet --no-deps --wheel-dir clients/python/dist clients/python

# Packages, the toolchain check and ONNX Runtime; does nothing when all is there.
setup:
	@scripts/setup.sh

clean:
	rm -rf .build .build-release .build-cross .build-image .deps
