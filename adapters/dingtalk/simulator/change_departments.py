"""Departments as the console changes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from adapters.dingtalk.simulator.lookup import department_named, known_people, new_number, place
from adapters.dingtalk.simulator.model import ROOT, Department
from adapters.dingtalk.simulator.world import World
from adapters.simulation.changes import (
    CreateDepartment,
    DeleteDepartment,
    MoveDepartment,
    UpdateDepartment,
    check_name,
)
from domain.errors import InputError


def create(world: World, change: CreateDepartment) -> int:
    """Add a department."""
    check_name(change.name)
    leaders = known_people(world, change.leaders)
    parent = place(world, change.parent_id)
    number, source = new_number(world.directory.dept_ids, change.id)
    if number in world.directory.tree.departments:
        raise InputError(f"Department {change.id} is already there")
    department = Department(
        number, change.name, parent, source_identifier=source, order=change.order
    )
    world.directory.create_department(department)
    if leaders:
        world.directory.people.lead(department, leaders)
    return number


def update(world: World, change: UpdateDepartment) -> int:
    """Rename, move, reorder or lead a department."""
    department = department_named(world, change.id)
    if department.dept_id == ROOT:
        raise InputError("The organization itself is changed in the settings, not here")
    name = None if change.name is UNSET else change.name
    if name is not None:
        check_name(name)
    parent = None if change.parent_id is UNSET else place(world, change.parent_id)
    leaders = None if change.leaders is UNSET else known_people(world, change.leaders or ())
    world.directory.update_department(department, name=name, parent_id=parent, managers=leaders)
    if change.order is not UNSET:
        department.order = change.order
    return department.dept_id


def move(world: World, change: MoveDepartment) -> int:
    """Hang a department elsewhere."""
    return update(world, UpdateDepartment(id=change.id, parent_id=change.parent_id))


def delete(world: World, change: DeleteDepartment) -> int:
    """Delete a department."""
    department = department_named(world, change.id)
    world.directory.delete_department(department, refuse_cascade=world.settings.refuse_cascade)
    return department.dept_id


DEPARTMENT_CHANGES: dict[str, tuple[type, Callable[[World, Any], int | str]]] = {
    "create_department": (CreateDepartment, create),
    "update_department": (UpdateDepartment, update),
    "move_department": (MoveDepartment, move),
    "delete_department": (DeleteDepartment, delete),
}
