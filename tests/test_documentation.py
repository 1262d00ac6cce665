"""The pages about the model agree with the declarations in the code."""

import importlib.util
import re
from pathlib import Path

import pandas as pd
import pytest

from simulation import processes, scenario
from simulation.levers import LEVERS
from simulation.parameters import PARAMETERS
from simulation.policy import POLICIES, Policy
from simulation.schedule import QUARTER

ROOT = Path(__file__).resolve().parents[1]
PAGES = {language: (ROOT / "docs" / name).read_text(encoding="utf-8")
         for language, name in (("en", "odd.md"), ("zh", "odd.zh.md"))}
ODD = PAGES["en"]
scenario.declare()
GROUPS = sorted(name for name, cls in PARAMETERS.items() if cls.__module__.startswith("simulation."))
OWN_POLICIES = sorted(name for name, cls in POLICIES.items() if cls.__module__.startswith("simulation."))


def named_in(text):
    return set(re.findall(r"\w+", text, flags=re.ASCII))


def section_of(group, page):
    """Return the part of a page about a group of parameters."""
    if group == "initial":
        return page.split("\n## 5 ")[1].split("\n## 6 ")[0]
    return page.split(f"(`{group}`)\n")[1].split("\n### ")[0]


def sections(page):
    """Return the text below each heading of a page by the heading's number."""
    parts = re.split(r"^#{2,3} (\d+(?:\.\d+)?) .*$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def names_in(text):
    """Return names of the code in a text of either language: words with an underscore in them."""
    return set(re.findall(r"[A-Za-z0-9]+_\w*[A-Za-z0-9]", text, flags=re.ASCII))


def rows_of(page):
    """Return the rows of the table of policies by the policy's name."""
    return {row.group(1): row.group(0) for row in re.finditer(r"^\| `(\w+)` \|.*$", page, flags=re.MULTILINE)}


def script_of(name):
    """Return the module that writes a page, from beside the page."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_page_of_parameters_is_current():
    module = script_of("generate_parameters")
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), "run python docs/generate_parameters.py"


def test_page_of_assumptions_is_current():
    module = script_of("generate_assumptions")
    page = module.page(pd.read_csv(module.TABLE))
    assert module.PAGE.read_text(encoding="utf-8") == page, "run python docs/generate_assumptions.py"


@pytest.mark.parametrize("language", PAGES)
@pytest.mark.parametrize("group", GROUPS)
def test_odd_says_where_every_parameter_enters(group, language):
    assert set(PARAMETERS[group].model_fields) - named_in(section_of(group, PAGES[language])) == set()


@pytest.mark.parametrize("language", PAGES)
@pytest.mark.parametrize("policy", OWN_POLICIES)
def test_odd_says_what_every_parameter_of_a_policy_does(policy, language):
    row = rows_of(PAGES[language])[policy]
    assert set(POLICIES[policy].model_fields) - set(Policy.model_fields) - named_in(row) == set()


@pytest.mark.parametrize("language", PAGES)
def test_odd_lists_the_quarter_in_order(language):
    table = PAGES[language].split("\n## 3 ")[1].split("\n## 4 ")[0]
    named = re.findall(r"^\| \d+ \| ([\w ]+) \|", table, flags=re.MULTILINE)
    expected = [phase if isinstance(phase, str) else phase.__name__.rsplit(".", 1)[1] for phase in QUARTER]
    assert named == [name.replace("_", " ") for name in expected]


def test_odd_names_every_module_of_the_processes():
    files = {path.name for path in Path(processes.__path__[0]).glob("*.py")}
    files = {name for name in files if not name.startswith("__") and not name.endswith("_parameters.py")}
    scheduled = {f"{phase.__name__.rsplit('.', 1)[1]}.py" for phase in QUARTER if not isinstance(phase, str)}
    assert files - scheduled - set(re.findall(r"`(\w+\.py)`", ODD)) == set()


@pytest.mark.parametrize("language", PAGES)
def test_odd_names_every_lever_that_a_policy_moves(language):
    rows = "\n".join(rows_of(PAGES[language]).values())
    levers = {name for name in LEVERS if not name.startswith("construction_")}
    assert levers - named_in(rows) == set()


@pytest.mark.parametrize("language", PAGES)
def test_odd_names_every_lever_in_the_section_of_the_process_that_reads_it(language):
    for name, lever in LEVERS.items():
        for reader in re.findall(r"\w+", lever.doc.en[lever.doc.en.rindex("(") :]):
            assert name in named_in(section_of(reader, PAGES[language])), f"{name} is missing in {reader}"


def test_both_languages_have_the_same_sections():
    assert list(sections(PAGES["en"])) == list(sections(PAGES["zh"]))


def test_both_languages_name_the_same_things_of_the_code_in_each_section():
    chinese = sections(PAGES["zh"])
    for number, text in sections(PAGES["en"]).items():
        assert names_in(text) ^ names_in(chinese[number]) == set(), f"section {number}"


def test_both_languages_have_the_same_decimals_in_each_section():
    chinese = sections(PAGES["zh"])
    for number, text in sections(PAGES["en"]).items():
        decimals, translated = (sorted(re.findall(r"\d+\.\d+", page)) for page in (text, chinese[number]))
        assert decimals == translated, f"section {number}"


def test_both_languages_say_the_same_of_each_policy():
    english, chinese = rows_of(PAGES["en"]), rows_of(PAGES["zh"])
    assert list(english) == list(chinese)
    for policy, row in english.items():
        assert names_in(row) ^ names_in(chinese[policy]) == set(), policy
