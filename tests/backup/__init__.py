"""Tests of backups, restores and upgrades."""
