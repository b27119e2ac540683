"""Which models a guidance is asked of, and what keeps a declared capability from being raised."""

from __future__ import annotations

from dataclasses import replace

import pytest
from building import catalog, plan, report_on

from aisafe_cli.domain.catalog import Audience
from aisafe_cli.evaluation.audience import is_asked_of


@pytest.mark.parametrize(("compute", "is_asked"), [(None, True), (1e24, False), (2e25, True)])
def test_a_guidance_by_compute_alone_is_asked_where_nothing_rules_it_out(compute: float | None, is_asked: bool) -> None:
    audience = Audience(systemic_risk=None, training_compute_over=1e25, reason="Large models.")
    model = replace(plan("hosted_api").model, training_compute=compute)
    assert is_asked_of(audience, model) is is_asked


@pytest.mark.parametrize(("under", "said"), [(None, False), (20_000_000_000, True)])
def test_a_floor_without_a_size_asks_for_an_assessment_alone(under: int | None, said: bool) -> None:
    requirements = catalog().requirements
    changed = replace(requirements, floor=replace(requirements.floor, parameters_under=under))
    report = report_on(plan("hosted_api", parameters=None), by=replace(catalog(), requirements=changed))
    (remedy,) = (one.remedy for one in report.plan_findings if one.kind == "capability-counts-as-unknown")
    assert ("fewer than 20 billion" in remedy) is said
