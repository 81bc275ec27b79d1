"""The shape that every event, and every value of the domain, must have."""

from __future__ import annotations

import importlib
import pkgutil

import msgspec
import pytest

import domain
from domain.directory import Directory, Links
from domain.events import DELIVERIES, DIRECTORY, RUNS, TOPICS, DeliveryFact, Fact, NotApplied
from domain.evolve import _HANDLERS

for module in pkgutil.walk_packages(domain.__path__, "domain."):
    importlib.import_module(module.name)

KINDS = {"organization", "department", "member", "role_group", "role", "run", "delivery"}
FOLDED_IN_PLACE = {Directory.__name__, Links.__name__, "Sifted", "TargetState"}


def below(cls: type) -> set[type]:
    return {cls}.union(*(below(sub) for sub in cls.__subclasses__()))


FACTS = sorted(
    (
        cls
        for cls in below(Fact) - {Fact, DeliveryFact, NotApplied}
        if cls.__module__.startswith("domain.")
    ),
    key=lambda cls: cls.__name__,
)
VALUES = sorted(
    (cls for cls in below(msgspec.Struct) if cls.__module__.startswith("domain.")),
    key=lambda cls: cls.__name__,
)


def test_every_fact_can_be_read_from_the_log():
    assert set(FACTS) == set(TOPICS.values()) == {*DIRECTORY, *DELIVERIES, *RUNS}
    assert len(TOPICS) == len(DIRECTORY) + len(DELIVERIES) + len(RUNS), "two facts with one topic"


def test_every_fact_about_the_organization_is_folded():
    assert set(_HANDLERS) == set(DIRECTORY)


@pytest.mark.parametrize("cls", FACTS, ids=lambda cls: cls.__name__)
def test_a_fact_says_its_topic_kind_and_personal_fields_itself(cls):
    assert cls.__dict__["TOPIC"] == cls.__name__
    assert cls.__dict__["KIND"] in KINDS
    assert set(cls.__struct_fields__) >= cls.PERSONAL


@pytest.mark.parametrize("cls", FACTS, ids=lambda cls: cls.__name__)
def test_a_fact_that_tells_who_somebody_is_says_so(cls):
    if cls.KIND == "member":
        telling = {"name", "email", "mobile", "avatar", "job_number", "details"}
        assert telling & set(cls.__struct_fields__) <= cls.PERSONAL


@pytest.mark.parametrize("cls", FACTS, ids=lambda cls: cls.__name__)
def test_every_step_between_versions_has_an_upcast(cls):
    for version in range(1, cls.class_version):
        assert callable(getattr(cls, f"upcast_v{version}_v{version + 1}"))


@pytest.mark.parametrize("cls", VALUES, ids=lambda cls: cls.__name__)
def test_values_are_frozen_but_for_what_is_folded_in_place(cls):
    assert cls.__struct_config__.frozen != (cls.__name__ in FOLDED_IN_PLACE)
