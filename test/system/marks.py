"""Marks that many tests have."""

import os

import pytest

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
