import numpy as np
import pytest

from experiments.uncertainty import HALF, UNCERTAIN, Range, Uncertainty, uncertainty_of
from experiments.workers import altered
from simulation.errors import ScenarioError
from simulation.parameters import PARAMETERS, describe
from simulation.scenario import declare, load_scenario

declare()


@pytest.fixture(scope="module")
def scenarios():
    return [load_scenario(name, scale=0.03, quarters=10) for name in ("baseline", "risk_pool")]


@pytest.mark.parametrize("path", UNCERTAIN)
def test_every_uncertain_parameter_is_declared_and_its_range_is_allowed(path):
    group, _, name = path.partition(".")
    doc = {doc.name: doc for doc in describe(PARAMETERS[group])}[name]
    span = UNCERTAIN[path]
    assert doc.low <= span.low < doc.default < span.high <= doc.high
    if span.source == HALF:
        assert (span.low, span.high) == pytest.approx((0.5 * doc.default, 1.5 * doc.default))


def test_a_seed_has_its_own_draw_whatever_the_number_of_seeds():
    known = Uncertainty("here", ({"a.x": 1.0}, {"a.x": 2.0}), {"b.y": Range(10.0, 20.0, "")})
    draws = [known.draw(seed) for seed in range(64)]
    assert draws[7] == known.draw(7)
    assert known.draw(2**53)[1].keys() == {"a.x", "b.y"}
    values = np.array([values["b.y"] for _, values in draws])
    assert ((values >= 10.0) & (values < 20.0)).all()
    # Consecutive seeds fill the range: every tenth of it is met by 64 draws, and both sets about equally often.
    assert len(set(np.floor(values).astype(int))) == 10
    assert 28 <= sum(number for number, _ in draws) <= 36
    assert all(values["a.x"] == 1.0 + number for number, values in draws)


def test_all_worlds_of_a_seed_share_their_draw(scenarios):
    known = uncertainty_of("calibration", scenarios)
    one, two = (altered(scenario, known.changes(scenario, 3)) for scenario in scenarios)
    _, values = known.draw(3)
    for path, value in values.items():
        group, _, name = path.partition(".")
        assert getattr(one.parameters[group], name) == getattr(two.parameters[group], name) == pytest.approx(value)
    assert one.parameters == two.parameters
    assert one.parameters != altered(scenarios[0], known.changes(scenarios[0], 4)).parameters


def test_sets_come_from_the_regions_calibration_and_ranges_leave_their_parameters_alone(scenarios):
    known = uncertainty_of("calibration", scenarios)
    assert len(known.sets) == len(scenarios[0].region.calibration.spread) > 10
    assert not {path for one in known.sets for path in one} & known.ranges.keys()
    elsewhere = uncertainty_of("calibration", [load_scenario("baseline", region="testbed")])
    assert (elsewhere.sets, elsewhere.draw(0)[0]) == ((), None)
    assert elsewhere.ranges.keys() == UNCERTAIN.keys()


def test_what_a_scenario_sets_itself_is_not_drawn(scenarios):
    settings = {"parameters.credit.score_quality": 0.2, "parameters.labour.quit_rate": 0.2}
    known = uncertainty_of("calibration", [scenarios[0], load_scenario("risk_pool", set=settings)])
    assert known.kept == ("credit.score_quality", "labour.quit_rate")
    assert not {"credit.score_quality", "labour.quit_rate"} & known.draw(1)[1].keys()


def test_nothing_is_drawn_unless_asked_for_and_regions_do_not_mix(scenarios):
    assert uncertainty_of("none", scenarios) is None
    with pytest.raises(ScenarioError, match="several regions"):
        uncertainty_of("calibration", [scenarios[0], load_scenario("baseline", region="testbed")])
