"""Tests of connections to cameras."""
