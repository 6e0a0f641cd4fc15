"""Agents measured by cases."""
