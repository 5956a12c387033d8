"""Experiments in plain Python, no Jupyter: data sets, the referee, the answers to exercises."""
