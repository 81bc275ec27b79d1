"""Departments as the console changes them."""

from __future__ import annotations

from msgspec import UNSET

from adapters.simulation.changes import (
    Changes,
    CreateDepartment,
    DeleteDepartment,
    MoveDepartment,
    UpdateDepartment,
)
from adapters.wecom.order import LIMIT, TOP, order_of
from adapters.wecom.simulator.lookup import department_named, known_people, place
from adapters.wecom.simulator.model import ROOT, Department
from adapters.wecom.simulator.tree import check_name
from adapters.wecom.simulator.world import World
from domain.errors import InputError


def _order(given: int) -> int:
    order = order_of(given)
    if not 0 <= order < LIMIT:
        raise InputError(f"WeCom has no order for place {given}")
    return order


def _leaders(world: World, department: Department, given: tuple[str, ...]) -> set[str]:
    leaders = set(known_people(world, given))
    if not leaders <= department.members.keys():
        raise InputError("Somebody who leads a department must be a member of it")
    return leaders


def create(world: World, change: CreateDepartment) -> str:
    """Add a department; nobody is in it yet, so nobody can lead it."""
    directory, name = world.directory, check_name(change.name)
    if change.leaders:
        raise InputError("Somebody who leads a department must be a member of it")
    parent = place(world, change.parent_id)
    ids = directory.dept_ids
    dept_id = ids.fresh() if change.id is None else ids.number(change.id)
    if dept_id in directory.tree.departments:
        raise InputError(f"Department {change.id} is already there")
    directory.tree.check(parent, name)
    last = directory.tree.last_order(parent, TOP)
    order = last if change.order is None else _order(change.order)
    directory.create_department(Department(dept_id, name, parent, order))
    return str(dept_id)


def update(world: World, change: UpdateDepartment) -> str:
    """Rename, move, reorder or lead a department."""
    directory, department = world.directory, department_named(world, change.id)
    if department.dept_id == ROOT:
        raise InputError("The organization itself is changed in the settings, not here")
    name = department.name if change.name is UNSET else check_name(change.name)
    parent = department.parent or ROOT
    if change.parent_id is not UNSET:
        parent = place(world, change.parent_id)
    order = _order(change.order) if isinstance(change.order, int) else department.order
    leaders = None if change.leaders is UNSET else _leaders(world, department, change.leaders or ())
    directory.tree.check(parent, name, department)
    with directory.changing_department(department):
        directory.tree.place(department, parent, name, order)
    if leaders is not None:
        directory.lead(department, leaders)
    return str(department.dept_id)


def move(world: World, change: MoveDepartment) -> str:
    """Hang a department elsewhere."""
    return update(world, UpdateDepartment(id=change.id, parent_id=change.parent_id))


def delete(world: World, change: DeleteDepartment) -> str:
    """Delete a department with nobody and nothing in it."""
    department = department_named(world, change.id)
    world.directory.delete_department(department)
    return str(department.dept_id)


DEPARTMENT_CHANGES: Changes = {
    "create_department": (CreateDepartment, create),
    "update_department": (UpdateDepartment, update),
    "move_department": (MoveDepartment, move),
    "delete_department": (DeleteDepartment, delete),
}
