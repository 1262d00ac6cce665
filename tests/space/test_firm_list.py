"""A user's firm list is read with its units, and refused with every bad line named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simulation.errors import RegionError
from simulation.space.firm_list import FirmList, read_firm_list
from simulation.space.region import Region, load_region

Read = Callable[..., FirmList]
Refused = Callable[[str | bytes], list[str]]
HEADER = "name,industry,sales\n"


@pytest.fixture(scope="module")
def nanhu() -> Region:
    return load_region("nanhu")


@pytest.fixture
def read(tmp_path: Path, nanhu: Region) -> Read:
    def of(text: str | bytes, encoding: str = "utf-8") -> FirmList:
        path = tmp_path / "firms.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return read_firm_list(path, nanhu)

    return of


@pytest.fixture
def refused(read: Read, tmp_path: Path) -> Refused:
    def lines(text: str | bytes) -> list[str]:
        with pytest.raises(RegionError) as caught:
            read(text)
        return [str(problem).replace(f"{tmp_path}/", "") for problem in caught.value.problems]

    return lines


def test_three_columns_are_enough_and_the_rest_is_unknown(read, nanhu):
    firms = read(HEADER + "A,life_health,12.5\nB,chemicals,300\n")
    assert firms.name == ("A", "B")
    assert firms.industry.tolist() == [nanhu.industries.name.index(name) for name in ("life_health", "chemicals")]
    assert firms.sales.tolist() == [12.5, 300.0]
    assert firms.cell.tolist() == firms.zone.tolist() == [-1, -1]
    assert np.isnan([firms.founded, firms.staff, firms.rd_spend, firms.tier, firms.cash, firms.debt]).all()


def test_units_of_headers_and_cells_are_converted(read):
    text = "name,industry,sales [万元],rd_spend [thousand CNY],cash,debt(亿元/年)\n"
    with pytest.raises(RegionError, match=r'firms\.csv:1: column "debt": unit'):
        read(text + "A,chemicals,100,1,1,1\n")
    firms = read(text.replace("/年", "") + 'A,chemicals,"32,000",1500,2.5 百万,\n'.replace("2.5 百万", "600 万元"))
    assert firms.sales[0] == pytest.approx(320.0)
    assert firms.rd_spend[0] == pytest.approx(1.5)
    assert firms.cash[0] == pytest.approx(6.0)
    assert np.isnan(firms.debt[0])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_headers_names_and_encodings_of_spreadsheets_are_taken(read, nanhu, encoding):
    text = "企业名称,行业,销售额（万元/年）,片区,成立年份,梯队\r\n甲公司,生命健康,1250,南湖高新区,2009,3\r\n\r\n"
    firms = read(text, encoding)
    assert firms.name == ("甲公司",)
    assert firms.sales[0] == pytest.approx(12.5)
    assert nanhu.zones[firms.zone[0]].name == "high_tech_zone"
    assert nanhu.industries.name[firms.industry[0]] == "life_health"
    assert (firms.founded[0], firms.tier[0]) == (2009, 3)


def test_a_place_on_the_grid_is_a_cell(read, nanhu):
    x, y = int(nanhu.cells.x[7]), int(nanhu.cells.y[7])
    assert read(f"name,industry,sales,x,y\nA,chemicals,3,{x},{y}\n").cell.tolist() == [7]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (",chemicals,1,,,,,,,,,,", 'firms.csv:2: column "name": a name is needed'),
        ("A,chemical,1,,,,,,,,,,", 'firms.csv:2: column "industry": "chemical" is not one of'),
        ("A,,1,,,,,,,,,,", 'firms.csv:2: column "industry": "" is not one of'),
        ("A,chemicals,,,,,,,,,,,", 'firms.csv:2: column "sales": "" must be a number above 0'),
        ("A,chemicals,0,,,,,,,,,,", 'firms.csv:2: column "sales": 0 must be a number above 0'),
        ("A,chemicals,-3,,,,,,,,,,", 'firms.csv:2: column "sales": -3 must be a number above 0'),
        ("A,chemicals,nan,,,,,,,,,,", 'firms.csv:2: column "sales": nan must be a number above 0'),
        ("A,chemicals,many,,,,,,,,,,", 'firms.csv:2: column "sales": "many" is not a number with a unit'),
        ("A,chemicals,3 km,,,,,,,,,,", 'firms.csv:2: column "sales": "3 km" cannot be converted; the unit here is'),
        ("A,chemicals,1,fund,,,,,,,,,", 'firms.csv:2: column "zone": "fund" is not one of'),
        ("A,chemicals,1,,3,,,,,,,,", 'firms.csv:2: column "y": x and y go together'),
        ("A,chemicals,1,,0,0,,,,,,,", 'firms.csv:2: column "x": x 0, y 0 is not a cell of the region'),
        ("A,chemicals,1,,0.5,0,,,,,,,", 'firms.csv:2: column "x": 0.5 must be a whole number'),
        ("A,chemicals,1,fund_town,12,26,,,,,,,", 'firms.csv:2: column "zone": the cell at x, y lies in "outer_towns"'),
        ("A,chemicals,1,,,,2030,,,,,,", 'firms.csv:2: column "founded": 2030 is after the start of the region, 2021'),
        ("A,chemicals,1,,,,21,,,,,,", 'firms.csv:2: column "founded": 21 must be a whole number from 1800'),
        ("A,chemicals,1,,,,,5,9,,,,", 'firms.csv:2: column "research_staff": 9 is more than the staff, 5'),
        ("A,chemicals,1,,,,,,,9,,,", 'firms.csv:2: column "rd_spend": is more than 5 times the sales'),
        ("A,chemicals,1,,,,,,,,-1,,", 'firms.csv:2: column "patents": -1 must be a whole number'),
        ("A,chemicals,1,,,,,,,,,5,", 'firms.csv:2: column "tier": 5 must be a whole number from 1 to 4'),
        ("A,chemicals,1,,,,,,,,,,-2", 'firms.csv:2: column "debt": -2 must be a number from 0'),
        ("A,chemicals,1", "firms.csv:2: the line has 3 values, the header 13"),
        ("A,chemicals,99999,,,,,,,,,,", "firms.csv:1: the sales add up to 99,999 million CNY a year, all firms"),
    ],
)
def test_a_bad_line_is_named(refused, row, told):
    header = "name,industry,sales,zone,x,y,founded,staff,research_staff,rd_spend,patents,tier,debt\n"
    lines = refused(header + row + "\n")
    assert len(lines) == 1
    assert lines[0].startswith(told)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "firms.csv: the file is empty"),
        (b"name,industry,sales\n", "firms.csv: has a header but no firms"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "firms.csv: is not a text file"),
        (b'name,industry,sales\nA,"chem', "firms.csv:2: not a CSV file"),
        (b"name,industry\nA,chemicals\n", 'firms.csv:1: column "sales" is missing'),
        (b"name,industry,sales,turnovr\nA,chemicals,1,1\n", 'firms.csv:1: unknown column "turnovr"'),
        ("name,industry,sales,销售额\nA,chemicals,1,1\n", 'firms.csv:1: column "sales" stands twice'),
        (b"name,industry [km],sales\nA,chemicals,1\n", 'firms.csv:1: column "industry" has no unit, not "km"'),
        (b"name,industry,sales [km]\nA,chemicals,1\n", 'firms.csv:1: column "sales": unit "1 km" cannot be converted'),
    ],
)
def test_a_bad_file_is_told_in_one_line(refused, content, told):
    lines = refused(content)
    assert len(lines) == 1
    assert lines[0].startswith(told)


def test_all_bad_lines_are_named_at_once(refused):
    lines = refused(HEADER + "A,chemicals,1\nA,chemicals,2\nB,chem,-1\n,chemicals,x\n")
    assert [line.split(":")[1] for line in sorted(lines)] == ["3", "4", "4", "5", "5"]
    assert any('"A" stands already in line 2' in line for line in lines)


def test_a_missing_file_is_told(tmp_path, nanhu):
    with pytest.raises(RegionError, match="cannot be read"):
        read_firm_list(tmp_path / "none.csv", nanhu)


def test_a_list_in_the_folder_of_a_region_is_read_with_it(tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(load_region("testbed").directory, folder)
    assert load_region(folder).firm_list is None
    industry = load_region(folder).industries.name[0]
    (folder / "firms.csv").write_text(HEADER + f"A,{industry},3\n", encoding="utf-8")
    assert load_region(folder).firm_list.name == ("A",)
    (folder / "firms.csv").write_text(HEADER + "A,none,3\n", encoding="utf-8")
    with pytest.raises(RegionError, match=r"firms.csv:2: column"):
        load_region(folder)
