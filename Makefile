# The words of dev.py, for those whose fingers type make. Options: make lab ARGS="--no-browser --port 8899"
PYTHON ?= python3
WORDS = lab test demo bench lint notebooks reset doctor

.PHONY: help $(WORDS)

help:
	@$(PYTHON) dev.py help

$(WORDS):
	@$(PYTHON) dev.py $@ $(ARGS)
