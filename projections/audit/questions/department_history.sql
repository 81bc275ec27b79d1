/*
title.en = "History of departments"
title.zh = "部门沿革"
description.en = """
Creations, renames, moves, merges, deletions and restorations of one department or all, with the name and the parent before and after."""
description.zh = """
部门的新建、改名、调整、合并、撤销和恢复，含变更前后的名称与上级；可查一个部门或全部。"""
parameters = ["department", "since", "until", "zone"]
*/
SELECT
    e.position,
    e.time,
    e.name AS event,
    d.uid AS department,
    d.id,
    was.name AS name_before,
    d.name AS name_after,
    f.name AS parent_before,
    t.name AS parent_after,
    i.name AS merged_into,
    e.actor,
    e.run
FROM events e
JOIN departments d ON d.org = e.org AND d.uid = e.entity AND d.valid_from = e.position
LEFT JOIN departments was ON was.org = d.org AND was.uid = d.uid AND was.valid_to = d.valid_from
LEFT JOIN departments f
    ON f.org = d.org AND f.uid = was.parent AND is_valid(f.valid_from, f.valid_to, e.position)
LEFT JOIN departments t
    ON t.org = d.org AND t.uid = d.parent AND is_valid(t.valid_from, t.valid_to, e.position)
LEFT JOIN departments i
    ON i.org = d.org AND i.uid = d.merged_into AND is_valid(i.valid_from, i.valid_to, e.position)
WHERE e.org = $org
    AND e.name IN (
        'DepartmentCreated', 'DepartmentRenamed', 'DepartmentMoved', 'DepartmentMerged',
        'DepartmentDeleted', 'DepartmentRestored'
    )
    AND ($department IS NULL OR $department IN (d.uid, d.id))
    AND e.time >= day_start($since, $zone)
    AND e.time < day_end($until, $zone)
ORDER BY e.position
