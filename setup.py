"""The README as the project's page on a package index, where relative links lead nowhere."""

import configparser
import re
from pathlib import Path

from setuptools import setup

settings = configparser.ConfigParser()
settings.read("setup.cfg", encoding="utf-8")
files = settings["metadata"]["url"] + "/blob/main/"
readme = Path("README.md").read_text(encoding="utf-8")
setup(long_description=re.sub(r"\]\((?![a-z]+:|#)", f"]({files}", readme))
