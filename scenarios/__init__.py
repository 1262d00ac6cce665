"""Scenarios and regions as data files, found through `importlib.resources`."""
