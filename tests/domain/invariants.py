"""What is true of every organization at every position of its log."""

from __future__ import annotations

from domain.directory import Directory


def assert_sound(directory: Directory) -> None:
    """No cycle, no orphan, nobody in, under or trusted with something that is not there."""
    departments = {d.uid: d for d in directory.present_departments()}
    members = {m.uid for m in directory.present_members()}
    for department in departments.values():
        assert department.parent is None or department.parent in departments, "no orphan"
        assert members.issuperset(department.leaders), "leaders are present"
        seen, step = set(), department
        while step.parent is not None:
            assert step.uid not in seen, "no cycle"
            seen.add(step.uid)
            step = departments[step.parent]
    for member in directory.present_members():
        assert departments.keys() >= set(member.departments), "in departments that exist"
        assert len(set(member.departments)) == len(member.departments), "each membership once"
        assert member.main_department is None or member.main_department in member.departments
        assert member.manager is None or member.manager in members, "managers are present"
    assert members.issuperset(directory.leaders), "the organization's leaders are present"
    groups = {g.uid for g in directory.role_groups.values() if g.present}
    for role in directory.roles.values():
        assert role.present or not directory.grants[role.uid], "nobody holds what is no more"
        assert not role.present or role.group is None or role.group in groups, "groups are present"
        assert members >= directory.grants[role.uid], "holders are present"
    for key, links in directory.links.items():
        kind = key.rpartition("/")[2]
        entities = getattr(directory, f"{kind}s")
        assert entities.keys() >= set(links.uids.values())
        for uid, record_id in links.ids.items():
            assert links.uids[record_id] == uid, "both ways"
