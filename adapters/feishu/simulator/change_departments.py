"""Departments as the console changes them."""

from __future__ import annotations

from msgspec import UNSET

from adapters.feishu.simulator.errors import ApiError
from adapters.feishu.simulator.lookup import department_named, known_people, place
from adapters.feishu.simulator.model import DEPUTY, PRIMARY, ROOT, Department
from adapters.feishu.simulator.roster_in import provided
from adapters.feishu.simulator.world import World
from adapters.simulation.changes import (
    Changes,
    CreateDepartment,
    DeleteDepartment,
    MoveDepartment,
    UpdateDepartment,
    check_name,
)
from domain.errors import InputError


def _name(name: str) -> str:
    check_name(name)
    if "/" in name:
        raise ApiError(43029)
    return name


def _leaders(world: World, given: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
    keys = known_people(world, given)
    return tuple((DEPUTY if rank else PRIMARY, key) for rank, key in enumerate(keys))


def create(world: World, change: CreateDepartment) -> str:
    """Add a department."""
    directory, name = world.directory, _name(change.name)
    leaders = _leaders(world, change.leaders)
    parent = place(world, change.parent_id)
    custom_id = (
        directory.department_ids.fresh(directory.tree.custom_ids)
        if change.id is None
        else provided(directory.department_ids, change.id)
    )
    if custom_id in directory.tree.custom_ids:
        raise InputError(f"Department {change.id} is already there")
    directory.tree.check(parent, name, {}, change.order)
    order = directory.tree.last_order(parent) if change.order is None else change.order
    key = directory.open_department_id()
    department = Department(key, custom_id, name, parent, order=order)
    directory.people.tie(department, leaders, ())
    directory.create_department(department)
    return custom_id


def update(world: World, change: UpdateDepartment) -> str:
    """Rename, move, reorder or lead a department."""
    directory, department = world.directory, department_named(world, change.id)
    if department.key == ROOT:
        raise InputError("The organization itself is changed in the settings, not here")
    tree = directory.tree
    name = department.name if change.name is UNSET else _name(change.name)
    leaders = (
        department.leaders if change.leaders is UNSET else _leaders(world, change.leaders or ())
    )
    before = department.parent or ROOT
    parent = before if change.parent_id is UNSET else place(world, change.parent_id)
    if department.key in tree.path(parent):
        raise ApiError(40018)
    wanted = None if change.order is UNSET else change.order
    tree.check(parent, name, department.i18n_name, wanted, department.key)
    order = department.order if wanted is None else wanted
    if parent != before and wanted is None and not tree.order_free(parent, order):
        order = tree.last_order(parent)
    with directory.changing_department(department):
        directory.place_department(department, parent, name, department.i18n_name, order)
        directory.people.tie(department, leaders, department.hrbps)
    return department.custom_id


def move(world: World, change: MoveDepartment) -> str:
    """Hang a department elsewhere."""
    return update(world, UpdateDepartment(id=change.id, parent_id=change.parent_id))


def delete(world: World, change: DeleteDepartment) -> str:
    """Delete a department with nobody and nothing in it."""
    department = department_named(world, change.id)
    world.directory.delete_department(department)
    return department.custom_id


DEPARTMENT_CHANGES: Changes = {
    "create_department": (CreateDepartment, create),
    "update_department": (UpdateDepartment, update),
    "move_department": (MoveDepartment, move),
    "delete_department": (DeleteDepartment, delete),
}
