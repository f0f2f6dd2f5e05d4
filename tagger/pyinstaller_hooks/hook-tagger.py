"""Models, tables and the metadata that the tagger reads, for a frozen program that imports it."""

from PyInstaller.utils.hooks import collect_data_files, collect_submodules, copy_metadata

from tagger.system.extras import MODULES

datas = [
    *collect_data_files("tagger"),
    *collect_data_files("corpora"),
    *collect_data_files("kiwipiepy_model"),
    *copy_metadata("kiwipiepy"),
    *copy_metadata("kiwipiepy_model"),
]
hiddenimports = [*collect_submodules("tagger.cli"), "kiwipiepy_model"]  # imported by name
# a program that imports these itself has them nevertheless
excludedimports = sorted({module for modules in MODULES.values() for module in modules})
