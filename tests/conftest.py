import pytest

import simulation


@pytest.fixture(scope="session")
def small_scenario():
    """A tenth of the bundled district over twelve quarters."""
    return simulation.load_scenario("baseline", scale=0.1, quarters=12)


@pytest.fixture
def small_model(small_scenario):
    """A fresh small model after three quarters."""
    model = simulation.Ecosystem(small_scenario, rng=1)
    for _ in range(3):
        model.step()
    return model
