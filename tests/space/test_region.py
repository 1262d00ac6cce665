"""Regions load as described, agree with themselves, and tell every fault with its file and line."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simulation.errors import RegionError
from simulation.populations.talent import SKILLS
from simulation.space.region import Region, load_region, region_names

Break = Callable[[str, str, str], RegionError]


@pytest.fixture(scope="module")
def nanhu() -> Region:
    return load_region("nanhu")


@pytest.fixture
def broken(tmp_path: Path) -> Break:
    """Return what loading the testbed raises after one text in one of its files was replaced."""

    def replace(file: str, old: str, new: str) -> RegionError:
        folder = tmp_path / "mine"
        if not folder.exists():
            shutil.copytree(load_region("testbed").directory, folder)
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(RegionError) as caught:
            load_region(folder)
        return caught.value

    return replace


@pytest.mark.parametrize("name", region_names())
def test_every_bundled_region_agrees_with_itself(name: str) -> None:
    region = load_region(name)
    cells, industries, institutes = region.cells, region.industries, region.institutes
    field_count, skill_count = len(region.fields), len(SKILLS)
    assert region.name == name
    assert region.title.en
    assert region.title.zh
    assert len(set(zip(cells.x.tolist(), cells.y.tolist(), strict=True))) == len(cells.x)
    assert set(cells.zone.tolist()) == set(range(len(region.zones)))
    assert cells.x.max() < region.width
    assert cells.y.max() < region.height
    assert region.inputs.shape == (len(industries.name),) * 2
    assert np.all(region.inputs.sum(axis=1) + industries.value_added_share <= 1.0 + 1e-9)
    assert region.field_weights.shape == (len(industries.name), field_count)
    assert region.externals.knowledge.shape == (len(region.externals.name), field_count)
    assert region.externals.candidates.shape == (len(region.externals.name), skill_count)
    for shares in (
        region.field_weights.sum(axis=1),
        institutes.expertise.sum(axis=1),
        industries.sales_share.sum(),
        industries.firms_share.sum(),
    ):
        np.testing.assert_allclose(shares, 1.0, atol=1e-9)
    assert np.all((institutes.cell >= 0) & (institutes.cell < len(cells.x)))
    assert set(institutes.system) <= set(region.systems)
    assert all(np.isfinite(column).all() for column in vars(cells).values() if isinstance(column, np.ndarray))


@pytest.mark.parametrize("name", region_names())
def test_levels_of_every_bundled_region_close(name: str) -> None:
    region = load_region(name)
    value = {key: level.value for key, level in region.levels.items()}
    research = value["gdp"] * value["rd_intensity"]
    industries = region.industries
    assert region.institutes.budget.sum() == pytest.approx(research * (1 - value["firm_rd_share"]), rel=0.01)
    norm = industries.sales_share @ industries.rd_intensity
    assert value["firm_sales"] * norm == pytest.approx(research * value["firm_rd_share"], rel=0.01)
    value_added = value["firm_sales"] * (industries.sales_share @ industries.value_added_share)
    assert value_added / value["gdp"] + region.background["gdp_share"] == pytest.approx(1.0, abs=0.005)
    assert value["firms"] * 1.2 / region.cells.floor_space.sum() == pytest.approx(0.88, abs=0.01)
    assert value["talent"] / region.cells.housing.sum() == pytest.approx(0.93, abs=0.01)
    assert sum(value[f"talent_{skill}"] for skill in SKILLS) == pytest.approx(1.0)
    assert all(level.low <= level.value <= level.high for level in region.levels.values())
    assert all(level.source and level.confidence for level in region.levels.values())


def test_the_default_district_has_its_size_and_its_anchored_levels(nanhu: Region) -> None:
    assert (nanhu.width, nanhu.height, len(nanhu.cells.x)) == (31, 27, 437)
    assert (len(nanhu.industries.name), len(nanhu.fields), len(nanhu.institutes.name)) == (9, 12, 40)
    assert nanhu.externals.candidates.sum() == 2500
    assert nanhu.externals.firm_candidates.sum() == pytest.approx(8.0)
    assert nanhu.levels["high_tech_enterprises"][:4] == (450, "firm", 420, 480)
    assert nanhu.levels["gdp"].high == pytest.approx(1.15 * 68000)
    assert not nanhu.levels["gdp"].range_stated
    lines = {name: (line.value, line.label.zh) for name, line in nanhu.benchmarks.items()}
    assert lines == {
        "patents_per_10k": (99.04, "上海杨浦区"),
        "technology_contracts_registered": (15000, "杭州西湖区"),
        "high_tech_enterprises": (1000, "苏州相城区"),
        "tech_smes": (2000, "苏州相城区"),
    }


def test_the_axis_strings_its_three_zones_from_north_to_south(nanhu: Region) -> None:
    cells = nanhu.cells
    strung = {zone.name for zone in nanhu.zones if zone.axis}
    touched = {nanhu.zones[index].name for index in cells.zone[cells.axis]}
    assert strung == {"xiangjiadang", "high_tech_zone", "fenghuang"}
    assert strung <= touched
    assert cells.y[cells.axis].max() - cells.y[cells.axis].min() > 15
    north = [cells.y[cells.zone == nanhu.zone_index(name)].mean() for name in ("xiangjiadang", "fenghuang")]
    assert north[0] > cells.y[nanhu.zone_mask("core")].mean() > north[1]


def test_distances_of_places_outside_follow_from_coordinates(nanhu: Region) -> None:
    west = nanhu.externals.name.index("xihu")
    north = nanhu.externals.name.index("xiangcheng")
    assert nanhu.externals.distance_x[west] == pytest.approx((120.13 - 120.673) * 111.2 * 0.86085, rel=1e-3)
    assert nanhu.externals.distance_y[north] == pytest.approx((31.443 - 30.588) * 111.2)


def test_arrays_cannot_be_written_and_survive_pickling(nanhu: Region) -> None:
    with pytest.raises(ValueError, match="read-only"):
        nanhu.cells.rent[0] = 1.0
    again = pickle.loads(pickle.dumps(nanhu))
    np.testing.assert_array_equal(again.field_weights, nanhu.field_weights)
    assert again.levels == nanhu.levels


def test_no_code_of_the_region_names_a_place_of_the_default_district(nanhu: Region) -> None:
    names = {zone.name for zone in nanhu.zones} | set(nanhu.externals.name) | set(nanhu.industries.name)
    names |= set(nanhu.fields) | set(nanhu.neighbours.name) | {nanhu.name, "shanghai", "tsinghua"}
    names -= {"packaging", "chemicals", "chemistry"}
    folder = Path(load_region.__code__.co_filename).parent
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py")).lower()
    assert [name for name in sorted(names) if name in text] == []


def test_a_folder_and_its_file_load_like_a_bundled_name(tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(load_region("testbed").directory, folder)
    for wanted in (folder, str(folder), folder / "region.toml"):
        region = load_region(wanted)
        assert region.name == "copy"
        assert region.industries.name == load_region("testbed").industries.name


def test_an_unknown_region_is_told_with_the_nearest_name() -> None:
    with pytest.raises(RegionError, match=r'no region "nanhoo"; did you mean "nanhu"\?'):
        load_region("nanhoo")


def test_an_unknown_zone_is_told_with_line_and_nearest_name(broken: Break, nanhu: Region) -> None:
    message = str(broken("cells.csv", "hillside", "hilside"))
    assert "cells.csv:" in message
    assert 'column "zone": "hilside" is not one of' in message
    assert 'did you mean "hillside"?' in message
    with pytest.raises(RegionError, match=r'no zone "inner_town"; did you mean "inner_city"\?'):
        nanhu.zone_index("inner_town")


def test_every_faulty_row_is_told_at_once_with_its_line(broken: Break) -> None:
    folder_error = broken("cells.csv", "\n2,6,meadows,", "\n2,6,meadows,1.")
    assert [problem.line for problem in folder_error.problems] == [2]
    error = broken("cells.csv", "\n3,6,meadows,", "\n9,6,meadows,-")
    lines = [(problem.line, problem.message) for problem in error.problems]
    assert [line for line, _ in lines] == [2, 3, 3]
    assert 'column "x": 9 must be a whole number from 0 to 8' in lines[1][1]
    assert 'column "buildable": -0.' in lines[2][1]


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "told"),
    [
        (
            "cells.csv",
            "floor_space",
            "floorspace",
            1,
            'unknown column "floorspace"; did you mean "floor_space"',
        ),
        ("cells.csv", "floor_space", "floorspace", 1, 'column "floor_space" is missing'),
        ("cells.csv", "\n3,6,", "\n2,6,", 3, "x 2, y 6 stands already in line 2"),
        ("cells.csv", "\n3,6,", "\n3,six,", 3, 'column "y": "six" must be a whole number'),
        ("cells.csv", "\n3,6,", "\n3,6,meadows\n4,6,", 3, "the line has 3 values, the header 12"),
        ("fields.csv", "0.45", "0.55", 2, "add up to 1.1, must be 1"),
        ("fields.csv", "instruments", "instrument", 3, 'did you mean "instruments"'),
        ("inputs.csv", "tidal_energy,0.1,0.15", "tidal_energy,0.1,0.95", 2, "exceed 1"),
        ("industries.csv", "0.15,0.3,0.06", "0.25,0.3,0.06", None, '"sales_share" adds up to 1.1, must be 1'),
        ("industries.csv", "traditional", "tradition", 4, 'did you mean "traditional"'),
        (
            "institutes.csv",
            "platform,guild,2,3",
            "platform,guild,0,0",
            5,
            "x 0, y 0 is not a cell of cells.csv",
        ),
        ("institutes.csv", "platform,guild", "platform,gild", 5, 'did you mean "guild"'),
        ("region.toml", "travel_time        = 40", 'travel_time        = "40"', 71, "'40' must be a number"),
        ("region.toml", "waves = 1.0,", "waves = 1.3,", 81, "1.3 must be a number above 0 and up to 1.2"),
        ("region.toml", 'unit = "firm", low', 'unit = "firms", low', None, 'the unit "firms" must be "firm"'),
        ("region.toml", "low = 36", "low = 41", None, "outside its own range 41 to 44"),
        (
            "region.toml",
            'source = "assumption", confidence = "assumption", use',
            "use",
            None,
            "has no source",
        ),
        ("region.toml", "loan_rate ", "lone_rate ", None, 'unknown key; did you mean "loan_rate"'),
        (
            "region.toml",
            "talent_research       = { value = 0.23",
            "talent_research = { value = 0.33",
            None,
            "1.1",
        ),
        ("region.toml", '"2021Q1"', '"2021-01"', 5, 'must be a quarter such as "2021Q1"'),
        ("region.toml", "[map]", "[map", 7, "not valid TOML"),
    ],
)
def test_a_fault_is_told_with_its_place(
    broken: Break, file: str, old: str, new: str, line: int | None, told: str
) -> None:
    error = broken(file, old, new)
    found = [problem for problem in error.problems if told in problem.message]
    assert found, str(error)
    assert Path(str(found[0].file)).name == file
    assert line is None or found[0].line == line
    assert all("\n" not in str(problem) for problem in error.problems)


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe\x80binary"])
@pytest.mark.parametrize("file", ["region.toml", "cells.csv", "fields.csv"])
def test_empty_and_binary_files_are_told_not_raised(tmp_path: Path, file: str, content: bytes) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(load_region("testbed").directory, folder)
    (folder / file).write_bytes(content)
    with pytest.raises(RegionError, match=file.replace(".", r"\.")):
        load_region(folder)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(load_region("testbed").directory, folder)
    (folder / "institutes.csv").unlink()
    with pytest.raises(RegionError, match=r"institutes\.csv: file is missing"):
        load_region(folder)
